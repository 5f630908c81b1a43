"""What dispatchers decide."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.router import store
from services.router.routing.domain.bodies import (
    DispatchBody,
    EscalateBody,
    ObjectionBody,
    RehomeBody,
)
from services.router.routing.domain.commands import Decision, DecisionContext
from services.router.routing.domain.model import Item
from services.router.routing.domain.rights import organs_of, row_scope_of
from services.router.routing.domain.routing_table import RoutingTable
from services.router.routing.domain.views import QueueLine, queue_line
from shared.calendar import local_day
from shared.directory import DirectoryCopy
from shared.ids import to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied, Subject
from shared.rights import Action
from shared.web.actor import Actor, CurrentActor
from shared.web.permissions import requires

MOST = 500


class Desk:
    """Does what dispatchers ask."""

    def __init__(
        self,
        messaging: Messaging,
        items: Subject[Item, DecisionContext],
        copy: DirectoryCopy,
    ) -> None:
        self.messaging, self.copy = messaging, copy
        self._items = items

    async def act(self, act: Decision, by: Actor) -> dict[str, Any]:
        """Do an act on an item the asker gives out; raises Refused."""
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            await store.get_visible_item(tx, act.key, by)
        return _answer(await self.messaging.act(self._items, act))

    async def queue(self, by: Actor, limit: int) -> list[QueueLine]:
        """List what waits for this person's organs."""
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            items = await store.list_queue(tx, organs_of(by), limit)
            table = RoutingTable(self.copy.snapshot, local_day(tx.now))
        return [queue_line(item, table) for item in items]


def _answer(applied: Applied[Item]) -> dict[str, Any]:
    row = applied.state.row
    return {
        "item_id": to_text(row.key),
        "dispatch_no": row.dispatch_no,
        "level": row.level,
        "seen": applied.seen or None,
    }


def routes(desk: Desk, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the JSON endpoints below `/v1`."""
    return [_deciding(desk, officer)]


def _deciding(desk: Desk, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1")
    who = Depends(officer)

    @api.get("/queue")
    @requires(Action.ASSIGNMENT_READ)
    async def queue(
        by: Annotated[Actor, who], limit: Annotated[int, Query(ge=1, le=MOST)] = 100
    ) -> dict[str, list[QueueLine]]:
        """List the items that wait for my organs, the longest waiting first."""
        return {"items": await desk.queue(by, limit)}

    @api.post("/items/{item_id}/dispatch")
    @requires(Action.ASSIGNMENT_DISPATCH)
    async def dispatch(
        item_id: UUID, by: Annotated[Actor, who], body: DispatchBody
    ) -> dict[str, Any]:
        """Give an item out."""
        return await desk.act(body.act(item_id.bytes, by.person_id, organs_of(by)), by)

    @api.post("/items/{item_id}/escalate")
    @requires(Action.ASSIGNMENT_ESCALATE)
    async def escalate(
        item_id: UUID, by: Annotated[Actor, who], body: EscalateBody
    ) -> dict[str, Any]:
        """Send an item one level up."""
        return await desk.act(body.act(item_id.bytes, by.person_id, organs_of(by)), by)

    @api.post("/items/{item_id}/objection")
    @requires(Action.ASSIGNMENT_DECIDE)
    async def objection(
        item_id: UUID, by: Annotated[Actor, who], body: ObjectionBody
    ) -> dict[str, Any]:
        """Decide a unit's objection."""
        return await desk.act(body.act(item_id.bytes, by.person_id, organs_of(by)), by)

    @api.post("/items/{item_id}/rehome")
    @requires(Action.ASSIGNMENT_REHOME)
    async def rehome(item_id: UUID, by: Annotated[Actor, who], body: RehomeBody) -> dict[str, Any]:
        """Choose who goes on with the task of an abolished unit."""
        return await desk.act(body.act(item_id.bytes, by.person_id, organs_of(by)), by)

    return api
