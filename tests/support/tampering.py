"""What somebody could do to the tables who owns the server: no right and no trigger stops them."""

import asyncpg

from shared.clock import Clock
from shared.db.pool import Database


async def tamper(dsn: str, schema: str, statement: str, *args: object) -> list[asyncpg.Record]:
    """Run one statement as the administrator, in a service's schema, past every trigger."""
    db = Database(dsn, schema, Clock(), size=1)
    await db.open()
    try:
        async with db.begin() as tx:
            await tx.execute("SET LOCAL session_replication_role = replica")
            return await tx.fetch(statement, *args)
    finally:
        await db.close()
