"""The clocks of a case: they follow its duties, and fire when they are due."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.tracker.domain.context import DecisionContext
from services.tracker.domain.duties import Duty, duties, first_due, not_dispatchers
from services.tracker.domain.model import (
    Case,
    CaseRow,
    ClockId,
    ClockRow,
)
from services.tracker.domain.rating import close_window
from shared.calendar import Deadline, deadline, local_day, start_of_day
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

ANNOUNCED: frozenset[ClockKind] = frozenset(
    ("sign", "reply", "decide_objection", "rating", "promise")
)
"""Clocks whose start is an event; of the others only a breach is."""


Step = tuple[Case, Sequence[Event]]


def reconcile(
    case: Case, context: DecisionContext, cause: Sequence[Event] = ()
) -> tuple[Case, list[Event]]:
    """Start clocks for new duties, drop those of fulfilled ones, follow debtors and pauses.

    A running clock keeps its due time even if the calendar has changed. What starts is announced
    after its `cause`.
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
        "waits_until": _waits_until(case, running),
        "next_due": _due_at(first_due(case, running.values())),
    }
    if any(getattr(row, name) != value for name, value in listed.items()):
        row = row.model_copy(update=listed)
    emitted = _announce(case, announced, cause)
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


def _announce(case: Case, clocks: Sequence[ClockDeadline], cause: Sequence[Event]) -> list[Event]:
    """Not before its cause: the day of a promise counts from the reply, but once it is rated."""
    if not clocks:
        return []
    began = (*(clock.started_at for clock in clocks), *(event.occurred_at for event in cause))
    return [DeadlineSet(**case.origin(max(began)), clocks=tuple(clocks))]


def _waits_until(case: Case, clocks: Mapping[ClockId, ClockRow]) -> datetime | None:
    """The nearest due time of a duty that the dispatcher waits for."""
    if case.row.dispatcher_organ is None:
        return None
    return _due_at(first_due(case, not_dispatchers(case.row, clocks.values())))


def _due_at(clock: ClockRow | None) -> datetime | None:
    return clock.due_at if clock and not clock.paused else None


def fire(case: Case, context: DecisionContext) -> tuple[Case, list[Event]]:
    """Fire every step that is due by now, the oldest first; none is skipped after an outage."""
    emitted: list[Event] = []
    while (clock := _first_due(case, context.now)) is not None:
        case, events = _fire_one(case, clock, context)
        case, more = reconcile(case, context, events)
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
        "late_by": int((context.now - at).total_seconds()) if context.was_off(at) else 0,
        "overtaken": following is not None and following <= context.now,
    }
    return case, [
        one.model_copy(update={k: v for k, v in late.items() if k in type(one).model_fields})
        for one in emitted
    ]


def _with_clock(case: Case, clock: ClockRow, **changes: Any) -> Case:
    return replace(case, clocks={**case.clocks, clock.id: clock.model_copy(update=changes)})


def _silent_until(clock: ClockRow, context: DecisionContext) -> datetime:
    """When an unsigned task counts as signed; working days on which nobody could sign are added."""
    lost = context.working_days_off(local_day(clock.started_at))
    return context.working_day_after(clock.due_at, context.limits.silence_after + lost)


def _breached(case: Case, clock: ClockRow, at: datetime) -> Step:
    """Urge the debtor of a breached limit; proposers, who owe nothing, are only reminded."""
    base = case.origin(at)
    subject: dict[str, Any] = {
        "clock": clock.kind,
        "subject_id": clock.task_id,
        "round": clock.round,
    }
    urged = CaseUrged(**base, **subject)
    if clock.kind == "resubmit":
        return case, (urged,)
    emitted: list[Event] = [DeadlineBreached(**base, **subject, due_at=clock.due_at), urged]
    if clock.kind == "sign":
        case = case.with_task(case.tasks[clock.task_id], signed_at=at, by_silence=True)
        emitted.append(TaskSigned(**base, task_id=clock.task_id, by_silence=True))
    if case.row.supervision == "none":
        case = case.with_row(supervision="urged")
    return case, emitted


def _raised(case: Case, clock: ClockRow, at: datetime) -> Step:
    """Supervise at the second step; the third only makes a candidate, which a person decides on.

    Each duty reaches it once, so after a refusal only another duty can propose it again.
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
