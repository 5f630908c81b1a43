"""Earlier items of the same firm or in like words, shown beside the form of a new one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.intake.actions.lookups import LookupActions
from services.intake.console.pages import CONSOLE
from services.intake.console.station_views import StationView, item_row
from services.intake.domain.asker import by_session
from shared.rights import Action
from shared.settings import Limits
from shared.web.actor import Actor, CurrentActor, requires


def earlier_routes(actions: LookupActions, limits: Limits, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)

    @web.get("/new/earlier")
    @requires(Action.ITEM_SUBMIT)
    async def earlier(
        request: Request,
        by: Annotated[Actor, Depends(officer)],
        enterprise: Annotated[str, Query(max_length=100)] = "",
        title: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        asker, stations = by_session(by), actions.stations
        found = await actions.earlier(asker, enterprise.strip(), title.strip())
        view = StationView(asker, stations.copy.snapshot, await stations.now(), limits)
        rows = [(item_row(one, view), one.progress.reply_plain) for one in found]
        return CONSOLE.render(request, "earlier.html", rows=rows)

    return web
