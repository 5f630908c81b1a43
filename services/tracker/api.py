"""JSON interface: the acts from their specs, tasks, lists and cases."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from services.tracker import store
from services.tracker.actions import SUPERVISION, TASK_ACTS, CaseActions, Titled
from services.tracker.domain.commands import Officer, SearchText
from services.tracker.domain.mirrors import TextRow, WithheldTexts
from services.tracker.domain.model import Case, TaskRow, case_state, open_tasks, task_state
from services.tracker.domain.rights import units_of
from shared.contracts.topics import TRACKER_CASE
from shared.ids import to_text
from shared.rights import Action
from shared.web.act_spec import Target, add_endpoint
from shared.web.actor import Actor, CurrentActor, requires

PAGE = 100
TaskFilter = Literal["", "given", "signed", "drafted", "objected", "tracking"]


class TaskView(BaseModel):
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
    item_id: str
    number: str
    title: str
    confidential: bool
    self_interest: bool
    case_state: str
    seq: int


class ClockView(BaseModel):
    kind: str
    subject_id: str
    round: int
    debtor: str
    started_at: datetime
    due_at: datetime
    provisional: bool
    paused: bool


class ReplyView(BaseModel):
    reply_no: int
    plain: str
    text: str
    contact: str
    reason: str
    waiver: str


class TaskPage(BaseModel):
    """`next` is what to ask `after` for the rest; None at the end."""

    tasks: list[TaskLine]
    next: str | None


class CaseView(BaseModel):
    """A case; `seq` is the basis of a decision about it, `members` are the items merged into it.

    `texts_withheld`: the officer may see how far it is, but not what people wrote.
    """

    item_id: str
    seq: int
    state: str
    number: str
    title: str
    texts_withheld: bool
    division_code: str
    owner_level: str | None
    dispatcher_organ: str | None
    matter_code: str
    policy_codes: tuple[str, ...]
    confidential: bool
    self_interest: bool
    merged_into: str | None
    members: list[str]
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


class CasePage(BaseModel):
    """`next` is what to ask `after` for the rest; None at the end."""

    items: list[CaseView]
    next: str | None


def routes(actions: CaseActions, officer: CurrentActor) -> APIRouter:
    """The JSON endpoints below `/v1`."""
    api = APIRouter(prefix="/v1")

    def item(item_id: UUID) -> Target:
        return (item_id.bytes,)

    def task(item_id: UUID, task_id: UUID) -> Target:
        return item_id.bytes, task_id.bytes

    async def perform(command: Any, by: Actor) -> dict[str, Any]:
        """Answer the new state, and the place a reader must have reached to see it."""
        applied = await actions.perform(command, by)
        return {
            "state": case_state(applied.state),
            "basis": {"topic": TRACKER_CASE.name, "seq": applied.state.row.seq},
            "seen": applied.seen,
        }

    for spec in TASK_ACTS:
        path = "/items/{item_id}/tasks/{task_id}"
        add_endpoint(api, path, spec, task, officer, perform)
    add_endpoint(api, "/items/{item_id}", SUPERVISION, item, officer, perform)
    _add_tasks(api, actions, officer)
    _add_cases(api, actions, officer)
    return api


def _add_tasks(api: APIRouter, actions: CaseActions, officer: CurrentActor) -> None:
    who = Depends(officer)

    @api.get("/tasks")
    @requires(Action.DUTY_READ)
    async def list_tasks(
        by: Annotated[Actor, who], state: TaskFilter = "", after: UUID | None = None
    ) -> TaskPage:
        """List what my units owe in the next 100 cases, the longest overdue first.

        `state` narrows it: then a page may hold less than the cases it has read.
        """
        found = await actions.list_tasks(by, after.bytes if after else None, PAGE + 1)
        lines = [line for one in found[:PAGE] for line in task_lines(one.case, one.texts, by)]
        shown = [line for line in lines if state in ("", line.state)]
        return TaskPage(tasks=shown, next=_next(found))


def _add_cases(api: APIRouter, actions: CaseActions, officer: CurrentActor) -> None:
    who = Depends(officer)

    @api.get("/items")
    @requires(Action.CASE_READ)
    async def list_items(
        by: Annotated[Actor, who],
        show: store.Show = "open",
        q: SearchText = "",
        after: UUID | None = None,
    ) -> CasePage:
        """List the cases of my divisions, units or stations, 100 at a time.

        `q` finds those of every state by number, words, unit or place, and `show` is ignored.
        """
        last = after.bytes if after else None
        if q:
            found = (await actions.search_cases(by, q, last, PAGE + 1))[0]
        else:
            found = (await actions.list_cases(by, show, last, PAGE + 1))[0]
        views = [case_view(one.case, one.texts) for one in found[:PAGE]]
        return CasePage(items=views, next=_next(found))

    @api.get("/items/{item_id}")
    @requires(Action.CASE_READ)
    async def show_item(item_id: UUID, by: Annotated[Actor, who]) -> CaseView:
        """Show a case: 404 until it has arrived, and to officers who may not see it."""
        details = await actions.find_case(by, item_id.bytes)
        return case_view(details.case, details.texts)


def _task_state(case: Case, task: TaskRow) -> str:
    """An answered task whose promise still runs is `tracking`."""
    if case.row.phase == "tracking" and task.answers and task.ended_at is None:
        return "tracking"
    return task_state(task, case.row.round)


def task_lines(case: Case, texts: TextRow, by: Officer) -> Iterator[TaskLine]:
    """The open tasks of the officer's units in a case."""
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


def _next(found: Sequence[Titled]) -> str | None:
    """The last case of a page, if one more was found behind it."""
    return to_text(found[PAGE - 1].case.row.key) if len(found) > PAGE else None


def case_view(case: Case, texts: TextRow) -> CaseView:
    row = case.row
    ids = {"dispatcher_organ", "merged_into"}
    columns = row.model_dump(include=set(CaseView.model_fields) - ids)
    clocks = sorted(case.clocks.values(), key=lambda clock: clock.due_at)
    return CaseView(
        **columns,
        item_id=to_text(row.key),
        state=case_state(case),
        title=texts.title,
        texts_withheld=isinstance(texts, WithheldTexts),
        merged_into=to_text(row.merged_into) if row.merged_into else None,
        members=[to_text(one.item_id) for one in texts.members],
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
        state=_task_state(case, task),
        dispatch_no=task.dispatch_no,
        round=round_,
        given_at=task.given_at,
        due_at=reply.due_at if reply else None,
        object_until=task.object_until,
        contacted=task.contacted_round == round_,
        draft_outcome=task.draft_outcome,
    )
