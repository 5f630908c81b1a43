"""Events of intake: items until they are accepted, activities, and their texts."""

from datetime import date
from typing import ClassVar, Self

from pydantic import Field, model_validator

from shared.contracts.codes import (
    ActivityKind,
    Complexity,
    EraseReason,
    HandlingProfile,
    ItemType,
    RatingChannel,
    RatingResult,
    RejectReason,
    ReturnReason,
    SourceKind,
    TransferChannel,
)
from shared.contracts.envelope import Code, DivisionCode, Event, FrozenModel, Key


class ItemSubmitted(Event):
    """A station sent an item; the accept clock starts.

    `confidential`: who raised it is shown to nobody who handles it. `self_interest`: it is about
    the deputy's own firm.
    """

    type: ClassVar[str] = "item.submitted"
    station_id: Key
    item_type: ItemType
    source_kind: SourceKind
    enterprise_id: Key | None = None
    deputy_id: Key | None = None
    confidential: bool = False
    self_interest: bool = False


class ItemReturned(Event):
    """The station head asks for what is missing; the accept clock pauses."""

    type: ClassVar[str] = "item.returned"
    reason: ReturnReason


class ItemResubmitted(Event):
    """The proposer supplied what was missing."""

    type: ClassVar[str] = "item.resubmitted"


class ItemRejected(Event):
    """Not admissible (浙江省代表建议办理规定 2016 §6)."""

    type: ClassVar[str] = "item.rejected"
    reason: RejectReason


class ItemTransferred(Event):
    """Passed to another channel."""

    type: ClassVar[str] = "item.transferred"
    channel: TransferChannel


class ItemMerged(Event):
    """Found to be the same matter of the same enterprise as an open item; not counted."""

    type: ClassVar[str] = "item.merged"
    merged_into: Key


class ItemAccepted(Event):
    """Accepted and numbered; counts in C3, the router takes the baton.

    With `solved_on_spot` the baton goes to the tracker, which holds a case already closed. What
    concerns the deputy's own firm is never a legal suggestion (浙江省代表建议办理规定 2016 §6(1)).
    """

    type: ClassVar[str] = "item.accepted"
    number: Code
    station_id: Key
    item_type: ItemType
    source_kind: SourceKind
    profile: HandlingProfile
    complexity: Complexity
    policy_codes: tuple[Code, ...] = ()
    solved_on_spot: bool = False
    confidential: bool = False
    self_interest: bool = False

    @model_validator(mode="after")
    def _own_firm_is_no_suggestion(self) -> Self:
        if self.self_interest and self.profile == "legal_suggestion":
            raise ValueError("an item about the deputy's own firm cannot be a legal suggestion")
        return self


class RatingGiven(Event):
    """The proposer judged a reply; the tracker decides whether it still counts."""

    type: ClassVar[str] = "item.rating_given"
    reply_no: int = Field(ge=1)
    result: RatingResult
    attitude: RatingResult | None = None
    by_kind: SourceKind
    channel: RatingChannel


class ItemErased(Event):
    """All words and contacts of an item are deleted everywhere; what was done with it stays.

    Whoever keeps words about it deletes them and erases what it said itself.
    """

    type: ClassVar[str] = "item.erased"
    reason: EraseReason


class ActivityHeld(Event):
    """An activity took place; counts once in C1 for its organiser, on its first day."""

    type: ClassVar[str] = "activity.held"
    kind: ActivityKind
    station_id: Key
    organiser_division: DivisionCode
    place_division: DivisionCode
    partners: tuple[DivisionCode, ...] = ()
    first_day: date
    last_day: date
    enterprise_ids: tuple[Key, ...] = ()


class AttendanceConfirmed(Event):
    """One person took part; counts in C2 when a deputy."""

    type: ClassVar[str] = "attendance.confirmed"
    person_id: Key
    is_deputy: bool
    is_street_rep: bool = False
    organiser_division: DivisionCode
    first_day: date


class RatingWords(FrozenModel):
    """Why the proposer judged a reply so."""

    reply_no: int
    reason: str = ""


class ItemText(Event):
    """All words of an item as they stand; supplements are appended, the text itself stays."""

    type: ClassVar[str] = "item.text"
    title: str
    body: str
    supplements: tuple[str, ...] = ()
    ratings: tuple[RatingWords, ...] = ()
    decision_note: str = ""


IntakeItem = (
    ItemSubmitted
    | ItemReturned
    | ItemResubmitted
    | ItemRejected
    | ItemTransferred
    | ItemMerged
    | ItemAccepted
    | RatingGiven
    | ItemErased
)
IntakeActivity = ActivityHeld | AttendanceConfirmed
