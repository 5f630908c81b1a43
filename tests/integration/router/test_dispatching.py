"""What dispatchers do over HTTP on a real database: the whole way, stored and said once."""

import asyncio
import re
from typing import Any

from shared.ids import Id, to_text
from tests.support.refusals import problem
from tests.support.router.desk import Desk, person_id
from tests.support.router.play import (
    CITY,
    COUNTY,
    accepted,
    handed_back,
    objected,
    submitted,
    text,
    unit,
)

ECON, FINANCE = (to_text(unit(COUNTY, kind)) for kind in ("econ_it", "finance"))


async def tasks(desk: Desk, key: Id) -> list[Any]:
    return await desk.sql("SELECT * FROM task WHERE key = $1 ORDER BY dispatch_no, role DESC", key)


async def test_an_accepted_item_waits_in_its_organs_queue_with_a_proposal(desk: Desk) -> None:
    key = await desk.item()
    line = await desk.line("township", key)
    assert (line["level"], line["duty"], line["confidence"]) == ("township", "dispatch", "high")
    what = (line["title"], line["matter_code"], line["basis"]["seq"])
    assert what == ("厂区停电", "power_supply", 1)
    proposal = line["proposal"]
    assert (proposal["level"], proposal["at_level"]) == ("county", False)
    assert proposal["lead"]["unit_id"] == to_text(unit(COUNTY, "power_co"))
    assert proposal["zh"]
    assert proposal["en"]
    for who in ("county", "city", "elsewhere"):
        assert await desk.line(who, key) is None


async def test_an_item_with_a_hidden_source_or_of_an_own_firm_is_marked(desk: Desk) -> None:
    said: list[tuple[dict[str, Any], tuple[bool, bool]]] = [
        ({"confidential": True}, (True, False)),
        ({"self_interest": True}, (False, True)),
        ({}, (False, False)),
    ]
    for more, marks in said:
        key = await desk.item(submitted(), text(), accepted(**more))
        line = await desk.line("township", key)
        assert (line["confidential"], line["self_interest"]) == marks
        page = (await desk.page("township", f"/items/{to_text(key)}")).text
        assert ("来源保密" in page, "本企业" in page) == marks
    queue = (await desk.page("township", "/queue", "en")).text
    assert queue.count("Source is confidential") == queue.count("Deputy&#39;s own enterprise") == 1


async def test_the_first_page_is_told_which_unit_is_proposed_and_nobody_else_is(desk: Desk) -> None:
    key = await desk.item()
    path = f"/items/{to_text(key)}/proposal"
    assert (await desk.page("township", path)).text.strip() == "未定（拟上报上一级）"
    assert (await desk.get("county", path)).status_code == 404
    await desk.act("township", key, "escalate", {"reason": "超出本级权限"})
    assert (await desk.page("county", path)).text.strip() == "未定（拟：区供电公司）"
    english = (await desk.page("county", path, "en")).text.strip()
    assert english == "Not set (proposed: 区供电公司)"
    assert (await desk.get("township", path)).status_code == 404


async def test_sent_up_and_given_out_as_proposed(desk: Desk) -> None:
    key = await desk.item_at_county()
    assert await desk.line("township", key) is None
    line = await desk.line("county", key)
    assert line["proposal"]["at_level"]
    done = await desk.act("county", key, "dispatch", {"basis": line["basis"]})
    assert done.status_code == 200, done.text
    body = done.json()
    assert (body["dispatch_no"], body["level"]) == (1, "county")
    assert body["seen"].startswith(f"router.assignment.v1:{key.hex()}:")
    assert await desk.line("county", key) is None
    assert [row["role"] for row in await tasks(desk, key)] == ["lead", "co", "co"]
    assert await desk.emitted(key) == [
        "item.matched",
        "item.escalated",
        "assignment.text",
        "item.dispatched",
        "assignment.text",
    ]
    reasons = await desk.sql("SELECT zh, en, confirmed_by FROM reason WHERE key = $1", key)
    assert len(reasons) == 2
    assert all(row["zh"] and row["en"] for row in reasons)
    assert reasons[1]["confirmed_by"] == person_id("county")


async def test_who_dispatched_reads_what_went_where_and_how_it_comes_back(desk: Desk) -> None:
    """By its form or ticked in the queue; of several together it leads to the list."""

    async def ticked(*keys: Id) -> str:
        queue = (await desk.page("county", "/queue")).text
        boxes = [
            box for key in keys for box in re.findall(f'value="({to_text(key)}:[0-9]+)"', queue)
        ]
        return (await desk.send("county", "/queue", {"item": boxes})).text

    first, *others = [await desk.item_at_county() for _ in range(4)]
    sent = await desk.send("county", f"/items/{to_text(first)}/dispatch", {})
    queue = await desk.page("county", sent.headers["location"].removeprefix("/router"))
    for key, page in ((first, queue.text), (others[0], await ticked(others[0]))):
        for words in ("已交办区供电公司", "厂区停电", "交办有误的，请单位退办"):
            assert words in page, words
        assert f'href="/tracker/items/{to_text(key)}?seen=router.assignment.v1:' in page
    page = await ticked(*others[1:])
    assert "已按建议办理2件" in page
    assert 'href="/tracker/cases?show=waiting"' in page


async def test_given_out_as_chosen_with_a_note_that_stays_out_of_the_facts(desk: Desk) -> None:
    key = await desk.item_at_county()
    body = {"lead": ECON, "co": [FINANCE], "complexity": "complex", "note": "请牵头研究"}
    assert (await desk.act("county", key, "dispatch", body)).status_code == 200
    said = await desk.sql("SELECT type, payload FROM outbox WHERE key = $1", key)
    holding = {row["type"] for row in said if "请牵头研究".encode() in row["payload"]}
    assert holding == {"assignment.text"}
    (lead, _) = await tasks(desk, key)
    assert lead["unit_id"] == unit(COUNTY, "econ_it")


async def objected_to(desk: Desk) -> Id:
    """Give an item out at the county; its lead objects."""
    key = await desk.item_at_county()
    assert (await desk.act("county", key, "dispatch", {})).status_code == 200
    (lead, *_) = await tasks(desk, key)
    await desk.hear_all([(key, objected(lead["task_id"])), (key, handed_back())])
    return key


async def test_an_objection_is_decided_for_another_unit(desk: Desk) -> None:
    key = await objected_to(desk)
    line = await desk.line("county", key)
    assert (line["duty"], line["basis"]) == ("objection", {"topic": "tracker.case.v1", "seq": 2})
    (open_one,) = line["objections"]
    assert open_one["unit"]["name"]
    body = {
        "decision": "reassign",
        "reason": "由经信局牵头",
        "unit": ECON,
        "task_id": open_one["task_id"],
        "basis": line["basis"],
    }
    done = await desk.act("county", key, "objection", body)
    assert (done.status_code, done.json()["dispatch_no"]) == (200, 2)
    assert await desk.line("county", key) is None
    ended = {row["dispatch_no"]: row["ended"] for row in await tasks(desk, key)}
    assert ended == {1: True, 2: False}
    assert problem(await desk.act("county", key, "objection", body)) == (409, "no_objection")


async def test_an_objection_is_refused_or_sent_up(desk: Desk) -> None:
    for decision, level, duty in (("refuse", "county", None), ("escalate", "city", "dispatch")):
        key = await objected_to(desk)
        body = {"decision": decision, "reason": "已经研究"}
        done = await desk.act("county", key, "objection", body)
        assert (done.status_code, done.json()["level"]) == (200, level)
        line = await desk.line(level, key)
        assert (line and line["duty"]) == duty
    assert "item.objection_refused" not in await desk.emitted(key)
    lead = to_text(unit(CITY, "dev_reform"))
    assert (await desk.act("city", key, "dispatch", {"lead": lead})).status_code == 200


async def test_all_that_is_wrong_with_a_decision_is_told_at_once(desk: Desk) -> None:
    key = await objected_to(desk)
    task = {"task_id": (await desk.line("county", key))["objections"][0]["task_id"]}
    typed = task | {"decision": "refuse", "unit": ECON, "reason": "不"}
    page = await desk.send("county", f"/items/{to_text(key)}/objection", typed)
    assert page.status_code == 422
    assert "有2处要改" in page.text
    for name, words in (("unit", "只有同意并改派"), ("reason", "理由至少要写4个字。")):
        assert f'id="e-{name}">{words}' in page.text
    nowhere = {"decision": "reassign", "unit": to_text(bytes(16)), "reason": "已经研究"}
    page = await desk.send("county", f"/items/{to_text(key)}/objection", task | nowhere)
    assert "请从名录里选择单位。" in page.text, "a refusal says what to do"


async def test_of_two_dispatchers_at_once_one_wins(desk: Desk) -> None:
    key = await desk.item_at_county()
    answers = await asyncio.gather(*(desk.act("county", key, "dispatch", {}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert (await desk.emitted(key)).count("item.dispatched") == 1


async def test_an_event_about_a_task_we_never_gave_parks_the_item_alone(desk: Desk) -> None:
    key, other = await desk.item_at_county(), await desk.item_at_county()
    await desk.hear_all([(key, objected(bytes(16))), (other, text())])
    assert problem(await desk.act("county", key, "dispatch", {})) == (409, "under_repair")
    assert (await desk.act("county", other, "dispatch", {})).status_code == 200


async def test_a_removed_right_acts_at_once(desk: Desk) -> None:
    key, who = await desk.item_at_county(), person_id("county")
    person = dict(desk.directory())[who]
    async with await desk.client("county") as client:
        assert (await client.get("/router/v1/queue")).status_code == 200
        for entry, status in ((person.model_copy(update={"grants": ()}), 403), (person, 200)):
            await desk.hear_all([(who, entry)])
            await desk.service.copy.refresh()
            answer = await client.post(f"/router/v1/items/{to_text(key)}/dispatch", json={})
            assert answer.status_code == status


async def test_a_dispatch_without_a_unit_is_refused_at_the_field_of_the_unit(desk: Desk) -> None:
    key = await desk.item()
    answer = await desk.send("township", f"/items/{to_text(key)}/dispatch", {"note": "请尽快"})
    assert answer.status_code == 422
    assert '<p class="wrong" id="e-lead">没有选主办单位' in answer.text
    assert ("请尽快" in answer.text, "有1处要改，没有保存" in answer.text) == (True, True)
