"""Where a case and its tasks stand: a pure function of the columns."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from services.tracker.domain.model import Case, TaskRow
from shared.contracts.codes import Outcome

CaseState = Literal[
    "UNKNOWN",
    "SUBMITTED",
    "SUPPLEMENT",
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
    "rejected": "REJECTED",
    "transferred": "TRANSFERRED",
    "merged": "MERGED",
    "accepted": "ACCEPTED",
}
_LEFT_TO_DO: dict[Outcome, int] = {
    "in_progress": 0, "planned": 0, "deferred": 1, "reference": 2, "solved": 3,
}  # fmt: skip
_AFTER: dict[str, CaseState] = {"replied": "REPLIED", "tracking": "TRACKING", "closed": "CLOSED"}


def open_tasks(case: Case) -> list[TaskRow]:
    """List the tasks of the present dispatch."""
    return [task for task in case.tasks.values() if task.ended_at is None]


def answering(case: Case) -> list[TaskRow]:
    """List the open tasks that owe the proposer an answer."""
    return [task for task in open_tasks(case) if task.answers]


def furthest_behind(case: Case) -> TaskRow:
    """Find, of the units that have answered in this round, the one with most left to do.

    An open promise comes first, the nearest before others; then what was not solved.
    """
    answered = [task for task in answering(case) if task.replied_round == case.row.round]
    return min(
        answered,
        key=lambda t: (_LEFT_TO_DO[t.draft_outcome or "solved"], t.draft_promised_on or date.max),
    )


def task_state(task: TaskRow, round_: int) -> TaskState:
    """Tell where a task stands in a round."""
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
    """Tell where a case stands."""
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
    """Take the state of the answering task that is furthest behind."""
    if "given" in states:
        return "DISPATCHED"
    if "signed" in states:
        return "REWORK" if round_ > 1 else "IN_PROGRESS"
    return "SIGNOFF"
