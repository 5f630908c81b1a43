"""A connection that breaks is the system's trouble, never the caller's mistake."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from shared.clock import Clock
from shared.db.pool import Database, is_transient
from shared.errors import Unavailable


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A pool of one connection."""
    opened = Database(dsn, "public", Clock(), size=1)
    await opened.open()
    yield opened
    await opened.close()


async def end_backend(dsn: str, pid: int) -> None:
    """End a server process as a crash would."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("SELECT pg_terminate_backend($1, 5000)", pid)
    await connection.close()


async def test_a_connection_that_breaks_after_its_work_fails_nobody(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed stays done: a failure while giving back must not look like one of it."""

    async def breaks(*_: object, **__: object) -> None:
        raise asyncpg.InternalClientError("another operation is in progress")

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "_reset", breaks)
        async with db.begin() as tx:
            await tx.execute("CREATE TABLE kept (n integer)")
    async with db.begin() as tx:
        assert await tx.fetch("SELECT * FROM kept") == []


async def test_a_connection_that_breaks_in_a_transaction_is_unavailable(
    db: Database, dsn: str
) -> None:
    async def work() -> None:
        async with db.begin() as tx:
            (row,) = await tx.fetch("SELECT pg_backend_pid() AS pid")
            await end_backend(dsn, row["pid"])
            await tx.fetch("SELECT 1")

    with pytest.raises(Unavailable):
        await work()
    async with db.begin() as tx:
        assert await tx.fetch("SELECT 1")


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InternalClientError("cannot switch to state 15; another operation is in progress"),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.DeadlockDetectedError(),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
def test_what_passes_by_itself_is_told_from_a_bug(error: Exception) -> None:
    assert is_transient(error)
    assert not is_transient(asyncpg.UndefinedTableError())
    assert not is_transient(KeyError())


async def test_months_begin_at_the_same_instant_whatever_zone_the_server_prefers(dsn: str) -> None:
    """The outbox is cut by month: a server set to another zone later must not cut it elsewhere."""
    connection = await asyncpg.connect(dsn)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE \"{name}\" SET timezone = 'Asia/Shanghai'")
    await connection.close()
    opened = Database(dsn, "public", Clock(), size=1)
    await opened.open()
    async with opened.begin() as tx:
        rows = await tx.fetch("SELECT '2022-07-01'::date::timestamptz AS begins")
    await opened.close()
    assert rows[0]["begins"] == datetime(2022, 7, 1, tzinfo=UTC)
