"""A desk for each test: a reporting driven by hand, or one that reads Kafka."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from tests.support.reporting.desk import Desk, open_desk, running_desk
from tests.support.servers import reset_topics


@pytest.fixture
async def desk(dsn: str) -> AsyncIterator[Desk]:
    """A reporting on Monday 19 September 2022, driven by hand."""
    async with open_desk(dsn, "2022-09-19 10:00") as opened:
        yield opened


@pytest_asyncio.fixture(scope="module")
async def kafka(servers: Servers) -> str:
    """Kafka's address; the topics are empty before the first test of a file only."""
    await reset_topics(servers.bootstrap)
    return servers.bootstrap


@pytest.fixture
async def running(dsn: str, kafka: str) -> AsyncIterator[Desk]:
    """The same with all its parts, reading Kafka; drafts are laid out by its clock."""
    async with running_desk(dsn, kafka, "2022-09-19 10:00") as opened:
        yield opened
