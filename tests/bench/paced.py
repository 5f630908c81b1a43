"""The row of latency under load: requests are sent when they are due, answered or not before."""

import asyncio
import random
import time

from tests.bench.client import Answer, Connection, percentile
from tests.bench.place import Place
from tests.bench.rows import Row, item_of, items_of
from tests.support.database import connected

RATE, TURNS = 500, 10
"""Items a second, and the turns in which they come."""

GOAL_MS = 250
ASK_SECONDS = 0.01
DISPATCHED = 'SELECT count(*) FROM tracker."case" WHERE dispatch_no > 0'
ARRIVED = """
SELECT key::text FROM tracker."case" WHERE key = ANY ($1::text[]::uuid[]) AND dispatch_no > 0
"""


class _Load:
    """Requests on their way, each over a connection of its own: the server closes idle ones."""

    def __init__(self, place: Place, samples: int) -> None:
        self._place, self._samples = place, samples
        self._waiting: dict[str, float] = {}
        self.taken: list[float] = []
        self.began = time.perf_counter()

    async def batch(self, due: float, request: bytes) -> None:
        self._place.note(items_of([await self._send(due, request)]))

    async def single(self, due: float, request: bytes) -> None:
        item = item_of(await self._send(due, request))
        self._place.note([item])
        self._waiting[item] = self.began + due

    async def until(self, due: float) -> None:
        await asyncio.sleep(self.began + due - time.perf_counter())

    async def _send(self, due: float, request: bytes) -> Answer:
        await self.until(due)
        connection = await Connection.open(self._place.intake)
        try:
            return await connection.send_until_taken(request)
        finally:
            connection.close()

    async def watch(self) -> None:
        """Note the milliseconds of each single item that arrived, until all have."""
        async with connected(self._place.system.dsn) as connection, asyncio.timeout(1800):
            arrived = await connection.prepare(ARRIVED)
            while len(self.taken) < self._samples:
                for (item,) in await arrived.fetch(list(self._waiting)):
                    due = self._waiting.pop(item)
                    self.taken.append((time.perf_counter() - due) * 1000)
                await asyncio.sleep(ASK_SECONDS)


async def latency(place: Place, seconds: int) -> Row:
    """From the moment a POST is due to the dispatched case in the tracker's list, at 500 items/s.

    In each turn a batch comes and, at a random moment, one item alone. Only these are timed, and
    how late one was sent counts.
    """
    turns, chance = seconds * TURNS, random.Random(7)
    size = RATE // TURNS - 1
    batches = list(place.batches(turns * size, place.intake, size=size))
    singles = place.singles(turns, place.intake)
    before = await place.count(DISPATCHED)
    load = _Load(place, turns)
    async with asyncio.TaskGroup() as group:
        group.create_task(load.watch())
        for turn, (batch, single) in enumerate(zip(batches, singles, strict=True)):
            group.create_task(load.batch(turn / TURNS, batch))
            group.create_task(load.single((turn + chance.random()) / TURNS, single))
        await load.until(seconds)
        behind = seconds * RATE - (await place.count(DISPATCHED) - before)
    await place.system.wait_idle(900)
    p50, p99 = percentile(load.taken, 0.5), percentile(load.taken, 0.99)
    return Row(
        f"POST → tracker's list under {RATE} items/s",
        f"p50 {p50:,.0f} p99 {p99:,.0f} ms, {behind:,} items behind after {seconds} s",
        "", "", f"p99 ≤ {GOAL_MS} ms", p99 <= GOAL_MS,
    )  # fmt: skip
