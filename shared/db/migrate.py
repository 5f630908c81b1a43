"""Applies forward-only SQL files to a service's schema, once each, under a lock."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import asyncpg

MESSAGING = Path(__file__).parents[1] / "messaging" / "migrations"
DIRECTORY = Path(__file__).parents[1] / "directory" / "migrations"

_HISTORY = """
CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationChanged(Exception):
    """An applied migration file was edited; write a new one instead."""


async def migrate(dsn: str, schema: str, folders: Sequence[Path]) -> list[str]:
    """Bring `schema` up to date and return the names applied now; raises MigrationChanged."""
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext($1))", f"migrate.{schema}")
        await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        await connection.execute(f'SET search_path = "{schema}"')
        await connection.execute(_HISTORY)
        files = [file for folder in folders for file in sorted(folder.glob("*.sql"))]
        texts = {_name(file): file.read_text(encoding="utf-8") for file in files}
        return [name for name, text in texts.items() if await _apply(connection, name, text)]
    finally:
        await connection.close()


def _name(file: Path) -> str:
    return f"{file.parents[1].name}/{file.name}"


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", name: str, text: str) -> bool:
    """Apply one file in one transaction unless it stands already."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = await connection.fetchval("SELECT sha256 FROM migration WHERE name = $1", name)
    if known == digest:
        return False
    if known is not None:
        raise MigrationChanged(f"{name} was changed after it had been applied")
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute("INSERT INTO migration VALUES ($1, $2)", name, digest)
    return True
