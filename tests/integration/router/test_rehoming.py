"""Units are abolished while they have work: on a real database every task finds its office."""

from datetime import date
from typing import Any

from services.router.consumers import ItemSubject
from shared.contracts.router import DirectoryUnit
from shared.ids import Id, to_text
from tests.support.refusals import problem
from tests.support.router.desk import Desk
from tests.support.router.play import COUNTY, unit

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


async def goes_on_with_the_successor(desk: Desk, given: list[Id]) -> None:
    before = await leads(desk)
    assert {row["unit_id"] for row in before} == {POWER}
    assert await abolish(desk, POWER, FINANCE) == len(given)
    assert await look(desk) == 0
    after = await leads(desk)
    assert {row["unit_id"] for row in after} == {FINANCE}
    kept = ("task_id", "dispatch_no", "ended", "homeless_since")
    for one, other in zip(before, after, strict=True):
        assert [one[name] for name in kept] == [other[name] for name in kept]
    for key in given:
        assert (await desk.emitted(key))[-2:] == ["assignment.rehomed", "assignment.text"]
        assert await desk.line("county", key) is None


async def test_open_cases_go_on_with_the_successor_or_whom_the_dispatcher_names(desk: Desk) -> None:
    """Forty at once, on the whole system: tests/e2e/directory."""
    given = [await desk.item_at_county() for _ in range(3)]
    for key in given:
        assert (await desk.act("county", key, "dispatch", {})).status_code == 200
    await goes_on_with_the_successor(desk, given)
    assert await abolish(desk, FINANCE, None) == len(given)
    assert await look(desk) == 0
    first, *others = given
    line = await desk.line("county", first)
    assert (line["duty"], line["homeless"][0]["unit"]["unit_id"]) == ("rehome", to_text(FINANCE))
    page = await desk.page("county", f"/items/{to_text(first)}")
    assert "指定接办单位" in page.text
    choice = {"unit": to_text(ECONOMY), "reason": "职能划入经信部门"}
    gone = await desk.act("county", first, "rehome", choice | {"unit": to_text(POWER)})
    assert problem(gone) == (409, "unit_ended")
    done, again = [await desk.act("county", first, "rehome", choice) for _ in range(2)]
    assert done.status_code == 200, done.text
    assert problem(again) == (409, "not_homeless")
    assert {line["item_id"] for line in await desk.queue("county")} == set(map(to_text, others))
