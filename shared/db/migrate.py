"""Applies forward-only SQL files to a service's schema, once each, under a lock.

All is made by the role `jianyi_owner`. On every new table the service's own login gets the right to
read and write rows; a file takes away what is too much (`CALL deny_service`), and grants what the
role of its pages may read (`CALL allow_reader`, `CALL show_rows`; shared/rights/migrations).
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import asyncpg
from asyncpg.connect_utils import SessionAttribute

RIGHTS = Path(__file__).parents[1] / "rights" / "migrations"
MESSAGING = Path(__file__).parents[1] / "messaging" / "migrations"
DIRECTORY = Path(__file__).parents[1] / "directory" / "migrations"
ACCESS_LOG = Path(__file__).parents[1] / "features" / "access_log" / "migrations"

OWNER = "jianyi_owner"
"""Owns every schema and signs in nowhere; whoever migrates is a member of it."""

_HISTORY = """
CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_SET_ROLES = """
SELECT set_config('jianyi.service_role', $1, false), set_config('jianyi.reader_role', $2, false)
"""
_GRANT_ON_NEW = """
ALTER DEFAULT PRIVILEGES IN SCHEMA "{schema}"
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{role}";
ALTER DEFAULT PRIVILEGES IN SCHEMA "{schema}" GRANT USAGE ON SEQUENCES TO "{role}";
"""
# A month of the outbox, made later, gets no right of its own: what its parent bears is all.
_GRANT_NO_MORE = """
ALTER DEFAULT PRIVILEGES IN SCHEMA "{schema}" REVOKE ALL ON TABLES FROM "{role}";
ALTER DEFAULT PRIVILEGES IN SCHEMA "{schema}" REVOKE ALL ON SEQUENCES FROM "{role}";
"""


class MigrationChanged(Exception):
    """An applied migration file was edited; write a new one instead."""


class NewerData(Exception):
    """A newer version of the program has made this schema; this one does not fit it."""


def role_of(service: str) -> str:
    return f"jianyi_{service}"


def reader_of(service: str) -> str:
    """Name the role a service's pages read as; it signs in nowhere."""
    return f"{role_of(service)}_reader"


async def migrate(
    dsn: str, service: str, folders: Sequence[Path], schema: str | None = None
) -> list[str]:
    """Bring a service's schema up to date, and return the names applied now.

    `dsn` is that of a member of `jianyi_owner`; the roles stand (deploy/postgres/roles.py). Another
    `schema` than the one of the service's name gets the same rights. Raises MigrationChanged, and
    NewerData before anything is changed.
    """
    schema = schema or service
    connection = await asyncpg.connect(
        dsn, timeout=5, target_session_attrs=SessionAttribute.read_write
    )
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext($1))", f"migrate.{schema}")
        await connection.execute(f'SET ROLE "{OWNER}"')
        await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        roles = f'"{role_of(service)}", "{reader_of(service)}"'
        await connection.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO {roles}')
        await connection.execute(f'SET search_path = "{schema}"')
        await connection.execute(_HISTORY)
        files = [file for folder in folders for file in sorted(folder.glob("*.sql"))]
        texts = {_name(file): file.read_text(encoding="utf-8") for file in files}
        known = await connection.fetch("SELECT name FROM migration")
        if strange := {row["name"] for row in known} - texts.keys():
            raise NewerData(f"{schema}: {', '.join(sorted(strange))}")
        await connection.execute(_SET_ROLES, role_of(service), reader_of(service))
        place = {"schema": schema, "role": role_of(service)}
        return [name for name, text in texts.items() if await _apply(connection, place, name, text)]
    finally:
        await connection.close()


def _name(file: Path) -> str:
    return f"{file.parents[1].name}/{file.name}"


async def _apply(
    connection: "asyncpg.Connection[asyncpg.Record]", place: Mapping[str, str], name: str, text: str
) -> bool:
    """Apply one file in one transaction, unless it was applied already."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = await connection.fetchval("SELECT sha256 FROM migration WHERE name = $1", name)
    if known == digest:
        return False
    if known is not None:
        raise MigrationChanged(f"{name} was changed after it had been applied")
    async with connection.transaction():
        for statements in (_GRANT_ON_NEW.format(**place), text, _GRANT_NO_MORE.format(**place)):
            await connection.execute(statements)
        await connection.execute("INSERT INTO migration VALUES ($1, $2)", name, digest)
    return True
