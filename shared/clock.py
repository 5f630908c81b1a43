"""Database time, with an offset where time is moved, and back-off delays."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

_NOW = "clock_timestamp()"
_MOVED = """clock_timestamp() + coalesce((SELECT "offset" FROM public.clock_offset), '0')"""


class Clock:
    """Database time; `moved` also reads the embedded servers' offset table."""

    def __init__(self, *, moved: bool = False) -> None:
        self.sql = _MOVED if moved else _NOW
        """The expression that gives the present instant."""

    async def read(
        self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
    ) -> datetime:
        """Return the present instant, aware, UTC."""
        now: datetime = await connection.fetchval(f"SELECT {self.sql}")
        return now


def doubling(first: float, longest: float) -> Iterator[float]:
    """Yield waits in seconds without end, each twice the one before, up to the longest."""
    wait = first
    while True:
        yield wait
        wait = min(wait * 2, longest)
