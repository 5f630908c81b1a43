"""The copy of the directory in memory: nothing is decided by it before it was read."""

from collections.abc import AsyncIterator

import pytest

from shared.clock import Clock
from shared.db.migrate import DIRECTORY, MESSAGING, migrate
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.errors import Unavailable


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A schema with an empty directory."""
    await migrate(dsn, "tracker", (MESSAGING, DIRECTORY))
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
