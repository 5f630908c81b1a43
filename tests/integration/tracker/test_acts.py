"""Acts over HTTP on a real database: the whole way, and every refusal in words."""

from datetime import date
from typing import Any

from shared.contracts.router import StandIn
from shared.ids import to_text
from shared.web import links
from tests.support.entries import Entry, grant, person
from tests.support.labels import strays
from tests.support.refusals import problem
from tests.support.tracker import play
from tests.support.tracker.acts import CONTACT, DRAFT, ITEM_PATH, answer, refused
from tests.support.tracker.desk import Desk, person_id
from tests.support.tracker.play import ITEM, LEADER, TASK, dispatched, rating

SUPERVISION = f"{ITEM_PATH}/supervision"


async def state(desk: Desk, who: str = "clerk") -> str:
    return str((await desk.get(who, ITEM_PATH)).json()["state"])


async def test_the_whole_way_is_stored_and_said_once(given: Desk) -> None:
    assert await state(given) == "DISPATCHED"
    (task,) = (await given.get("clerk", "/v1/tasks?state=given")).json()["tasks"]
    assert (task["task_id"], task["title"][:4]) == (to_text(TASK), "园区用电")
    await answer(given)
    assert await state(given) == "REPLIED"
    await given.hear(rating("2022-09-09", "satisfied"))
    seen = (await given.get("dispatcher", ITEM_PATH)).json()
    assert (seen["state"], seen["closed_how"], seen["clocks"]) == ("CLOSED", "rated", [])
    assert seen["replies"][0]["plain"] == "本周接通"
    said = await given.sql("SELECT seq FROM outbox WHERE topic = 'tracker.case.v1' ORDER BY id")
    assert [row["seq"] for row in said] == list(range(1, len(said) + 1))
    (row,) = await given.sql('SELECT seq FROM "case"')
    assert row["seq"] == len(said)


async def test_acts_of_the_wrong_person_and_out_of_turn(given: Desk) -> None:
    for who, name, body, status, code in (
        ("stranger", "sign", None, 404, "not_found"),
        ("head", "sign", None, 403, "not_yours"),
        ("clerk", "contact", CONTACT, 409, "not_signed"),
        ("head", "fulfil", {"outcome": "solved", "plain": "x", "text": "y"}, 409, "no_promise"),
    ):
        assert await refused(given, who, name, body) == (status, code), (who, name)
    await given.act("clerk", "sign")
    assert await refused(given, "clerk", "sign") == (409, "already_signed")
    assert await refused(given, "clerk", "draft", DRAFT) == (409, "no_contact")
    assert await refused(given, "head", "sign-off") == (409, "no_draft")


async def test_all_that_a_reply_lacks_is_answered_at_once_each_with_its_pointer(
    given: Desk,
) -> None:
    await given.act("clerk", "sign")
    await given.act("clerk", "contact", CONTACT)
    lacking = DRAFT | {"outcome": "planned", "promised_on": "2022-09-01"}
    refusal = (await given.act("clerk", "draft", lacking)).json()
    assert refusal["code"] == "promise_not_ahead"
    errors = {one["pointer"]: one["code"] for one in refusal["errors"]}
    assert errors == {"#/promised_on": "promise_not_ahead", "#/contact": "promise_incomplete"}


async def test_a_stale_basis_changes_nothing(given: Desk) -> None:
    old = (await given.get("clerk", ITEM_PATH)).json()["seq"]
    await given.act("clerk", "sign")
    basis = {"topic": "tracker.case.v1", "seq": old}
    assert await refused(given, "clerk", "contact", CONTACT | {"basis": basis}) == (409, "stale")
    now = {"topic": "tracker.case.v1", "seq": old + 1}
    assert (await given.act("clerk", "contact", CONTACT | {"basis": now})).status_code == 200


async def test_bodies_that_are_wrong(given: Desk) -> None:
    await given.act("clerk", "sign")
    await given.act("clerk", "contact", CONTACT)
    bodies: tuple[object, ...] = (
        {},
        DRAFT | {"outcome": "done"},
        DRAFT | {"plain": " "},
        DRAFT | {"text": "长" * 4001},
        DRAFT | {"contact": "王\0"},
        DRAFT | {"promised_on": 9e18},
        DRAFT | {"basis": "tracker.case.v1:many"},
        DRAFT | {"basis": {"topic": "intake.item.v1", "seq": 1}},
        DRAFT | {"surprise": 1},
        DRAFT | {"outcome": "planned"},
        [],
        "text",
        None,
    )
    for wrong in bodies:
        assert (await refused(given, "clerk", "draft", wrong))[0] == 422, wrong


async def test_addresses_that_are_wrong(given: Desk) -> None:
    for wrong in ("/v1/items/not-an-id", "/v1/items?show=everything", "/cases?q=%00"):
        assert (await given.get("clerk", wrong)).status_code == 422, wrong


async def test_what_is_hidden_or_nowhere_is_not_there(given: Desk) -> None:
    nowhere = to_text(TASK)
    for got, code in (
        (await given.get("stranger", ITEM_PATH), "not_found"),
        (await given.get("clerk", f"/v1/items/{nowhere}"), "not_found"),
        (await given.post("clerk", f"/v1/items/{nowhere}/tasks/{nowhere}/sign"), "not_found"),
        (await given.post("clerk", f"{ITEM_PATH}/tasks/{to_text(ITEM)}/sign"), "no_such_task"),
    ):
        assert problem(got) == (404, code)
    assert len(await given.sql('SELECT key FROM "case"')) == 1


async def test_an_objection_hands_back_and_a_second_dispatch_starts_anew(given: Desk) -> None:
    done = await given.act("head", "object", {"reason": "应由区经信局办理"})
    assert done.json()["state"] == "OBJECTED"
    for name, body in (("sign", None), ("contact", CONTACT)):
        assert await refused(given, "clerk", name, body) == (409, "objected")
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
    page = (await given.page("dispatcher", "/cases?show=candidate")).text
    row = page[page.index("<tr><td") :]
    assert ("剩3个工作日" in row, ">决定督办</a>" in row, "超期" in row) == (True, True, False)
    case = (await given.page("dispatcher", ITEM_PATH[3:])).text
    for words in ("决定督办期限", "剩3个工作日", "超期7个工作日", "答复期限"):
        assert words in case
    path, decision = f"{ITEM_PATH}/supervision", {"level": "key", "granted": True}
    assert problem(await given.post("head", path, decision)) == (403, "not_yours")
    nobody = await given.post("dispatcher", path, decision | {"leader": to_text(ITEM)})
    assert problem(nobody) == (422, "leader_missing")
    done, again = [
        await given.post("dispatcher", path, decision | {"leader": to_text(LEADER)})
        for _ in range(2)
    ]
    assert done.status_code == 200, done.text
    assert problem(again) == (409, "no_candidate")
    assert (await given.get("dispatcher", ITEM_PATH)).json()["supervision"] == "key"
    home = (await given.page("leader", "/")).text
    assert ("待他人办" in home, "承办" in home, ITEM_PATH[3:] in home) == (True, True, True)
    assert f'href="{links.SUPERVISED}"' in home.replace("&amp;", "&")
    page = (await given.page("leader", ITEM_PATH[3:])).text
    assert ("领衔督办人" in page, "应在" in page) == (True, True)


def leader(who: str, *stands_for: str, of: str = "331000", **right: Any) -> Entry:
    """A leader, by default of the city, who reads the texts of what they supervise only."""
    links = [StandIn(person_id=person_id(one), valid_from=date(2022, 1, 1)) for one in stands_for]
    held = grant("leader", of, **right)
    return person(person_id(who), f"领导{who}", of, held, stands_in_for=tuple(links))


async def reads(given: Desk, people: str) -> list[bool | int]:
    """Give who reads the texts of the case, and how the others are refused."""
    got = [await given.get(who, ITEM_PATH) for who in people]
    return [
        one.status_code if one.status_code != 200 else not one.json()["texts_withheld"]
        for one in got
    ]


async def test_only_leaders_of_the_place_or_above_supervise(given: Desk) -> None:
    people = {"far": "331003", "village": "331004101", "town": "331004102", "city": "331000"}
    await given.hear_all([leader(who, of=code) for who, code in people.items()])
    await given.service.copy.refresh()
    await given.tick("2022-10-14")
    form = (await given.page("dispatcher", f"{ITEM_PATH[3:]}/supervision")).text
    assert [f"领导{who}" in form for who in people] == [False, False, True, True]
    decision = {"level": "key", "granted": True}
    for who in ("far", "village"):
        wrong = decision | {"leader": to_text(person_id(who))}
        assert problem(await given.post("dispatcher", SUPERVISION, wrong)) == (
            422, "leader_missing",
        )  # fmt: skip
        assert (await given.get(who, ITEM_PATH)).status_code == 404
    right = decision | {"leader": to_text(person_id("town"))}
    assert (await given.post("dispatcher", SUPERVISION, right)).status_code == 200


async def test_who_stands_in_for_a_leader_supervises_while_that_leader_is_one(given: Desk) -> None:
    people = "abcd"
    await given.hear_all([leader("a"), leader("b", "a"), leader("c", "b"), leader("d")])
    await given.service.copy.refresh()
    await given.act("clerk", "sign")
    await given.tick("2022-10-14")
    decision = {"level": "key", "granted": True, "leader": to_text(person_id("a"))}
    await given.post("dispatcher", SUPERVISION, decision)
    assert await reads(given, people) == [True, True, True, False]
    await given.hear_all([leader("a", valid_to=date(2022, 10, 13))])
    await given.service.copy.refresh()
    seen = await reads(given, people)
    assert seen == [403, False, False, False], "what the leader has no more nobody has for him"
    refusal = {"level": "key", "granted": False}
    assert problem(await given.post("dispatcher", SUPERVISION, refusal)) == (409, "no_candidate")
    assert "决定督办" in (await given.page("dispatcher", ITEM_PATH[3:])).text
    another = decision | {"leader": to_text(person_id("d"))}
    done, again = [await given.post("dispatcher", SUPERVISION, another) for _ in range(2)]
    assert (done.status_code, problem(again)) == (200, (409, "no_candidate"))
    assert await reads(given, people) == [403, False, False, True]


async def test_a_blocked_case_takes_no_act_and_keeps_its_due_dates(given: Desk) -> None:
    """Nobody is reminded either; the pages say so."""
    due = "SELECT kind, due_at, step FROM clock WHERE key = $1 ORDER BY kind"
    before = await given.sql(due, ITEM)
    await given.sql("UPDATE position SET blocked = true WHERE key = $1", ITEM)
    assert await refused(given, "clerk", "sign") == (409, "under_repair")
    await given.tick("2022-10-14")
    assert await given.sql(due, ITEM) == before
    text = (await given.page("clerk", ITEM_PATH[3:])).text
    assert "暂时不能办理，也不催办；期限不变" in text
    assert "暂停" not in text


async def test_the_figures_of_the_clocks(given: Desk) -> None:
    await given.act("clerk", "sign")
    await given.move("2022-10-14 09:00")
    text = (await given.get("clerk", "/metrics")).text
    assert 'tracker_overdue_duties{level="county"} 1.0' in text
    assert "tracker_provisional_due_dates 0.0" in text
    (unfired,) = [x for x in text.splitlines() if x.startswith("tracker_clock_oldest_unfired_se")]
    assert float(unfired.split()[1]) > 5 * 24 * 3600
    assert strays(given.service.messaging.metrics.registry) == []
