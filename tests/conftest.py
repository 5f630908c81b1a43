"""Fixtures that every test may ask for."""

import signal
from collections.abc import AsyncIterator
from contextlib import suppress

import psutil
import pytest_asyncio
from hypothesis import settings

from deploy.local.servers import Servers
from tests.support.servers import fresh_database, fresh_servers, reset_topics

# No test is timed: it fails for what it found, not for a busy machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Take SIGTERM as Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_keyboard_interrupt() -> None:
    """Leave nothing running: an interrupted event loop may never come to its fixtures' ends."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    psutil.wait_procs(children, timeout=10)


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
