"""Look-ups of apps and pages: people, places, firms, earlier items; each for its stations only."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from services.intake.actions.lookups import PER_MINUTE
from shared.contracts.codes import RatingResult
from shared.contracts.router import Mandate
from shared.ids import from_text, named_id, to_text
from tests.support.entries import person
from tests.support.intake.desk import HEAD_ID, URL, Desk, HeadedStation, an_item
from tests.support.intake.replies import close
from tests.support.intake.sources import FIRM, register
from tests.support.intake.stations import CREDIT_CODE, STATION, TOWNSHIP
from tests.support.refusals import problem

LOOKUPS = "/v1/lookups"


async def read(desk: Desk, path: str, who: str = "station_staff") -> Any:
    answer = await desk.get(who, f"{LOOKUPS}/{path}")
    assert answer.status_code == 200
    return answer.json()


async def test_the_deputies_of_the_own_station_are_listed(desk: Desk) -> None:
    deputy, mandates = named_id("person", "attached"), (
        Mandate(level="township", division_code=TOWNSHIP),
    )  # fmt: skip
    await desk.hear_all([person(deputy, "张代表", TOWNSHIP, mandates=mandates, station_id=STATION)])
    await desk.service.copy.refresh()
    assert {
        "person_id": to_text(deputy), "name": "张代表", "station": "XQ01", "levels": ["township"],
    } in (await read(desk, "deputies"))["deputies"]  # fmt: skip
    assert (await read(desk, "deputies", "other_station"))["deputies"] == []


async def test_staff_and_sub_points_are_those_of_the_own_station(desk: Desk) -> None:
    staff = (await read(desk, "staff"))["staff"]
    assert ("station_staff", ["station_staff"]) in [(one["name"], one["roles"]) for one in staff]
    assert {one["station"] for one in staff} == {"XQ01"}
    (point,) = (await read(desk, "sub-points"))["sub_points"]
    assert point == {"station": "XQ01-1", "name": "XQ01-1", "main_station": "XQ01"}


async def test_policies_are_those_of_the_stations_place_that_still_run(desk: Desk) -> None:
    policies = (await read(desk, "policies"))["policies"]
    codes = [one["code"] for one in policies]
    assert codes == ["GJ-01", "GJ-24", "TZ-1", "TZ-2", "TZ-3", "TZ-4"]
    assert policies[0] == {
        "code": "GJ-01", "name": "加大增值税留抵退税力度", "level": "city", "category": "",
        "source": "",
    }  # fmt: skip
    others = (await read(desk, "policies", "other_station"))["policies"]
    assert "HY-1" in [one["code"] for one in others]
    assert (await read(desk, "matters"))["matters"] == []


async def test_lists_of_activities_are_those_of_the_stations_place_that_still_run(
    desk: Desk,
) -> None:
    found = [(await read(desk, kind))[kind] for kind in ("themes", "functions", "groups")]
    assert [[one["code"] for one in each] for each in found] == [["LFLC"], ["contact"], ["LQ-1"]]
    assert found[0][0] == {"code": "LFLC", "name": "六访六促", "category": "", "source": ""}
    others = (await read(desk, "groups", "other_station"))["groups"]
    assert [one["code"] for one in others] == ["HY-1"]


async def test_an_app_names_policies_and_reads_them_back(desk: Desk) -> None:
    async with desk.station() as station:
        taken = (await station.submit(an_item(policy_codes=["GJ-24"]))).json()
        shown = await desk.get("station_head", f"/v1/items/{taken['item_id']}")
        assert shown.json()["policy_codes"] == ["GJ-24"]
        refused = await station.submit(an_item(policy_codes=["GJ-99"]))
        assert problem(refused) == (422, "unknown_policy")
    page = (await desk.get("station_head", f"/items/{taken['item_id']}")).text
    assert "关系到的政策：GJ-24 降低市场主体用水用电用网等成本" in page


async def test_a_firm_is_found_by_code_and_by_first_letters(desk: Desk) -> None:
    await register(desk)
    for typed in (CREDIT_CODE, CREDIT_CODE.lower(), FIRM[:4]):
        (found,) = (await read(desk, f"firms?name={typed}"))["firms"]
        assert found == {"code": CREDIT_CODE, "name": FIRM}
    assert (await read(desk, "firms?name=91331004MA2A00001A"))["firms"] == []
    short = await desk.get("station_staff", f"{LOOKUPS}/firms?name=x")
    assert problem(short) == (422, "invalid")


async def test_a_person_looks_up_so_many_firms_a_minute(desk: Desk) -> None:
    path = f"{LOOKUPS}/firms?name=nobody"
    answers = [(await desk.get("station_head", path)).status_code for _ in range(2 * PER_MINUTE)]
    assert answers[:PER_MINUTE] == [200] * PER_MINUTE
    assert 429 in answers


async def test_an_app_with_a_key_looks_up_and_keeps_what_has_not_changed(
    desk: Desk, station: HeadedStation
) -> None:
    path = "/intake/v1/lookups/staff"
    first = await station.send("GET", path)
    assert first.status_code == 200
    async with httpx.AsyncClient(transport=desk.transport, base_url=URL) as http:
        for tag, status in ((first.headers["etag"], 304), ('"another"', 200)):
            token = station.sign("GET", path, b"")
            headers = {"Authorization": f"Bearer {token}", "If-None-Match": tag}
            assert (await http.get(path, headers=headers)).status_code == status


@pytest.mark.parametrize("who", ["clerk", "dispatcher", "ops"])
async def test_nobody_without_a_station_looks_up(desk: Desk, who: str) -> None:
    answer = await desk.get(who, f"{LOOKUPS}/deputies")
    assert problem(answer) == (403, "not_yours")


async def test_earlier_items_of_the_firm_and_in_like_words_are_shown_with_their_answers(
    desk: Desk, station: HeadedStation
) -> None:
    await register(desk)
    of_firm = an_item(title="与这家企业有关的", enterprise_code=CREDIT_CODE)
    alike, elsewhere = an_item(title="变压器容量一直不够"), an_item(title="变压器容量一直不够用")
    item_id = (await station.submit(of_firm)).json()["item_id"]
    assert (await station.submit(alike)).status_code == 201
    async with desk.station("NC01") as other:
        elsewhere |= {"division_code": "331003101"}
        assert (await other.submit(elsewhere)).status_code == 201
    query = f"/new/earlier?enterprise={FIRM[:4]}&title=变压器容量不够"
    page = (await desk.get("station_staff", query)).text
    assert "与这家企业有关的" in page
    assert "变压器容量一直不够<" in page
    assert "变压器容量一直不够用" not in page
    assert "等站长受理" in page
    assert (await desk.get("station_staff", "/new/earlier?title=另一件事")).text.strip() == ""
    accepted = await station.act(item_id, "accept", {"name_unknown_confirmed": True}, HEAD_ID)
    assert accepted.status_code == 200, accepted.text
    ends: Sequence[tuple[RatingResult | None, str]] = (
        (None, "提出人没有评价"),
        ("satisfied", "提出人满意"),
    )
    for rating, judged in ends:
        await close(desk, from_text(item_id), rating=rating)
        shown = (await desk.get("station_staff", query)).text
        assert f"已办结：已解决，{judged}" in " ".join(shown.split())
        assert "本周接通" in shown
