"""A case as programs read it: ids in dashed text, times with their zone."""

from collections.abc import Iterator
from datetime import date, datetime

from pydantic import BaseModel

from services.tracker.domain.commands import Asker
from services.tracker.domain.model import Case, TaskRow
from services.tracker.domain.rights import units_of
from services.tracker.domain.state import case_state, open_tasks, task_state
from services.tracker.domain.texts import TextRow
from shared.ids import to_text


class TaskView(BaseModel):
    """One unit's part."""

    task_id: str
    unit_id: str
    role: str
    state: str
    dispatch_no: int
    round: int
    given_at: datetime
    due_at: datetime | None
    object_until: datetime
    contacted: bool
    draft_outcome: str | None


class TaskLine(TaskView):
    """A task of mine with the case it belongs to."""

    item_id: str
    number: str
    title: str
    confidential: bool
    self_interest: bool
    case_state: str
    seq: int


class ClockView(BaseModel):
    """A duty that runs."""

    kind: str
    subject_id: str
    round: int
    debtor: str
    started_at: datetime
    due_at: datetime
    provisional: bool
    paused: bool


class ReplyView(BaseModel):
    """One answer as the proposer reads it."""

    reply_no: int
    plain: str
    text: str
    contact: str
    reason: str


class CaseView(BaseModel):
    """A case as it stands; `seq` is the basis of a decision about it."""

    item_id: str
    seq: int
    state: str
    number: str
    title: str
    division_code: str
    owner_level: str | None
    dispatcher_organ: str | None
    matter_code: str
    confidential: bool
    self_interest: bool
    dispatch_no: int
    round: int
    reply_no: int
    outcome: str | None
    promised_on: date | None
    rating: str | None
    rating_until: datetime | None
    supervision: str
    key_candidate: str
    leader: str
    closed_at: datetime | None
    closed_how: str
    tasks: list[TaskView]
    clocks: list[ClockView]
    replies: list[ReplyView]


def state_for(case: Case, task: TaskRow) -> str:
    """Tell where a task stands; an answered one whose promise runs is `tracking`."""
    if case.row.phase == "tracking" and task.answers and task.ended_at is None:
        return "tracking"
    return task_state(task, case.row.round)


def task_lines(case: Case, texts: TextRow, by: Asker) -> Iterator[TaskLine]:
    """List the open tasks of the asker's units in a case."""
    units = units_of(by)
    for task in open_tasks(case):
        if task.unit_id in units:
            yield TaskLine(
                **_task(case, task).model_dump(),
                item_id=to_text(case.row.key),
                number=case.row.number,
                title=texts.title,
                confidential=case.row.confidential,
                self_interest=case.row.self_interest,
                case_state=case_state(case),
                seq=case.row.seq,
            )


def case_view(case: Case, texts: TextRow) -> CaseView:
    """Lay a case out with its tasks, running clocks and replies."""
    row = case.row
    kept = row.model_dump(include=set(CaseView.model_fields) - {"dispatcher_organ"})
    clocks = sorted(case.clocks.values(), key=lambda clock: clock.due_at)
    return CaseView(
        **kept,
        item_id=to_text(row.key),
        state=case_state(case),
        title=texts.title,
        dispatcher_organ=to_text(row.dispatcher_organ) if row.dispatcher_organ else None,
        tasks=[_task(case, task) for task in case.tasks.values()],
        clocks=[
            ClockView(**clock.model_dump(), subject_id=to_text(clock.task_id)) for clock in clocks
        ],
        replies=[ReplyView(**reply.model_dump()) for reply in case.words.replies],
    )


def _task(case: Case, task: TaskRow) -> TaskView:
    round_ = case.row.round
    reply = case.clocks.get(("reply", task.task_id, round_))
    return TaskView(
        task_id=to_text(task.task_id),
        unit_id=to_text(task.unit_id),
        role=task.role,
        state=state_for(case, task),
        dispatch_no=task.dispatch_no,
        round=round_,
        given_at=task.given_at,
        due_at=reply.due_at if reply else None,
        object_until=task.object_until,
        contacted=task.contacted_round == round_,
        draft_outcome=task.draft_outcome,
    )
