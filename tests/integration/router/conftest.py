"""One router for the tests of a file; each test brings its own items."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from tests.support.router.desk import Desk, open_desk, settings_for
from tests.support.servers import fresh_database


@pytest_asyncio.fixture(scope="module")
async def desk(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A router with the shipped directory and a dispatcher at every level."""
    folder: Path = tmp_path_factory.mktemp("router")
    async with fresh_database(servers.dsn) as dsn, open_desk(settings_for(dsn, folder)) as opened:
        yield opened
