"""One intake for the tests of a file; each test brings its own items."""

from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.local.servers import Servers
from deploy.simulator.station import StationClient
from tests.support.intake.desk import Desk, open_desk, settings_for
from tests.support.servers import fresh_database


@pytest_asyncio.fixture(scope="module")
async def desk(servers: Servers) -> AsyncIterator[Desk]:
    """An intake with the small directory and its stations' keys."""
    async with fresh_database(servers.dsn) as dsn, open_desk(settings_for(dsn)) as opened:
        yield opened


@pytest_asyncio.fixture
async def station(desk: Desk) -> AsyncIterator[StationClient]:
    """The main station of the small directory."""
    async with desk.station() as client:
        yield client
