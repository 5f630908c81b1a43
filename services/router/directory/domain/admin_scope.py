"""Who keeps which part of the directory, and who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.directory.snapshot import Directory
from shared.rights import Action, Holder, Relation, held


@dataclass(frozen=True, slots=True)
class AdminScope:
    """Somebody and the divisions in or below which they may; None is everywhere."""

    actor: str = "import"
    places: Sequence[str] | None = None

    def may(self, directory: Directory, code: str) -> bool:
        """Tell whether what lies in a division is theirs."""
        return self.places is None or any(directory.covers(one, code) for one in self.places)


COMMAND_LINE = AdminScope()


def admin_scope(by: Holder) -> AdminScope:
    """Give somebody the places they edit."""
    return _keeper(by, Action.DIRECTORY_EDIT)


def reader(by: Holder) -> AdminScope:
    """Give somebody the places whose people they see."""
    return _keeper(by, Action.PEOPLE_READ)


def account_keeper(by: Holder) -> AdminScope:
    """Give somebody the places whose people's accounts they manage."""
    return _keeper(by, Action.ACCOUNT_MANAGE)


def _keeper(by: Holder, action: Action) -> AdminScope:
    return AdminScope(
        by.code, [grant.division_code for grant in held(by, action, Relation.SUBTREE)]
    )
