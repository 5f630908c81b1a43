"""One city with a story for all tests of the officers' pages; it ends with them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from deploy.local.servers import Servers
from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import play
from tests.support.city import City, fresh_city


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def city(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Luqiao on Monday 19 September 2022 at 09:40; a test that acts takes an item of its own."""
    folder = tmp_path_factory.mktemp("city")
    async with fresh_city(servers, folder, "2022-09-01 09:00") as opened:
        await play(opened)
        yield opened


@pytest.fixture
def desk(page: Page, city: City) -> Desk:
    """An officer's browser; nobody is signed in."""
    return Desk(page, city)
