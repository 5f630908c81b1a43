"""When the clocks of a service did not run: no process of it was alive."""

import time
from datetime import datetime

from shared.db.pool import Database, Tx
from shared.messaging.sql import SQL

BEAT_SECONDS, GAP_SECONDS = 60.0, 1800.0


class Pulse:
    """Records once a minute that the clocks run, and an outage after a gap of half an hour.

    Gaps are measured in real time, so that a clock moved on for a simulation is no outage.
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
