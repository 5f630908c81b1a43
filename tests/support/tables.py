"""Every word that stands in the tables of some schemas, whatever its type."""

import re
from collections.abc import AsyncIterator

import asyncpg

from tests.support.database import connected

_HEX = re.compile(r"\\\\x([0-9a-f]+)")


async def all_words(dsn: str, *schemas: str) -> str:
    """Read all rows of all tables as text, bytes as the text they hold."""
    async with connected(dsn) as connection:
        return "\n".join([line async for line in _lines(connection, schemas)])


async def _lines(
    connection: "asyncpg.Connection[asyncpg.Record]", schemas: tuple[str, ...]
) -> AsyncIterator[str]:
    tables = await connection.fetch(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name "
        "FROM pg_tables WHERE schemaname = ANY ($1)",
        schemas,
    )
    assert tables
    for table in tables:
        statement = f"SELECT to_jsonb(t)::text AS row FROM {table['name']} t"  # noqa: S608  quoted
        rows = await connection.fetch(statement)
        for row in rows:
            yield f"{table['name']} {_HEX.sub(_text, row['row'])}"


def _text(found: "re.Match[str]") -> str:
    return bytes.fromhex(found[1]).decode(errors="replace")
