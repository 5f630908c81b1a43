"""A database as it is installed, for the tests of its roles and walls."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio

import services
from deploy.local.runner import SERVICES
from deploy.local.servers import Servers
from shared.service import migrate_service
from tests.support.servers import fresh_database, schema_settings

MONTH = "SELECT {}.ensure_outbox_month(date_trunc('month', now())::date)"


@pytest_asyncio.fixture(scope="package")
async def system(servers: Servers) -> AsyncIterator[str]:
    """An administrator's address of a database with the four schemas and a month of the outbox."""
    async with fresh_database(servers.dsn) as dsn:
        for name in SERVICES:
            own = Path(services.__file__).parent / name / "migrations"
            await migrate_service(schema_settings(dsn), name, own)
        connection = await asyncpg.connect(dsn)
        for name in SERVICES:
            await connection.execute(MONTH.format(name))
        await connection.close()
        yield dsn
