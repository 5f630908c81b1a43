"""A migrated database for the ledger, and the ledger itself."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from shared.ids import Id, new_id
from tests.support.ledger import SERVICE
from tests.support.ledger_service import Ledger, migrate_ledger, open_ledger
from tests.support.servers import fresh_database
from tests.support.tampering import empty


@pytest_asyncio.fixture(scope="package")
async def migrated(servers: Servers) -> AsyncIterator[str]:
    """The address of a database with the ledger's schema."""
    async with fresh_database(servers.dsn) as dsn:
        await migrate_ledger(dsn)
        yield dsn


@pytest.fixture
async def ledger_dsn(migrated: str) -> str:
    """The same, empty."""
    await empty(migrated, SERVICE)
    return migrated


@pytest.fixture
async def ledger(ledger_dsn: str) -> AsyncIterator[Ledger]:
    """A ledger that is driven by hand and knows no Kafka."""
    async with open_ledger(ledger_dsn) as opened:
        yield opened


@pytest.fixture
def new_key() -> Callable[[], Id]:
    return lambda: new_id(datetime.now(UTC))


@pytest.fixture
def key(new_key: Callable[[], Id]) -> Id:
    return new_key()
