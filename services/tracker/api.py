"""Acts and lists for programs: one endpoint an act, all through the same decision."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from services.tracker import store
from services.tracker.domain.commands import (
    ActName,
    Body,
    ContactBody,
    DecideSupervision,
    DraftBody,
    FulfilBody,
    ObjectBody,
    OpinionBody,
    SearchWords,
    SupervisionBody,
    task_command,
)
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.duties import unit
from services.tracker.domain.model import Case
from services.tracker.domain.rights import row_scope_of, units_of
from services.tracker.domain.state import case_state
from services.tracker.domain.views import CaseView, TaskLine, case_view, task_lines
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied, Command, Subject
from shared.rights import Action
from shared.web.actor import Actor, CurrentActor
from shared.web.permissions import requires

ENDLESS = datetime(9999, 1, 1, tzinfo=UTC)
MOST = 1000
TASK = "/items/{item_id}/tasks/{task_id}"
Place = tuple[Id, Id]
TaskWanted = Literal["", "given", "signed", "drafted", "objected", "tracking"]


def routes(
    messaging: Messaging,
    cases: Subject[Case, DecisionContext],
    copy: DirectoryCopy,
    officer: CurrentActor,
) -> Sequence[APIRouter]:
    """Make the JSON endpoints below `/v1`."""
    doing = Doing(messaging, cases, copy)
    return (
        _listing(messaging, copy, officer),
        _showing(messaging, copy, officer),
        _plain_acts(doing, officer),
        _worded_acts(doing, officer),
    )


def _place(item_id: UUID, task_id: UUID) -> Place:
    return item_id.bytes, task_id.bytes


class Doing:
    """Does an act of an officer: the case must be theirs to see, the decision says the rest."""

    def __init__(
        self, messaging: Messaging, cases: Subject[Case, DecisionContext], copy: DirectoryCopy
    ) -> None:
        self._messaging, self._cases, self._copy = messaging, cases, copy

    async def task(self, name: ActName, place: Place, by: Actor, body: Body) -> dict[str, Any]:
        """Do an act on a task."""
        return await self.act(task_command(name, place, by, body), by)

    async def act(self, act: Command, by: Actor) -> dict[str, Any]:
        """Do any act on a case; raises Refused."""
        async with self._messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            await store.get_visible_case(tx, act.key, by, self._copy.snapshot)
        return _answer(await self._messaging.act(self._cases, act))


def _plain_acts(doing: Doing, officer: CurrentActor) -> APIRouter:
    """Make the acts that need no words, and the decision on supervision."""
    api = APIRouter(prefix="/v1")
    at, who = Depends(_place), Depends(officer)

    @api.post(f"{TASK}/sign")
    @requires(Action.CASE_SIGN)
    async def sign(
        place: Annotated[Place, at], by: Annotated[Actor, who], body: Body | None = None
    ) -> dict[str, Any]:
        return await doing.task("sign", place, by, body or Body())

    @api.post(f"{TASK}/sign-off")
    @requires(Action.CASE_SIGN_OFF)
    async def sign_off(
        place: Annotated[Place, at], by: Annotated[Actor, who], body: Body | None = None
    ) -> dict[str, Any]:
        return await doing.task("sign_off", place, by, body or Body())

    @api.post("/items/{item_id}/supervision")
    @requires(Action.CASE_SUPERVISE)
    async def supervise(
        item_id: UUID, by: Annotated[Actor, who], body: SupervisionBody
    ) -> dict[str, Any]:
        return await doing.act(DecideSupervision(item_id.bytes, by, body), by)

    return api


def _worded_acts(doing: Doing, officer: CurrentActor) -> APIRouter:
    """Make the acts that say something."""
    api = APIRouter(prefix="/v1")
    at, who = Depends(_place), Depends(officer)

    @api.post(f"{TASK}/object")
    @requires(Action.CASE_OBJECT)
    async def object_(
        place: Annotated[Place, at], by: Annotated[Actor, who], body: ObjectBody
    ) -> dict[str, Any]:
        return await doing.task("object", place, by, body)

    @api.post(f"{TASK}/contact")
    @requires(Action.CASE_CONTACT)
    async def contact(
        place: Annotated[Place, at], by: Annotated[Actor, who], body: ContactBody
    ) -> dict[str, Any]:
        return await doing.task("contact", place, by, body)

    @api.post(f"{TASK}/opinion")
    @requires(Action.CASE_OPINE)
    async def opinion(
        place: Annotated[Place, at], by: Annotated[Actor, who], body: OpinionBody
    ) -> dict[str, Any]:
        return await doing.task("opinion", place, by, body)

    @api.post(f"{TASK}/draft")
    @requires(Action.CASE_DRAFT)
    async def draft(
        place: Annotated[Place, at], by: Annotated[Actor, who], body: DraftBody
    ) -> dict[str, Any]:
        return await doing.task("draft", place, by, body)

    @api.post(f"{TASK}/fulfil")
    @requires(Action.CASE_FULFIL)
    async def fulfil(
        place: Annotated[Place, at], by: Annotated[Actor, who], body: FulfilBody
    ) -> dict[str, Any]:
        return await doing.task("fulfil", place, by, body)

    return api


def _answer(applied: Applied[Case]) -> dict[str, Any]:
    """Tell where the case stands now, and how far a reader must be to have seen it."""
    row = applied.state.row
    return {
        "state": case_state(applied.state),
        "basis": {"topic": "tracker.case.v1", "seq": row.seq},
        "seen": applied.seen,
    }


def _listing(messaging: Messaging, copy: DirectoryCopy, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1")
    by = Depends(officer)

    @api.get("/tasks")
    @requires(Action.DUTY_READ)
    async def list_tasks(
        actor: Annotated[Actor, by], state: TaskWanted = ""
    ) -> dict[str, list[TaskLine]]:
        """List what my units owe, the longest overdue first; `state` narrows it."""
        async with messaging.db.begin_as(row_scope_of(actor, copy.snapshot)) as tx:
            duties = await store.list_duties(
                tx, [unit(key) for key in units_of(actor)], ENDLESS, MOST
            )
            keys = list(dict.fromkeys(duty.key for duty in duties))
            found = await store.read_cases(tx, keys)
            texts = await store.read_texts(tx, keys)
        lines = [line for key in keys for line in task_lines(found[key], texts[key], actor)]
        return {"tasks": [line for line in lines if state in ("", line.state)]}

    @api.get("/items")
    @requires(Action.CASE_READ)
    async def list_items(
        actor: Annotated[Actor, by],
        show: store.Show = "open",
        q: SearchWords = "",
        before: UUID | None = None,
    ) -> dict[str, list[CaseView]]:
        """List the cases of my units or organs as the page does, 100 at a time."""
        search = store.search_of(actor, copy.snapshot, show, q, before.bytes if before else None)
        async with messaging.db.begin_as(row_scope_of(actor, copy.snapshot)) as tx:
            keys = await store.list_cases(tx, search, 100)
            found = await store.read_cases(tx, keys)
            texts = await store.read_texts(tx, keys)
        return {"items": [case_view(found[key], texts[key]) for key in keys]}

    return api


def _showing(messaging: Messaging, copy: DirectoryCopy, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1")
    by = Depends(officer)

    @api.get("/items/{item_id}")
    @requires(Action.CASE_READ)
    async def show_item(item_id: UUID, actor: Annotated[Actor, by]) -> CaseView:
        """Show a case; 404 until it is here, and to those it does not concern."""
        key = item_id.bytes
        async with messaging.db.begin_as(row_scope_of(actor, copy.snapshot)) as tx:
            case = await store.get_visible_case(tx, key, actor, copy.snapshot)
            texts = (await store.read_texts(tx, [key]))[key]
        return case_view(case, texts)

    return api
