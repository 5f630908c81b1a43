"""The JSON endpoints of dispatchers, below `/v1`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.router.routing.actions import ACTS, RoutingActions
from services.router.routing.domain.views import QueueLine
from shared.ids import to_text
from shared.messaging.subject import Command
from shared.rights import Action
from shared.web.act_spec import Target, add_endpoint
from shared.web.actor import Actor, CurrentActor, requires

MAX_ROWS = 500


def _target(item_id: UUID) -> Target:
    return (item_id.bytes,)


def routes(actions: RoutingActions, officer: CurrentActor) -> APIRouter:
    """The queue, and one endpoint per act."""
    api = APIRouter(prefix="/v1")

    @api.get("/queue")
    @requires(Action.ASSIGNMENT_READ)
    async def queue(
        by: Annotated[Actor, Depends(officer)],
        limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 100,
    ) -> dict[str, list[QueueLine]]:
        """List the items that wait for my organs, the longest waiting first."""
        views, _count = await actions.list_queue(by, limit)
        return {"items": [view.line for view in views]}

    async def perform(command: Command, by: Actor) -> dict[str, Any]:
        applied = await actions.perform(command, by)
        row = applied.state.row
        return {
            "item_id": to_text(row.key),
            "dispatch_no": row.dispatch_no,
            "level": row.level,
            "seen": applied.seen or None,
        }

    for spec in ACTS:
        add_endpoint(api, "/items/{item_id}", spec, _target, officer, perform)
    return api
