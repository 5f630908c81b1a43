"""A desk for each test: an empty tracker, or one with the item of the plays dispatched."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from shared.contracts.intake import ItemText
from tests.support.servers import fresh_database
from tests.support.shanghai import at
from tests.support.tracker.desk import Desk, open_desk
from tests.support.tracker.play import accepted, dispatched, submitted


@pytest_asyncio.fixture(scope="package")
async def opened(servers: Servers) -> AsyncIterator[Desk]:
    """A tracker for all tests of this folder."""
    async with fresh_database(servers.dsn) as dsn, open_desk(dsn, "2022-09-08 10:00") as opened:
        yield opened


@pytest.fixture
async def desk(opened: Desk) -> Desk:
    """An empty tracker on Thursday 8 September 2022 (中秋 10-12 September)."""
    await opened.begin_anew("2022-09-08 10:00")
    return opened


@pytest.fixture
async def given(desk: Desk) -> Desk:
    """The same with an item submitted on the 5th and dispatched on the 8th."""
    words = ItemText(
        occurred_at=at("2022-09-05"),
        division_code="331004102",
        actor="station",
        title="园区用电增容排队，新设备无法投产",
        body="希望明确增容接入时间",
    )
    await desk.hear(
        submitted("2022-09-05 09:12"),
        words,
        accepted("2022-09-05 15:40"),
        dispatched("2022-09-08 09:30"),
    )
    return desk
