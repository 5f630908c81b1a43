"""Events of intake: items until they are accepted, activities, and their texts."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from shared.contracts import codes
from shared.contracts.dates import Day, Instant
from shared.contracts.envelope import Code, DivisionCode, Event, FrozenModel, Key


class ItemProposer(FrozenModel):
    """One who raised an item: an enterprise, a person, or neither where only the kind is known.

    An enterprise's `person_id` is the deputy through whom the item came. A confidential item names
    neither.
    """

    proposer_id: Key
    kind: codes.ProposerKind
    enterprise_id: Key | None = None
    person_id: Key | None = None


class ItemSubmitted(Event):
    """A station sent an item; the accept clock starts.

    `proposers`: who raised it, the first one first. `confidential`: the source is hidden from
    everybody who handles the item, so no proposer is named here, only counted. `self_interest`:
    the item concerns the deputy's own enterprise. `clock_ahead`: the device's clock was up to five
    minutes fast, so `occurred_at` is the time of receipt. `entered_by_proxy`: staff of the station
    entered it for its proposers. `policy_codes`: the policies it concerns.
    """

    type: ClassVar[str] = "item.submitted"
    station_id: Key
    item_type: codes.ItemType
    source_kind: codes.SourceKind
    proposers: tuple[ItemProposer, ...] = Field(min_length=1)
    clock_ahead: bool = False
    confidential: bool = False
    self_interest: bool = False
    entered_by_proxy: bool = False
    policy_codes: tuple[Code, ...] = ()


class ItemCosigned(Event):
    """Another proposer joined the item before it was accepted."""

    type: ClassVar[str] = "item.cosigned"
    proposer: ItemProposer


class ItemReturned(Event):
    """The station head asked for missing details; the accept clock pauses."""

    type: ClassVar[str] = "item.returned"
    reason: codes.ReturnReason


class ItemResubmitted(Event):
    """The proposer supplied what was missing."""

    type: ClassVar[str] = "item.resubmitted"


class ItemRejected(Event):
    """The item is not admissible (浙江省代表建议办理规定 2016 §6)."""

    type: ClassVar[str] = "item.rejected"
    reason: codes.RejectReason


class ItemWithdrawn(Event):
    """Its proposers withdrew the item before it was accepted; it is not counted."""

    type: ClassVar[str] = "item.withdrawn"


class ItemSupplemented(Event):
    """Its proposers added to the text; what was written before stands."""

    type: ClassVar[str] = "item.supplemented"


class ItemProtected(Event):
    """From now on the source is hidden from units, as if the item had been confidential.

    Its text follows anew, without the names that are known. Units do not learn why.
    """

    type: ClassVar[str] = "item.protected"


class ItemTransferred(Event):
    """The item was transferred to another channel."""

    type: ClassVar[str] = "item.transferred"
    channel: codes.TransferChannel


class ItemMerged(Event):
    """The item duplicates an open item of the same enterprise and is not counted."""

    type: ClassVar[str] = "item.merged"
    merged_into: Key


class ItemJoined(Event):
    """Other items were merged into this open one and are handled with it."""

    type: ClassVar[str] = "item.joined"
    members: tuple[Key, ...]


class ItemUnmerged(Event):
    """The item that this one was merged into ended unhandled: it waits for acceptance again."""

    type: ClassVar[str] = "item.unmerged"
    merged_into: Key


class ItemAccepted(Event):
    """The item was accepted and numbered; it counts in C3 and the router becomes its holder.

    With `solved_on_spot` the tracker becomes its holder and opens a case that is already closed;
    `solved_by` is the unit or the station that solved it.
    An item about the deputy's own enterprise is never a legal suggestion
    (浙江省代表建议办理规定 2016 §6(1)).
    """

    type: ClassVar[str] = "item.accepted"
    number: Code
    station_id: Key
    item_type: codes.ItemType
    source_kind: codes.SourceKind
    profile: codes.HandlingProfile
    complexity: codes.Complexity
    policy_codes: tuple[Code, ...] = ()
    solved_on_spot: bool = False
    solved_by: Key | None = None
    confidential: bool = False
    self_interest: bool = False

    @model_validator(mode="after")
    def _own_firm_is_no_suggestion(self) -> Self:
        if self.self_interest and self.profile == "legal_suggestion":
            raise ValueError("an item about the deputy's own enterprise is no legal suggestion")
        return self


class RatingGiven(Event):
    """A proposer rated a reply; the tracker decides whether the rating still counts.

    One given on the phone was recorded by `called_by` and checked by the actor.
    """

    type: ClassVar[str] = "item.rating_given"
    proposer_id: Key
    reply_no: int = Field(ge=1)
    result: codes.RatingResult
    attitude: codes.RatingResult | None = None
    by_kind: codes.ProposerKind
    channel: codes.RatingChannel
    called_by: Code | None = None


class ReopenRequested(Event):
    """A proposer asks that the item be handled again: the last reply is untrue, or facts are new.

    `reply_no` is 0 for an item that was solved on the spot. The words follow as a supplement.
    """

    type: ClassVar[str] = "item.reopen_requested"
    proposer_id: Key
    reply_no: int = Field(ge=0)
    reason: codes.ReopenReason


class ItemErased(Event):
    """The texts and contacts of an item are to be deleted everywhere; its facts stay.

    Every service deletes its copy of the texts and erases those it published itself.
    """

    type: ClassVar[str] = "item.erased"
    reason: codes.EraseReason


class ActivityEvent(Event):
    """An activity and its organiser: a station, or an organ of a congress.

    Its themes, the functions of stations that it serves and the deputies' groups that take part
    are named by the codes of the directory's lists.
    """

    type: ClassVar[str] = "activity"
    kind: codes.ActivityKind
    station_id: Key | None = None
    organ_id: Key | None = None
    organiser_division: DivisionCode
    place_division: DivisionCode
    partners: tuple[DivisionCode, ...] = ()
    first_day: Day
    last_day: Day
    enterprise_ids: tuple[Key, ...] = ()
    theme_codes: tuple[Code, ...] = ()
    function_codes: tuple[Code, ...] = ()
    group_codes: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _has_an_organiser(self) -> Self:
        if self.station_id is None and self.organ_id is None:
            raise ValueError("a station or an organ organises an activity")
        return self


class ActivityPlanned(ActivityEvent):
    """An activity is to take place; it counts nowhere."""

    type: ClassVar[str] = "activity.planned"


class ActivityReplanned(ActivityEvent):
    """A planned activity was changed; this is the plan as it is now. It counts nowhere."""

    type: ClassVar[str] = "activity.replanned"


class ActivityHeld(ActivityEvent):
    """An activity took place; counts once in C1 for its organiser, on its first day."""

    type: ClassVar[str] = "activity.held"


class ActivityCancelled(Event):
    """A planned activity does not take place, or one was not held after all.

    It takes its attendances with it.
    """

    type: ClassVar[str] = "activity.cancelled"
    organiser_division: DivisionCode


class ActivityErased(Event):
    """Words about an enterprise or a person in an activity were deleted; its facts stay.

    `of` is that enterprise, trader or person, or the activity itself: all that was written of it.
    """

    type: ClassVar[str] = "activity.erased"
    of: Key
    reason: codes.EraseReason


class AttendanceConfirmed(Event):
    """A person took part in an activity; deputies count in C2."""

    type: ClassVar[str] = "attendance.confirmed"
    person_id: Key
    is_deputy: bool
    is_street_rep: bool = False
    organiser_division: DivisionCode
    first_day: Day


class AttendanceRevoked(Event):
    """A person did not take part after all; confirmed again, they count again."""

    type: ClassVar[str] = "attendance.revoked"
    person_id: Key
    organiser_division: DivisionCode


class RatingWords(FrozenModel):
    """A proposer's reason for a rating."""

    reply_no: int
    proposer_id: Key
    reason: str = ""


class MemberWords(FrozenModel):
    """The words of an item that was merged into another: as raised, and who merged it and why."""

    item_id: Key
    title: str
    body: str
    supplements: tuple[str, ...] = ()
    merged_at: Instant
    by: Code
    note: str = ""


class ItemText(Event):
    """The current texts of an item; supplements are appended, the body never changes.

    `members` are the items merged into this one.
    """

    type: ClassVar[str] = "item.text"
    title: str
    body: str
    supplements: tuple[str, ...] = ()
    ratings: tuple[RatingWords, ...] = ()
    decision_note: str = ""
    members: tuple[MemberWords, ...] = ()


IntakeItem = (
    ItemSubmitted
    | ItemCosigned
    | ItemReturned
    | ItemResubmitted
    | ItemSupplemented
    | ItemProtected
    | ItemWithdrawn
    | ItemRejected
    | ItemTransferred
    | ItemMerged
    | ItemJoined
    | ItemUnmerged
    | ItemAccepted
    | RatingGiven
    | ReopenRequested
    | ItemErased
)
IntakeActivity = (
    ActivityPlanned
    | ActivityReplanned
    | ActivityHeld
    | ActivityCancelled
    | ActivityErased
    | AttendanceConfirmed
    | AttendanceRevoked
)
