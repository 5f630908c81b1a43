"""Authenticates stations: every request is signed with a key of the station."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.intake import store
from services.intake.domain.commands import Signer
from services.intake.domain.refusals import require_at_station, unknown_station
from services.intake.domain.station_keys import (
    SignatureRefused,
    SignedRequest,
    StationKey,
    key_id,
    request_id,
    verify,
)
from shared.calendar import local_day
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.web.rate_limit import RateLimit

KEY_SECONDS = 2.0
STATION = HTTPBearer(
    scheme_name="station",
    bearerFormat="JWT",
    description="A token the station's key signed for this very request.",
    auto_error=False,
)
"""For the OpenAPI document; `verify` reads the token itself."""


class StationAuth:
    """Authenticates the station that signed a request; a revoked key ends within two seconds.

    Each process counts a station's `per_minute` requests on its own, and signed ones only.
    """

    def __init__(self, db: Database, copy: DirectoryCopy, per_minute: int) -> None:
        self._db, self._copy, self._rate_limit = db, copy, RateLimit(per_minute)
        self._keys: dict[str, tuple[float, StationKey]] = {}
        self._look_ups: dict[str, asyncio.Task[None]] = {}
        self._clock_offset = timedelta()

    async def __call__(
        self,
        request: Request,
        _token: Annotated[HTTPAuthorizationCredentials | None, Security(STATION)] = None,
    ) -> Signer:
        """Give an endpoint of a signed route the station that signed."""
        signer: Signer = request.state.signer
        return signer

    @property
    def route(self) -> type[APIRoute]:
        """The class of routes whose signature is checked before anything of a body is parsed."""
        authenticate = self.authenticate

        class SignedRoute(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                handle = super().get_route_handler()

                async def checked(request: Request) -> Response:
                    request.state.signer = await authenticate(request)
                    return await handle(request)

                return checked

        return SignedRoute

    async def authenticate(self, request: Request) -> Signer:
        """Check the signature; raises SignatureRefused.

        Raises Forbidden for an unlisted station, and TooManyRequests above its rate.
        """
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        path, query = request.url.path, request.url.query
        target = f"{path}?{query}" if query else path
        signed = SignedRequest(token, request.method, target, await request.body())
        kid = key_id(token)
        try:
            claims = verify(signed, await self._live_key(kid), self._now())
        except SignatureRefused:
            await self._look_up(kid)
            claims = verify(signed, await self._live_key(kid), self._now())
        self._rate_limit.admit(claims.station_code)
        found = self._copy.snapshot.station_by_code(claims.station_code)
        if found is None:
            raise unknown_station(claims.station_code)
        if claims.person_id is not None:
            today = local_day(self._now())
            require_at_station(self._copy.snapshot, found[0], claims.person_id, today)
        return Signer(
            station_id=found[0],
            station_code=claims.station_code,
            division_code=found[1].division_code,
            person_id=claims.person_id,
            request_id=request_id(token),
        )

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._clock_offset

    async def _live_key(self, kid: str) -> dict[str, StationKey]:
        read_at, key = self._keys.get(kid, (0.0, None))
        if key is None or time.monotonic() - read_at > KEY_SECONDS:
            await self._look_up(kid)
        return {kid: self._keys[kid][1]} if kid in self._keys else {}

    async def _look_up(self, kid: str) -> None:
        """Query the database once for all requests that need the same key at the same time."""
        look_up = self._look_ups.get(kid)
        if look_up is None:
            look_up = self._look_ups[kid] = asyncio.create_task(self._query(kid))
            look_up.add_done_callback(lambda _: self._look_ups.pop(kid))
        await asyncio.shield(look_up)

    async def _query(self, kid: str) -> None:
        async with self._db.begin() as tx:
            key = await store.find_key(tx, kid)
            self._clock_offset = tx.now - datetime.now(UTC)
        self._keys.pop(kid, None)
        if key is not None:
            self._keys[kid] = (time.monotonic(), key)
