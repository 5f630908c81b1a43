"""The page that says what personal data lies where, held against the database's own catalogue."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio

import services
from deploy.local.runner import SERVICES
from deploy.local.servers import Servers
from shared.service import migrate_service
from tests.contracts.sources import ROOT
from tests.support.servers import fresh_database, schema_settings

PAGE = (ROOT / "docs/personal-data.md").read_text(encoding="utf-8")
SOUNDS_LIKE_A_PERSON = re.compile(
    r"person|actor|_by$|address|phone|contacts?$|sealed|words|body$|note$|payload|leader"
    r"|deputy|password|title|supplements|detail|traceback"
)
COLUMNS = """
SELECT n.nspname AS service, c.relname AS "table", a.attname AS "column"
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND a.attnum > 0 AND NOT a.attisdropped
"""


@pytest_asyncio.fixture(scope="module")
async def columns(servers: Servers) -> AsyncIterator[dict[str, set[str]]]:
    """The columns of every table of the four services."""
    async with fresh_database(servers.dsn) as dsn:
        for name in SERVICES:
            own = Path(services.__file__).parent / name / "migrations"
            await migrate_service(schema_settings(dsn), name, own)
        connection = await asyncpg.connect(dsn)
        found: dict[str, set[str]] = {}
        for row in await connection.fetch(COLUMNS, list(SERVICES)):
            found.setdefault(f"{row['service']}.{row['table']}", set()).add(row["column"])
        await connection.close()
        yield found


def _held() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, listed in re.findall(r"^\| ((?:each |\w+\.)\w+) \| ([\w, ]+) \|", PAGE, re.MULTILINE):
        for table in _tables(name):
            found[table] = set(listed.split(", "))
    return found


def _none() -> set[str]:
    found: set[str] = set()
    for group in PAGE.partition("## 没有")[2].partition("\n\n")[2].replace("\n", " ").split("·"):
        where, _colon, names = group.strip().partition(": ")
        for name in names.split(", "):
            found |= set(_tables(f"each {name}" if where == "each" else f"{where}.{name}"))
    return found


def _tables(name: str) -> list[str]:
    if name.startswith("each "):
        return [f"{service}.{name.removeprefix('each ')}" for service in SERVICES]
    return [name]


def test_every_table_is_named_once(columns: dict[str, set[str]]) -> None:
    held, none = set(_held()), _none()
    assert held & none == set()
    assert (set(columns) - held - none, held - set(columns), none - set(columns)) == (
        set(), set(), set(),
    )  # fmt: skip


def test_every_column_named_is_there(columns: dict[str, set[str]]) -> None:
    missing = {table: named - columns[table] for table, named in _held().items()}
    assert {table: named for table, named in missing.items() if named} == {}


def test_no_column_that_sounds_like_a_person_is_left_out(columns: dict[str, set[str]]) -> None:
    held = _held()
    silent = {
        f"{table}.{column}"
        for table, found in columns.items()
        for column in found - held.get(table, set())
        if SOUNDS_LIKE_A_PERSON.search(column)
    }
    assert silent == set()
