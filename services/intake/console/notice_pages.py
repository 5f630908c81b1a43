"""Pages of administrators: whom notices can reach, and how their sending goes."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.intake.actions.notices import Notices, Reach
from services.intake.console.pages import CONSOLE
from shared.rights import Action
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.labels import CHANNELS
from shared.web.menu import frame_of

WHO: Mapping[Reach, Sentence] = {
    "email": _("留了邮箱的提出人"),
    "phone": _("留了手机号的提出人"),
    "station": _("联络站"),
}


class NoticePages:
    def __init__(self, actions: Notices) -> None:
        self._actions = actions

    async def show(self, request: Request, by: Actor) -> Response:
        """Show who can be told, and what waits or failed on each channel."""
        counts = await self._actions.count()
        return CONSOLE.render(
            request,
            "notices.html",
            frame=frame_of(
                by, self._actions.copy.snapshot, links.NOTICES, ui.Crumb(_("告知渠道"))
            ),
            reached=[(WHO[one], ok) for one, ok in self._actions.reached().items()],
            channels=[(CHANNELS[name], one) for name, one in counts.items()],
        )  # fmt: skip

    async def missing(self, request: Request) -> Response:
        """Count who cannot be told at all, proposers and stations, for the check list."""
        reached = self._actions.reached()
        lacking = (not (reached["email"] or reached["phone"])) + (not reached["station"])
        return CONSOLE.render(request, "missing.html", count=lacking, href=links.NOTICES)


def notice_routes(pages: NoticePages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(prefix="/notices", include_in_schema=False)
    who: Any = Depends(officer)

    @web.get("")
    @requires(Action.DIRECTORY_EDIT)
    async def show(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.show(request, by)

    @web.get("/missing", dependencies=[who])
    @requires(Action.DIRECTORY_EDIT)
    async def missing(request: Request) -> Response:
        return await pages.missing(request)

    return web
