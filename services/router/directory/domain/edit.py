"""What an edit of a directory's entry is: made on the state somebody saw, judged in their area."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.router.directory.domain.admin_scope import AdminScope
from services.router.directory.domain.refusals import not_there
from shared.contracts.envelope import Event
from shared.directory.snapshot import Directory
from shared.ids import Id


@dataclass(frozen=True, slots=True)
class EditContext:
    """The directory as an edit is judged by: the instant, and whose edit it is."""

    now: datetime
    today: date
    directory: Directory
    keeper: AdminScope

    def require_place(self, code: str) -> None:
        """See that a division is the editor's; raises NotFound: what is not theirs is not there."""
        if self.directory.division(code) is None or not self.keeper.may(self.directory, code):
            raise not_there()


class Edit(BaseModel):
    """A change of one entry; `basis` is the state it was made on, as the entry's page says it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: ClassVar[type[Event]]
    basis: Annotated[int, Field(ge=0, lt=2**63)]

    def changes(self, _key: Id, _entry: Any, _kept: EditContext) -> dict[str, Any]:
        """Give the fields that become different; raises Refused."""
        raise NotImplementedError
