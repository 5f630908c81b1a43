"""Rows of intake's tables and the states built from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Json

from services.intake.domain.attachments import AttachmentRow
from services.intake.domain.call_backs import CallBackRow, LastRating, ReopenRequest, Telling
from services.intake.domain.occasions import Happened
from services.intake.domain.proposers import Proposer
from shared.calendar import Pause, pause_between
from shared.contracts.codes import (
    ActivityKind,
    Complexity,
    HandlingProfile,
    ItemType,
    Outcome,
    RatingChannel,
    RatingResult,
    SourceKind,
)
from shared.contracts.envelope import Key
from shared.contracts.intake import MemberWords, RatingWords
from shared.contracts.router import TaskGiven
from shared.ids import Id
from shared.messaging.subject import Row, State, StateRow

ItemState = Literal[
    "SUBMITTED", "SUPPLEMENT", "ACCEPTED", "WITHDRAWN", "REJECTED", "TRANSFERRED", "MERGED"
]
ActivityState = Literal["PLANNED", "HELD", "CANCELLED"]
OPEN: frozenset[str] = frozenset({"SUBMITTED", "SUPPLEMENT", "ACCEPTED"})


class ItemRow(StateRow):
    """An item; `state` is empty until its station has submitted it.

    A repeated request is recognised by `body_digest` of the submitted content, `digests` of the
    commands done, and `request_ids` of the last signed requests. `reason` is the code of the last
    decision. `members` were merged into this one. `clock_ahead`: the device's clock was fast, so
    it counts as raised when it was received. `ended_at`: when it was withdrawn, rejected or
    transferred, so that nobody handles it. `solved_by` is the unit or station that solved it on
    the spot. An erased item (`erased_at`) has no text, contacts or digest. The time to accept it
    stands still from `paused_at` on, while it is returned or merged, and stood still for `pauses`,
    as the tracker counts it. `ratings` holds the last one of each proposer and reply, `tellings`
    which replies proposers were told, `reopen_requests` after which ones somebody asked to have the
    item handled again; `is_told`: every proposer knows that it is not handled here; `open_calls`
    call-backs wait to be checked. The database sets `changed`: the transaction that wrote the row.
    """

    state: ItemState | Literal[""] = ""
    client_id: Key | None = None
    station_id: Key | None = None
    division_code: str = ""
    item_type: ItemType = "problem"
    source_kind: SourceKind = "station"
    policy_codes: tuple[str, ...] = ()
    confidential: bool = False
    self_interest: bool = False
    entered_by_proxy: bool = False
    occurred_at: datetime | None = None
    clock_ahead: bool = False
    received_at: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    profile: HandlingProfile = "station_item"
    complexity: Complexity = "normal"
    number: str = ""
    reason: str = ""
    merged_into: Key | None = None
    members: tuple[Key, ...] = ()
    solved_on_spot: bool = False
    solved_by: Key | None = None
    body_digest: str = ""
    digests: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    erased_at: datetime | None = None
    paused_at: datetime | None = None
    pauses: Json[tuple[Pause, ...]] = ()
    ratings: Json[tuple[LastRating, ...]] = ()
    tellings: Json[tuple[Telling, ...]] = ()
    is_told: bool = False
    reopen_requests: Json[tuple[ReopenRequest, ...]] = ()
    open_calls: int = 0
    changed: int = 0

    def resumed(self, now: datetime) -> dict[str, Any]:
        """The columns of an item that waits for acceptance again."""
        began = self.paused_at
        pauses = (*self.pauses, pause_between(began, now)) if began else self.pauses
        return {"state": "SUBMITTED", "paused_at": None, "pauses": pauses}

    def hides_unnamed(self, proposers: Sequence[Proposer]) -> bool:
        """Whether its words may hold the name of an enterprise that is not known, so not masked.

        Whoever it comes from, it speaks of an enterprise: one is known, and all that are named are.
        About the deputy's own enterprise it is that of the first proposer.
        """
        some = proposers[:1] if self.self_interest else proposers
        is_known = any(one.firm for one in some)
        are_known = not any(one.hides_unnamed for one in proposers)
        return self.confidential and not (is_known and are_known)


class TextRow(Row):
    """All text of an item; of the `ratings` the last one of each proposer and reply.

    `other_channel_ref` is the number of a transferred item in the other channel; it stays here.
    `members` are the words of the items merged into it, as they may leave intake; `masks` are the
    words that the head masks in addition, `spare_masks` those masked once the source is protected.
    """

    key: Key
    title: str = ""
    body: str = ""
    supplements: tuple[str, ...] = ()
    ratings: Json[tuple[RatingWords, ...]] = ()
    decision_note: str = ""
    other_channel_ref: str = ""
    members: Json[tuple[MemberWords, ...]] = ()
    masks: tuple[str, ...] = ()
    spare_masks: tuple[str, ...] = ()


class ProgressRow(StateRow):
    """The progress of an item in router and tracker; each column follows one topic.

    `matched_matter matched_level dispatch_no owner_level lead_unit tasks dispatched_at` come from
    the router, all others from the tracker. The first two are what the text suggests. `reply_due`
    ends the time to reply, of several units the latest. `rating_refused` is why the last rating did
    not count. `station_id` is the item's, `heard_no` the last reply that every proposer was told or
    has rated: both serve the lists of a station, which read no ended items.
    The database sets `changed`: the transaction that wrote the row.
    """

    matched_matter: str = ""
    matched_level: str = ""
    dispatch_no: int = 0
    owner_level: str = ""
    lead_unit: Key | None = None
    tasks: Json[tuple[TaskGiven, ...]] = ()
    dispatched_at: datetime | None = None
    reply_due: datetime | None = None
    contacted_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    reply_no: int = 0
    outcome: Outcome | None = None
    promised_on: date | None = None
    rating: RatingResult | None = None
    rating_channel: RatingChannel | Literal[""] = ""
    rating_until: datetime | None = None
    rating_refused: str = ""
    is_closed: bool = False
    reply_plain: str = ""
    reply_text: str = ""
    reply_contact: str = ""
    reply_reason: str = ""
    reply_waiver: str = ""
    station_id: Key | None = None
    heard_no: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Progress(State[ProgressRow]):
    """The progress of an item, with what `happened` in this batch that people are told."""

    happened: tuple[Happened, ...] = ()


@dataclass(frozen=True, slots=True)
class Item(State[ItemRow]):
    """An item with its text and its progress as it was read with it, without a lock.

    The names of its `proposers` are removed from the text of a confidential item before it leaves,
    their phones from any text, and those of the items merged into it. `happened` is what people are
    told of this batch.
    """

    text: TextRow
    progress: ProgressRow | None = None
    proposers: tuple[Proposer, ...] = ()
    call_backs: tuple[CallBackRow, ...] = ()
    attachments: tuple[AttachmentRow, ...] = ()
    happened: tuple[Happened, ...] = ()
    joined: tuple["Item", ...] = ()

    @property
    def together(self) -> tuple["Item", ...]:
        """The item and those merged into it, whose words are handled as one."""
        return self, *self.joined

    @property
    def is_over(self) -> bool:
        """Whether it was accepted and is handled to the end."""
        return self.row.solved_on_spot or bool(self.progress and self.progress.is_closed)

    @property
    def is_untold(self) -> bool:
        """Whether not every proposer was told that it is not handled, or handled elsewhere."""
        return self.row.state in ("REJECTED", "TRANSFERRED") and not self.row.is_told

    @property
    def heard_no(self) -> int:
        """The last reply that every proposer was told or has rated."""
        return min((self._heard(one.row.proposer_id) for one in self.proposers), default=0)

    def _heard(self, proposer: Key) -> int:
        told = (it.reply_no for it in self.row.tellings if it.proposer_id in (None, proposer))
        rated = (it.reply_no for it in self.row.ratings if it.proposer_id == proposer)
        return max((*told, *rated), default=0)

    @property
    def replies(self) -> int:
        """The number of replies received from the tracker."""
        return self.progress.reply_no if self.progress else 0

    @property
    def hides_unnamed(self) -> bool:
        """Whether the name of an enterprise it hides cannot be masked."""
        return any(one.row.hides_unnamed(one.proposers) for one in self.together)

    @property
    def is_for_all(self) -> bool:
        """Whether its words may be shown outside once the names in them are masked."""
        return not any(
            one.row.confidential
            or one.row.erased_at is not None
            or any(proposer.hides_unnamed for proposer in one.proposers)
            for one in self.together
        )

    @property
    def enterprises(self) -> frozenset[Id]:
        """The enterprises that raised it."""
        found = (one.row.enterprise_id for one in self.proposers)
        return frozenset(key for key in found if key is not None)

    @property
    def is_of_unnamed_firm(self) -> bool:
        """Whether it may come from an enterprise, and no register names one."""
        first = self.proposers[0].row.kind if self.proposers else "deputy"
        return not self.enterprises and first not in ("deputy", "street_rep")

    @property
    def is_open(self) -> bool:
        """Whether it is still to be handled, so that others may be merged into it."""
        closed = self.progress is not None and self.progress.is_closed
        return self.row.state in OPEN and self.row.erased_at is None and not closed


def update(item: Item, /, **columns: Any) -> Item:
    return replace(item, row=item.row.model_copy(update=columns))


class ActivityRow(StateRow):
    """An activity of a station or an organ; `state` is empty until it is planned or recorded.

    `expected` are the people who are to take part, or were when it was planned. `changed_at` is
    when the plan was changed last, `erased_at` when names and notes in it were deleted last. A
    repeated request is recognised by `body_digest`, `digests` and `request_ids`, as of an item.
    """

    state: ActivityState | Literal[""] = ""
    client_id: Key | None = None
    station_id: Key | None = None
    organ_id: Key | None = None
    kind: ActivityKind | Literal[""] = ""
    organiser_division: str = ""
    place_division: str = ""
    partners: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    enterprise_ids: tuple[Key, ...] = ()
    theme_codes: tuple[str, ...] = ()
    function_codes: tuple[str, ...] = ()
    group_codes: tuple[str, ...] = ()
    expected: tuple[Key, ...] = ()
    received_at: datetime | None = None
    changed_at: datetime | None = None
    erased_at: datetime | None = None
    body_digest: str = ""
    digests: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()


class ActivityTextRow(Row):
    """Names and notes of an activity, which never leave intake.

    `enterprise_codes` and `traders` name whom it visits, `visit_reason` says why so soon again.
    """

    key: Key
    enterprise_codes: tuple[str, ...] = ()
    traders: tuple[str, ...] = ()
    notes: str = ""
    visit_reason: str = ""
    cancel_reason: str = ""


class AttendanceRow(Row):
    """Somebody who was confirmed to have come, unless that was taken back for a reason."""

    activity_id: Key
    person_id: Key
    is_deputy: bool
    is_street_rep: bool
    came: bool = True
    revoke_reason: str = ""


class InvitationRow(Row):
    """Answer of somebody who is expected at an activity; it never means that they came.

    It is for these days only: moved to others, they are asked again.
    """

    activity_id: Key
    person_id: Key
    first_day: date
    last_day: date
    coming: bool
    reason: str = ""
    answered_at: datetime


FORGOTTEN_DAYS = 31
"""So many days after an activity its station is asked who came, as long as nobody is recorded."""


@dataclass(frozen=True, slots=True)
class Activity(State[ActivityRow]):
    """An activity with its text and, by person, those who came or were said to, and answers.

    `given` are all answers, `answers` those for its present days.
    """

    text: ActivityTextRow
    attendance: Mapping[Id, AttendanceRow] = field(default_factory=dict)
    given: Mapping[Id, InvitationRow] = field(default_factory=dict)

    @property
    def answers(self) -> Mapping[Id, InvitationRow]:
        days = self.row.first_day, self.row.last_day
        return {
            key: one for key, one in self.given.items() if (one.first_day, one.last_day) == days
        }

    def without_notes(self) -> "Activity":
        """Leave out what its organiser wrote for itself."""
        return replace(self, text=self.text.model_copy(update={"notes": "", "visit_reason": ""}))

    @property
    def came(self) -> Sequence[AttendanceRow]:
        return [one for one in self.attendance.values() if one.came]

    @property
    def invited(self) -> frozenset[Id]:
        """Those who were asked to come or came: it is theirs to read."""
        return frozenset(self.row.expected) | {one.person_id for one in self.came}
