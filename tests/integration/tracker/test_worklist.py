"""What a person owes is one thing: on the first page, in the list, on the case and by the API."""

import re
from collections.abc import Awaitable, Callable

import pytest

from shared.calendar import Limit
from shared.contracts.intake import ItemReturned
from shared.contracts.router import ItemEscalated, TaskGiven
from shared.ids import named_id, to_text
from tests.support.tracker.acts import CONTACT, DRAFT, answer
from tests.support.tracker.desk import PEOPLE, Desk
from tests.support.tracker.play import (
    CO_TASK,
    ITEM,
    ORGAN,
    OTHER,
    TASK,
    UNIT,
    UPPER,
    accepted,
    dispatched,
    emitted_by,
    given,
    rating,
    submitted,
)  # fmt: skip

READERS = [who for who, (role, _place) in PEOPLE.items() if role != "ops"]
HEADLINE = re.compile(r"要办(\d+)件")
ROW = re.compile(r'<td class="c-matter"><a href="/tracker(/items/[^"]+)"')
NEXT = re.compile(r'<td class="c-next"><a href="(/[^"]+)">([^<]+)')
ROWS = re.compile(r"<tr><td.*?</tr>", re.DOTALL)
AWAITED = re.compile(r'\?show=waiting">(\d+)<')
BUTTON = re.compile(r'<a class="button[^"]*" href="/tracker(/items/[^"]+)"')
STATES: dict[str, set[str]] = {
    "submitted": {"station_head"},
    "accepted": {"township"},
    "escalated": {"dispatcher"},
    "dispatched": {"clerk", "co_clerk"},
    "signed": {"clerk", "co_clerk"},
    "drafted": {"head", "co_clerk"},
    "sent back": {"clerk", "co_clerk"},
    "replied": set(),
    "refused by the proposer": {"clerk"},
    "candidate": {"clerk", "dispatcher", "committee_head"},
    "closed": set(),
}
"""Who owes something in each state of an item."""


async def _act(desk: Desk, who: str, name: str, body: object = None) -> None:
    done = await desk.act(who, name, body)
    assert done.status_code == 200, done.text


async def _escalate(desk: Desk) -> None:
    step = {"from_level": "township", "to_level": "county", "organ_id": ORGAN, "reason": "level"}
    await desk.hear(ItemEscalated(**emitted_by("dispatcher", "2022-09-06 09:00"), **step))


async def _dispatch(desk: Desk) -> None:
    await desk.hear(dispatched("2022-09-08 09:30", given(), given(CO_TASK, OTHER, "co")))


async def _draft(desk: Desk) -> None:
    await _act(desk, "clerk", "contact", CONTACT)
    await _act(desk, "clerk", "draft", DRAFT | {"waiver": "会办单位电话里已经同意"})


async def _reply(desk: Desk) -> None:
    await _draft(desk)
    await _act(desk, "head", "sign-off")


async def _close(desk: Desk) -> None:
    await _reply(desk)
    await desk.hear(rating("2022-11-08 10:00", "satisfied", 2))


STEPS: dict[str, Callable[[Desk], Awaitable[object]]] = {
    "submitted": lambda desk: desk.hear(submitted("2022-09-05 09:12")),
    "accepted": lambda desk: desk.hear(accepted("2022-09-05 15:40")),
    "escalated": _escalate,
    "dispatched": _dispatch,
    "signed": lambda desk: _act(desk, "clerk", "sign"),
    "drafted": _draft,
    "sent back": lambda desk: _act(desk, "head", "send-back", {"reason": "写明完成的日子"}),
    "replied": _reply,
    "refused by the proposer": lambda desk: desk.hear(rating("2022-09-09", "dissatisfied")),
    "candidate": lambda desk: desk.tick("2022-11-08 09:00"),
    "closed": _close,
}


async def _ok(desk: Desk, who: str, path: str) -> str:
    answer = await desk.page(who, path)
    assert answer.status_code == 200, (who, path, answer.status_code)
    return answer.text


async def _owed(desk: Desk, who: str) -> int:
    """How much a person owes, the same by four ways; every link of theirs opens."""
    first, listed = await _ok(desk, who, "/"), await desk.page(who, "/cases?show=mine")
    headline = HEADLINE.search(first)
    count = int(headline[1]) if headline else 0
    if listed.status_code != 403:  # who reads no case has no list of cases
        assert len(ROW.findall(listed.text)) == count, who
        items = (await desk.get(who, "/v1/items?show=mine")).json()["items"]
        assert len(items) == count, who
    assert len(NEXT.findall(first)) == count, "each row is theirs to do"
    for href, _words in NEXT.findall(first):
        if href.startswith("/tracker"):
            page = await _ok(desk, who, href.removeprefix("/tracker"))
            for button in BUTTON.findall(page):
                await _ok(desk, who, button)
    return count


async def test_in_every_state_everybody_sees_what_they_owe(desk: Desk) -> None:
    for state, step in STEPS.items():
        await step(desk)
        owing = {who for who in READERS if await _owed(desk, who)}
        assert owing == STATES[state], state


@pytest.mark.parametrize("who", ["township", "station_head"])
async def test_what_was_sent_up_is_found_by_who_had_it(desk: Desk, who: str) -> None:
    for name in ("submitted", "accepted", "escalated"):
        await STEPS[name](desk)
    page = await _ok(desk, who, "/cases")
    assert to_text(ITEM) in page
    assert "区人大代表工委交办" in page
    assert to_text(ITEM) in await _ok(desk, who, "/cases?q=331004102-2022-418")


async def _awaited(desk: Desk, who: str) -> int:
    """How many cases a person waits in, the same by three ways."""
    listed = ROW.findall(await _ok(desk, who, "/cases?show=waiting"))
    assert AWAITED.findall(await _ok(desk, who, "/")) == [str(len(listed))] * bool(listed)
    items = (await desk.get(who, "/v1/items?show=waiting")).json()["items"]
    assert len(items) == len(listed)
    return len(listed)


@pytest.mark.parametrize("who", ["township", "committee_head"])
async def test_who_sent_an_item_up_or_watches_the_dispatcher_waits_until_it_is_closed(
    desk: Desk, who: str
) -> None:
    for state, step in STEPS.items():
        await step(desk)
        waits = state not in ("submitted", "accepted", "closed")
        assert await _awaited(desk, who) == waits, state


async def test_an_overdue_dispatch_or_decision_is_seen_by_who_watches(desk: Desk) -> None:
    for name in ("submitted", "accepted", "escalated"):
        await STEPS[name](desk)
    await desk.tick("2022-09-13 09:00")
    page = re.sub(r"<[^>]+>|\s", "", await _ok(desk, "committee_head", "/"))
    assert re.search("超期3个工作日.*区人大代表工委交办", page)
    await STEPS["dispatched"](desk)
    await _act(desk, "head", "object", {"reason": "应由区经信局办理"})
    await desk.tick("2022-09-16 09:00")
    for who in ("committee_head", "township", "dispatcher"):
        for show in ("waiting", "open", "late", "all"):
            rows = ROWS.findall(await _ok(desk, who, f"/cases?show={show}"))
            is_own = who == "dispatcher" and show == "waiting"
            told = "审核退办" in rows[0], "超期2个工作日" in rows[0]
            assert (len(rows), *told) == (1, not is_own, not is_own), (who, show)


async def test_every_step_up_stays_on_the_timeline_with_its_sender(desk: Desk) -> None:
    for name in ("submitted", "accepted", "escalated"):
        await STEPS[name](desk)
    step = {"from_level": "county", "to_level": "city", "organ_id": UPPER, "reason": "level"}
    await desk.hear(ItemEscalated(**emitted_by("dispatcher", "2022-09-07 09:00"), **step))
    page = re.sub(r"<[^>]+>|\s", "", await _ok(desk, "dispatcher", f"/items/{to_text(ITEM)}"))
    assert re.search(
        "上报区人大代表工委.{0,20}镇人大主席团.*上报市人大代表工委.{0,20}区人大代表工委", page
    )


async def test_one_clock_speaks_for_a_case_and_is_named(desk: Desk) -> None:
    """The lead has answered, the co-handler has not: the same words on every page."""
    for name in ("submitted", "accepted", "dispatched"):
        await STEPS[name](desk)
    await desk.tick("2022-09-22 09:00")
    case = await _ok(desk, "dispatcher", f"/items/{to_text(ITEM)}")
    assert "会办意见期限" in case
    late = set(re.findall(r"超期\d+个工作日", case))
    for path in ("/", "/cases", "/cases?show=late"):
        assert set(re.findall(r"超期\d+个工作日", await _ok(desk, "dispatcher", path))) == late


async def test_an_acceptance_that_is_paused_is_neither_late_nor_listed_before_what_is_due(
    desk: Desk,
) -> None:
    other = named_id("item", "2")
    asked = ItemReturned(**emitted_by("head", "2022-09-05 10:00"), reason="missing_place")
    await desk.hear(submitted("2022-09-05 09:12"), asked)
    await desk.hear(submitted("2022-09-08 09:00"), key=other)
    await desk.tick("2022-09-08 10:00")
    assert "要办2件，今天没有到期的" in await _ok(desk, "station_head", "/")
    await desk.tick("2022-09-09 10:00", other)
    first = await _ok(desk, "station_head", "/")
    assert "要办2件，今天到期1件" in first
    for page in (first, await _ok(desk, "station_head", "/cases?show=mine")):
        assert [to_text(ITEM) in row for row in ROW.findall(page)] == [False, True]


async def test_while_an_objection_is_decided_its_unit_owes_nothing_and_waits(given: Desk) -> None:
    await _act(given, "head", "object", {"reason": "应由区经信局办理"})
    for who in ("clerk", "head"):
        assert await _owed(given, who) == 0
        for path in ("/", "/cases", "/cases?show=waiting", f"/items/{to_text(ITEM)}"):
            page = await _ok(given, who, path)
            assert ("审核退办" in page, "剩1个工作日" in page) == (True, True), (who, path)
        assert not BUTTON.findall(page), "its acts wait too"
        assert (await given.get(who, "/v1/items?show=waiting")).json()["items"]
    (task,) = (await given.get("clerk", "/v1/tasks?state=objected")).json()["tasks"]
    assert task["state"] == "objected"


async def test_what_a_unit_waits_for_stands_by_when_it_is_due(given: Desk) -> None:
    """The decision on its objection is due before a draft is to be signed, its reply after it."""
    item, task = named_id("item", "2"), named_id("task", "7")
    urgent = dispatched(
        "2022-09-08 09:30",
        TaskGiven(task_id=task, unit_id=UNIT, role="lead"),
        reply=Limit(n=5, kind="wd"),
    )
    await given.hear(accepted("2022-09-05 15:40"), urgent, key=item)
    for name, body in (("sign", None), ("contact", CONTACT), ("draft", DRAFT)):
        path = f"/v1/items/{to_text(item)}/tasks/{to_text(task)}/{name}"
        assert (await given.post("clerk", path, body)).status_code == 200
    await _act(given, "head", "object", {"reason": "应由区经信局办理"})
    for page in ("/", "/cases?show=waiting"):
        shown = ROW.findall(await _ok(given, "clerk", page))
        assert [to_text(ITEM) in row for row in shown] == [True, False], page


async def test_a_result_that_the_proposer_refused_is_not_shown_as_one(given: Desk) -> None:
    await answer(given)
    await given.hear(rating("2022-09-09", "dissatisfied"))
    for path in ("/cases", f"/items/{to_text(ITEM)}"):
        assert "已解决，提出人不满意" in await _ok(given, "clerk", path)


async def test_the_head_sees_the_whole_draft_and_sends_it_back(given: Desk) -> None:
    promise = {"outcome": "planned", "promised_on": "2023-12-30", "contact": "周明远 0576-88"}
    await _act(given, "clerk", "sign")
    await _act(given, "clerk", "contact", CONTACT)
    await _act(given, "clerk", "draft", DRAFT | promise)
    page = await _ok(given, "head", f"/items/{to_text(ITEM)}")
    path = f"/items/{to_text(ITEM)}/tasks/{to_text(TASK)}"
    for words in (
        "列入计划",
        "2023年12月30日前兑现",
        "周明远 0576-88",
        "退回修改",
        f"{path}/sign-off",
    ):
        assert words in page
    assert "2022年" not in page
    assert "列入计划" not in await _ok(given, "dispatcher", f"/items/{to_text(ITEM)}")
    form = await given.send("head", f"{path}/send-back", {"reason": "写明完成的日子"})
    assert form.status_code == 303, form.text
    assert "要改：写明完成的日子" in await _ok(given, "clerk", f"/items/{to_text(ITEM)}")
    again = await _ok(given, "clerk", f"{path}/draft")
    assert ('value="2023-12-30"' in again, "本周接通" in again) == (True, True)
    assert "要改：写明完成的日子" in again
    assert "修改草稿</button>" in again
    refused = await given.act("head", "sign-off")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_draft")


async def test_why_a_reply_did_not_wait_for_an_opinion_stays_beside_it(desk: Desk) -> None:
    why, path = "会办单位电话里已经同意", f"/items/{to_text(ITEM)}"
    for name in ("submitted", "accepted", "dispatched", "signed", "drafted"):
        await STEPS[name](desk)
    assert why in await _ok(desk, "head", path), "before it is signed"
    assert why not in await _ok(desk, "dispatcher", path)
    await _act(desk, "head", "sign-off")
    for who in ("head", "co_clerk", "dispatcher"):
        assert why in await _ok(desk, who, path)
        (reply,) = (await desk.get(who, f"/v1{path}")).json()["replies"]
        assert reply["waiver"] == why
    assert why not in await _ok(desk, "leader", path), "who sees only how far it is"
