"""Every bad request to the router has its answer, in both languages; nothing changes."""

from pathlib import Path
from typing import Any

import pytest

from shared.ids import Id, named_id, to_text
from tests.support.refusals import check_refused
from tests.support.router.desk import Desk, person_id, settings_for
from tests.support.router.play import CITY, COUNTY, text, unit

ECON, FINANCE = (to_text(unit(COUNTY, kind)) for kind in ("econ_it", "finance"))


async def test_what_is_wrong_or_does_not_fit_is_refused(desk: Desk) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    refusal = {"decision": "refuse", "reason": "理由在此"}
    wrong: tuple[tuple[str, Any], ...] = (
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
        ("escalate", None),
        ("escalate", {}),
        ("escalate", {"reason": "  "}),
        ("escalate", {"reason": "理由在此", "to_level": "moon"}),
        ("objection", refusal | {"decision": "maybe"}),
        ("objection", {"decision": "refuse"}),
        ("objection", refusal | {"task_id": "first"}),
    )
    unfit: tuple[tuple[str, Any, int, str], ...] = (
        ("dispatch", {"lead": ECON, "co": [ECON]}, 422, "unit_twice"),
        ("dispatch", {"lead": to_text(bytes(16))}, 422, "unknown_unit"),
        ("dispatch", {"lead": to_text(unit(CITY, "econ_it"))}, 409, "above_level"),
        ("dispatch", {"basis": {"topic": "intake.item.v1", "seq": 1}}, 409, "stale_basis"),
        ("objection", refusal, 409, "no_objection"),
    )
    for name, body, status, code in (*((*one, 422, "invalid") for one in wrong), *unfit):
        answer = await desk.act("county", key, name, body)
        await check_refused(desk, before, answer, status, code)


async def test_who_gives_nothing_out_is_refused(desk: Desk) -> None:
    """For a dispatcher of another place the item does not exist."""
    key = await desk.item_at_county()
    before = await desk.stored()
    for whose, refusal in (
        (("clerk", "former", "nobody"), (403, "not_yours")),
        (("township", "city", "elsewhere"), (404, "not_found")),
    ):
        for who in whose:
            for name, body in (
                ("dispatch", {}),
                ("escalate", {"reason": "理由在此"}),
                ("objection", {"decision": "refuse", "reason": "理由在此"}),
            ):
                answer = await desk.act(who, key, name, body)
                await check_refused(desk, before, answer, *refusal)
    for who in ("clerk", "former", "nobody"):
        queue = await desk.get(who, "/v1/queue")
        await check_refused(desk, before, queue, 403, "not_yours")


async def test_without_a_session_or_from_another_site_nothing_is_told_or_done(desk: Desk) -> None:
    key = await desk.item_at_county()
    before = await desk.stored()
    queue, dispatch = "/router/v1/queue", f"/router/v1/items/{to_text(key)}/dispatch"
    async with desk.stranger() as client:
        for answer in (
            await client.get(queue),
            await client.get("/router/v1/directory/units"),
            await client.post(dispatch, json={}),
            await client.get(queue, headers={"Cookie": "__Host-session=e30.e30.e30"}),
        ):
            await check_refused(desk, before, answer, 401, "session_over")
    gone = await desk.get("no-longer-in-the-directory", "/v1/queue")
    await check_refused(desk, before, gone, 401, "session_over")
    async with await desk.client("county") as client:
        answer = await client.post(dispatch, json={}, headers={"Origin": "https://evil.test"})
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
    seen = await desk.item_at_county()
    after = await desk.stored()
    for place in ("-5", "²", "9" * 5_000):
        page = await desk.send("county", "/queue", {"item": f"{to_text(seen)}:{place}"})
        assert (page.status_code, await desk.stored()) == (200, after), place
        assert (await desk.page("county", f"/queue?page={place}")).status_code == 200, place


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
    for kind, n in (("divisions", 147), ("matters", 131), ("organs", 156), ("stations", 1)):
        assert len((await desk.get("clerk", f"/v1/directory/{kind}")).json()[kind]) == n
    units = (await desk.get("clerk", f"/v1/directory/units?division={COUNTY}")).json()["units"]
    assert {one["division_code"] for one in units} == {COUNTY}
    nowhere = await desk.get("clerk", "/v1/directory/units?division=999")
    assert nowhere.json() == {"units": []}


async def test_signing_in_and_out_on_a_trial_system(desk: Desk) -> None:
    before, session = await desk.stored(), "/router/v1/session"
    own = {"person_id": to_text(person_id("county"))}
    async with desk.stranger() as client:
        for body, status, code in (
            ({"person_id": to_text(bytes(16))}, 404, "unknown_person"),
            ({"person_id": "me"}, 422, "invalid"),
            (own | {"admin": True}, 422, "invalid"),
            ({}, 422, "invalid"),
        ):
            answer = await client.post(session, json=body)
            await check_refused(desk, before, answer, status, code)
        people = (await client.get("/router/v1/people?role=dispatcher")).json()["people"]
        assert own["person_id"] in {one["person_id"] for one in people}
        entered = await client.post(session, json=own)
        assert entered.status_code == 204
        for wall in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert wall in entered.headers["set-cookie"]
        assert (await client.get("/router/v1/queue")).status_code == 200
        cookie = (await client.delete(session)).headers["set-cookie"]
        assert cookie.startswith("__Host-session=")
        assert (await client.get("/router/v1/queue")).status_code == 401


def test_in_production_the_key_of_sessions_is_given_and_not_made(tmp_path: Path) -> None:
    address = "postgresql://u:p@x/y"
    with pytest.raises(FileNotFoundError):
        Desk(settings=settings_for(address, tmp_path, JIANYI_ENV="production"))
    assert not (tmp_path / "session.pem").exists()
