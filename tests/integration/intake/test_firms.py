"""What a firm raised is found by its name, by those who may know it, for a reason, and logged."""

import pytest

from deploy.simulator.station import StationClient
from tests.support.intake.desk import OFFICERS, Desk
from tests.support.intake.sources import NAME, PHONE, WHY, logged, raised

FIRMS = "/firms"
KNOW = frozenset({"township", "dispatcher", "committee", "leader", "station_head", "station_staff"})
HANDLE = frozenset({"clerk", "unit_head"})


@pytest.mark.parametrize("confidential", [False, True])
async def test_those_find_a_firm_who_may_view_its_source(
    desk: Desk, station: StationClient, *, confidential: bool
) -> None:
    item_id = await raised(desk, station, confidential=confidential)
    allowed = KNOW if confidential else KNOW | HANDLE
    for who in OFFICERS:
        page = await desk.send(who, FIRMS, WHY | {"firm": "新桥 模具"})
        found = f'href="/tracker/items/{item_id}"' in page.text
        assert found == (who in allowed), who
        assert page.status_code in ({200} if who in allowed else {200, 403}), who
        assert (NAME in page.text, PHONE in page.text) == (False, False)
    rows = await logged(desk, item_id)
    assert {row["person_id"] for row in rows} == {desk.person(who) for who in allowed}
    assert {(*row["fields"], row["reason"], row["words"]) for row in rows} == {
        ("firm", WHY["reason"], WHY["words"])
    }


async def test_width_case_and_blanks_of_the_name_make_no_difference(
    desk: Desk, station: StationClient
) -> None:
    item_id = await raised(desk, station)
    for firm in ("新桥　模具", "台州市新桥模具有限公司", "模具"):
        page = await desk.send("dispatcher", FIRMS, WHY | {"firm": firm})
        assert item_id in page.text, firm
    for firm in ("桥新", "_具", "%%"):
        page = await desk.send("dispatcher", FIRMS, WHY | {"firm": firm})
        assert "没有找到" in page.text, firm


async def test_without_a_reason_no_firm_is_found(desk: Desk, station: StationClient) -> None:
    item_id = await raised(desk, station)
    for form in ({"firm": "模具"}, WHY | {"firm": "具"}, {**WHY, "words": "x", "firm": "模具"}):
        page = await desk.send("dispatcher", FIRMS, form)
        assert (page.status_code, item_id in page.text) == (422, False)
    asked = await desk.page("dispatcher", f"{FIRMS}?firm=模具")
    assert ('value="模具"' in asked.text, item_id in asked.text) == (True, False)
    assert await logged(desk, item_id) == []


async def test_each_item_found_counts_as_a_view_of_its_source(
    desk: Desk, station: StationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [await raised(desk, station) for _ in range(3)]
    monkeypatch.setattr("services.intake.actions.officers.FIRM_ITEMS", 2)
    page = (await desk.send("dispatcher", FIRMS, WHY | {"firm": "模具"})).text
    assert [item in page for item in items] == [False, True, True]
    assert "还有没列出的" in page
    assert [len(await logged(desk, item)) for item in items] == [0, 1, 1]


async def test_a_search_that_finds_nothing_is_logged_without_the_name(desk: Desk) -> None:
    form = WHY | {"firm": "无名模具", "words": "想知道有没有这一家"}
    await desk.send("clerk", FIRMS, form)
    page = (await desk.page("committee", "/access-log")).text
    shown = [words in page for words in (form["words"], "按企业查找，没有找到", "路桥区")]
    assert (shown, form["firm"] in page) == ([True] * 3, False)
