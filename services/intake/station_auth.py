"""Authenticates keys of stations: each signs every request."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from fastapi import Request

from services.intake import store
from services.intake.domain.asker import Asker, by_key, find_station
from services.intake.domain.refusals import unknown_station
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

KEY_SECONDS, USE_SECONDS = 2.0, 3600.0


class StationAuth:
    """Authenticates the key that signed a request; a revoked one ends within two seconds.

    Each process counts a station's `per_minute` requests on its own, and signed ones only.
    """

    def __init__(self, db: Database, copy: DirectoryCopy, per_minute: int) -> None:
        self._db, self._copy, self._rate_limit = db, copy, RateLimit(per_minute)
        self._keys: dict[str, tuple[float, StationKey]] = {}
        self._noted: dict[str, float] = {}
        """When it was last recorded that a key is in use."""
        self._look_ups: dict[str, asyncio.Task[None]] = {}
        self._clock_offset = timedelta()

    async def authenticate(self, request: Request) -> Asker:
        """Check the signature; raises SignatureRefused.

        Raises Forbidden for an unlisted station, and TooManyRequests above its rate.
        """
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        path, query = request.url.path, request.url.query
        target = f"{path}?{query}" if query else path
        signed = SignedRequest(token, request.method, target, await request.body())
        kid = key_id(token)
        try:
            key = verify(signed, await self._live_key(kid), self._now())
        except SignatureRefused:
            await self._look_up(kid)
            key = verify(signed, await self._live_key(kid), self._now())
        self._rate_limit.admit(key.station_code)
        await self._note_use(kid)
        directory = self._copy.snapshot
        station = find_station(directory, key.station_code)
        if station is None:
            raise unknown_station(key.station_code)
        today = local_day(self._now())
        return by_key(directory, station, key.person_id, today, request_id(token))

    async def _note_use(self, kid: str) -> None:
        now = time.monotonic()
        if now - self._noted.get(kid, -USE_SECONDS) >= USE_SECONDS:
            self._noted[kid] = now
            async with self._db.begin() as tx:
                await store.note_use(tx, kid)

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
