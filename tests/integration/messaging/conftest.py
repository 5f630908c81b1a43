"""A migrated database for the ledger, and the ledger itself."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from shared.ids import Id, new_id
from tests.support.ledger_service import Ledger, migrate_ledger, open_ledger


@pytest.fixture
async def ledger_dsn(dsn: str) -> str:
    """The address of a database with the ledger's schema."""
    await migrate_ledger(dsn)
    return dsn


@pytest.fixture
async def ledger(ledger_dsn: str) -> AsyncIterator[Ledger]:
    """A ledger that is driven by hand and knows no Kafka."""
    async with open_ledger(ledger_dsn) as opened:
        yield opened


@pytest.fixture
def new_key() -> Callable[[], Id]:
    """Make keys."""
    return lambda: new_id(datetime.now(UTC))


@pytest.fixture
def key(new_key: Callable[[], Id]) -> Id:
    """One key."""
    return new_key()
