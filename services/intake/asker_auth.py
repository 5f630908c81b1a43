"""Authenticates whoever uses the stations' interface: by a signature, or by a session."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.intake.domain.asker import Asker, by_session
from services.intake.station_auth import StationAuth
from shared.rights import require_door
from shared.web.actor import SESSION, CurrentActor, required_action
from shared.web.session import SessionExpired

STATION = HTTPBearer(
    scheme_name="station",
    bearerFormat="JWT",
    description="A token that a key of the station signed for this very request.",
    auto_error=False,
)
"""For the OpenAPI document; `StationAuth` reads the token itself."""
PERSON = "jianyi-person"
"""The header with which a page kept on a device says whose it is: one of several people there."""


class AskerAuth:
    """Gives endpoints who asks: by the key that signed the request, else by the session."""

    def __init__(self, stations: StationAuth, officer: CurrentActor) -> None:
        self._stations, self._officer = stations, officer

    async def __call__(
        self,
        request: Request,
        _token: Annotated[HTTPAuthorizationCredentials | None, Security(STATION)] = None,
        _cookie: Annotated[str | None, Security(SESSION)] = None,
    ) -> Asker:
        asker: Asker = request.state.asker
        return asker

    @property
    def route(self) -> type[APIRoute]:
        """The class of routes that know who asks before anything of a body is parsed."""
        authenticate = self.authenticate

        class AskedRoute(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                handle = super().get_route_handler()

                async def checked(request: Request) -> Response:
                    request.state.asker = await authenticate(request)
                    return await handle(request)

                return checked

        return AskedRoute

    async def authenticate(self, request: Request) -> Asker:
        """Authenticate and check the endpoint's declared actions.

        Raises SignatureRefused, SessionExpired (also if the session is not of the person that the
        request names), and Forbidden if no role of the asker allows them.
        """
        if "authorization" not in request.headers:
            actor = await self._officer(request)
            if request.headers.get(PERSON, actor.code) != actor.code:
                raise SessionExpired
            return by_session(actor)
        asker = await self._stations.authenticate(request)
        require_door(asker, required_action(request.scope["endpoint"]))
        return asker
