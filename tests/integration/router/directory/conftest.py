"""One directory for the tests of a file; each changes entries of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from tests.support.router.directory import DirectoryDesk, open_directory
from tests.support.servers import fresh_database


@pytest_asyncio.fixture(scope="module")
async def desk(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DirectoryDesk]:
    """A router whose directory is put by hand."""
    folder: Path = tmp_path_factory.mktemp("router")
    async with fresh_database(servers.dsn) as dsn, open_directory(dsn, folder) as opened:
        yield opened
