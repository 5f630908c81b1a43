"""One case as a decision sees it: its row, its tasks, its running clocks, its words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import Json

from shared.contracts.codes import (
    ClockKind,
    Complexity,
    HandlingProfile,
    ItemType,
    Level,
    Outcome,
    RatingResult,
    SourceKind,
    SupervisionLevel,
    TaskRole,
)
from shared.contracts.envelope import Key
from shared.contracts.tracker import ObjectionWords, ReplyWords, TaskWords
from shared.ids import Id
from shared.messaging.subject import Row, State, StateRow

IntakeState = Literal[
    "", "submitted", "supplement", "rejected", "transferred", "merged", "accepted"
]
Phase = Literal["handling", "replied", "rework", "tracking", "closed"]
LimitKind = Literal["wd", "days", "months", "hours"]


class CaseRow(StateRow):
    """The state row of an item; each column has one source.

    Columns up to `erased_at` come from `intake.item.v1`, up to `units` from
    `router.assignment.v1`, the rest are the tracker's own. `units` are those of the tasks, once
    more, so that row security need not look for them. `waits_until` is the nearest due time
    of a duty that is not the dispatcher's, for the list of what an organ waits for.
    """

    division_code: str = ""
    station_id: Key | None = None
    intake_state: IntakeState = ""
    submitted_at: datetime | None = None
    received_at: datetime | None = None
    paused_at: datetime | None = None
    pauses: Json[tuple[tuple[date, date], ...]] = ()
    item_type: ItemType | None = None
    source_kind: SourceKind | None = None
    number: str = ""
    accepted_at: datetime | None = None
    passed_on_at: datetime | None = None
    profile: HandlingProfile | None = None
    solved_on_spot: bool = False
    confidential: bool = False
    self_interest: bool = False
    erased_at: datetime | None = None

    routed_division: str = ""
    organ_id: Key | None = None
    escalated_at: datetime | None = None
    owner_level: Level | None = None
    dispatch_no: int = 0
    dispatched_at: datetime | None = None
    dispatcher_organ: Key | None = None
    complexity: Complexity = "normal"
    matter_code: str = ""
    rule_id: str = ""
    reason_code: str = ""
    automatic: bool = False
    units: tuple[Key, ...] = ()

    handed_back_no: int = 0
    phase: Phase = "handling"
    round: int = 1
    rework_at: datetime | None = None
    reply_no: int = 0
    outcome: Outcome | None = None
    promised_on: date | None = None
    replied_at: datetime | None = None
    rating_until: datetime | None = None
    rating: RatingResult | None = None
    rated_at: datetime | None = None
    supervision: SupervisionLevel | Literal["none"] = "none"
    key_candidate: Literal["", "open", "granted", "refused"] = ""
    leader: str = ""
    closed_at: datetime | None = None
    closed_how: Literal["", "rated", "unrated", "solved_on_spot"] = ""
    waits_until: datetime | None = None

    @property
    def division(self) -> str:
        """Where the item began, as far as any topic has told."""
        return self.division_code or self.routed_division

    @property
    def is_held(self) -> bool:
        """Tell whether the tracker holds the baton: dispatched and not handed back since."""
        return self.dispatch_no > self.handed_back_no


class TaskRow(Row):
    """One unit's part; up to `object_until` from `router.assignment.v1`, the rest our own."""

    key: Key
    task_id: Key
    unit_id: Key
    role: TaskRole
    external: bool
    dispatch_no: int
    given_at: datetime
    sign_n: int
    sign_kind: LimitKind
    reply_n: int
    reply_kind: LimitKind
    object_until: datetime
    signed_at: datetime | None = None
    by_silence: bool = False
    objection: Literal["", "open", "refused", "granted"] = ""
    objected_at: datetime | None = None
    objected_round: int = 0
    decided_at: datetime | None = None
    contacted_at: datetime | None = None
    contacted_round: int = 0
    opinion_at: datetime | None = None
    drafted_at: datetime | None = None
    drafted_round: int = 0
    draft_outcome: Outcome | None = None
    draft_promised_on: date | None = None
    draft_waived: bool = False
    replied_round: int = 0
    ended_at: datetime | None = None

    @property
    def answers(self) -> bool:
        """Tell whether this unit owes the proposer an answer (a co-handler does not)."""
        return self.role != "co"


ClockId = tuple[ClockKind, Id, int]


class ClockRow(Row):
    """A duty that runs: who owes what until when. A duty fulfilled leaves no row.

    `task_id` is the task, or the subject itself. `due_at` once told never moves earlier.
    `next_at` is when the next step of the ladder fires, None while paused or when all have fired.
    """

    key: Key
    kind: ClockKind
    task_id: Key
    round: int
    debtor: str
    started_at: datetime
    due_at: datetime
    limit_n: int
    limit_kind: LimitKind
    provisional: bool
    paused: bool = False
    step: int = 0
    next_at: datetime | None = None

    @property
    def id(self) -> ClockId:
        """What tells it from the other clocks of its subject."""
        return self.kind, self.task_id, self.round


class DraftWords(Row):
    """A clerk's draft of a reply, waiting for the unit head."""

    task_id: Key
    plain: str
    text: str
    contact: str = ""
    reason: str = ""
    waiver: str = ""


class WordsRow(Row):
    """All words the tracker has of a case: what was said, and the draft nobody else sees yet."""

    key: Key
    replies: Json[tuple[ReplyWords, ...]] = ()
    objections: Json[tuple[ObjectionWords, ...]] = ()
    contacts: Json[tuple[TaskWords, ...]] = ()
    opinions: Json[tuple[TaskWords, ...]] = ()
    drafts: Json[tuple[DraftWords, ...]] = ()


class TimelineEntryRow(Row):
    """One line of a case's timeline: a fact the tracker itself said, at its place `seq`."""

    key: Key
    seq: int
    type: str
    happened_at: datetime
    actor: str
    task_id: Key | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Case(State[CaseRow]):
    """A case with everything a decision about it may touch; `happened` is what is new."""

    tasks: Mapping[Id, TaskRow]
    clocks: Mapping[ClockId, ClockRow]
    words: WordsRow
    happened: tuple[TimelineEntryRow, ...] = ()


def blank(row: CaseRow) -> Case:
    """Make the case of a row that has no children yet."""
    return Case(row, {}, {}, WordsRow(key=row.key))
