"""A station's pages read what they show, however many items it has ended before."""

from tests.bench.buffers import touched
from tests.bench.stations import PAGES, SEARCHES, fill, prepare_fill
from tests.support.database import connected
from tests.support.intake.desk import Desk
from tests.support.intake.stations import DEPUTY
from tests.support.servers import administrator

OWN, ENDED, A_FEW = 1_500, 8_000, 60
FLAT = ("first page", "items", "items that were rejected", "items to be rated", "activities")
FOUND_AT_ONCE = "search, in most"


async def test_ended_items_are_not_read(desk: Desk) -> None:
    pages = PAGES | {FOUND_AT_ONCE: ("station_head", SEARCHES[FOUND_AT_ONCE])}
    counted = []
    address = administrator(desk.settings.database_url.get_secret_value())
    async with connected(address, search_path="intake") as base:
        await prepare_fill(base)
        for begin, n, waiting in ((0, OWN, 0.1), (OWN, ENDED, 0)):
            await fill(base, begin, n, waiting=waiting, own=True, of=DEPUTY)
            buffers = {}
            for what in (*FLAT, FOUND_AT_ONCE):
                who, path = pages[what]
                found = await touched(desk.service, f"/intake{path}", await desk.cookie(who))
                buffers[what] = found.total()
            counted.append(buffers)
    few, many = counted
    assert {what: (few[what], n) for what, n in many.items() if n > 2 * few[what] + A_FEW} == {}
