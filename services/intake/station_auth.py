"""The only door of stations: every request is signed."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.intake import store
from services.intake.domain.commands import Signer
from services.intake.domain.refusals import unknown_station
from services.intake.domain.signature import (
    SignatureRefused,
    SignedRequest,
    StationKey,
    key_id,
    verify,
)
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
"""How the interface's document says it; the token itself is read by `verify`."""


class StationAuth:
    """Recognises the station that signed a request; a revoked key ends within two seconds.

    What is not signed uses up nothing of a station's `per_minute` requests, which are counted in
    this process alone.
    """

    def __init__(self, db: Database, copy: DirectoryCopy, per_minute: int) -> None:
        self._db, self._copy, self._haste = db, copy, RateLimit(per_minute)
        self._keys: dict[str, tuple[float, StationKey]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._ahead = timedelta()

    async def __call__(
        self,
        request: Request,
        _token: Annotated[HTTPAuthorizationCredentials | None, Security(STATION)] = None,
    ) -> Signer:
        """Check the signature; raises SignatureRefused, Forbidden for an unlisted station.

        Raises TooManyRequests when the station asks more often than it may.
        """
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        path = request.url.path
        signed = SignedRequest(token, request.method, path, await request.body())
        kid = key_id(token)
        try:
            claims = verify(signed, await self._living(kid), self._now())
        except SignatureRefused:
            await self._look_up(kid)
            claims = verify(signed, await self._living(kid), self._now())
        self._haste.admit(claims.station_code)
        found = self._copy.snapshot.station_by_code(claims.station_code)
        if found is None:
            raise unknown_station(claims.station_code)
        return Signer(found[0], claims.station_code, found[1].division_code, claims.person_id)

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def _living(self, kid: str) -> dict[str, StationKey]:
        read_at, key = self._keys.get(kid, (0.0, None))
        if key is None or time.monotonic() - read_at > KEY_SECONDS:
            await self._look_up(kid)
        return {kid: self._keys[kid][1]} if kid in self._keys else {}

    async def _look_up(self, kid: str) -> None:
        """Ask the database once for all requests that need the same key at the same time."""
        asking = self._asking.get(kid)
        if asking is None:
            asking = self._asking[kid] = asyncio.create_task(self._ask(kid))
            asking.add_done_callback(lambda _: self._asking.pop(kid))
        await asyncio.shield(asking)

    async def _ask(self, kid: str) -> None:
        """Ask the database for the key and for its time."""
        async with self._db.begin() as tx:
            key = await store.find_key(tx, kid)
            self._ahead = tx.now - datetime.now(UTC)
        self._keys.pop(kid, None)
        if key is not None:
            self._keys[kid] = (time.monotonic(), key)
