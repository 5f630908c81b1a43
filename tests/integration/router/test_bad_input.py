"""Every bad request to the router has its answer, in both languages; nothing changes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.servers import Servers
from shared.ids import Id, named_id, to_text
from tests.support.refusals import problem
from tests.support.router.desk import Desk, open_desk, person_id, settings_for
from tests.support.router.play import CITY, COUNTY, submitted, text, unit
from tests.support.servers import fresh_database

ECON, FINANCE = (to_text(unit(COUNTY, kind)) for kind in ("econ_it", "finance"))


async def check_refused(
    desk: Desk, before: Mapping[str, int], answer: httpx.Response, status: int, code: str
) -> None:
    """See that an answer is a whole refusal and that nothing was stored for it."""
    assert problem(answer) == (status, code)
    assert await desk.stored() == before


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("dispatch", {"lead": "the bureau"}),
        ("dispatch", {"lead": 7}),
        ("dispatch", {"co": ECON}),
        ("dispatch", {"co": [ECON] * 11}),
        ("dispatch", {"complexity": "hard"}),
        ("dispatch", {"note": "字" * 2001}),
        ("dispatch", {"note": "有\0空"}),
        ("dispatch", {"matter_code": "x" * 65}),
        ("dispatch", {"days": 3}),
        ("dispatch", {"basis": {"topic": "router.assignment.v1", "seq": 0}}),
        ("dispatch", {"basis": {"seq": 1}}),
        ("dispatch", []),
        ("dispatch", None),
        ("escalate", {}),
        ("escalate", {"reason": "  "}),
        ("escalate", {"reason": "x", "to_level": "moon"}),
        ("objection", {"decision": "maybe", "reason": "x"}),
        ("objection", {"decision": "refuse"}),
        ("objection", {"decision": "refuse", "reason": "x", "task_id": "first"}),
    ],
)
async def test_a_wrong_body_is_refused(desk: Desk, name: str, body: Any) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    await check_refused(desk, before, await desk.act("county", key, name, body), 422, "invalid")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"co": [ECON]}, 422, "lead_missing"),
        ({"separate": [ECON]}, 422, "lead_or_separate"),
        ({"lead": ECON, "co": [ECON]}, 422, "unit_twice"),
        ({"lead": to_text(bytes(16))}, 422, "unknown_unit"),
        ({"matter_code": "no_such"}, 422, "unknown_matter"),
        ({"matter_code": "energy_quota"}, 409, "above_level"),
        ({"lead": to_text(unit(CITY, "econ_it"))}, 409, "above_level"),
        ({"basis": {"topic": "router.assignment.v1", "seq": 9}}, 409, "stale_basis"),
        ({"basis": {"topic": "intake.item.v1", "seq": 1}}, 409, "stale_basis"),
    ],
)
async def test_a_dispatch_that_does_not_fit_is_refused(
    desk: Desk, body: Any, status: int, code: str
) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    await check_refused(desk, before, await desk.act("county", key, "dispatch", body), status, code)


async def test_a_township_never_gives_out_to_a_county_department(desk: Desk) -> None:
    key = await desk.item()
    before = await desk.stored()
    for body in ({"lead": ECON}, {}):
        answer = await desk.act("township", key, "dispatch", body)
        await check_refused(desk, before, answer, 409, "above_level")
    skip = await desk.act("township", key, "escalate", {"reason": "x", "to_level": "city"})
    await check_refused(desk, before, skip, 409, "level_skipped")


async def test_acts_out_of_turn(desk: Desk) -> None:
    young = await desk.item(submitted(), text())
    given = await desk.item_at_county()
    await desk.act("county", given, "dispatch", {})
    before = await desk.stored()
    refusal = {"decision": "refuse", "reason": "x"}
    for name, body, code in (
        ("dispatch", {}, "already_dispatched"),
        ("escalate", {"reason": "x"}, "already_dispatched"),
        ("objection", refusal, "no_objection"),
    ):
        await check_refused(desk, before, await desk.act("county", given, name, body), 409, code)
    for name, body in (("dispatch", {}), ("escalate", {"reason": "x"})):
        answer = await desk.act("township", young, name, body)
        await check_refused(desk, before, answer, 404, "not_found")


@pytest.mark.parametrize("who", ["clerk", "former", "nobody"])
async def test_who_gives_nothing_out_is_refused(desk: Desk, who: str) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    for answer in (
        await desk.act(who, key, "dispatch", {}),
        await desk.act(who, key, "escalate", {"reason": "x"}),
        await desk.act(who, key, "objection", {"decision": "refuse", "reason": "x"}),
        await desk.get(who, "/v1/queue"),
    ):
        await check_refused(desk, before, answer, 403, "not_yours")


@pytest.mark.parametrize("who", ["township", "city", "elsewhere"])
async def test_another_organ_decides_nothing(desk: Desk, who: str) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    for name, body in (
        ("dispatch", {}),
        ("escalate", {"reason": "x"}),
        ("objection", {"decision": "refuse", "reason": "x"}),
    ):
        answer = await desk.act(who, key, name, body)
        await check_refused(desk, before, answer, 404, "not_found")


async def test_without_a_session_or_with_a_broken_one_nothing_is_told(desk: Desk) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    async with desk.stranger() as client:
        paths = ("/router/v1/queue", "/router/v1/directory/units")
        answers = [await client.get(path) for path in paths]
        answers.append(await client.post(f"/router/v1/items/{to_text(key)}/dispatch", json={}))
        broken = {"Cookie": "__Host-session=e30.e30.e30"}
        answers.append(await client.get(paths[0], headers=broken))
    for answer in answers:
        await check_refused(desk, before, answer, 401, "session_over")


async def test_another_site_cannot_act(desk: Desk) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    async with await desk.client("county") as client:
        answer = await client.post(
            f"/router/v1/items/{to_text(key)}/dispatch",
            json={},
            headers={"Origin": "https://evil.test"},
        )
    await check_refused(desk, before, answer, 403, "cross_site")


async def test_what_is_not_there_is_not_made(desk: Desk) -> None:
    before = await desk.stored()
    nowhere: Id = named_id("item", "nowhere")
    only_words = await desk.item(text())
    after = await desk.stored()
    assert after["outbox"] == before["outbox"]
    for key in (nowhere, only_words):
        answer = await desk.act("county", key, "dispatch", {})
        await check_refused(desk, after, answer, 404, "not_found")
    answer = await desk.post("county", "/v1/items/7/dispatch", {})
    await check_refused(desk, after, answer, 422, "invalid")
    page = await desk.send("county", "/queue", {"item": f"{to_text(nowhere)}:0"})
    assert (page.status_code, await desk.stored()) == (200, after), page.text


async def test_what_is_no_json_or_too_large_is_said_so(desk: Desk) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    path = f"/router/v1/items/{to_text(key)}/dispatch"
    headers = {"Content-Type": "application/json"}
    async with await desk.client("county") as client:
        for content in (b"{", b"\xff", b"[" * 20_000):
            answer = await client.post(path, content=content, headers=headers)
            await check_refused(desk, before, answer, 400, "malformed_json")
        large = await client.post(path, content=b" " * 70_000, headers=headers)
    await check_refused(desk, before, large, 413, "too_large")


async def test_questions_that_are_wrong(desk: Desk) -> None:
    before = await desk.stored()
    for path in ("/v1/queue?limit=0", "/v1/queue?limit=many", "/v1/directory/people"):
        await check_refused(desk, before, await desk.get("county", path), 422, "invalid")
    async with desk.stranger() as client:
        answer = await client.get("/router/v1/people?role=king")
    await check_refused(desk, before, answer, 422, "invalid")


async def test_the_directory_is_told_to_officers(desk: Desk) -> None:
    divisions = (await desk.get("clerk", "/v1/directory/divisions")).json()["divisions"]
    assert len(divisions) == 147
    units = (await desk.get("clerk", f"/v1/directory/units?division={COUNTY}")).json()["units"]
    assert {one["division_code"] for one in units} == {COUNTY}
    assert len((await desk.get("clerk", "/v1/directory/matters")).json()["matters"]) == 131
    assert (await desk.get("clerk", "/v1/directory/stations")).json()["stations"][0]["code"]
    assert len((await desk.get("clerk", "/v1/directory/organs")).json()["organs"]) == 141
    nowhere = await desk.get("clerk", "/v1/directory/units?division=999")
    assert nowhere.json() == {"units": []}


async def test_signing_in_and_out_on_a_trial_system(desk: Desk) -> None:
    before = await desk.stored()
    async with desk.stranger() as client:
        for body, status, code in (
            ({"person_id": to_text(bytes(16))}, 404, "unknown_person"),
            ({"person_id": "me"}, 422, "invalid"),
            ({"person_id": to_text(person_id("county")), "admin": True}, 422, "invalid"),
            ({}, 422, "invalid"),
        ):
            answer = await client.post("/router/v1/session", json=body)
            await check_refused(desk, before, answer, status, code)
        people = (await client.get("/router/v1/people?role=dispatcher")).json()["people"]
        assert {to_text(person_id(who)) for who in ("county", "city")} <= {
            one["person_id"] for one in people
        }
        body = {"person_id": to_text(person_id("county"))}
        entered = await client.post("/router/v1/session", json=body)
        assert entered.status_code == 204
        for wall in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert wall in entered.headers["set-cookie"]
        assert (await client.get("/router/v1/queue")).status_code == 200
        cookie = (await client.delete("/router/v1/session")).headers["set-cookie"]
        assert cookie.startswith("__Host-session=")
        assert (await client.get("/router/v1/queue")).status_code == 401


async def test_in_production_nobody_can_be_anyone(servers: Servers, tmp_path: Path) -> None:
    async with fresh_database(servers.dsn) as dsn:
        with pytest.raises(FileNotFoundError):
            async with open_desk(settings_for(dsn, tmp_path, JIANYI_ENV="production")):
                pass
        async with open_desk(settings_for(dsn, tmp_path)):
            pass  # makes the key that a production system is given
        async with open_desk(settings_for(dsn, tmp_path, JIANYI_ENV="production")) as desk:
            before = await desk.stored()
            async with desk.stranger() as client:
                body = {"person_id": to_text(person_id("county"))}
                entered = await client.post("/router/v1/session", json=body)
                await check_refused(desk, before, entered, 405, "method_not_allowed")
                for path in ("v1/people?role=dispatcher", "v1/deputies", "enter"):
                    answer = await client.get(f"/router/{path}")
                    await check_refused(desk, before, answer, 404, "not_found")
