"""Plain connections to a database, past all that services do about theirs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


@asynccontextmanager
async def connected(dsn: str, **settings: str) -> AsyncIterator["Connection"]:
    """Open a connection with these server settings until the block ends."""
    connection = await asyncpg.connect(dsn, server_settings=settings)
    try:
        yield connection
    finally:
        await connection.close()


async def fetch(dsn: str, statement: str, *args: object) -> list[asyncpg.Record]:
    """Run one statement on a connection of its own."""
    async with connected(dsn) as connection:
        return await connection.fetch(statement, *args)
