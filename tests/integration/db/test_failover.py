"""After a failover the pool leaves the old server by itself; until then it does not say well."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.folder import hand_over, run_as
from deploy.local.postgres import Postgres
from shared.clock import Clock
from shared.db.pool import Database
from shared.errors import Unavailable
from tests.support.eventually import eventually
from tests.support.servers import open_folder

SIZE = 3
DEMOTE = "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"


class Standby(Postgres):
    """A server that follows another one from its first day."""

    def __init__(self, folder: Path, primary: Postgres) -> None:
        super().__init__(folder)
        self._primary = primary

    def _create(self, programs: Path) -> None:
        password = self.folder / "password"
        shutil.copy(self._primary.folder / "password", password)
        hand_over(password)
        host, _, port = self._primary.address.partition(":")
        subprocess.run(
            [programs / "pg_basebackup", "-D", self.workplace, "-R", "--checkpoint=fast",
             "-h", host, "-p", port, "-U", "jianyi"],
            cwd=self.folder, check=True, capture_output=True,
            env={**os.environ, "PGPASSWORD": password.read_text()}, **run_as(),
        )  # fmt: skip


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Postgres, Standby]]:
    """A primary and its streaming standby."""
    folder = open_folder()
    primary = Postgres(folder / "primary")
    standby = Standby(folder / "standby", primary)
    try:
        await primary.start()
        await standby.start()
        yield primary, standby
    finally:
        await standby.stop()
        await primary.stop()


async def on(server: Postgres, *statements: str) -> None:
    """Run statements as the administrator."""
    connection = await asyncpg.connect(server.dsn)
    for one in statements:
        await connection.execute(one)
    await connection.close()


async def test_after_a_failover_the_pool_moves_to_the_new_primary(
    pair: tuple[Postgres, Standby],
) -> None:
    primary, standby = pair
    await on(primary, "CREATE TABLE public.kept (n integer)")
    both = primary.dsn.replace(primary.address, f"{standby.address},{primary.address}")
    db = Database(both, "public", Clock(), SIZE)

    async def write(n: int) -> bool:
        try:
            async with db.begin() as tx:
                await tx.execute("INSERT INTO kept VALUES ($1)", n)
        except Unavailable:
            return False
        return True

    await db.open()
    try:
        assert await asyncio.gather(*map(write, range(SIZE))) == [True] * SIZE
        await on(primary, *DEMOTE)
        await eventually(lambda: is_not_ready(db))
        for _ in range(2 * SIZE):
            assert await is_not_ready(db), "no server takes writes: a reader is no sign of health"
        await on(standby, "SELECT pg_promote()")
        await eventually(lambda: write(SIZE))
        later = range(SIZE + 1, 4 * SIZE)
        assert await asyncio.gather(*map(write, later)) == [True] * len(later)
        async with db.begin() as tx:
            rows = await tx.fetch("SELECT n FROM kept ORDER BY n")
        assert [row["n"] for row in rows] == list(range(4 * SIZE))
    finally:
        await db.close()


async def test_sessions_of_a_server_that_was_demoted_cost_one_try_altogether(
    pair: tuple[Postgres, Standby],
) -> None:
    """The other server is primary already when the first session notices."""
    primary, standby = pair
    both = primary.dsn.replace(primary.address, f"{primary.address},{standby.address}")
    db = Database(both, "public", Clock(), SIZE)
    await db.open()
    try:
        await asyncio.gather(*(is_not_ready(db) for _ in range(SIZE)))
        await on(standby, "SELECT pg_promote()")
        await on(primary, *DEMOTE)
        await eventually(lambda: is_not_ready(db))
        assert [await is_not_ready(db) for _ in range(2 * SIZE)] == [False] * 2 * SIZE
    finally:
        await db.close()


async def is_not_ready(db: Database) -> bool:
    """Tell whether a transaction that only reads is refused, as readiness reads."""
    try:
        async with db.begin() as tx:
            await tx.fetch("SELECT 1")
    except Unavailable:
        return True
    return False
