"""Acts over HTTP on a real database: the whole way, and every refusal in words."""

from datetime import date
from typing import Any

from shared.contracts.router import StandIn
from shared.ids import to_text
from tests.support.entries import Entry, grant, person
from tests.support.labels import strays
from tests.support.tracker import play
from tests.support.tracker.acts import CONTACT, DRAFT, ITEM_PATH, answer, refused
from tests.support.tracker.desk import Desk, person_id
from tests.support.tracker.play import ITEM, LEADER, TASK, dispatched, rating


async def state(desk: Desk, who: str = "clerk") -> str:
    return str((await desk.get(who, ITEM_PATH)).json()["state"])


async def test_the_whole_way(given: Desk) -> None:
    assert await state(given) == "DISPATCHED"
    (task,) = (await given.get("clerk", "/v1/tasks?state=given")).json()["tasks"]
    assert (task["task_id"], task["title"][:4]) == (to_text(TASK), "园区用电")
    await answer(given)
    assert await state(given) == "REPLIED"
    await given.hear(rating("2022-09-09", "satisfied"))
    seen = (await given.get("dispatcher", ITEM_PATH)).json()
    assert (seen["state"], seen["closed_how"], seen["clocks"]) == ("CLOSED", "rated", [])
    assert seen["replies"][0]["plain"] == "本周接通"


async def test_everything_is_stored_and_said_once(given: Desk) -> None:
    await answer(given)
    said = await given.sql("SELECT seq FROM outbox WHERE topic = 'tracker.case.v1' ORDER BY id")
    assert [row["seq"] for row in said] == list(range(1, len(said) + 1))
    (row,) = await given.sql('SELECT seq FROM "case"')
    assert row["seq"] == len(said)


async def test_dissatisfied_reopens_and_the_second_time_is_supervised(given: Desk) -> None:
    await answer(given)
    await given.hear(rating("2022-09-08 11:00", "dissatisfied"))
    assert await state(given) == "REWORK"
    assert (await given.act("clerk", "draft", DRAFT)).json()["code"] == "no_contact"
    await given.act("clerk", "contact", CONTACT)
    await given.act("clerk", "draft", DRAFT)
    await given.act("head", "sign-off")
    await given.hear(rating("2022-09-08 12:00", "dissatisfied", reply_no=2))
    assert (await given.get("clerk", ITEM_PATH)).json()["supervision"] == "supervised"


async def test_acts_of_the_wrong_person(given: Desk) -> None:
    assert await refused(given, "stranger", "sign") == (404, "not_found")
    assert await refused(given, "dispatcher", "sign") == (403, "not_yours")
    assert await refused(given, "head", "sign") == (403, "not_yours")
    assert await refused(given, "clerk", "object", {"reason": "x"}) == (403, "not_yours")
    assert await refused(given, "clerk", "sign-off") == (403, "not_yours")


async def test_acts_out_of_turn(given: Desk) -> None:
    assert await refused(given, "clerk", "contact", CONTACT) == (409, "not_signed")
    assert await refused(given, "clerk", "draft", DRAFT) == (409, "not_signed")
    await given.act("clerk", "sign")
    assert await refused(given, "clerk", "sign") == (409, "already_signed")
    assert await refused(given, "clerk", "draft", DRAFT) == (409, "no_contact")
    assert await refused(given, "head", "sign-off") == (409, "no_draft")
    assert await refused(given, "head", "fulfil", {"plain": "x", "text": "y"}) == (
        409,
        "no_promise",
    )
    await given.move("2022-09-14 00:01")
    assert await refused(given, "head", "object", {"reason": "x"}) == (
        409,
        "objection_window_over",
    )


async def test_a_stale_basis_changes_nothing(given: Desk) -> None:
    old = (await given.get("clerk", ITEM_PATH)).json()["seq"]
    await given.act("clerk", "sign")
    basis = {"topic": "tracker.case.v1", "seq": old}
    assert await refused(given, "clerk", "contact", CONTACT | {"basis": basis}) == (409, "stale")
    now = {"topic": "tracker.case.v1", "seq": old + 1}
    assert (await given.act("clerk", "contact", CONTACT | {"basis": now})).status_code == 200
    other = {"topic": "intake.item.v1", "seq": 1}
    assert (await refused(given, "clerk", "contact", CONTACT | {"basis": other}))[0] == 422


async def test_bodies_that_are_wrong(given: Desk) -> None:
    await given.act("clerk", "sign")
    await given.act("clerk", "contact", CONTACT)
    bodies: tuple[object, ...] = (
        {},
        DRAFT | {"outcome": "done"},
        DRAFT | {"plain": " "},
        DRAFT | {"text": "长" * 4001},
        DRAFT | {"plain": "接\0通"},
        DRAFT | {"contact": "王\0"},
        DRAFT | {"promised_on": "soon"},
        DRAFT | {"promised_on": 9e18},
        DRAFT | {"basis": "tracker.case.v1:many"},
        DRAFT | {"surprise": 1},
        [],
        "text",
        None,
    )
    for wrong in bodies:
        assert (await refused(given, "clerk", "draft", wrong))[0] == 422, wrong
    promise = DRAFT | {"outcome": "planned"}
    assert await refused(given, "clerk", "draft", promise) == (422, "promise_incomplete")
    past = promise | {"promised_on": "2022-09-01", "contact": "王"}
    assert await refused(given, "clerk", "draft", past) == (422, "promise_not_ahead")
    no_reason = DRAFT | {"outcome": "reference"}
    assert await refused(given, "clerk", "draft", no_reason) == (422, "reason_missing")


async def test_searches_for_what_no_title_can_hold(given: Desk) -> None:
    for path in ("/v1/items?q=%00", "/cases?q=%00", "/v1/items?q=%FF"):
        assert (await given.get("clerk", path)).status_code in (200, 422), path


async def test_what_is_not_json_or_too_large_or_nowhere(given: Desk) -> None:
    path = f"/tracker{ITEM_PATH}/tasks/{to_text(TASK)}/contact"
    async with await given.client("clerk") as client:
        headers = {"Content-Type": "application/json"}
        broken = await client.post(path, content=b"{", headers=headers)
        assert (broken.status_code, broken.json()["code"]) == (400, "malformed_json")
        half = b'{"channel": "phone", "note": "\\ud800"}'
        assert (await client.post(path, content=half, headers=headers)).status_code == 422
        large = await client.post(path, content=b"[" * 70_000, headers=headers)
        assert large.status_code == 413
    assert (await given.get("clerk", "/v1/items/not-an-id")).status_code == 422
    assert (await given.get("clerk", "/v1/items?show=everything")).status_code == 422


async def test_what_is_not_there_is_not_made(given: Desk) -> None:
    nowhere = to_text(TASK)
    assert (await given.get("clerk", f"/v1/items/{nowhere}")).status_code == 404
    act = await given.post("clerk", f"/v1/items/{nowhere}/tasks/{nowhere}/sign")
    assert (act.status_code, act.json()["code"]) == (404, "not_found")
    task = await given.post("clerk", f"{ITEM_PATH}/tasks/{to_text(ITEM)}/sign")
    assert (task.status_code, task.json()["code"]) == (404, "no_such_task")
    assert len(await given.sql('SELECT key FROM "case"')) == 1


async def test_a_case_is_hidden_from_those_it_does_not_concern(given: Desk) -> None:
    hidden = await given.get("stranger", ITEM_PATH)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    for who in ("clerk", "head", "dispatcher", "leader", "liaison"):
        assert (await given.get(who, ITEM_PATH)).status_code == 200, who


async def test_without_a_session_nothing_is_told(given: Desk) -> None:
    async with await given.client("clerk") as client:
        client.cookies.clear()
        assert (await client.get(f"/tracker{ITEM_PATH}")).status_code == 401
        page = await client.get("/tracker/", headers={"Accept": "text/html"})
        assert page.status_code == 303


async def test_another_site_cannot_act(given: Desk) -> None:
    async with await given.client("clerk") as client:
        path = f"/tracker{ITEM_PATH}/tasks/{to_text(TASK)}/sign"
        sent = await client.post(path, headers={"Origin": "https://evil.test"})
    assert sent.status_code == 403
    assert await state(given) == "DISPATCHED"


async def test_an_objection_hands_back_and_a_second_dispatch_starts_anew(given: Desk) -> None:
    done = await given.act("head", "object", {"reason": "应由区经信局办理"})
    assert done.json()["state"] == "OBJECTED"
    assert await refused(given, "clerk", "sign") == (409, "objected")
    await given.hear(dispatched("2022-09-09", play.given(play.CO_TASK, play.OTHER), no=2))
    assert await refused(given, "clerk", "sign") == (409, "task_ended")
    (line,) = (await given.get("co_clerk", "/v1/tasks")).json()["tasks"]
    assert line["state"] == "given"


async def test_supervision_is_decided_by_a_person(given: Desk) -> None:
    await given.act("clerk", "sign")
    await given.tick("2022-10-14")  # due 30 September; 8 and 9 October are working days
    seen = (await given.get("dispatcher", ITEM_PATH)).json()
    assert (seen["supervision"], seen["key_candidate"]) == ("supervised", "open")
    listed = (await given.get("dispatcher", "/v1/items?show=candidate")).json()["items"]
    assert [one["item_id"] for one in listed] == [to_text(ITEM)]
    path, decision = f"{ITEM_PATH}/supervision", {"level": "key", "granted": True}
    by_unit = await given.post("head", path, decision)
    assert (by_unit.status_code, by_unit.json()["code"]) == (403, "not_yours")
    for leader in (None, to_text(ITEM)):
        nobody = await given.post("dispatcher", path, decision | {"leader": leader})
        assert (nobody.status_code, nobody.json()["code"]) == (422, "leader_missing")
    done = await given.post("dispatcher", path, decision | {"leader": to_text(LEADER)})
    assert done.status_code == 200, done.text
    again = await given.post("dispatcher", path, decision | {"leader": to_text(LEADER)})
    assert (again.status_code, again.json()["code"]) == (409, "no_candidate")
    assert (await given.get("dispatcher", ITEM_PATH)).json()["supervision"] == "key"


def far_leader(who: str, *stands_for: str, **right: Any) -> Entry:
    """A leader of another county, who sees nothing of ours but what they supervise."""
    links = [StandIn(person_id=person_id(one), valid_from=date(2022, 1, 1)) for one in stands_for]
    held = grant("leader", "331003", **right)
    return person(person_id(who), "领导", "331003", held, stands_in_for=tuple(links))


async def test_who_stands_in_for_a_leader_goes_on_with_the_supervision(given: Desk) -> None:
    people = "abcd"
    await given.hear_all(
        [far_leader("a"), far_leader("b", "a"), far_leader("c", "b"), far_leader("d")]
    )
    await given.service.copy.refresh()
    await given.act("clerk", "sign")
    await given.tick("2022-10-14")
    decision = {"level": "key", "granted": True, "leader": to_text(person_id("a"))}
    await given.post("dispatcher", f"{ITEM_PATH}/supervision", decision)
    seen = [(await given.get(who, ITEM_PATH)).status_code for who in people]
    assert seen == [200, 200, 200, 404]
    await given.hear_all([far_leader("a", valid_to=date(2022, 10, 13))])
    await given.service.copy.refresh()
    seen = [(await given.get(who, ITEM_PATH)).status_code for who in people]
    assert seen == [403, 200, 200, 404]


async def test_a_blocked_case_takes_no_act(given: Desk) -> None:
    await given.sql("UPDATE position SET blocked = true WHERE key = $1", ITEM)
    assert await refused(given, "clerk", "sign") == (409, "under_repair")


async def test_the_figures_of_the_clocks(given: Desk) -> None:
    await given.act("clerk", "sign")
    await given.move("2022-10-14 09:00")
    text = (await given.get("clerk", "/metrics")).text
    assert 'tracker_overdue_duties{level="county"} 1.0' in text
    assert "tracker_provisional_due_dates 0.0" in text
    (unfired,) = [x for x in text.splitlines() if x.startswith("tracker_clock_oldest_unfired_se")]
    assert float(unfired.split()[1]) > 5 * 24 * 3600
    assert strays(given.service.messaging.metrics.registry) == []
