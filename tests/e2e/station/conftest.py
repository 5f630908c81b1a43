"""A station's browser at the end of a line that the tests cut; nothing else is served."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page

from deploy.local.servers import Servers
from shared.contracts.router import Mandate
from shared.ids import named_id
from tests.e2e.station.hands import StationDevice
from tests.support.browser import Watch
from tests.support.entries import grant, person
from tests.support.intake import stations
from tests.support.intake.desk import Desk, open_desk, settings_for
from tests.support.intake.sources import register
from tests.support.line import open_line
from tests.support.servers import fresh_database
from tests.support.site import Site, open_site

DEPUTY = named_id("person", "attached deputy")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def desk(servers: Servers) -> AsyncIterator[Desk]:
    """An intake whose station has two people of its staff, a deputy and a registered firm."""
    async with fresh_database(servers.dsn) as dsn, open_desk(settings_for(dsn)) as opened:
        staff = grant("station_staff", stations.TOWNSHIP, station_id=stations.STATION)
        mandates = (Mandate(level="township", division_code=stations.TOWNSHIP),)
        await opened.hear_all([
            person(opened.person("colleague"), "同事", stations.TOWNSHIP, staff),
            person(DEPUTY, "张代表", stations.TOWNSHIP, mandates=mandates,
                   station_id=stations.STATION),
        ])  # fmt: skip
        await opened.service.copy.refresh()
        await register(opened)
        yield opened


@pytest_asyncio.fixture
async def device(page: Page, watch: Watch, desk: Desk) -> AsyncIterator[StationDevice]:
    """The browser of a station, with nobody signed in."""
    async with open_site(desk) as site, open_line(site.url) as line:
        opened = StationDevice(page, watch, line, Site(line.url, desk))
        yield opened
        for one in page.context.pages:
            await one.close()
        opened.forgive()
