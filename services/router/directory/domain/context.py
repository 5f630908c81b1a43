"""The context of decisions about entries."""

from dataclasses import dataclass
from datetime import date, datetime

from services.router.directory.domain.refusals import not_there
from services.router.directory.domain.rights import AdminScope
from shared.directory.snapshot import Directory


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The instant and the directory around an entry."""

    now: datetime
    today: date
    directory: Directory


@dataclass(frozen=True, slots=True)
class EditContext(DecisionContext):
    """The same for an edit, with the area of its author."""

    scope: AdminScope

    def require_place(self, code: str) -> None:
        """Check that a division is in the author's area; raises NotFound, as for an unknown one."""
        if self.directory.division(code) is None or not self.scope.may(self.directory, code):
            raise not_there()
