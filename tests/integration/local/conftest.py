"""Servers of their own for tests that stop, kill and move them."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.postgres import Postgres
from deploy.local.servers import Servers
from tests.support.servers import fresh_servers, open_folder


@pytest_asyncio.fixture(scope="module")
async def own() -> AsyncIterator[Servers]:
    """A running pair that no other test file uses."""
    async with fresh_servers() as running:
        yield running


@pytest.fixture
def place() -> Iterator[Path]:
    """A new folder that servers may enter, gone afterwards."""
    folder = open_folder()
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture
async def postgres(place: Path) -> AsyncIterator[Postgres]:
    """A PostgreSQL not started yet, in a folder of its own; stopped afterwards."""
    server = Postgres(place / "postgres")
    yield server
    await server.stop()
