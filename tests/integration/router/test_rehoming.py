"""Units are abolished while they have work: on a real database every task finds its office."""

from datetime import date
from typing import Any

import pytest

from services.router.consumers import ItemSubject
from shared.contracts.router import DirectoryUnit
from shared.ids import Id, to_text
from tests.support.router.desk import Desk
from tests.support.router.play import COUNTY, unit

OPEN_CASES = 40
POWER, FINANCE, ECONOMY = (unit(COUNTY, kind) for kind in ("power_co", "finance", "econ_it"))


async def abolish(desk: Desk, key: Id, successor: Id | None) -> int:
    """Let a unit end years ago, and the clocks look once; gives how many items they looked at."""
    there = desk.service.copy.snapshot.unit(key)
    assert there is not None
    ended: dict[str, Any] = {"valid_to": date(2022, 12, 31), "successor_id": successor}
    await desk.hear_all([(key, DirectoryUnit(**there.model_dump() | ended))])
    await desk.service.copy.refresh()
    return await look(desk)


async def look(desk: Desk) -> int:
    items = desk.service.messaging.subjects[0]
    assert isinstance(items, ItemSubject)
    return await desk.service.messaging._clocks.fire(items)


async def leads(desk: Desk) -> list[Any]:
    return await desk.sql("SELECT * FROM task WHERE role = 'lead' ORDER BY key")


@pytest.fixture(scope="module")
def given() -> list[Id]:
    """Collect the items this file gave out."""
    return []


async def test_forty_open_cases_go_on_with_the_successor_each_exactly_once(
    desk: Desk, given: list[Id]
) -> None:
    for _ in range(OPEN_CASES):
        given.append(await desk.item_at_county())
        assert (await desk.act("county", given[-1], "dispatch", {})).status_code == 200
    before = await leads(desk)
    assert {row["unit_id"] for row in before} == {POWER}
    assert await abolish(desk, POWER, FINANCE) == OPEN_CASES
    assert await look(desk) == 0
    after = await leads(desk)
    assert {row["unit_id"] for row in after} == {FINANCE}
    kept = ("task_id", "dispatch_no", "ended", "homeless_since")
    assert [[row[name] for name in kept] for row in after] == [
        [row[name] for name in kept] for row in before
    ]
    for key in given:
        assert (await desk.emitted(key))[-2:] == ["assignment.rehomed", "assignment.text"]
        assert await desk.line("county", key) is None


async def test_without_a_successor_the_dispatcher_says_who_goes_on(
    desk: Desk, given: list[Id]
) -> None:
    assert await abolish(desk, FINANCE, None) == OPEN_CASES
    assert await look(desk) == 0
    line = await desk.line("county", given[0])
    assert (line["duty"], line["homeless"][0]["unit"]["unit_id"]) == ("rehome", to_text(FINANCE))
    page = await desk.page("county", f"/items/{to_text(given[0])}")
    assert "指定接办单位" in page.text
    choice = {"unit": to_text(ECONOMY), "reason": "职能划入经信部门"}
    assert (await desk.act("elsewhere", given[0], "rehome", choice)).status_code in (403, 404)
    gone = await desk.act("county", given[0], "rehome", choice | {"unit": to_text(POWER)})
    assert (gone.status_code, gone.json()["code"]) == (409, "unit_ended")
    done = await desk.act("county", given[0], "rehome", choice)
    assert done.status_code == 200, done.text
    assert await desk.line("county", given[0]) is None
    again = await desk.act("county", given[0], "rehome", choice)
    assert (again.status_code, again.json()["code"]) == (409, "not_homeless")
    assert len(await desk.queue("county")) == OPEN_CASES - 1
