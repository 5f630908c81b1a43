"""What the head, the station and the proposer do with an item, and with an activity."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.simulator.station import StationClient
from shared.contracts.tracker import CaseReplied, CaseText, ReplyWords
from shared.ids import Id, from_text, to_text
from tests.support.intake.desk import (
    HEAD_ID,
    OTHER_HEAD_ID,
    Desk,
    an_activity,
    an_item,
    fresh_id,
)
from tests.support.intake.stations import COUNTY, CREDIT_CODE, DEPUTY, TOWNSHIP
from tests.support.refusals import problem


async def submitted(station: StationClient, **changes: Any) -> str:
    """Send an item in; gives our id of it."""
    answer = await station.submit(an_item(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["item_id"])


async def test_accepted_items_are_numbered_in_their_county(
    desk: Desk, station: StationClient
) -> None:
    items = [await submitted(station) for _ in range(2)]
    answers = [await station.act(item, "accept", {}, HEAD_ID) for item in items]
    shown = (await station.item(items[0])).json()
    year = (datetime.now(UTC) + timedelta(hours=8)).year
    numbers = [one.json()["number"] for one in answers]
    first, second = (int(number.removeprefix(f"331004-{year}-")) for number in numbers)
    assert second == first + 1
    assert (shown["state"], shown["number"]) == ("ACCEPTED", numbers[0])
    assert await desk.emitted(from_text(items[0])) == [
        "item.submitted",
        "item.text",
        "item.accepted",
    ]


async def test_an_own_firm_is_refused_as_a_legal_suggestion_and_taken_as_an_item(
    desk: Desk, station: StationClient
) -> None:
    item = await submitted(station, self_interest=True, deputy_id=to_text(DEPUTY))
    before = await desk.stored()
    refused = await station.act(item, "accept", {"profile": "legal_suggestion"}, HEAD_ID)
    assert problem(refused) == (409, "own_firm_is_no_suggestion")
    assert await desk.stored() == before
    assert (await station.act(item, "accept", {}, HEAD_ID)).status_code == 200
    other = await submitted(station)
    taken = await station.act(other, "accept", {"profile": "legal_suggestion"}, HEAD_ID)
    assert taken.status_code == 200


async def test_accepting_again_is_the_same_acceptance(desk: Desk, station: StationClient) -> None:
    item = await submitted(station)
    first = await station.act(item, "accept", {"complexity": "complex"}, HEAD_ID)
    again = await station.act(item, "accept", {"complexity": "complex"}, HEAD_ID)
    other = await station.act(item, "accept", {"complexity": "normal"}, HEAD_ID)
    assert first.json()["number"] == again.json()["number"]
    assert (other.status_code, other.json()["code"]) == (409, "out_of_turn")
    assert (await desk.emitted(from_text(item))).count("item.accepted") == 1


async def test_only_the_head_of_the_station_decides(desk: Desk, station: StationClient) -> None:
    item = await submitted(station)
    before = await desk.stored()
    refused = [await station.act(item, "accept", {}, person) for person in (None, OTHER_HEAD_ID)]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (403, "station_head_only")
    ] * 2
    assert await desk.stored() == before


async def test_a_returned_item_comes_back_with_what_was_missing(
    desk: Desk, station: StationClient
) -> None:
    item = await submitted(station)
    wordless = await station.act(item, "return", {"reason": "missing_place"}, HEAD_ID)
    body = {"reason": "missing_place", "note": "缺地点"}
    returned = await station.act(item, "return", body, HEAD_ID)
    early = await station.act(item, "accept", {}, HEAD_ID)
    back = await station.act(item, "resubmit", {"supplement": "新桥镇工业区三号"})
    accepted = await station.act(item, "accept", {}, HEAD_ID)
    assert (wordless.status_code, wordless.json()["code"]) == (422, "words_required")
    assert returned.json()["state"] == "SUPPLEMENT"
    assert (early.status_code, early.json()["state"]) == (409, "SUPPLEMENT")
    assert "退回补充" in early.json()["detail"]
    assert back.json()["state"] == "SUBMITTED"
    assert accepted.json()["state"] == "ACCEPTED"
    facts = [one for one in await desk.emitted(from_text(item)) if one != "item.text"]
    assert facts == ["item.submitted", "item.returned", "item.resubmitted", "item.accepted"]


async def test_a_rejected_or_transferred_item_ends(desk: Desk, station: StationClient) -> None:
    one, two = await submitted(station), await submitted(station)
    rejected = await station.act(one, "reject", {"reason": "R4", "note": "没有内容"}, HEAD_ID)
    passed = await station.act(two, "transfer", {"channel": "petition"}, HEAD_ID)
    before = await desk.stored()
    late = [await station.act(item, "accept", {}, HEAD_ID) for item in (one, two)]
    listed = (await station.items(state="REJECTED")).json()["items"]
    assert (rejected.json()["state"], passed.json()["state"]) == ("REJECTED", "TRANSFERRED")
    assert [(answer.status_code, answer.json()["code"]) for answer in late] == [
        (409, "out_of_turn")
    ] * 2
    assert all(answer.json()["what_to_do"] for answer in late)
    assert one in [item["item_id"] for item in listed]
    assert await desk.stored() == before


async def test_an_item_solved_on_the_spot_needs_words_and_says_so(
    desk: Desk, station: StationClient
) -> None:
    item = await submitted(station)
    wordless = await station.act(item, "accept", {"solved_on_spot": True}, HEAD_ID)
    assert (wordless.status_code, wordless.json()["code"]) == (422, "words_required")
    body = {"solved_on_spot": True, "note": "企业同意，当场接通"}
    assert (await station.act(item, "accept", body, HEAD_ID)).status_code == 200
    (row,) = await desk.sql("SELECT solved_on_spot, state FROM item WHERE key = $1", _key(item))
    assert (row["solved_on_spot"], row["state"]) == (True, "ACCEPTED")


async def test_what_was_accepted_earlier_or_later_is_refused(station: StationClient) -> None:
    item = await submitted(station)
    early = {"occurred_at": (datetime.now(UTC) - timedelta(days=2)).isoformat()}
    late = {"occurred_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}
    codes = [
        (await station.act(item, "accept", body, HEAD_ID)).json()["code"] for body in (early, late)
    ]
    assert codes == ["accepted_before_submitted", "occurred_in_future"]


async def test_an_item_is_merged_into_an_open_one_of_the_same_enterprise(
    desk: Desk, station: StationClient
) -> None:
    first = await submitted(station, enterprise_code=CREDIT_CODE)
    twin = await submitted(station, enterprise_code=CREDIT_CODE)
    stranger = await submitted(station)
    refused = await station.act(stranger, "merge", {"into": first}, HEAD_ID)
    itself = await station.act(first, "merge", {"into": first}, HEAD_ID)
    merged = await station.act(twin, "merge", {"into": first}, HEAD_ID)
    again = await station.act(twin, "merge", {"into": first}, HEAD_ID)
    missing = await station.act(stranger, "merge", {"into": fresh_id()}, HEAD_ID)
    chain = await station.act(first, "merge", {"into": twin}, HEAD_ID)
    for answer in (refused, itself, chain):
        assert (answer.status_code, answer.json()["code"]) == (409, "merge_target")
    assert (merged.json()["state"], again.json()["state"]) == ("MERGED", "MERGED")
    assert (missing.status_code, missing.json()["code"]) == (404, "item_not_found")
    assert (await station.item(twin)).json()["merged_into"] == first
    assert (await desk.emitted(from_text(twin))).count("item.merged") == 1


async def replied(desk: Desk, item: str, no: int) -> None:
    """Let the tracker say a reply with its words."""
    said: dict[str, Any] = {
        "occurred_at": datetime.now(UTC),
        "division_code": TOWNSHIP,
        "actor": "h",
    }
    task = {"task_id": bytes(16), "round": 1, "outcome": "solved", "signed_by": "head"}
    words = ReplyWords(reply_no=no, plain="本周接通", text="已安排增容")
    key = _key(item)
    await desk.hear_all(
        [
            (key, CaseReplied.model_validate(said | task | {"reply_no": no})),
            (key, CaseText(**said, replies=(words,))),
        ]
    )


def _key(item: str) -> Id:
    return from_text(item)


async def test_a_reply_is_rated_once_it_has_come(desk: Desk, station: StationClient) -> None:
    item = await submitted(station)
    rating = {"reply_no": 1, "result": "satisfied"}
    early = await station.act(item, "rating", rating)
    await station.act(item, "accept", {}, HEAD_ID)
    unknown = await station.act(item, "rating", rating)
    await replied(desk, item, 1)
    shown = (await station.item(item)).json()
    wordless = await station.act(item, "rating", rating | {"result": "dissatisfied"})
    given = await station.act(item, "rating", rating)
    again = await station.act(item, "rating", rating)
    changed = await station.act(
        item, "rating", rating | {"result": "dissatisfied", "reason": "还在停电"}
    )
    assert (early.status_code, early.json()["code"]) == (409, "out_of_turn")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "unknown_reply")
    assert (shown["reply_no"], shown["outcome"], shown["reply_plain"]) == (1, "solved", "本周接通")
    assert (wordless.status_code, wordless.json()["code"]) == (422, "words_required")
    assert [given.status_code, again.status_code, changed.status_code] == [200, 200, 200]
    assert (await desk.emitted(from_text(item))).count("item.rating_given") == 2


async def test_an_item_is_there_for_its_own_station_only(
    desk: Desk, station: StationClient
) -> None:
    item = await submitted(station)
    async with desk.station("NC01") as other:
        answers = [
            await other.item(item),
            await other.act(item, "accept", {}, OTHER_HEAD_ID),
            await station.item(fresh_id()),
            await station.act(fresh_id(), "accept", {}, HEAD_ID),
        ]
        mine = (await other.items()).json()["items"]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (404, "item_not_found")
    ] * 4
    assert item not in [one["item_id"] for one in mine]


async def test_an_act_on_an_item_nobody_sent_leaves_no_trace(
    desk: Desk, station: StationClient
) -> None:
    nowhere = fresh_id()
    answer = await station.act(nowhere, "resubmit", {"supplement": "补充"})
    assert (answer.status_code, answer.json()["code"]) == (404, "item_not_found")
    assert not await desk.sql("SELECT key FROM item WHERE key = $1", _key(nowhere))


async def test_an_activity_is_taken_once_with_all_who_came(
    desk: Desk, station: StationClient
) -> None:
    activity = an_activity(place_division=COUNTY, partners=[COUNTY])
    before = await desk.stored()
    first, again = await station.hold(activity), await station.hold(activity)
    other = await station.hold(activity | {"kind": "meeting"})
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 409]
    assert other.json()["code"] == "id_reused"
    assert first.json() == again.json()
    after = await desk.stored()
    assert (after["activity"] - before["activity"], after["attendance"] - before["attendance"]) == (
        1,
        2,
    )
    assert (
        await desk.emitted(from_text(first.json()["activity_id"]))
        == ["activity.held"] + ["attendance.confirmed"] * 2
    )


@pytest.mark.parametrize("act", ["accept", "return", "reject", "transfer"])
async def test_every_act_out_of_turn_says_why(desk: Desk, station: StationClient, act: str) -> None:
    bodies = {
        "accept": {},
        "return": {"reason": "unclear", "note": "缺"},
        "reject": {"reason": "R4", "note": "缺"},
        "transfer": {"channel": "court"},
    }
    item = await submitted(station)
    await station.act(item, "accept", {"note": "先受理"}, HEAD_ID)
    before = await desk.stored()
    answer = await station.act(item, act, bodies[act], HEAD_ID)
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_turn")
    assert "已经受理" in answer.json()["detail"]
    assert answer.json()["what_to_do_en"]
    assert await desk.stored() == before
