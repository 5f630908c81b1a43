"""The door of a trial system: on this machine anyone may be anyone; elsewhere it does not exist."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict

from services.router.identity.console.demo_login import door, inside, place_of
from services.router.identity.sessions import Sessions, only_on_this_machine
from services.router.routing import store as routing_store
from services.router.routing.console.pages import key_of
from shared.directory import DirectoryCopy
from shared.errors import NotFound
from shared.ids import Id
from shared.messaging.messaging import Messaging
from shared.rights import Action
from shared.text import Text, _
from shared.web import components as ui
from shared.web.console import Console
from shared.web.forms import read_form, value_of
from shared.web.permissions import requires


class SignIn(BaseModel):
    """Whom to be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person_id: UUID


class Door:
    """Shows everyone of the invented city and lets anyone be one of them."""

    def __init__(
        self, messaging: Messaging, copy: DirectoryCopy, sessions: Sessions, console: Console
    ) -> None:
        self._messaging, self._copy = messaging, copy
        self._sessions, self._console = sessions, console

    async def page(self, request: Request, wrong: Text = "") -> Response:
        """Show who can be chosen, and what waits for them."""
        query = request.query_params
        directory = self._copy.snapshot
        chosen = place_of(directory, query.get("division", ""))
        organ = directory.organ(chosen)
        async with self._messaging.db.begin() as tx:
            waiting = await routing_store.count_queue(tx, [organ[0]] if organ else [])
        return self._console.render(
            request,
            "enter.html",
            frame=ui.Frame(notes=[ui.Note("amber", wrong)] if wrong else []),
            status=422 if wrong else 200,
            door=door(directory, chosen, waiting),
            next=inside(query.get("next", "")),
        )

    async def come_in(self, request: Request) -> Response:
        """Be who was chosen, and go where one wanted to."""
        form = await read_form(request)
        person = key_of(value_of(form, "person"))
        if person is None or self._copy.snapshot.person(person) is None:
            return await self.page(request, _("请选择一个身份"))
        response = RedirectResponse(inside(value_of(form, "next")), 303)
        await self._sessions.begin(request, response, person, "trial")
        return response

    async def sign_in(self, request: Request, response: Response, person: Id) -> None:
        """Be somebody the directory knows; raises NotFound."""
        if self._copy.snapshot.person(person) is None:
            raise NotFound(
                "unknown_person",
                _("名录里没有这个人。"),
                _("请从名录里选择。"),
            )
        await self._sessions.begin(request, response, person, "trial")


def routes(door: Door) -> Sequence[APIRouter]:
    """Make the addresses of the door."""
    here = [Depends(only_on_this_machine)]
    web = APIRouter(include_in_schema=False, dependencies=here)
    api = APIRouter(prefix="/v1", dependencies=here)

    @web.get("/enter")
    @requires(Action.PUBLIC)
    async def enter(request: Request) -> Response:
        return await door.page(request)

    @web.post("/enter")
    @requires(Action.PUBLIC)
    async def come_in(request: Request) -> Response:
        return await door.come_in(request)

    @api.post("/session", status_code=204)
    @requires(Action.PUBLIC)
    async def sign_in(request: Request, body: SignIn, response: Response) -> None:
        """Be this person."""
        await door.sign_in(request, response, body.person_id.bytes)

    return [web, api]
