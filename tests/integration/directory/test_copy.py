"""The copy of the directory in memory: nothing is decided by it before it was read."""

from collections.abc import AsyncIterator

import pytest

from shared.clock import Clock
from shared.contracts.router import DirectoryDivision
from shared.db.migrate import DIRECTORY, MESSAGING, RIGHTS, migrate
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.directory import copy as copies
from shared.errors import Unavailable
from shared.ids import named_id
from tests.support.shanghai import at

SAID = {"occurred_at": at("2022-01-01"), "actor": "seed"}


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A schema with an empty directory."""
    await migrate(dsn, "tracker", (RIGHTS, MESSAGING, DIRECTORY))
    opened = Database(dsn, "tracker", Clock())
    await opened.open()
    yield opened
    await opened.close()


async def test_nobody_is_judged_by_it_before_it_was_read_however_empty_it_is(db: Database) -> None:
    """A signed-in officer or a listed station must not be refused by a process that just began."""
    copy = DirectoryCopy(db)
    with pytest.raises(Unavailable) as refused:
        copy.snapshot.divisions()
    assert refused.value.code == "starting"
    await copy.refresh()
    assert copy.snapshot.divisions() == []


async def put(db: Database, code: str, name: str, revision: int) -> None:
    entry = DirectoryDivision(**SAID, division_code=code, name=name, level="county")
    async with db.begin() as tx:
        await tx.execute(
            "INSERT INTO directory_copy (key, type, body, revision) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (key) DO UPDATE SET body = excluded.body, revision = excluded.revision",
            named_id("division", code), entry.type, entry.model_dump_json(), revision,
        )  # fmt: skip


async def test_a_directory_larger_than_a_page_is_read_whole(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries saved together have the same revision, which may lie on two pages."""
    monkeypatch.setattr(copies, "PAGE_ROWS", 2)
    copy, codes = DirectoryCopy(db), [f"33100{n}" for n in range(5)]
    for code in codes:
        await put(db, code, "旧名", 1)
    assert await copy.refresh()
    assert [one.division_code for one in copy.snapshot.divisions()] == codes
    for code in codes[:3]:
        await put(db, code, "新名", 2)
    assert await copy.refresh()
    assert [one.name for one in copy.snapshot.divisions()] == ["新名"] * 3 + ["旧名"] * 2
    assert not await copy.refresh()
