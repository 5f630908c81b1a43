"""Somebody leaves, a unit is abolished, a station closes: no case is lost on the way."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from shared.ids import named_id, to_text
from tests.support.city import City, fresh_city
from tests.support.eventually import eventually

COUNTY, JINQING, NEIGHBOUR, OPEN_CASES = "331004", "331004106", "331004104", 40
POWER, FINANCE = (to_text(named_id("unit", f"{COUNTY}:{kind}")) for kind in ("power_co", "finance"))
ADMIN, DISPATCHER = (
    to_text(named_id("person", code)) for code in ("331000-admin", f"{COUNTY}-dispatcher")
)
A, B, C = (
    to_text(named_id("person", f"{COUNTY}-{who}"))
    for who in ("power_co-clerk", "econ_it-clerk", "liaison")
)
HEIR = to_text(named_id("person", f"{COUNTY}-finance-clerk"))


@pytest_asyncio.fixture
async def city(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    folder = tmp_path_factory.mktemp("city")
    async with fresh_city(servers, folder, "2022-09-05 09:00") as opened:
        yield opened


async def _give_out(city: City) -> None:
    names = [f"power-{n}" for n in range(OPEN_CASES)]
    for n, name in enumerate(names):
        words = f"第{n}号厂房停电", f"厂区停电，昨夜又跳闸，供电中断，第{n}次报修。"
        await city.raise_item(name, JINQING, *words)
    await city.settle()
    township = await city.person("dispatcher", JINQING)
    for act, who in (("escalate", township), ("dispatch", DISPATCHER)):
        body = {"reason": "事权在区级"} if act == "escalate" else {"lead": POWER}
        await city.cookie(who)
        paths = [f"/router/v1/items/{city.items[name]}/{act}" for name in names]
        await asyncio.gather(*(city.post(who, path, body) for path in paths))
        await city.settle()


async def edit(city: City, key: str, do: str, **body: Any) -> None:
    """Let the administrator change an entry on the state they see, and wait until all know."""
    path = f"/router/v1/directory/entries/{key}"
    basis = (await city.get(ADMIN, path))["basis"]
    await city.post(ADMIN, path, {"do": do, "basis": basis, **body})
    await city.settle()


async def owed(city: City, person: str) -> set[str]:
    """Name the items whose lead tasks somebody's units owe; without a right, none."""
    try:
        lines = (await city.get(person, "/tracker/v1/tasks"))["tasks"]
    except RuntimeError as refused:
        if "not_yours" not in str(refused):
            raise
        return set()
    return {line["item_id"] for line in lines if line["role"] == "lead"}


async def sees(city: City, *people: str, items: set[str]) -> None:
    """Wait until each of these people owes exactly these items."""

    async def same() -> bool:
        return all([await owed(city, one) == items for one in people])

    await eventually(same)


async def test_forty_open_cases_outlive_the_officer_and_the_unit(city: City) -> None:
    await _give_out(city)
    forty, today = set(city.items.values()), date(2022, 9, 5)
    assert len(forty) == OPEN_CASES
    await sees(city, A, items=forty)
    tasks = {key: await _task(city, key) for key in forty}

    period = {"valid_from": today.isoformat()}
    await edit(city, B, "add_stand_in", person_id=A, **period)
    await edit(city, C, "add_stand_in", person_id=B, **period)
    await sees(city, A, B, C, items=forty)
    first = next(iter(forty))
    await city.post(C, f"/tracker/v1/items/{first}/tasks/{tasks[first]['task_id']}/sign")

    await edit(city, A, "end_grant", which=0, last_day="2022-09-04")
    await sees(city, A, B, C, items=set())
    clerk = {"role": "clerk", "division_code": COUNTY, "unit_id": POWER, **period}
    await edit(city, B, "add_grant", **clerk)
    await sees(city, B, C, items=forty)

    reason = {"successor_id": FINANCE, "last_day": "2022-09-04", "reason": "职能划转"}
    await edit(city, POWER, "end_unit", **reason)
    await sees(city, HEIR, items=forty)
    await sees(city, B, C, items=set())
    for key, before in tasks.items():
        after = await _task(city, key)
        kept = ("task_id", "dispatch_no", "round")
        assert [after[name] for name in kept] == [before[name] for name in kept]
        assert after["unit_id"] == FINANCE


async def _task(city: City, item: str) -> Any:
    case = await city.get(DISPATCHER, f"/tracker/v1/items/{item}")
    return next(task for task in case["tasks"] if task["role"] == "lead")


async def test_a_closed_station_takes_nothing_new_in_from_the_next_day_on(city: City) -> None:
    station, heir = (to_text(named_id("station", f"{code}-01")) for code in (JINQING, NEIGHBOUR))
    await city.raise_item("before", JINQING, "停电", "厂区停电，昨夜又跳闸。")
    ends = {"last_day": "2022-09-05", "successor_id": heir, "reason": "两站并站"}
    await edit(city, station, "end_station", **ends)
    await city.raise_item("last-day", JINQING, "停水", "厂区停水，水压不够。")
    await city.move("2022-09-06 09:00")
    with pytest.raises(RuntimeError, match=f"station_closed.*{NEIGHBOUR}-01"):
        await city.raise_item("too-late", JINQING, "停气", "厂区停气，气压不够。")
    await city.settle()
    township = await city.person("dispatcher", JINQING)
    path = f"/router/v1/items/{city.items['last-day']}/escalate"
    await city.post(township, path, {"reason": "事权在区级"})
    assert set(city.items) == {"before", "last-day"}
