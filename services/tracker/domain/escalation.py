"""What happens when a clock is due: silence counts as signing, overdue duties escalate."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.tracker.domain.context import DecisionContext
from services.tracker.domain.duties import next_at, reconcile
from services.tracker.domain.model import Case, ClockRow
from services.tracker.domain.rating import close_window
from shared.contracts.envelope import Event
from shared.contracts.tracker import CaseUrged, DeadlineBreached, SupervisionRaised, TaskSigned

Step = tuple[Case, Sequence[Event]]


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
    changes = {
        "step": clock.step + 1,
        "next_at": next_at(clock.kind, clock.due_at, clock.step + 1, context),
    }
    clocks = {**case.clocks, clock.id: clock.model_copy(update=changes)}
    case = replace(case, clocks=clocks)
    if clock.kind == "rating":
        return close_window(case, at)
    if clock.step == 0:
        return _breached(case, clock, at)
    return _raised(case, clock, at)


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
    """Supervise at the second step; the third only makes a candidate, on which a person decides."""
    row = case.row
    if clock.step == 1:
        if row.supervision not in ("none", "urged"):
            return case, ()
        changes, level = {"supervision": "supervised"}, "supervised"
    else:
        if row.key_candidate:
            return case, ()
        changes, level = {"key_candidate": "open"}, "key"
    raised = SupervisionRaised(**case.origin(at), level=level, reason="overdue", clock=clock.kind)
    return case.with_row(**changes), (raised,)
