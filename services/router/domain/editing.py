"""What an edit of a directory's entry is: made on the state somebody saw, judged in their area."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.router.domain.bodies import Body
from services.router.domain.keeping import Keeper
from services.router.domain.not_edited import not_there
from shared.contracts.envelope import Event
from shared.directory.snapshot import Directory
from shared.ids import Id


@dataclass(frozen=True, slots=True)
class Kept:
    """The directory as an edit is judged by: the instant, and whose edit it is."""

    now: datetime
    today: date
    directory: Directory
    keeper: Keeper

    def require_place(self, code: str) -> None:
        """See that a division is the editor's; raises NotFound: what is not theirs is not there."""
        if self.directory.division(code) is None or not self.keeper.may(self.directory, code):
            raise not_there()


class Edit(Body):
    """A change of one entry; `basis` is the state it was made on, as the entry's page says it."""

    of: ClassVar[type[Event]]
    basis: Annotated[int, Field(ge=0, lt=2**63)]

    def changes(self, _key: Id, _entry: Any, _kept: Kept) -> dict[str, Any]:
        """Give the fields that become different; raises Refused."""
        raise NotImplementedError
