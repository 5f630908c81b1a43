"""The stations' pages: what waits, a new item, its acts, and every refusal at its field."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.router import ItemMatched
from shared.ids import from_text
from tests.support.intake.desk import Desk, HeadedStation, an_item, fresh_id
from tests.support.intake.forms import ID, a_form, sent
from tests.support.intake.sources import FIRM, given_out, register
from tests.support.intake.stations import CREDIT_CODE, TOWNSHIP
from tests.support.intake.visitors import words_of
from tests.support.officers import as_form, inputs


async def test_an_item_is_entered_once_however_often_it_is_sent(desk: Desk) -> None:
    form = await a_form(desk, enterprise=CREDIT_CODE, contact_name="王小明",
                        contact_phone="13812341234")  # fmt: skip
    twice = await asyncio.gather(*(desk.send("station_staff", "/new", form) for _ in range(2)))
    again = await desk.send("station_staff", "/new", form)
    places = {one.headers["location"] for one in (*twice, again)}
    assert ([one.status_code for one in (*twice, again)], len(places)) == ([303] * 3, 1)
    (place,) = places
    receipt = (await desk.page("station_staff", place.removeprefix("/intake"))).text
    assert "已收到" in receipt
    assert "今日到期" in receipt or "剩" in receipt
    (item_id,) = set(ID.findall(receipt))
    (row,) = await desk.sql("SELECT * FROM proposer WHERE key = $1", from_text(item_id))
    assert (row["kind"], row["enterprise_code"]) == ("enterprise", CREDIT_CODE)
    changed = await desk.send("station_staff", "/new", form | {"title": "另一件事"})
    assert (changed.status_code, "这个编号已用于另一份内容" in changed.text) == (409, True)
    assert "另一件事" in changed.text


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title": ""}, "title", "这一项没有填"),
        ({"title": "字" * 101}, "title", "最多写100个字"),
        ({"body": " "}, "body", "这一项没有填"),
        ({"item_type": ""}, "item_type", "这一项没有填"),
        ({"enterprise": "没有这家"}, "enterprise", "名册里没有"),
        ({"enterprise": "91331004MA2A00001A"}, "enterprise", "名册里没有"),
        ({"contact_phone": "12"}, "contact_phone", "请填11位手机号"),
        ({"contact_phone": "13812341234"}, "contact_name", "至少要写1个字"),
        ({"day": "2001-01-01"}, "day", "所填日期已过去"),
        ({"day": "2099-01-01"}, "day", "发生时间还没有到"),
        ({"day": "soon"}, "day", "日期"),
        ({"self_interest": "yes"}, "deputy_id", "没有写是哪位代表"),
        ({"station": "NC01"}, "station", "这不是您的联络站"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else None,
)
async def test_every_refusal_stands_at_its_field_and_the_text_is_kept(
    desk: Desk, changes: dict[str, str], field: str, words: str
) -> None:
    before = await desk.stored()
    form = await a_form(desk, body="要留下的文字")
    answer = await desk.send("station_staff", "/new", form | changes)
    assert answer.status_code in {403, 422, 425}
    at = re.search(rf'id="e-{field}">([^<]*)<|{words}', answer.text)
    assert at
    assert words in answer.text
    if "body" not in changes:
        assert "要留下的文字" in answer.text
    assert form["id"] in answer.text
    assert await desk.stored() == before


def matched(code: str | None, level: Any) -> ItemMatched:
    return ItemMatched(
        occurred_at=datetime.now(UTC), division_code=TOWNSHIP, actor="router",
        matter_code=code, level=level,
    )  # fmt: skip


async def test_receipt_item_and_acceptance_show_what_the_router_suggests(desk: Desk) -> None:
    item_id = await sent(desk)
    shown = f"/items/{item_id}", f"/items/{item_id}/receipt"
    for path in shown:
        assert "建议事项" not in (await desk.page("head", path)).text
    await desk.hear_all([(from_text(item_id), matched("power_supply", "county"))])
    for path in (*shown, f"/items/{item_id}/accept"):
        page = (await desk.page("head", path)).text
        assert "power_supply" in page
        assert "级别：county。系统按文字建议，以交办为准" in page
    assert "power_supply" not in (await desk.page("head", f"/items/{item_id}/reject")).text
    await desk.hear_all([(from_text(item_id), matched(None, None))])
    assert "建议事项" not in (await desk.page("head", shown[0])).text


async def test_the_receipt_is_true_whatever_became_of_the_item(desk: Desk) -> None:
    item_id, other = await sent(desk), await sent(desk)
    receipt = (await desk.page("station_staff", f"/items/{item_id}/receipt")).text
    assert "等站长受理" in receipt
    assert "接下来由站长受理" in receipt
    await desk.post("head", f"/v1/items/{item_id}/accept", {"complexity": "normal"})
    accepted = (await desk.page("station_staff", f"/items/{item_id}/receipt")).text
    await desk.hear_all([(from_text(item_id), given_out(item_id, "county"))])
    given = (await desk.page("station_staff", f"/items/{item_id}/receipt")).text
    rejection = {"reason": "R4", "note": "没有具体内容"}
    await desk.post("head", f"/v1/items/{other}/reject", rejection)
    rejected = (await desk.page("station_staff", f"/items/{other}/receipt")).text
    for page, words in ((accepted, "已受理，等交办"), (given, "办理"), (rejected, "不予受理：")):
        assert words in page
        assert "接下来由站长受理" not in page


async def test_an_old_date_is_asked_about_and_then_taken(desk: Desk) -> None:
    form = await a_form(desk, day="2020-02-03")
    asked = await desk.send("station_staff", "/new", form)
    assert "date_confirmed" in asked.text
    assert (await desk.send("station_staff", "/new", form | {"date_confirmed": "yes"})).is_redirect


async def test_an_enterprise_is_found_by_the_first_letters_of_its_name(desk: Desk) -> None:
    await register(desk)
    item_id = await sent(desk, enterprise=FIRM[:4])
    (row,) = await desk.sql(
        "SELECT enterprise_code FROM proposer WHERE key = $1", from_text(item_id)
    )
    assert row["enterprise_code"] == CREDIT_CODE


async def test_the_head_sees_what_waits_and_staff_what_waits_for_the_head(desk: Desk) -> None:
    item_id = await sent(desk, title="等着受理的一件")
    heads, staff = [(await desk.page(who, "/")).text for who in ("station_head", "station_staff")]
    assert "等着受理的一件" in heads
    assert "等着受理的一件" in staff
    offers = [f"/intake/items/{item_id}/accept" in one for one in (heads, staff)]
    ticks = ['name="item"' in one for one in (heads, staff)]
    assert (offers, ticks) == ([True, False], [True, False])


async def test_several_are_accepted_at_once_each_on_its_own(desk: Desk) -> None:
    items = [await sent(desk, title=f"并排第{n}件") for n in range(3)]
    page = (await desk.page("station_head", "/")).text
    ticks = [one for one in re.findall(r'name="item" value="([^"]+)"', page)
             if one.split(":")[0] in items]  # fmt: skip
    assert len(ticks) == 3
    await desk.post("station_head", f"/v1/items/{items[0]}/return",
                    {"reason": "unclear", "note": "哪里"})  # fmt: skip
    async with await desk.client("station_head") as client:
        answer = await client.post(
            "/intake/accept", data=as_form({"item": [*ticks, "nonsense", f"{fresh_id()}:1"]})
        )
    assert "受理了2件" in answer.text
    assert "在您看过之后又有变化" in answer.text
    assert "本站没有这件意见建议" in answer.text
    states = await desk.sql("SELECT state FROM item WHERE key = ANY ($1)",
                            [from_text(one) for one in items])  # fmt: skip
    assert sorted(one["state"] for one in states) == ["ACCEPTED", "ACCEPTED", "SUPPLEMENT"]


ACTS = {
    "accept", "return", "resubmit", "cosign", "supplement", "protect", "withdraw", "reject",
    "transfer", "merge", "rating",
}  # fmt: skip
TWINS = {"merge"}
"""Offered where the station has another open item that may be of the same enterprise."""


async def acts_of(desk: Desk, who: str, item_id: str) -> set[str]:
    page = (await desk.page(who, f"/items/{item_id}")).text
    return set(re.findall(rf'href="/intake/items/{item_id}/([a-z]+)"', page)) & ACTS


async def test_only_the_acts_that_are_open_are_offered(desk: Desk) -> None:
    item_id = await sent(desk)
    decisions = {"accept", "return", "reject", "transfer"}
    of_proposers = {"cosign", "supplement", "protect", "withdraw"}
    assert await acts_of(desk, "station_head", item_id) - TWINS == decisions | of_proposers
    assert await acts_of(desk, "station_staff", item_id) == of_proposers
    back = {"reason": "unclear", "note": "哪里停电"}
    assert (await desk.send("station_head", f"/items/{item_id}/return", back)).is_redirect
    returned = {"resubmit", "cosign", "protect", "withdraw"}
    assert await acts_of(desk, "station_staff", item_id) == returned
    assert await acts_of(desk, "station_head", item_id) - TWINS == returned | {"reject", "transfer"}
    more = {"supplement": "三号厂房"}
    assert (await desk.send("station_staff", f"/items/{item_id}/resubmit", more)).is_redirect
    refused = await desk.send("station_staff", f"/items/{item_id}/accept", {})
    assert refused.status_code == 403
    form = {"complexity": "normal", "profile": "station_item"}
    assert (await desk.send("station_head", f"/items/{item_id}/accept", form)).is_redirect
    assert await acts_of(desk, "station_head", item_id) - TWINS == {"supplement", "protect"}
    late = await desk.page("station_head", f"/items/{item_id}/accept")
    assert late.headers["location"] == f"/intake/items/{item_id}"


async def test_a_refused_act_says_what_to_do_and_keeps_what_was_typed(desk: Desk) -> None:
    item_id = await sent(desk)
    typed = {"complexity": "complex", "profile": "station_item", "solved_on_spot": "true"}
    refused = await desk.send("station_head", f"/items/{item_id}/accept", typed)
    assert refused.status_code == 422
    assert "当场解决要写明怎样解决的。请写明后重试。您填的内容还在。" in refused.text
    assert '<option value="complex" selected' in refused.text


async def test_the_words_of_a_confidential_item_are_previewed_with_masks(desk: Desk) -> None:
    await register(desk)
    item_id = await sent(desk, enterprise=CREDIT_CODE, confidential="yes",
                         body=f"{FIRM}旁边的红砖厂房停电")  # fmt: skip
    form = (await desk.page("station_head", f"/items/{item_id}/accept")).text
    assert (FIRM in form) is False
    assert "旁边的红砖厂房停电" in form
    shown = await desk.send("station_head", f"/items/{item_id}/accept",
                            {"preview": "yes", "mask": "红砖\n厂房"})  # fmt: skip
    assert (shown.status_code, "旁边的〔保密〕" in shown.text) == (200, True)
    done = {"complexity": "normal", "profile": "station_item", "mask": "红砖\n厂房"}
    for unseen in ({}, {"seen_words": "红砖"}):
        again = await desk.send("station_head", f"/items/{item_id}/accept", done | unseen)
        assert (again.status_code, "还没有送出" in again.text) == (200, True)
        assert "旁边的〔保密〕" in again.text
    typed = inputs(again.text)
    accepted = await desk.send("station_head", f"/items/{item_id}/accept", done | typed)
    assert accepted.is_redirect
    more = {"supplement": f"{FIRM}又停了"}
    first = await desk.send("station_head", f"/items/{item_id}/supplement", more)
    assert (first.status_code, "还没有送出" in first.text) == (200, True)
    assert FIRM not in first.text.partition("其他单位将看到的文字")[2]
    seen = more | {"seen_words": inputs(first.text)["seen_words"]}
    assert (await desk.send("station_head", f"/items/{item_id}/supplement", seen)).is_redirect


async def test_ticked_items_are_seen_as_they_will_leave_before_any_is_accepted(desk: Desk) -> None:
    plain = await sent(desk, title="路口积水", body="张师傅13812341234说路口积水")
    held = await sent(desk, title="保密的一件", confidential="yes", enterprise=CREDIT_CODE)
    ticks: Any = [f"{plain}:1", f"{held}:1"]
    shown = await desk.send("station_head", "/accept", {"item": ticks, "preview": "yes"})
    page = words_of(shown.text)
    assert "1件可以受理" in page
    assert "说路口积水" in page
    assert "13812341234" not in page
    assert "来源保密的请逐件受理" in page
    assert "交办机关" in page
    states = await desk.sql("SELECT state FROM item WHERE key = ANY ($1)",
                            [from_text(one) for one in (plain, held)])  # fmt: skip
    assert {one["state"] for one in states} == {"SUBMITTED"}
    offered = re.findall(r'name="item" value="([^"]+)"', shown.text)
    done = await desk.send("station_head", "/accept", {"item": offered})
    assert "受理了1件" in done.text


async def test_the_page_after_an_act_says_what_was_done(desk: Desk) -> None:
    item_id = await sent(desk)
    done = await desk.send("station_head", f"/items/{item_id}/reject",
                           {"reason": "R1", "note": "不归本站"})  # fmt: skip
    assert done.headers["location"] == f"/intake/items/{item_id}?did=reject"
    page = (await desk.page("station_head", f"/items/{item_id}?did=reject")).text
    assert "已决定不予受理" in page
    assert "已决定不予受理" not in (await desk.page("station_head", f"/items/{item_id}?did=x")).text


async def test_a_twin_of_the_same_firm_is_merged_by_choice(desk: Desk) -> None:
    first, twin = [await sent(desk, enterprise=CREDIT_CODE, title=f"同一件{n}") for n in range(2)]
    assert "merge" in await acts_of(desk, "station_head", twin)
    form = (await desk.page("station_head", f"/items/{twin}/merge")).text
    assert f'value="{first}"' in form
    assert (await desk.send("station_head", f"/items/{twin}/merge", {"into": first})).is_redirect
    assert "已并入" in (await desk.page("station_head", f"/items/{twin}")).text


async def test_twins_of_a_firm_on_no_register_are_merged_once_the_head_says_it_is_one(
    desk: Desk,
) -> None:
    first, twin = [await sent(desk, title=f"没登记的{n}") for n in range(2)]
    form = (await desk.page("station_head", f"/items/{twin}/merge")).text
    assert f'value="{first}"' in form
    unsure = await desk.send("station_head", f"/items/{twin}/merge", {"into": first})
    assert (unsure.status_code, 'id="e-same_firm"' in unsure.text) == (422, True)
    sure = {"into": first, "same_firm": "yes"}
    assert (await desk.send("station_head", f"/items/{twin}/merge", sure)).is_redirect


async def test_items_are_found_by_title_and_number_and_listed_by_pages(
    desk: Desk, station: HeadedStation
) -> None:
    for n in range(52):
        await station.submit(an_item(title=f"第{n}根电线杆"))
    first = (await desk.page("station_staff", "/items")).text
    more = re.search(r"/intake/items\?before=[0-9a-f-]{36}", first)
    assert more
    second = (await desk.page("station_staff", more[0].removeprefix("/intake"))).text
    assert [("第51根" in one, "第1根" in one) for one in (first, second)] == [
        (True, False), (False, True),
    ]  # fmt: skip
    found = (await desk.page("station_staff", "/items?q=第7根")).text
    assert ("第7根电线杆" in found, "第8根电线杆" in found) == (True, False)
    none = (await desk.page("station_staff", "/items?q=100%25")).text
    assert "没有找到" in none
    wrong = await desk.page("station_staff", "/items?state=nonsense&before=x")
    assert wrong.status_code == 422


async def test_another_stations_item_is_not_there(desk: Desk) -> None:
    item_id = await sent(desk)
    for path in ("", "/accept", "/receipt"):
        answer = await desk.page("other_station", f"/items/{item_id}{path}")
        assert answer.status_code == 404


@pytest.mark.parametrize("who", ["dispatcher", "clerk", "research", "admin", "ops", "city_office"])
async def test_who_has_no_station_is_told_where_their_work_is(desk: Desk, who: str) -> None:
    page = await desk.page(who, "/")
    assert page.status_code == 200
    assert "您没有联络站的职责" in page.text
    assert (await desk.page(who, "/items")).status_code == 403


async def test_the_time_to_accept_stands_still_while_an_item_is_returned(desk: Desk) -> None:
    item_id = await sent(desk)
    await desk.send("station_head", f"/items/{item_id}/return",
                    {"reason": "unclear", "note": "哪里"})  # fmt: skip
    (row,) = await desk.sql("SELECT * FROM item WHERE key = $1", from_text(item_id))
    assert row["paused_at"] is not None
    await desk.send("station_staff", f"/items/{item_id}/resubmit", {"supplement": "三号"})
    (row,) = await desk.sql("SELECT * FROM item WHERE key = $1", from_text(item_id))
    assert row["paused_at"] is None
    assert len(row["pauses"]) > len("[]")
