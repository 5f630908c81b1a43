"""What the head, the station and the proposer do with an item, and with an activity."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.contracts.tracker import CaseReplied, CaseText, ReplyWords
from shared.ids import from_text, to_text
from tests.support.intake.desk import (
    HEAD_ID,
    OTHER_HEAD_ID,
    URL,
    Desk,
    HeadedStation,
    an_activity,
    an_item,
    fresh_id,
)
from tests.support.intake.stations import AT, COUNTY, CREDIT_CODE, DEPUTY, TOWNSHIP
from tests.support.refusals import problem


async def submitted(station: HeadedStation, **changes: Any) -> str:
    """Send an item in; gives our id of it."""
    answer = await station.submit(an_item(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["item_id"])


def refusals(*answers: httpx.Response) -> set[tuple[int, str]]:
    return {problem(answer) for answer in answers}


async def test_accepted_items_are_numbered_by_county(desk: Desk, station: HeadedStation) -> None:
    items = [await submitted(station) for _ in range(2)]
    answers = [await station.act(item, "accept", {}, HEAD_ID) for item in (*items, items[0])]
    other = await station.act(items[0], "accept", {"complexity": "complex"}, HEAD_ID)
    year = (datetime.now(UTC) + timedelta(hours=8)).year
    numbers = [one.json()["number"] for one in answers]
    first, second, again = (int(number.removeprefix(f"331004-{year}-")) for number in numbers)
    assert (second, again) == (first + 1, first)
    assert problem(other) == (409, "out_of_turn")
    shown = (await station.item(items[0])).json()
    assert (shown["state"], shown["number"]) == ("ACCEPTED", numbers[0])
    said = await desk.emitted(from_text(items[0]))
    assert said == ["item.submitted", "item.text", "item.accepted"]


async def test_only_the_head_of_the_station_decides(desk: Desk, station: HeadedStation) -> None:
    item = await submitted(station)
    before = await desk.stored()
    refused = [await station.act(item, "accept", {}, person) for person in (None, OTHER_HEAD_ID)]
    assert refusals(*refused) == {(403, "not_yours")}
    assert await desk.stored() == before


async def test_a_returned_item_comes_back_completed(desk: Desk, station: HeadedStation) -> None:
    item = await submitted(station)
    wordless = await station.act(item, "return", {"reason": "missing_place"}, HEAD_ID)
    assert problem(wordless) == (422, "words_required")
    body = {"reason": "missing_place", "note": "缺地点"}
    returned = await station.act(item, "return", body, HEAD_ID)
    early = await station.act(item, "accept", {}, HEAD_ID)
    back = await station.act(item, "resubmit", {"supplement": "新桥镇工业区三号"})
    accepted = await station.act(item, "accept", {}, HEAD_ID)
    states = [one.json()["state"] for one in (returned, early, back, accepted)]
    assert states == ["SUPPLEMENT", "SUPPLEMENT", "SUBMITTED", "ACCEPTED"]
    assert (early.status_code, "退回补充" in early.json()["detail"]) == (409, True)
    facts = [one for one in await desk.emitted(from_text(item)) if one != "item.text"]
    assert facts == ["item.submitted", "item.returned", "item.resubmitted", "item.accepted"]


async def test_a_rejected_or_transferred_item_ends(desk: Desk, station: HeadedStation) -> None:
    for act, body, state in (
        ("reject", {"reason": "R4", "note": "没有内容"}, "REJECTED"),
        ("transfer", {"channel": "petition"}, "TRANSFERRED"),
    ):
        item = await submitted(station)
        assert (await station.act(item, act, body, HEAD_ID)).json()["state"] == state
        before = await desk.stored()
        late = await station.act(item, "accept", {}, HEAD_ID)
        assert problem(late) == (409, "out_of_turn")
        assert await desk.stored() == before
        listed = (await station.items(state=state)).json()["items"]
        assert item in [one["item_id"] for one in listed]


async def test_an_item_is_merged_into_an_open_one_of_the_same_enterprise(
    desk: Desk, station: HeadedStation
) -> None:
    first = await submitted(station, enterprise_code=CREDIT_CODE)
    twin = await submitted(station, enterprise_code=CREDIT_CODE)
    stranger = await submitted(station, source_kind="deputy", deputy_id=to_text(DEPUTY))
    refused = await station.act(stranger, "merge", {"into": first}, HEAD_ID)
    merged = [await station.act(twin, "merge", {"into": first}, HEAD_ID) for _ in range(2)]
    chain = await station.act(first, "merge", {"into": twin}, HEAD_ID)
    missing = await station.act(stranger, "merge", {"into": fresh_id()}, HEAD_ID)
    assert refusals(refused, chain) == {(409, "merge_target")}
    assert problem(missing) == (404, "item_not_found")
    assert [one.json()["state"] for one in merged] == ["MERGED", "MERGED"]
    assert (await station.item(twin)).json()["merged_into"] == first
    assert (await desk.emitted(from_text(twin))).count("item.merged") == 1


async def test_two_items_merged_into_each_other_at_once_leave_one_that_is_handled(
    desk: Desk, station: HeadedStation
) -> None:
    for _ in range(5):
        one, other = [await submitted(station, enterprise_code=CREDIT_CODE) for _ in "ab"]
        answers = await asyncio.gather(
            station.act(one, "merge", {"into": other}, HEAD_ID),
            station.act(other, "merge", {"into": one}, HEAD_ID),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        shown = [(await station.item(item)).json() for item in (one, other)]
        assert sorted(item["state"] for item in shown) == ["MERGED", "SUBMITTED"]
        (stays,) = [item for item in shown if item["state"] == "SUBMITTED"]
        (gone,) = stays["members"]
        reason = {"reason": "R4", "note": "没有具体内容"}
        ended = await station.act(stays["item_id"], "reject", reason, HEAD_ID)
        assert ended.status_code == 200
        assert (await station.item(gone)).json()["state"] == "SUBMITTED"


async def replied(desk: Desk, item: str, no: int) -> None:
    """Let the tracker say a reply with its words."""
    said: dict[str, Any] = {"occurred_at": AT, "division_code": TOWNSHIP, "actor": "h"}
    task = {"task_id": bytes(16), "round": 1, "outcome": "solved", "signed_by": "head"}
    words = ReplyWords(reply_no=no, plain="本周接通", text="已安排增容")
    reply = CaseReplied.model_validate(said | task | {"reply_no": no})
    key = from_text(item)
    await desk.hear_all([(key, reply), (key, CaseText(**said, replies=(words,)))])


async def test_a_reply_is_rated_once_it_has_come(desk: Desk, station: HeadedStation) -> None:
    item = await submitted(station)
    await station.act(item, "accept", {}, HEAD_ID)
    rating = {"reply_no": 1, "result": "satisfied"}
    link = await station.act(item, "link", {"reason": "给提出人链接"}, HEAD_ID)

    async def rate(body: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(transport=desk.transport, base_url=URL) as http:
            return await http.post(f"{link.json()['path']}/v1/rating", json=body)

    assert problem(await rate(rating)) == (409, "unknown_reply")
    await replied(desk, item, 1)
    shown = (await station.item(item)).json()
    assert (shown["reply_no"], shown["outcome"], shown["reply_plain"]) == (1, "solved", "本周接通")
    wordless = await rate(rating | {"result": "dissatisfied"})
    assert problem(wordless) == (422, "words_required")
    changed = rating | {"result": "dissatisfied", "reason": "还在停电"}
    for body in (rating, rating, changed):
        assert (await rate(body)).status_code == 200
    assert (await desk.emitted(from_text(item))).count("item.rating_given") == 2


async def test_an_item_is_seen_by_its_own_station_only(desk: Desk, station: HeadedStation) -> None:
    item, nowhere = await submitted(station), fresh_id()
    async with desk.station("NC01") as other:
        answers = [
            await other.item(item),
            await other.act(item, "accept", {}, OTHER_HEAD_ID),
            await station.item(nowhere),
            await station.act(nowhere, "accept", {}, HEAD_ID),
        ]
        mine = (await other.items()).json()["items"]
    assert refusals(*answers) == {(404, "item_not_found")}
    assert item not in [one["item_id"] for one in mine]
    assert not await desk.sql("SELECT key FROM item WHERE key = $1", from_text(nowhere))


async def test_an_activity_is_taken_once_with_everyone(desk: Desk, station: HeadedStation) -> None:
    activity = an_activity(place_division=COUNTY, partners=[COUNTY])
    before = await desk.stored()
    first, again = await station.hold(activity), await station.hold(activity)
    other = await station.hold(activity | {"kind": "meeting"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert problem(other) == (409, "id_reused")
    assert first.json() == again.json()
    after = await desk.stored()
    grown = {table: after[table] - before[table] for table in ("activity", "attendance")}
    assert grown == {"activity": 1, "attendance": 2}
    said = await desk.emitted(from_text(first.json()["activity_id"]))
    assert said == ["activity.held", *["attendance.confirmed"] * 2]
