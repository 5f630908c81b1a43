"""A case: its row, tasks, running clocks and texts, and the state that follows from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Json

from shared.contracts import codes
from shared.contracts.envelope import Key
from shared.contracts.tracker import ObjectionWords, ReplyWords, TaskWords
from shared.ids import Id
from shared.messaging.subject import Row, State, StateRow

SYSTEM = "tracker"
"""The actor of events that no person caused."""

IntakeState = Literal[
    "", "submitted", "supplement", "withdrawn", "rejected", "transferred", "merged", "accepted"
]
Phase = Literal["handling", "replied", "rework", "tracking", "closed"]
LimitKind = Literal["wd", "days", "months", "hours"]


class Escalation(Row):
    """One step up: from the organ that had the item to the one above."""

    at: datetime
    by_organ: Key | None
    to_organ: Key


class StationStep(Row):
    """A step of the station with an item beside its acceptance, by the type of its event.

    `reason` is the code of why it was returned or rejected, or of where it was transferred.
    """

    at: datetime
    type: str
    reason: str = ""


class OtherRating(Row):
    """The last rating of a reply by a proposer who is not the first: it decides nothing."""

    proposer_id: Key
    reply_no: int
    result: codes.RatingResult
    rated_at: datetime


class CaseRow(StateRow):
    """The state row of a case; each column has one source.

    Columns up to `erased_at` come from `intake.item.v1`, up to `units` from
    `router.assignment.v1`, the rest are the tracker's own. `units` are those of the tasks and
    `escalating_organs` those of the steps up, once more, so that row security and lists need not
    look for them. `place` is the division, `waits_until` the nearest due time of a running duty
    that is not the dispatcher's, `next_due` of any: for the lists. The first of the `proposers`
    gives the rating by which the case goes on or closes.
    """

    division_code: str = ""
    station_id: Key | None = None
    intake_state: IntakeState = ""
    submitted_at: datetime | None = None
    received_at: datetime | None = None
    paused_at: datetime | None = None
    pauses: Json[tuple[tuple[date, date], ...]] = ()
    station_steps: Json[tuple[StationStep, ...]] = ()
    item_type: codes.ItemType | None = None
    source_kind: codes.SourceKind | None = None
    policy_codes: tuple[str, ...] = ()
    proposers: tuple[Key, ...] = ()
    number: str = ""
    accepted_at: datetime | None = None
    passed_on_at: datetime | None = None
    profile: codes.HandlingProfile | None = None
    solved_on_spot: bool = False
    solved_by: Key | None = None
    merged_into: Key | None = None
    confidential: bool = False
    self_interest: bool = False
    erased_at: datetime | None = None

    routed_division: str = ""
    organ_id: Key | None = None
    escalated_at: datetime | None = None
    escalations: Json[tuple[Escalation, ...]] = ()
    escalating_organs: tuple[Key, ...] = ()
    owner_level: codes.Level | None = None
    dispatch_no: int = 0
    dispatched_at: datetime | None = None
    dispatcher_organ: Key | None = None
    complexity: codes.Complexity = "normal"
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
    outcome: codes.Outcome | None = None
    promised_on: date | None = None
    replied_at: datetime | None = None
    rating_until: datetime | None = None
    rating: codes.RatingResult | None = None
    rated_at: datetime | None = None
    other_ratings: Json[tuple[OtherRating, ...]] = ()
    supervision: codes.SupervisionLevel | Literal["none"] = "none"
    key_candidate: Literal["", "open", "granted", "refused"] = ""
    key_candidate_at: datetime | None = None
    leader: str = ""
    closed_at: datetime | None = None
    closed_how: Literal["", "rated", "unrated", "solved_on_spot"] = ""
    place: str = ""
    waits_until: datetime | None = None
    next_due: datetime | None = None

    @property
    def division(self) -> str:
        """Code of the item's division: from intake, or from the router until that has arrived."""
        return self.division_code or self.routed_division

    @property
    def over_at(self) -> datetime | None:
        """When the case was closed, or the station ended the item without accepting it."""
        is_ended = self.intake_state in ("withdrawn", "rejected", "transferred", "merged")
        return self.station_steps[-1].at if is_ended and self.station_steps else self.closed_at

    @property
    def is_held(self) -> bool:
        """Whether the case is dispatched and not handed back since."""
        return self.dispatch_no > self.handed_back_no


class TaskRow(Row):
    """One unit's part; up to `object_until` from `router.assignment.v1`, the rest our own."""

    key: Key
    task_id: Key
    unit_id: Key
    role: codes.TaskRole
    external: bool
    dispatch_no: int
    given_at: datetime
    organ_id: Key | None = None
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
    draft_outcome: codes.Outcome | None = None
    draft_promised_on: date | None = None
    draft_waived: bool = False
    replied_round: int = 0
    ended_at: datetime | None = None

    @property
    def answers(self) -> bool:
        """Whether this unit owes the proposer an answer; a co-handler does not."""
        return self.role != "co"


ClockId = tuple[codes.ClockKind, Id, int]


class ClockRow(Row):
    """A running duty: who owes what until when. A fulfilled duty leaves no row.

    `task_id` is the task, or the case itself. `due_at`, once announced, never moves earlier.
    `next_at` is when the next escalation step fires, None while paused or after the last step.
    """

    key: Key
    kind: codes.ClockKind
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
        return self.kind, self.task_id, self.round


class DraftWords(Row):
    """A clerk's draft of a reply; `returned` is why the unit head sent it back."""

    task_id: Key
    plain: str
    text: str
    contact: str = ""
    reason: str = ""
    waiver: str = ""
    returned: str = ""


class WordsRow(Row):
    """The texts of a case: those sent, and the drafts that only their own unit sees."""

    key: Key
    replies: Json[tuple[ReplyWords, ...]] = ()
    objections: Json[tuple[ObjectionWords, ...]] = ()
    contacts: Json[tuple[TaskWords, ...]] = ()
    opinions: Json[tuple[TaskWords, ...]] = ()
    drafts: Json[tuple[DraftWords, ...]] = ()


class TimelineEntryRow(Row):
    """One entry of a case's timeline: a fact the tracker emitted, at its place `seq`."""

    key: Key
    seq: int
    type: str
    happened_at: datetime
    actor: str
    task_id: Key | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Case(State[CaseRow]):
    """A case with everything a decision about it may touch."""

    tasks: Mapping[Id, TaskRow]
    clocks: Mapping[ClockId, ClockRow]
    words: WordsRow
    new_entries: tuple[TimelineEntryRow, ...] = ()

    def with_row(self, **changes: Any) -> "Case":
        return replace(self, row=self.row.model_copy(update=changes))

    def with_task(self, task: TaskRow, **changes: Any) -> "Case":
        changed = task.model_copy(update=changes)
        return replace(self, tasks={**self.tasks, task.task_id: changed})

    def origin(self, at: datetime, actor: str = SYSTEM) -> dict[str, Any]:
        """Return the fields common to all events about this case."""
        return {"occurred_at": at, "division_code": self.row.division, "actor": actor}


def blank(row: CaseRow) -> Case:
    return Case(row, {}, {}, WordsRow(key=row.key))


CaseState = Literal[
    "UNKNOWN",
    "SUBMITTED",
    "SUPPLEMENT",
    "WITHDRAWN",
    "REJECTED",
    "TRANSFERRED",
    "MERGED",
    "ACCEPTED",
    "DISPATCHED",
    "OBJECTED",
    "IN_PROGRESS",
    "SIGNOFF",
    "REPLIED",
    "REWORK",
    "TRACKING",
    "CLOSED",
]
TaskState = Literal["given", "signed", "drafted", "replied", "filed", "objected", "ended"]

_BEFORE: dict[str, CaseState] = {
    "": "UNKNOWN",
    "submitted": "SUBMITTED",
    "supplement": "SUPPLEMENT",
    "withdrawn": "WITHDRAWN",
    "rejected": "REJECTED",
    "transferred": "TRANSFERRED",
    "merged": "MERGED",
    "accepted": "ACCEPTED",
}
OVER = frozenset({"CLOSED", "WITHDRAWN", "REJECTED", "TRANSFERRED", "MERGED"})
"""The states in which nothing is to come."""
_LEFT_TO_DO: dict[codes.Outcome, int] = {
    "in_progress": 0, "planned": 0, "deferred": 1, "reference": 2, "solved": 3,
}  # fmt: skip
_AFTER: dict[str, CaseState] = {"replied": "REPLIED", "tracking": "TRACKING", "closed": "CLOSED"}


def open_tasks(case: Case) -> list[TaskRow]:
    return [task for task in case.tasks.values() if task.ended_at is None]


def answering(case: Case) -> list[TaskRow]:
    """The open tasks that owe the proposer an answer."""
    return [task for task in open_tasks(case) if task.answers]


def furthest_behind(case: Case) -> TaskRow:
    """Of the tasks answered in this round, the one with most left to do.

    An open promise comes first, the nearest before others; then what was not solved.
    """
    answered = [task for task in answering(case) if task.replied_round == case.row.round]
    return min(
        answered,
        key=lambda t: (_LEFT_TO_DO[t.draft_outcome or "solved"], t.draft_promised_on or date.max),
    )


def task_state(task: TaskRow, round_: int) -> TaskState:
    if task.ended_at is not None:
        return "ended"
    if task.objection == "open":
        return "objected"
    if task.role == "co" and task.opinion_at is not None:
        return "filed"
    if task.replied_round == round_:
        return "replied"
    if task.drafted_round == round_:
        return "drafted"
    return "given" if task.signed_at is None else "signed"


def case_state(case: Case) -> CaseState:
    row = case.row
    if row.solved_on_spot:
        return "CLOSED"
    if row.phase in _AFTER:
        return _AFTER[row.phase]
    if row.dispatch_no == 0:
        return _BEFORE[row.intake_state]
    states = {task_state(task, row.round) for task in answering(case)}
    if "objected" in states:
        return "OBJECTED"
    if not row.is_held:
        return "ACCEPTED"
    return _handling(states, row.round)


def _handling(states: Iterable[TaskState], round_: int) -> CaseState:
    """The state of the answering task that is furthest behind."""
    if "given" in states:
        return "DISPATCHED"
    if "signed" in states:
        return "REWORK" if round_ > 1 else "IN_PROGRESS"
    return "SIGNOFF"
