"""A tracker whose events an operator repairs."""

from collections.abc import AsyncIterator

import pytest

from tests.support.tracker.dead_letters import TOPIC
from tests.support.tracker.desk import Desk, open_desk
from tests.support.tracker.play import ITEM, accepted, dispatched


@pytest.fixture
async def desk(dsn: str) -> AsyncIterator[Desk]:
    async with open_desk(dsn, "2022-09-08 10:00") as opened:
        yield opened


@pytest.fixture
async def parked(desk: Desk) -> Desk:
    """A tracker that misses the first event of the item: two events wait."""
    desk.seqs[TOPIC, ITEM] = 1
    await desk.hear(accepted("2022-09-05 15:40"), dispatched("2022-09-08 09:30"))
    await desk.hear(accepted("2022-09-05 15:41"))
    return desk
