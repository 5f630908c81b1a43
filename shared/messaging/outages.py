"""Outages: times in which no process of a service ran, so its clocks did not either."""

import time
from datetime import datetime

from shared.db.pool import Database, Tx
from shared.messaging.sql import SQL

BEAT_SECONDS, GAP_SECONDS = 60.0, 1800.0


class Pulse:
    """Records once a minute that the clocks run; a gap of half an hour is an outage.

    Gaps are measured in real time, so moving the clock in a simulation causes no outage.
    """

    def __init__(self, db: Database) -> None:
        self._db, self._next = db, 0.0

    async def beat(self) -> None:
        if time.monotonic() < self._next:
            return
        async with self._db.begin() as tx:
            await record(tx)
        self._next = time.monotonic() + BEAT_SECONDS


async def record(tx: Tx) -> None:
    await tx.execute(SQL["record_outage"], tx.now, GAP_SECONDS)
    await tx.execute(SQL["beat"], tx.now)


async def list_outages(tx: Tx, since: datetime) -> list[tuple[datetime, datetime]]:
    rows = await tx.fetch(SQL["list_outages"], since)
    return [(row["began_at"], row["ended_at"]) for row in rows]
