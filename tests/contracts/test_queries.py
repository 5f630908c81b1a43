"""Every named statement fits the schema as it is after all migrations, and somebody runs it."""

import re
from pathlib import Path

import asyncpg
import pytest

from shared.db.migrate import ACCESS_LOG, DIRECTORY, MESSAGING, RIGHTS, migrate
from shared.db.rows import load_queries
from tests.contracts.sources import ROOT, SERVICES, python
from tests.support.database import connected

FOLDERS = (ROOT / "services", ROOT / "shared")
FILES = sorted(path for folder in FOLDERS for path in folder.glob("**/queries.sql"))
ALL = pytest.mark.parametrize(
    "file", FILES, ids=[str(path.parent.relative_to(ROOT)) for path in FILES]
)


@ALL
async def test_every_statement_can_be_prepared(file: Path, dsn: str) -> None:
    service = file.relative_to(ROOT).parts[1]
    owner = service if service in SERVICES else "intake"
    own = ROOT / "services" / owner / "migrations"
    await migrate(dsn, owner, (RIGHTS, MESSAGING, DIRECTORY, ACCESS_LOG, own))
    async with connected(dsn, search_path=owner) as connection:
        for name, statement in load_queries(file).items():
            try:
                await connection.prepare(statement)
            except asyncpg.PostgresError as error:
                pytest.fail(f"{name}: {error}")


@ALL
def test_every_statement_may_stand_within_another(file: Path) -> None:
    ending = [name for name, statement in load_queries(file).items() if ";" in statement]
    assert ending == []


@ALL
def test_every_statement_is_run_by_somebody(file: Path) -> None:
    inner = [other.parent for other in FILES if file.parent in other.parent.parents]
    sources = [
        source
        for source in python(f"{file.parent.relative_to(ROOT)}/")
        if not any((ROOT / source.path).is_relative_to(folder) for folder in inner)
    ]
    texts = "".join(source.text for source in sources)
    used = set(re.findall(r'SQL\["(\w+)"\]', texts))
    assert set(load_queries(file)) == used
