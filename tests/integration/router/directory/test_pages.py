"""The directory's pages on a real database: who holds what where, what changed, for whom."""

from datetime import UTC, datetime

import pytest

from shared.contracts.tracker import SupervisionDecided
from shared.ids import named_id, to_text
from tests.support.router.directory import (
    FINANCE,
    POINT,
    STATION,
    DirectoryDesk,
    grant,
    person,
)
from tests.support.router.play import CITY, COUNTY, TOWNSHIP

LEADER = f"/directory/people/{to_text(named_id('person', 'leader'))}"
CLERK = f"/directory/people/{to_text(named_id('person', 'clerk'))}"


async def read(desk: DirectoryDesk, who: str, path: str, lang: str = "zh") -> str:
    answer = await desk.page(who, path, lang)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_directory_opens_at_ones_own_place(desk: DirectoryDesk) -> None:
    answer = await desk.page("clerk", "/directory")
    assert answer.headers["location"] == f"/router/directory/divisions/{COUNTY}"


async def test_the_first_administrator_begins_at_the_top_and_sees_everybody(
    desk: DirectoryDesk,
) -> None:
    top = await desk.page("first", "/directory")
    roots = desk.service.copy.snapshot.children("")
    assert top.headers["location"] == f"/router/directory/divisions/{roots[0].division_code}"
    assert "林交办" in await read(desk, "first", f"/directory/divisions/{COUNTY}")
    assert "全部地方" in await read(
        desk, "first", f"/directory/people/{to_text(named_id('person', 'first'))}"
    )
    missing = await desk.page("first", "/directory/divisions/999999")
    assert missing.status_code == 404


async def test_a_division_shows_its_organ_units_stations_people_and_what_lies_below(
    desk: DirectoryDesk,
) -> None:
    county = await read(desk, "admin", f"/directory/divisions/{COUNTY}")
    for shown in (
        "林交办",
        "交办人员",
        "周明远",
        "何立群",
        "郑领导",
        "联系员",
        "金清镇",
        "最近改动",
    ):
        assert shown in county, shown
    assert f"/router/directory/divisions/{CITY}" in county
    township = await read(desk, "admin", f"/directory/divisions/{TOWNSHIP}", "en")
    for shown in ("金清镇总站", "金清港联络点", "站长甲", "郑领导", "Leadership deputy"):
        assert shown in township, shown


async def test_a_unit_and_a_station_show_who_is_there_and_who_stands_in(
    desk: DirectoryDesk,
) -> None:
    unit = await read(desk, "admin", f"/directory/units/{to_text(FINANCE)}")
    for shown in ("周明远", "何立群", "吴代理"):
        assert shown in unit, shown
    station = await read(desk, "admin", f"/directory/stations/{to_text(STATION)}")
    for shown in ("站长甲", "金清港联络点", "郑领导", "JQ01"):
        assert shown in station, shown
    assert "金清镇总站" in await read(desk, "admin", f"/directory/stations/{to_text(POINT)}")


async def test_a_person_shows_all_mandates_rights_and_who_stands_in_for_whom(
    desk: DirectoryDesk,
) -> None:
    leader = await read(desk, "admin", LEADER)
    for shown in ("金清镇人大代表", "路桥区人大代表", "领导干部代表", "联系员"):
        assert shown in leader, shown
    clerk = await read(desk, "admin", CLERK)
    assert "由吴代理代理" in clerk
    stand_in = await read(desk, "admin", f"/directory/people/{to_text(desk.person('stand-in'))}")
    assert "代理周明远" in stand_in
    liaison = await read(desk, "admin", f"/directory/people/{to_text(desk.person('liaison'))}")
    assert "郑领导" in liaison


async def test_what_changed_is_shown_before_and_after_with_who_did_it(desk: DirectoryDesk) -> None:
    key, event = person("renamed", "旧名", grant("liaison"))
    await desk.put([(key, event)])
    by = to_text(desk.person("admin"))
    await desk.put([(key, event.model_copy(update={"name": "新名", "actor": by}))])
    page = await read(desk, "admin", f"/directory/people/{to_text(key)}")
    assert "<del>旧名</del> → <ins>新名</ins>" in page.replace("\n", "")
    assert "管理员甲" in page


async def test_people_are_shown_to_those_above_them_only(desk: DirectoryDesk) -> None:
    for who in ("other-admin", "station-head"):
        hidden, unknown = await desk.page(who, CLERK), await desk.page(who, f"{CLERK[:-4]}ffff")
        assert (hidden.status_code, unknown.status_code) == (404, 404)
        place = await read(desk, who, f"/directory/divisions/{COUNTY}")
        assert "周明远" not in place
        assert "不在您的范围内" in place
        assert "没有找到" in await read(desk, who, "/directory?q=周明远")
    assert CLERK in await read(desk, "county-admin", "/directory?q=周明远")


@pytest.mark.parametrize("who", ["ops", "stand-nobody", "liaison"])
async def test_operators_and_who_holds_nothing_read_no_directory(
    desk: DirectoryDesk, who: str
) -> None:
    answer = await desk.page(who, f"/directory/divisions/{COUNTY}")
    assert answer.status_code in (303, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/directory/divisions/999999",
        "/directory/divisions/%00",
        f"/directory/units/{to_text(STATION)}",
        f"/directory/people/{to_text(FINANCE)}",
        "/directory/people/x",
    ],
)
async def test_what_is_not_there_is_said_so(desk: DirectoryDesk, path: str) -> None:
    assert (await desk.page("admin", path)).status_code in (404, 422)


async def test_places_and_people_are_found_by_name_and_code(desk: DirectoryDesk) -> None:
    assert TOWNSHIP in await read(desk, "admin", "/directory?q=金清镇")
    assert to_text(STATION) in await read(desk, "admin", "/directory?q=JQ01")
    assert LEADER in await read(desk, "admin", "/directory?q=郑领导")
    assert "请写姓名" in await read(desk, "admin", "/directory?q=")
    assert "没有找到" in await read(desk, "admin", "/directory?q=<script>")


async def test_administrators_see_what_nobody_is_there_for_in_their_area(
    desk: DirectoryDesk,
) -> None:
    page = (await desk.page("county-admin", "/directory/vacancies")).text
    assert "没有人的承办单位" in page
    assert "金清镇总站" in page  # it has a head and no staff
    assert "331003" not in page
    everything = (await desk.page("admin", "/directory/vacancies")).text
    assert everything.count("<tr>") > page.count("<tr>")
    for who in ("dispatcher", "clerk", "ops"):
        assert (await desk.page(who, "/directory/vacancies")).status_code in (403, 404)


async def test_a_supervision_whose_leader_is_gone_is_among_them(desk: DirectoryDesk) -> None:
    assert "每件督办的事都有领导领衔" in await read(desk, "county-admin", "/directory/vacancies")
    decided = SupervisionDecided(
        occurred_at=datetime(2022, 9, 1, tzinfo=UTC), division_code=COUNTY, actor="dispatcher",
        level="key", granted=True, leader=to_text(named_id("person", "clerk")),
    )  # fmt: skip
    await desk.hear_all([(named_id("item", "supervised"), decided)])
    page = await read(desk, "county-admin", "/directory/vacancies")
    assert "无人督办的事" in page
    assert page.index("已离任的领衔督办人") < page.index(CLERK) < page.index("登记代理此人")
    english = await read(desk, "county-admin", "/directory/vacancies", "en")
    assert "they stand in for this person" in english
