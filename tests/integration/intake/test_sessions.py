"""The stations' interface with a session: one door for people and keys, the same answers."""

import json
from typing import Any

import httpx

from shared.ids import from_text, to_text
from shared.web.session import COOKIE
from tests.support.entries import grant, person
from tests.support.intake.desk import HEAD_ID, URL, Desk, HeadedStation, an_item
from tests.support.intake.stations import OTHER_STATION, OTHER_TOWNSHIP, STATION, TOWNSHIP
from tests.support.refusals import problem

ITEMS = "/v1/items"


async def actors(desk: Desk, item_id: str) -> list[str]:
    """List who did what became known of an item, without its texts."""
    query = "SELECT payload FROM outbox WHERE key = $1 AND type <> 'item.text' ORDER BY id"
    rows = await desk.sql(query, from_text(item_id))
    return [json.loads(row["payload"])["actor"] for row in rows]


async def session(desk: Desk) -> str:
    return f"{COOKIE}={await desk.cookie('station_staff')}"


async def test_staff_submits_and_the_head_accepts_with_sessions(desk: Desk) -> None:
    item = an_item()
    (first, again) = [await desk.post("station_staff", ITEMS, item) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    item_id = first.json()["item_id"]
    refused = await desk.post("station_staff", f"{ITEMS}/{item_id}/accept", {})
    assert problem(refused) == (403, "not_yours")
    accepted = await desk.post("station_head", f"{ITEMS}/{item_id}/accept", {})
    assert accepted.json()["state"] == "ACCEPTED"
    staff, head = (to_text(desk.person(who)) for who in ("station_staff", "station_head"))
    assert await actors(desk, item_id) == [staff, head]


async def test_an_item_sent_by_key_and_by_session_is_one(
    desk: Desk, station: HeadedStation
) -> None:
    item = an_item()
    assert (await station.submit(item)).status_code == 201
    assert (await desk.post("station_staff", ITEMS, item)).status_code == 200


async def test_whoever_works_at_several_stations_says_at_which(desk: Desk) -> None:
    roles = [
        grant("station_staff", TOWNSHIP, station_id=STATION),
        grant("station_staff", OTHER_TOWNSHIP, station_id=OTHER_STATION),
    ]
    await desk.hear_all([person(desk.person("both"), "both", TOWNSHIP, *roles)])
    await desk.service.copy.refresh()
    unnamed = await desk.post("both", ITEMS, an_item())
    assert problem(unnamed) == (422, "station_required")
    assert sorted(unnamed.json()["stations"]) == ["NC01", "XQ01"]
    there = an_item(division_code=OTHER_TOWNSHIP)
    assert (await desk.post("both", f"{ITEMS}?station=NC01", there)).status_code == 201
    wrong: dict[str, Any] = an_item(division_code=OTHER_TOWNSHIP)
    misplaced = await desk.post("both", f"{ITEMS}?station=XQ01", wrong)
    assert problem(misplaced) == (403, "division_not_yours")
    for who, code in (("station_staff", "NC01"), ("both", "NOWHERE")):
        answer = await desk.post(who, f"{ITEMS}?station={code}", an_item())
        assert problem(answer) == (403, "station_not_yours")
    point = await desk.post("station_staff", f"{ITEMS}?station=XQ01-1", an_item())
    assert point.status_code == 201


async def test_a_station_that_is_not_theirs_is_refused_before_the_content(desk: Desk) -> None:
    answer = await desk.post("station_staff", f"{ITEMS}?station=NC01", {"title": 7})
    assert problem(answer) == (403, "station_not_yours")


async def test_nobody_is_asked_to_sign_in_and_another_site_is_refused(desk: Desk) -> None:
    async with httpx.AsyncClient(transport=desk.transport, base_url=URL) as http:
        answer = await http.post(f"/intake{ITEMS}", json=an_item())
        assert problem(answer) == (401, "session_over")
        elsewhere = {"Cookie": await session(desk), "Origin": "https://evil.test"}
        answer = await http.post(f"/intake{ITEMS}", json=an_item(), headers=elsewhere)
        assert problem(answer) == (403, "cross_site")


async def test_a_bad_signature_is_refused_though_a_session_came_along(desk: Desk) -> None:
    async with httpx.AsyncClient(transport=desk.transport, base_url=URL) as http:
        both = {"Cookie": await session(desk), "Authorization": "Bearer x.y.z"}
        answer = await http.get(f"/intake{ITEMS}", headers=both)
    assert problem(answer) == (401, "signature_refused")


async def test_a_key_for_the_head_accepts(desk: Desk, station: HeadedStation) -> None:
    item_id = (await station.submit(an_item())).json()["item_id"]
    accepted = await station.act(item_id, "accept", {}, HEAD_ID)
    assert accepted.json()["state"] == "ACCEPTED"
    assert await actors(desk, item_id) == [to_text(STATION), HEAD_ID]
