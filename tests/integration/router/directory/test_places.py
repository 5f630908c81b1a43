"""Administrators change places of the directory: named anew, moved, merged, closed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.router import DirectoryStation
from shared.ids import Id, named_id, to_text
from tests.support.refusals import problem
from tests.support.router.directory import (
    FINANCE,
    STATION,
    DirectoryDesk,
    basis,
    edit,
    form_of,
    person,
)
from tests.support.router.play import CITY, COUNTY, TOWNSHIP, emitted_by, organ, unit

PLACE = named_id("division", COUNTY)
POWER = unit(COUNTY, "power_co")
DAY = (datetime.now(UTC) - timedelta(30)).date().isoformat()
LONG_OVER = "2000-01-01"
REASON = {"reason": "机构改革"}
NOBODY: dict[str, Any] = {"without_successor": True, **REASON}
"""Ends what nothing takes over."""


async def test_a_unit_is_renamed_and_goes_into_another(desk: DirectoryDesk) -> None:
    named = await edit(desk, POWER, "rename_unit", name="路桥供电", short_name="供电")
    assert named.status_code == 200, named.text
    day = {"last_day": "2030-01-01", "reason": "两局合并"}
    itself, done, around = [
        await edit(desk, one, "end_unit", successor_id=to_text(other), **day)
        for one, other in ((POWER, POWER), (POWER, FINANCE), (FINANCE, POWER))
    ]
    assert done.status_code == 200, done.text
    assert problem(itself) == problem(around) == (422, "not_a_successor")
    page = (await desk.page("admin", f"/directory/units/{to_text(POWER)}")).text
    assert ("将撤并" in page, "2030-01-01" in page) == (True, True)


async def test_a_division_is_renamed_and_merged_within_ones_area(desk: DirectoryDesk) -> None:
    named = await edit(desk, PLACE, "rename_division", "admin", name="路桥新区")
    assert named.status_code == 200, named.text
    day = {"last_day": "2030-01-01", **REASON}
    mine, level, done = [
        await edit(desk, PLACE, "end_division", who, successor_code=code, **day)
        for who, code in (("county-admin", "331003"), ("admin", CITY), ("admin", "331003"))
    ]
    assert problem(mine) == (403, "division_above")
    assert problem(level) == (422, "not_a_successor")
    assert done.status_code == 200, done.text


async def test_only_whoever_administers_above_finds_the_forms_of_a_division(
    desk: DirectoryDesk,
) -> None:
    day = {"last_day": LONG_OVER, **NOBODY}
    ended = await edit(desk, named_id("division", TOWNSHIP), "end_division", **day)
    assert problem(ended) == (422, "last_day_too_far")
    for who, code, may in (
        ("county-admin", COUNTY, False), ("admin", COUNTY, True),
        ("county-admin", TOWNSHIP, True), ("admin", CITY, False),
    ):  # fmt: skip
        page = (await desk.page(who, f"/directory/divisions/{code}")).text
        forms = ["rename_division", "end_division"] if may else []
        found = [do for do in ("rename_division", "end_division") if f'id="{do}"' in page]
        assert found == forms, (who, code)
    seen = str(await basis(desk, PLACE))
    sent = {"do": "rename_division", "basis": seen, "rename_division-name": "自立区"}
    refused = await form_of(desk, PLACE, **sent)
    assert (refused.status_code, "由上一级的管理员办理" in refused.text) == (403, True)


async def test_a_station_ended_by_mistake_goes_on(desk: DirectoryDesk) -> None:
    key = await some_station(desk, "K1")
    page = f"/directory/stations/{to_text(key)}"
    ended = await edit(desk, key, "end_station", last_day=DAY, **NOBODY)
    assert ended.status_code == 200, ended.text
    assert 'id="cancel_end"' in (await desk.page("county-admin", page)).text
    done = await form_of(desk, key, do="cancel_end", basis=str(await basis(desk, key)))
    assert done.status_code == 303, done.text
    await desk.follow()
    after = (await desk.page("county-admin", page)).text
    assert ("存续" in after, 'id="cancel_end"' in after) == (True, False)


async def test_the_organ_of_a_division_is_renamed_on_its_page(desk: DirectoryDesk) -> None:
    key, here = organ(COUNTY), f"/directory/organs/{to_text(organ(COUNTY))}"
    known = desk.service.copy.snapshot.organ(COUNTY)
    assert known is not None
    before = known[1].name
    above = await edit(desk, organ(CITY), "rename_organ", name="市人大")
    assert (above.status_code, above.json()["code"]) == (404, "no_entry")
    unnamed = await edit(desk, key, "rename_organ", name=" ")
    assert (unnamed.status_code, unnamed.json()["code"]) == (422, "invalid")
    empty = await form_of(desk, key, do="rename_organ", basis="1", **{"rename_organ-name": ""})
    assert empty.status_code == 422
    assert "这一项没有填" in empty.text
    assert f'action="/router/directory/entries/{to_text(key)}"' in empty.text
    sent = {"do": "rename_organ", "basis": "1", "rename_organ-name": "路桥人大新办"}
    done = await form_of(desk, key, **sent)
    assert (done.status_code, done.headers["location"].partition("?")[0]) == (303, f"/router{here}")
    await desk.follow()
    page = "".join((await desk.page("county-admin", here)).text.split())
    assert f"<del>{before}</del>→<ins>路桥人大新办</ins>" in page
    late = await form_of(desk, key, **sent | {"rename_organ-name": "迟到的名"})
    assert late.status_code == 409
    assert "现为路桥人大新办" in late.text


async def test_a_station_is_moved_or_follows_its_township_into_another(desk: DirectoryDesk) -> None:
    sibling, *_, gone, heir = (
        one.division_code for one in desk.service.copy.snapshot.children(COUNTY)
        if one.division_code != TOWNSHIP and one.level == "township"
    )  # fmt: skip
    moved = await edit(desk, STATION, "change_station", name="总站", division_code=sibling)
    assert moved.status_code == 200, moved.text
    assert "总站" in (await desk.page("admin", f"/directory/divisions/{sibling}")).text
    await some_station(desk, "F1", gone)
    there = f"/directory/divisions/{heir}"
    assert "站F1" not in (await desk.page("county-admin", there)).text
    merged = {"last_day": DAY, "successor_code": heir, **REASON}
    done = await edit(desk, named_id("division", gone), "end_division", **merged)
    assert done.status_code == 200, done.text
    assert "站F1" in (await desk.page("county-admin", there)).text


async def some_station(desk: DirectoryDesk, code: str, home: str = TOWNSHIP, **more: Any) -> Id:
    key = named_id("station", code)
    entry = DirectoryStation(**emitted_by("seed", home), code=code, name=f"站{code}", **more)
    await desk.put([(key, entry)])
    return key


async def test_a_station_that_cannot_close_so_is_left_as_it_is(desk: DirectoryDesk) -> None:
    main, other = await some_station(desk, "E1"), await some_station(desk, "E2")
    point = await some_station(desk, "E1-1", parent_id=main)
    away = await some_station(desk, "E9", "331003101")
    day = {"last_day": "2030-06-30", **REASON}
    for_good = day | NOBODY
    closing = await edit(desk, other, "end_station", **for_good)
    assert closing.status_code == 200, closing.text
    for key, body, status, code in (
        (main, for_good, 409, "still_has_points"),
        (point, day | {"successor_id": to_text(point)}, 422, "not_a_successor"),
        (point, day | {"successor_id": to_text(other)}, 422, "not_a_successor"),
        (point, day | {"successor_id": to_text(FINANCE)}, 422, "not_a_successor"),
        (point, day | {"successor_id": to_text(away)}, 404, "no_entry"),
        (point, day | {"successor_id": "x"}, 422, "invalid"),
        (point, for_good | {"last_day": "someday"}, 422, "invalid"),
        (point, for_good | {"reason": "因" * 201}, 422, "invalid"),
        (point, for_good | {"reason": ""}, 422, "invalid"),
        (point, day, 422, "invalid"),
        (point, for_good | {"successor_id": to_text(main)}, 422, "invalid"),
        (away, for_good, 404, "no_entry"),
        (FINANCE, for_good, 404, "no_entry"),
    ):
        assert problem(await edit(desk, key, "end_station", **body)) == (status, code)
    assert [await basis(desk, key) for key in (main, point)] == [1, 1]


async def test_a_station_closes_after_its_sub_points(desk: DirectoryDesk) -> None:
    main, heir = await some_station(desk, "G1"), await some_station(desk, "G2")
    point = await some_station(desk, "G1-1", parent_id=main)
    first, last = {"last_day": "2030-06-30", **NOBODY}, {"last_day": "2030-12-31", **NOBODY}
    goes_on = {"successor_id": to_text(heir), "reason": "两站并站", "without_successor": False}
    for key, body in ((point, first), (main, last | goes_on), (main, first | goes_on)):
        done = await edit(desk, key, "end_station", **body)
        assert done.status_code == 200, done.text
    late = await edit(desk, point, "end_station", **last)
    assert (late.status_code, late.json()["code"]) == (409, "outlives_main")
    page = (await desk.page("county-admin", f"/directory/stations/{to_text(main)}")).text
    for shown in ("将撤销", "最后一天2030-06-30，由站G2接续", "两站并站", "2030-12-31"):
        assert shown in page, shown
    asked = page.partition('name="end_station-last_day"')[0].rpartition("<")[2]
    assert 'value="2030-06-30"' in asked, "whoever corrects the reason keeps the day"


async def test_at_a_closed_station_nobody_is_given_a_role(desk: DirectoryDesk) -> None:
    key, who = await some_station(desk, "H1"), named_id("person", "at-closed")
    await desk.put([person("at-closed", "某人")])
    role = {"role": "station_head", "division_code": TOWNSHIP, "valid_from": DAY}
    done = await edit(desk, key, "end_station", last_day=DAY, **NOBODY)
    assert done.status_code == 200, done.text
    again = await edit(desk, key, "end_station", last_day="2030-01-01", **NOBODY)
    assert (again.status_code, again.json()["code"]) == (409, "has_ended")
    given = await edit(desk, who, "add_grant", **role, station_id=to_text(key))
    assert (given.status_code, given.json()["code"]) == (409, "has_ended")
    here = f"/directory/divisions/{TOWNSHIP}"
    lines = (await desk.page("county-admin", here)).text
    assert lines.index("站H1") > lines.index("金清港联络点")
    assert "已撤销" in lines.partition("站H1")[2].partition("</tr>")[0]
    assert "已撤销" in (await desk.page("admin", f"/directory/stations/{to_text(key)}")).text
    offered = (await desk.page("county-admin", f"/directory/people/{to_text(who)}")).text
    assert f"station:{to_text(key)}" not in offered
