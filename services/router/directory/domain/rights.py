"""Rights over the directory: who edits which part of it, and who reads its people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.router.directory.domain.refusals import not_there
from services.router.directory.domain.role_holders import state_of
from shared.directory.rights import stood_in_for
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.rights import Action, Holder, Relation, held


@dataclass(frozen=True, slots=True)
class AdminScope:
    """Somebody and the divisions in or below which they may act; None is everywhere."""

    actor: str = "import"
    places: Sequence[str] | None = None

    def may(self, directory: Directory, code: str) -> bool:
        """Whether a division lies in this area."""
        return self.places is None or any(directory.covers(one, code) for one in self.places)


COMMAND_LINE = AdminScope()


def admin_scope(by: Holder) -> AdminScope:
    """Return the area whose entries somebody edits."""
    return _scope(by, Action.DIRECTORY_EDIT)


def reader(by: Holder) -> AdminScope:
    """Return the area whose people somebody sees."""
    return _scope(by, Action.PEOPLE_READ)


def account_scope(by: Holder) -> AdminScope:
    """Return the area whose people's accounts somebody manages."""
    return _scope(by, Action.ACCOUNT_MANAGE)


def _scope(by: Holder, action: Action) -> AdminScope:
    places = [grant.division_code for grant in held(by, action, Relation.SUBTREE)]
    return AdminScope(by.code, places)


def reaches(scope: AdminScope, directory: Directory, key: Id, today: date) -> bool:
    """Whether a person lies in an area with every right they have or will have."""
    return all(scope.may(directory, code) for code in _places(directory, key, today))


def _places(directory: Directory, key: Id, today: date) -> Iterator[str]:
    """List where a person belongs and holds rights, also those of whom they stand in for."""
    for one in stood_in_for(directory, key, today, later=True):
        if person := directory.person(one):
            yield person.division_code
            for grant in person.grants:
                if state_of(grant, today) != "over":
                    yield grant.division_code


@dataclass(frozen=True, slots=True)
class EntryContext:
    """The instant and the directory around an entry."""

    now: datetime
    today: date
    directory: Directory


@dataclass(frozen=True, slots=True)
class EditContext(EntryContext):
    """The same for an edit, with the area of its author."""

    scope: AdminScope

    def require_place(self, code: str) -> None:
        """Check that a division is in the author's area; raises NotFound, as for an unknown one."""
        if self.directory.division(code) is None or not self.scope.may(self.directory, code):
            raise not_there()
