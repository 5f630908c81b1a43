"""One intake for the tests of a file; each test brings its own items."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from services.intake.cli import app
from tests.support import commands
from tests.support.intake.desk import Desk, HeadedStation, Intake, open_desk, settings_for
from tests.support.servers import fresh_database


@pytest_asyncio.fixture(scope="module")
async def desk(servers: Servers) -> AsyncIterator[Desk]:
    """An intake with the small directory and its stations' keys."""
    async with fresh_database(servers.dsn) as dsn, open_desk(settings_for(dsn)) as opened:
        yield opened


@pytest_asyncio.fixture
async def station(desk: Desk) -> AsyncIterator[HeadedStation]:
    """The main station of the small directory."""
    async with desk.station() as client:
        yield client


@pytest.fixture
def intake(desk: Desk) -> Intake:
    """Run `jianyi intake …` on the desk's database."""
    environ = {
        "INTAKE_DATABASE_URL": desk.settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": "none:1",
        "JIANYI_ENV": "development",
        "INTAKE_CONTACT_KEY_FILE": str(desk.settings.contact_key_file),
    }

    async def run(*words: str, **more: str) -> tuple[int, str]:
        return await commands.run(app, environ | more, *words)

    return run
