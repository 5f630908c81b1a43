"""Moved time, only where `jianyi run` runs the services: an offset every service's clock reads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from deploy.local.folder import LocalServerError

_TABLE = """
CREATE TABLE IF NOT EXISTS public.clock_offset (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    "offset" interval NOT NULL
)
"""
# The database is shut to everybody but our roles (deploy/postgres/roles.py).
_SHOW = "GRANT USAGE ON SCHEMA public TO PUBLIC; GRANT SELECT ON public.clock_offset TO PUBLIC"
_MOVE = """
INSERT INTO public.clock_offset ("offset") VALUES ($1 - clock_timestamp())
ON CONFLICT (one) DO UPDATE SET "offset" = excluded."offset"
"""
_READ = """SELECT clock_timestamp() + coalesce((SELECT "offset" FROM public.clock_offset), '0')"""


async def allow_moved_time(dsn: str) -> None:
    """Create the offset's table; without it the services' clocks cannot be moved."""
    async with _connected(dsn) as connection:
        await connection.execute(_TABLE)
        await connection.execute(_SHOW)


async def move_to(dsn: str, instant: datetime) -> None:
    """Set all services' clocks to an instant; they run on from there."""
    async with _connected(dsn) as connection:
        await connection.execute(_MOVE, instant)


async def remove_offset(dsn: str) -> None:
    async with _connected(dsn) as connection:
        await connection.execute("DELETE FROM public.clock_offset")


async def moved_to(dsn: str) -> datetime | None:
    """The services' present time if it was moved, None in real time."""
    async with _connected(dsn) as connection:
        moved: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM public.clock_offset)")
    return await read(dsn) if moved else None


async def read(dsn: str) -> datetime:
    """The services' present time, moved or real."""
    async with _connected(dsn) as connection:
        now: datetime = await connection.fetchval(_READ)
    return now


@asynccontextmanager
async def _connected(dsn: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """Connect; raises LocalServerError if the clock cannot be moved."""
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, asyncpg.PostgresError) as error:
        raise LocalServerError(
            f"The database is not responding ({error}). Is `jianyi run` running?"
        ) from None
    try:
        yield connection
    except asyncpg.UndefinedTableError:
        raise LocalServerError(
            "The clock of this database cannot be moved; only that of `jianyi run` can."
        ) from None
    finally:
        await connection.close()
