"""A service for each test: a reporting driven by hand, or one that reads Kafka."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from tests.support.reporting.running import RunningReporting, open_reporting, run_reporting
from tests.support.servers import reset_topics


@pytest.fixture
async def reporting(dsn: str) -> AsyncIterator[RunningReporting]:
    """A reporting on Monday 19 September 2022, driven by hand."""
    async with open_reporting(dsn, "2022-09-19 10:00") as opened:
        yield opened


@pytest_asyncio.fixture(scope="module")
async def kafka(servers: Servers) -> str:
    """Kafka's address; the topics are empty before the first test of a file only."""
    await reset_topics(servers.bootstrap)
    return servers.bootstrap


@pytest.fixture
async def running(dsn: str, kafka: str) -> AsyncIterator[RunningReporting]:
    """The same with all its parts, reading Kafka; drafts are laid out by its clock."""
    async with run_reporting(dsn, kafka, "2022-09-19 10:00") as opened:
        yield opened
