"""The pipe's three hops as jobs of what a user would pick instead: procrastinate and pgqueuer.

Each hop is a worker process; in one transaction, its job writes a row into the hop's table and
defers the next hop's job. Concurrency, pools and batches are those their documentation advises for
short jobs.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import asyncpg
import procrastinate
import uvloop
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries
from psycopg_pool import AsyncConnectionPool

from tests.support.database import connected
from tests.support.servers import fresh_database

if TYPE_CHECKING:
    from tests.support.database import Connection

NEXT = {"router": "tracker", "tracker": "reporting", "reporting": ""}
"""The hops, each with the one after it."""

Item = dict[str, Any]
ITEMS, WARM_UP = 1_000, 100
TABLE = "CREATE TABLE {} (item uuid PRIMARY KEY, body text NOT NULL)"


class Procrastinate:
    CONCURRENCY = 30

    async def install(self, dsn: str) -> None:
        async with self._open(dsn) as (app, _):
            await app.schema_manager.apply_schema_async()

    async def defer(self, dsn: str, items: Sequence[Item]) -> None:
        async with self._open(dsn) as (app, _):
            await app.configure_task("router", queue="router").batch_defer_async(*items)

    async def work(self, dsn: str, hop: str) -> None:
        async with self._open(dsn) as (app, pool):

            @app.task(name=hop, queue=hop)
            async def carry(item: str, body: str) -> None:
                async with pool.connection() as connection:
                    row = f"INSERT INTO {hop} VALUES (%s, %s)"  # noqa: S608
                    await connection.execute(row, (item, body))
                    if following := NEXT[hop]:
                        await app.configure_task(
                            following, queue=following, connection=connection
                        ).defer_async(item=item, body=body)

            await app.run_worker_async(queues=[hop], concurrency=self.CONCURRENCY)

    @asynccontextmanager
    async def _open(self, dsn: str) -> AsyncIterator[tuple[procrastinate.App, AsyncConnectionPool]]:
        app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        size = self.CONCURRENCY + 1
        async with (
            AsyncConnectionPool(dsn, max_size=size, open=False) as pool,
            app.open_async(pool),
        ):
            yield app, pool


class Pgqueuer:
    BATCH, POOL = 25, 20

    async def install(self, dsn: str) -> None:
        async with connected(dsn) as connection:
            queries = Queries(AsyncpgDriver(connection))
            await queries.install()
            await queries.optimize_autovacuum()

    async def defer(self, dsn: str, items: Sequence[Item]) -> None:
        n, payloads = len(items), [json.dumps(item).encode() for item in items]
        async with connected(dsn) as connection:
            await Queries(AsyncpgDriver(connection)).enqueue(["router"] * n, [*payloads], [0] * n)

    async def work(self, dsn: str, hop: str) -> None:
        async with (
            connected(dsn) as listening,
            asyncpg.create_pool(dsn, max_size=self.POOL) as pool,
        ):
            pgq = PgQueuer(AsyncpgDriver(listening))

            @pgq.entrypoint(hop)
            async def carry(job: Job) -> None:
                item = json.loads(job.payload or b"")
                async with pool.acquire() as acquired, acquired.transaction():
                    connection = cast("Connection", acquired)
                    row = f"INSERT INTO {hop} VALUES ($1, $2)"  # noqa: S608
                    await connection.execute(row, item["item"], item["body"])
                    if following := NEXT[hop]:
                        await Queries(AsyncpgDriver(connection)).enqueue(following, job.payload)

            await pgq.run(batch_size=self.BATCH)


RIVALS: Mapping[str, Procrastinate | Pgqueuer] = {
    "procrastinate": Procrastinate(),
    "pgqueuer": Pgqueuer(),
}


async def items_a_second(name: str, server: str, texts: Iterable[str]) -> float:
    """Carry items through a rival's three workers, in a new database of the server."""
    rival = RIVALS[name]
    async with fresh_database(server) as dsn, connected(dsn) as connection:
        await rival.install(dsn)
        for hop in NEXT:
            await connection.execute(TABLE.format(hop))
        with _workers(name, dsn):
            await _carry(rival, dsn, WARM_UP, texts)
            began = time.perf_counter()
            await _carry(rival, dsn, ITEMS, texts)
            return ITEMS / (time.perf_counter() - began)


@contextmanager
def _workers(name: str, dsn: str) -> Iterator[None]:
    started = [get_context("spawn").Process(target=_work, args=(name, dsn, hop)) for hop in NEXT]
    for worker in started:
        worker.start()
    try:
        yield
    finally:
        for worker in started:
            worker.kill()
            worker.join()


def _work(name: str, dsn: str, hop: str) -> None:
    uvloop.run(RIVALS[name].work(dsn, hop))


async def _carry(rival: Procrastinate | Pgqueuer, dsn: str, n: int, texts: Iterable[str]) -> None:
    async with connected(dsn) as connection, asyncio.timeout(120):
        done = await connection.prepare("SELECT count(*) FROM reporting")
        wanted = await done.fetchval() + n
        items = [{"item": str(uuid4()), "body": text} for text in islice(texts, n)]
        await rival.defer(dsn, items)
        while await done.fetchval() < wanted:  # noqa: ASYNC110  a table sets no event
            await asyncio.sleep(0.02)
