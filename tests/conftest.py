"""Fixtures that every test may ask for."""

from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.local.servers import Servers
from tests.support.servers import fresh_database, fresh_servers, reset_topics


@pytest_asyncio.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    """One running Kafka and PostgreSQL for the whole test run, started when first asked for."""
    async with fresh_servers() as running:
        yield running


@pytest_asyncio.fixture
async def dsn(servers: Servers) -> AsyncIterator[str]:
    """The address of a fresh empty database."""
    async with fresh_database(servers.dsn) as address:
        yield address


@pytest_asyncio.fixture
async def bootstrap(servers: Servers) -> str:
    """Kafka's address; every topic of ours is there and empty."""
    await reset_topics(servers.bootstrap)
    return servers.bootstrap
