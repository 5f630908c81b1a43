"""Which duties run, derived from the columns, and what happens when their clocks are due."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from services.tracker.domain.context import DecisionContext
from services.tracker.domain.model import (
    Case,
    CaseRow,
    ClockId,
    ClockRow,
    LimitKind,
    TaskRow,
    answering,
    furthest_behind,
)
from services.tracker.domain.rating import close_window
from shared.calendar import Deadline, Limit, deadline, local_day, start_of_day
from shared.calendar.days import DAY
from shared.contracts.codes import ClockKind
from shared.contracts.envelope import Event
from shared.contracts.tracker import (
    CaseUrged,
    ClockDeadline,
    DeadlineBreached,
    DeadlineSet,
    SupervisionRaised,
    TaskSigned,
)
from shared.ids import Id

ANNOUNCED: frozenset[ClockKind] = frozenset(
    ("sign", "reply", "decide_objection", "rating", "promise")
)
"""Clocks whose start is an event; of the others only a breach is."""


PROMPT = timedelta(minutes=5)
Step = tuple[Case, Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of `debtor`, due at a limit counted from `started_at` or on a promised day."""

    kind: ClockKind
    task_id: Id
    round: int
    debtor: str
    started_at: datetime
    limit: Limit
    promised_on: date | None = None
    pauses: tuple[tuple[date, date], ...] = ()
    paused: bool = False

    @property
    def id(self) -> ClockId:
        return self.kind, self.task_id, self.round


@cache
def _limit(n: int, kind: LimitKind) -> Limit:
    return Limit(n=n, kind=kind)


def organ(key: Id | None) -> str:
    return f"organ:{key.hex()}" if key else "organ:unknown"


def supervisor(key: Id | None) -> str:
    """Who decides on supervision for an organ: more people than dispatch for it."""
    return f"supervisor:{key.hex()}" if key else "supervisor:unknown"


def station(key: Id | None) -> str:
    return f"station:{key.hex()}" if key else "station:unknown"


def unit(key: Id) -> str:
    return f"unit:{key.hex()}"


def proposer(unit_id: Id) -> str:
    """The proposer who owes this unit a rating: the unit finds by it what it waits for."""
    return f"proposer:{unit_id.hex()}"


def duties(case: Case, context: DecisionContext) -> Iterator[Duty]:
    """Everything owed in this case now."""
    row = case.row
    if row.phase == "closed" or row.solved_on_spot:
        return
    if row.dispatch_no == 0:
        yield from _before_dispatch(row, context)
        return
    if row.key_candidate == "open" and row.key_candidate_at is not None:
        limit = context.limits.decide_supervision
        yield Duty(
            "decide_supervision",
            row.key,
            1,
            supervisor(row.dispatcher_organ),
            row.key_candidate_at,
            limit,
        )
    undecided = False
    for task in case.tasks.values():
        if task.ended_at is None:
            undecided = undecided or task.objection == "open"
            yield from _of_task(row, task, context)
    if not (row.is_held or undecided):
        started = row.escalated_at or row.dispatched_at
        if started is not None:
            yield _dispatch(row, started, context)
    yield from _of_reply(case, context)


def _before_dispatch(row: CaseRow, context: DecisionContext) -> Iterator[Duty]:
    if row.intake_state in ("submitted", "supplement") and row.received_at is not None:
        yield Duty(
            "accept",
            row.key,
            1,
            station(row.station_id),
            row.received_at,
            context.limits.accept,
            pauses=row.pauses,
            paused=row.intake_state == "supplement",
        )
    elif row.intake_state == "accepted" and row.passed_on_at is not None:
        yield _dispatch(row, row.passed_on_at, context)


def _dispatch(row: CaseRow, started_at: datetime, context: DecisionContext) -> Duty:
    holder = organ(row.organ_id or context.organ_of(row.division))
    limit = context.limits.dispatch
    return Duty("dispatch", row.key, row.dispatch_no + 1, holder, started_at, limit)


def _of_task(row: CaseRow, task: TaskRow, context: DecisionContext) -> Iterator[Duty]:
    if task.external:
        return
    debtor = unit(task.unit_id)
    owes = row.phase in ("handling", "rework") and _owes_answer(row, task)
    if owes and task.signed_at is None and not task.objection:
        limit = _limit(task.sign_n, task.sign_kind)
        yield Duty("sign", task.task_id, 1, debtor, task.given_at, limit)
    if task.objection == "open" and task.objected_at is not None:
        yield Duty(
            "decide_objection",
            task.task_id,
            task.objected_round,
            organ(row.dispatcher_organ),
            task.objected_at,
            context.limits.decide_objection,
        )
    if owes:
        yield _reply(row, task, debtor, context)


def _owes_answer(row: CaseRow, task: TaskRow) -> bool:
    if task.answers:
        return task.replied_round < row.round
    return task.opinion_at is None and row.round == 1


def _reply(row: CaseRow, task: TaskRow, debtor: str, context: DecisionContext) -> Duty:
    started, limit = task.given_at, _limit(task.reply_n, task.reply_kind)
    if row.rework_at is not None and row.rework_at > task.given_at:
        started, limit = row.rework_at, context.limits.rework[row.complexity]
    return Duty("reply", task.task_id, row.round, debtor, started, limit)


def _of_reply(case: Case, context: DecisionContext) -> Iterator[Duty]:
    row = case.row
    if row.replied_at is None or row.phase not in ("replied", "tracking"):
        return
    lead = lead_unit(case)
    if row.phase == "replied":
        debtor, limit = proposer(lead), context.limits.rating
        yield Duty("rating", row.key, row.reply_no, debtor, row.replied_at, limit)
    elif row.promised_on is not None:
        days = max(1, (row.promised_on - local_day(row.replied_at)).days)
        limit = Limit(n=days, kind="days")
        yield Duty(
            "promise",
            row.key,
            row.reply_no,
            unit(furthest_behind(case).unit_id),
            row.replied_at,
            limit,
            promised_on=row.promised_on,
        )


def lead_unit(case: Case) -> Id:
    """The unit that answers; of several separate ones the first by task."""
    tasks = answering(case)
    return min(tasks, key=lambda task: task.task_id).unit_id if tasks else bytes(16)


def foremost(case: Case, own: Collection[str] = ()) -> ClockRow | None:
    """The clock that speaks for a case: the nearest due of `own`, else of all."""
    clocks = case.clocks.values()
    return min(clocks, key=lambda c: (c.debtor not in own, c.due_at, c.task_id), default=None)


def reconcile(case: Case, context: DecisionContext) -> tuple[Case, list[Event]]:
    """Start clocks for new duties, drop those of fulfilled ones, follow debtors and pauses.

    A running clock keeps its due time even if the calendar has changed.
    """
    running: dict[ClockId, ClockRow] = {}
    announced: list[ClockDeadline] = []
    for duty in duties(case, context):
        clock = case.clocks.get(duty.id)
        if clock is None:
            clock = _start(case.row, duty, context)
            if duty.kind in ANNOUNCED:
                announced.append(_announced(duty, clock))
        elif duty.pauses or duty.paused or clock.paused:
            clock = _follow(clock, duty, context)
        elif clock.debtor != duty.debtor:
            clock = clock.model_copy(update={"debtor": duty.debtor})
        running[duty.id] = clock
    row = case.row
    listed = {
        "place": row.division,
        "waits_until": _waits_until(row, running),
        "next_due": min((clock.due_at for clock in running.values()), default=None),
    }
    if any(getattr(row, name) != value for name, value in listed.items()):
        row = row.model_copy(update=listed)
    emitted = _announce(case, announced)
    if row is case.row and running == case.clocks:
        return case, emitted
    return replace(case, row=row, clocks=running), emitted


def _start(row: CaseRow, duty: Duty, context: DecisionContext) -> ClockRow:
    ends = _deadline(duty, context)
    return ClockRow(
        key=row.key,
        kind=duty.kind,
        task_id=duty.task_id,
        round=duty.round,
        debtor=duty.debtor,
        started_at=duty.started_at,
        due_at=ends.due_at,
        limit_n=duty.limit.n,
        limit_kind=duty.limit.kind,
        provisional=ends.provisional,
        paused=duty.paused,
        step=0,
        next_at=None if duty.paused else next_at(duty.kind, ends.due_at, 0, context),
    )


def _follow(clock: ClockRow, duty: Duty, context: DecisionContext) -> ClockRow:
    """Take over pauses and the debtor; the due time moves only when a pause ends."""
    if duty.paused:
        changes = {"debtor": duty.debtor, "paused": True, "next_at": None}
        return clock.model_copy(update=changes)
    ends = _deadline(duty, context)
    due_at = max(clock.due_at, ends.due_at)
    changes = {
        "debtor": duty.debtor,
        "paused": False,
        "due_at": due_at,
        "provisional": ends.provisional,
        "next_at": next_at(duty.kind, due_at, clock.step, context),
    }
    return clock.model_copy(update=changes)


def _deadline(duty: Duty, context: DecisionContext) -> Deadline:
    if duty.promised_on is not None:
        ends_at = start_of_day(duty.promised_on + DAY)
        provisional = not context.calendar.covers(duty.promised_on)
        return Deadline(duty.promised_on, ends_at, provisional)
    if duty.pauses:
        return deadline(duty.started_at, duty.limit, context.calendar, duty.pauses)
    return context.deadline(duty.started_at, duty.limit)


def next_at(
    kind: ClockKind, due_at: datetime, step: int, context: DecisionContext
) -> datetime | None:
    """When a clock's next step fires; None after the last step."""
    after = steps(kind, context)
    return context.working_day_after(due_at, after[step]) if step < len(after) else None


def steps(kind: ClockKind, context: DecisionContext) -> tuple[int, ...]:
    """The steps of a clock in working days after its due day; 0 is the due time itself."""
    limits = context.limits
    match kind:
        case "reply" | "promise":
            return limits.urge_after, limits.supervise_after, limits.key_after
        case "sign":
            return (limits.silence_after,)
        case "rating":
            return (0,)
        case "decide_supervision":
            return ()
        case _:
            return (limits.urge_after,)


def _announced(duty: Duty, clock: ClockRow) -> ClockDeadline:
    return ClockDeadline(
        clock=duty.kind,
        subject_id=duty.task_id,
        round=duty.round,
        started_at=duty.started_at,
        due_at=clock.due_at,
        basis=duty.limit,
        provisional=clock.provisional,
        debtor=duty.debtor,
    )


def _announce(case: Case, clocks: Sequence[ClockDeadline]) -> list[Event]:
    if not clocks:
        return []
    began = max(clock.started_at for clock in clocks)
    return [DeadlineSet(**case.origin(began), clocks=tuple(clocks))]


def _waits_until(row: CaseRow, clocks: dict[ClockId, ClockRow]) -> datetime | None:
    """The nearest due time of a duty that the dispatcher waits for."""
    if row.dispatcher_organ is None:
        return None
    own = {organ(row.dispatcher_organ), supervisor(row.dispatcher_organ)}
    return min((clock.due_at for clock in clocks.values() if clock.debtor not in own), default=None)


def fire(case: Case, context: DecisionContext) -> tuple[Case, list[Event]]:
    """Fire every step that is due by now, the oldest first; none is skipped after an outage."""
    emitted: list[Event] = []
    while (clock := _first_due(case, context.now)) is not None:
        case, events = _fire_one(case, clock, context)
        case, more = reconcile(case, context)
        emitted += [*events, *more]
    return case, emitted


def _first_due(case: Case, now: datetime) -> ClockRow | None:
    due = [c for c in case.clocks.values() if c.next_at is not None and c.next_at <= now]
    return min(due, key=lambda clock: (clock.next_at, clock.kind, clock.task_id), default=None)


def _fire_one(case: Case, clock: ClockRow, context: DecisionContext) -> Step:
    at = clock.next_at or context.now
    if clock.kind == "sign" and clock.step == 0:
        at = _silent_until(clock, context)
        if at > context.now:
            return _with_clock(case, clock, next_at=at), ()
    step = clock.step + 1
    following = next_at(clock.kind, clock.due_at, step, context)
    case = _with_clock(case, clock, step=step, next_at=following)
    if clock.kind == "rating":
        return close_window(case, at)
    case, emitted = (_breached if clock.step == 0 else _raised)(case, clock, at)
    late = {
        "late_by": _late_by(at, context.now),
        "overtaken": following is not None and following <= context.now,
    }
    return case, [
        one.model_copy(update={k: v for k, v in late.items() if k in type(one).model_fields})
        for one in emitted
    ]


def _with_clock(case: Case, clock: ClockRow, **changes: Any) -> Case:
    return replace(case, clocks={**case.clocks, clock.id: clock.model_copy(update=changes)})


def _late_by(at: datetime, now: datetime) -> int:
    """Seconds by which a step is recorded late; 0 for what the rhythm of the clocks takes."""
    return int((now - at).total_seconds()) if now - at > PROMPT else 0


def _silent_until(clock: ClockRow, context: DecisionContext) -> datetime:
    """When silence counts as signed: the working days on which nobody could sign are added."""
    lost = context.working_days_off(local_day(clock.started_at))
    return context.working_day_after(clock.due_at, context.limits.silence_after + lost)


def _breached(case: Case, clock: ClockRow, at: datetime) -> Step:
    base = case.origin(at)
    subject: dict[str, Any] = {
        "clock": clock.kind,
        "subject_id": clock.task_id,
        "round": clock.round,
    }
    emitted: list[Event] = [
        DeadlineBreached(**base, **subject, due_at=clock.due_at),
        CaseUrged(**base, **subject),
    ]
    if clock.kind == "sign":
        case = case.with_task(case.tasks[clock.task_id], signed_at=at, by_silence=True)
        emitted.append(TaskSigned(**base, task_id=clock.task_id, by_silence=True))
    if case.row.supervision == "none":
        case = case.with_row(supervision="urged")
    return case, emitted


def _raised(case: Case, clock: ClockRow, at: datetime) -> Step:
    """Supervise at the second step; the third only makes a candidate, on which a person decides.

    Each duty reaches it once, so after a refusal only another one proposes anew.
    """
    row = case.row
    changes: dict[str, Any]
    if clock.step == 1:
        if row.supervision not in ("none", "urged"):
            return case, ()
        changes, level = {"supervision": "supervised"}, "supervised"
    else:
        if row.key_candidate not in ("", "refused"):
            return case, ()
        changes, level = {"key_candidate": "open", "key_candidate_at": at}, "key"
    raised = SupervisionRaised(**case.origin(at), level=level, reason="overdue", clock=clock.kind)
    return case.with_row(**changes), (raised,)
