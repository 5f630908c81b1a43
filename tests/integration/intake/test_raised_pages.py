"""What whoever raised an item reads of it: how it ended, what was promised, what they may do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.calendar import local_day
from shared.contracts.tracker import CaseClosed
from shared.ids import Id, to_text
from tests.support.intake.desk import Desk, HeadedStation, an_item
from tests.support.intake.replies import replied
from tests.support.intake.sources import FIRM, register
from tests.support.intake.stations import CREDIT_CODE, DEPUTY, TOWNSHIP
from tests.support.intake.telling import link_to
from tests.support.intake.visitors import a_visitor, item_behind, reported, the_form, words_of
from tests.support.officers import inputs

TODAY = local_day(datetime.now(UTC))


async def a_report(desk: Desk, visitor: httpx.AsyncClient) -> tuple[str, Id]:
    path = await reported(visitor, await the_form(visitor))
    return path, await item_behind(desk, path)


def way_of(page: str) -> str:
    """The words of how far an item is, step by step."""
    return words_of(page).partition("办到哪一步")[2]


@pytest.mark.parametrize(
    ("act", "body", "told"),
    [
        (
            "reject",
            {"reason": "R4", "note": "没有写清是哪条路"},
            ("不予受理", "没有实际内容", "没有写清是哪条路", "再反映一件"),
        ),
        (
            "transfer",
            {"channel": "petition", "note": "信访部门在办"},
            ("已转到其他渠道", "已转信访", "信访部门在办", "请向那里询问"),
        ),
        ("withdraw", {"note": "已经修好了"}, ("已撤回", "已经修好了", "再反映一件")),
    ],
)
async def test_the_way_of_what_ended_says_how_and_when_why_and_what_to_do(
    desk: Desk, act: str, body: dict[str, str], told: tuple[str, ...]
) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await a_report(desk, visitor)
        item = to_text(key)
        done = await desk.post("station_head", f"/v1/items/{item}/{act}", body)
        assert done.is_success, done.text
        page = (await visitor.get(path)).text
        own = words_of((await desk.page("station_head", f"/items/{item}")).text)
    assert ("没有编号" in own, "受理后编号" in own) == (True, False)
    steps = way_of(page).partition("您写的")[0]
    end = f"{told[0]} {TODAY.month}月{TODAY.day}日"
    assert steps.index("已提交") < steps.index(end)
    assert not [one for one in told if one not in words_of(page)]


async def test_the_way_of_what_was_returned_says_what_to_do_next_and_by_when(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await a_report(desk, visitor)
        body = {"reason": "unclear", "note": "请写明哪条路"}
        await desk.post("station_head", f"/v1/items/{to_text(key)}/return", body)
        steps = way_of((await visitor.get(path)).text)
    assert steps.index("联络站请您补充") < steps.index("点“补充后再交”")


async def test_only_who_may_supply_what_is_missing_is_offered_to(
    desk: Desk, station: HeadedStation
) -> None:
    body = an_item(co_proposers=[{"person_id": to_text(DEPUTY)}])
    item = (await station.submit(body)).json()["item_id"]
    (second,) = await desk.sql(
        "SELECT proposer_id FROM proposer WHERE key = $1::text::uuid AND place = 2", item
    )
    back = {"reason": "unclear", "note": "请写明哪条路"}
    await desk.post("station_head", f"/v1/items/{item}/return", back)
    path = await link_to(desk, item, proposer_id=to_text(second["proposer_id"]))
    async with a_visitor(desk) as visitor:
        page = (await visitor.get(path)).text
        assert f'href="{path}/resubmit"' not in page
        assert "请第一提出人或联络站补充" in words_of(page)


async def test_whoever_raised_an_item_reads_the_time_that_its_unit_will_have(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        said = []
        for how in ({"complexity": "complex"}, {"complexity": "policy_question"}):
            path, key = await a_report(desk, visitor)
            await desk.post("station_head", f"/v1/items/{to_text(key)}/accept", how)
            said.append(words_of((await visitor.get(path)).text))
    assert "交办后30个工作日内" in said[0]
    assert "交办后5个工作日内" in said[1]


async def test_a_rating_that_is_changed_begins_with_the_one_that_was_given(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await a_report(desk, visitor)
        await desk.post("station_head", f"/v1/items/{to_text(key)}/accept", {})
        await replied(desk, key)
        form = inputs((await visitor.get(f"{path}/rating")).text)
        given = form | {"result": "dissatisfied", "attitude": "satisfied", "reason": "还在停电"}
        assert (await visitor.post(f"{path}/rating", data=given)).status_code == 303
        page = (await visitor.get(f"{path}/rating")).text
        assert page.count("修改评价") >= 2
        assert page.count(" checked") == 2
        assert 'name="result" value="dissatisfied" checked' in page
        assert 'name="attitude" value="satisfied" checked' in page
        assert "还在停电</textarea>" in page
        contented = given | inputs(page) | {"result": "satisfied", "reason": "还在停电"}
        assert (await visitor.post(f"{path}/rating", data=contented)).status_code == 303
        assert "还在停电" not in (await visitor.get(path)).text, "the complaint was taken back"
        again = inputs((await visitor.get(f"{path}/rating")).text)
        thanks = contented | again | {"result": "satisfied", "reason": "当天就修好了"}
        assert (await visitor.post(f"{path}/rating", data=thanks)).status_code == 303
        assert "当天就修好了" in (await visitor.get(path)).text
        await replied(desk, key, 2)
        assert " checked" not in (await visitor.get(f"{path}/rating")).text
    calls = (await desk.page("station_staff", f"/items/{to_text(key)}/call-back")).text
    assert "还在停电" not in calls


async def test_a_closed_item_may_be_opened_again_by_its_rating_until_the_last_day(
    desk: Desk,
) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await a_report(desk, visitor)
        await desk.post("station_head", f"/v1/items/{to_text(key)}/accept", {})
        until = datetime.now(UTC) + timedelta(3)
        await replied(desk, key, rating_until=until)
        said: Any = {"occurred_at": datetime.now(UTC), "division_code": TOWNSHIP, "actor": "h"}
        await desk.hear_all([(key, CaseClosed(**said, how="rated", outcome="solved"))])
        page = words_of((await visitor.get(path)).text)
        assert "为止可以评价；选“不满意”并写明，单位要重新办理" in page
        assert "再反映一件" not in page
        form = inputs((await visitor.get(f"{path}/rating")).text) | {"result": "satisfied"}
        assert (await visitor.post(f"{path}/rating", data=form)).status_code == 303
        assert "为止可以改评价" in words_of((await visitor.get(path)).text)


async def test_once_no_rating_counts_a_proposer_asks_to_reopen_and_reads_that_it_was_passed_on(
    desk: Desk,
) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await a_report(desk, visitor)
        await desk.post("station_head", f"/v1/items/{to_text(key)}/accept", {})
        await replied(desk, key)
        asked = {"reply_no": 1, "reason": "untrue", "facts": "昨晚又停电了"}
        early = await visitor.post(f"{path}/v1/reopen", json=asked)
        assert (early.status_code, "还可以评价" in early.text) == (409, True)
        assert f'href="{path}/reopen"' not in (await visitor.get(path)).text
        await replied(desk, key, rating_until=datetime.now(UTC) - timedelta(1))
        said: Any = {"occurred_at": datetime.now(UTC), "division_code": TOWNSHIP, "actor": "h"}
        await desk.hear_all([(key, CaseClosed(**said, how="unrated", outcome="solved"))])
        page = (await visitor.get(path)).text
        assert f"到{shown(30)}为止可以请求重新办理" in words_of(page)
        form = inputs((await visitor.get(f"{path}/reopen")).text)
        nothing = await visitor.post(f"{path}/reopen", data=form)
        assert nothing.status_code == 422
        assert (await visitor.post(f"{path}/reopen", data=form | asked)).status_code == 303
        page = (await visitor.get(path)).text
        assert f"您{shown(0)}请求重新办理" in words_of(page)
        assert f'href="{path}/reopen"' not in page
        again = await visitor.post(f"{path}/v1/reopen", json=asked | {"facts": "再说一次"})
        assert (again.status_code, "已经就这次答复请求过" in again.text) == (409, True)
    (fact,) = await desk.sql(
        "SELECT payload FROM outbox WHERE key = $1 AND type = 'item.reopen_requested'", key
    )
    assert "停电" not in bytes(fact["payload"]).decode()


def shown(days: int) -> str:
    day = TODAY + timedelta(days)
    year = "" if day.year == TODAY.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


async def test_only_what_a_deputy_raised_is_offered_as_a_deputys_suggestion(
    desk: Desk, station: HeadedStation
) -> None:
    async with a_visitor(desk) as visitor:
        _path, scanned = await a_report(desk, visitor)
    by_deputy = await raised_by_deputy(station, "路灯不亮，代表提的")
    for key, offered in ((scanned, False), (by_deputy, True)):
        form = (await desk.page("station_head", f"/items/{to_text(key)}/accept")).text
        assert ('value="legal_suggestion"' in form) == offered
    refused = await desk.post(
        "station_head", f"/v1/items/{to_text(scanned)}/accept", {"profile": "legal_suggestion"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "no_deputy_no_suggestion")


async def test_a_promise_is_read_with_its_day_and_whom_to_ask_and_a_refusal_with_its_reason(
    desk: Desk,
) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await a_report(desk, visitor)
        await desk.post("station_head", f"/v1/items/{to_text(key)}/accept", {})
        day = TODAY + timedelta(90)
        words = {"contact": "供电所 0576-82400000", "reason": "变压器要先招标",
                 "waiver": "会办单位没有回音"}  # fmt: skip
        await replied(desk, key, words=words, outcome="planned", promised_on=day)
        page = words_of((await visitor.get(path)).text)
    assert f"承诺{day.year}年{day.month}月{day.day}日" in page
    assert "问进展请联系：供电所 0576-82400000" in page
    assert "变压器要先招标" in page
    assert "会办单位没有回音" in page


async def raised_by_deputy(station: HeadedStation, title: str) -> Id:
    body = an_item(
        source_kind="deputy", deputy_id=to_text(DEPUTY), title=title, enterprise_code=...
    )
    sent = await station.submit(body)
    assert sent.status_code == 201, sent.text
    return bytes.fromhex(sent.json()["item_id"].replace("-", ""))


async def test_a_deputy_reads_in_their_list_by_when_the_next_step_is_due(
    desk: Desk, station: HeadedStation
) -> None:
    key = await raised_by_deputy(station, "路灯不亮，看期限")
    await desk.post("station_head", f"/v1/items/{to_text(key)}/accept", {})

    async def row() -> str:
        page = (await desk.page("deputy", "/deputy/items")).text
        (found,) = [one for one in page.split("<tr>") if "路灯不亮，看期限" in one]
        return words_of(f"<main{found}")

    assert "个工作日" in await row(), "the time to give it to a unit"
    await replied(desk, key)
    assert "工作日" in await row(), "the time to rate"


async def test_the_head_sees_before_accepting_what_the_unit_will_read(
    desk: Desk, station: HeadedStation
) -> None:
    contact = {"name": "王小明", "phone": "13812341234"}
    body = an_item(title="园区停电", body="王小明说夜里停电，电话13812341234。", contact=contact)
    item = (await station.submit(body)).json()["item_id"]
    form = (await desk.page("station_head", f"/items/{item}/accept")).text
    begins, _heading, shown = words_of(form).partition("其他单位将看到的文字")
    assert "答复的期限从交办那天起算：政策咨询5个工作日、一般事项15个工作日" in begins
    assert "园区停电" in shown
    assert "王小明说夜里停电" in shown
    assert "13812341234" not in form
    assert "承办单位看得到是谁提的" in shown
    assert 'name="mask"' not in form
    assert 'name="preview"' not in form


async def test_the_poster_of_the_own_station_comes_first(desk: Desk) -> None:
    for at, ends in (("/poster", "/report/XQ01"), ("/poster?place=city", "/report")):
        page = (await desk.page("station_staff", at)).text
        assert page.partition('class="address">')[2].partition("<")[0].endswith(ends)
    assert (await desk.page("station_staff", "/poster?place=x")).status_code == 422


async def test_an_item_ticked_twice_is_counted_once(desk: Desk, station: HeadedStation) -> None:
    item = (await station.submit(an_item(title="勾了两次"))).json()["item_id"]
    tick: Any = f"{item}:1"
    page = (await desk.send("station_head", "/accept", {"item": [tick, tick]})).text
    assert "受理了1件" in page
    assert page.count("勾了两次") == 1


async def test_a_proposer_of_a_confidential_item_adds_to_it_after_acceptance_where_names_are_masked(
    desk: Desk, station: HeadedStation
) -> None:
    await register(desk)
    body = an_item(confidential=True, contact={"name": "王小明", "phone": "13812341234"},
                   enterprise_code=CREDIT_CODE)  # fmt: skip
    item = (await station.submit(body)).json()["item_id"]
    await desk.post("station_head", f"/v1/items/{item}/accept", {})
    path = await link_to(desk, item)
    async with a_visitor(desk) as visitor:
        form = inputs((await visitor.get(f"{path}/supplement")).text)
        more = form | {"supplement": f"{FIRM}的王小明说还在停"}
        assert (await visitor.post(f"{path}/supplement", data=more)).status_code == 303
        assert "王小明说还在停" in words_of((await visitor.get(path)).text)
    (row,) = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS said FROM outbox WHERE key = $1::text::uuid "
        "AND type = 'item.text' ORDER BY id DESC LIMIT 1", item
    )  # fmt: skip
    assert "说还在停" in row["said"]
    assert not [name for name in ("王小明", FIRM) if name in row["said"]]
    staff = await desk.post("station_staff", f"/v1/items/{item}/supplement", {"supplement": "x"})
    assert (staff.status_code, staff.json()["code"]) == (403, "not_yours")


async def test_where_a_name_is_unknown_a_proposer_asks_the_station_to_add(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path = await reported(visitor, await the_form(visitor, confidential="yes"))
        key = await item_behind(desk, path)
        done = await desk.post(
            "station_head", f"/v1/items/{to_text(key)}/accept", {"name_unknown_confirmed": True}
        )
        assert done.is_success, done.text
        page = (await visitor.get(path)).text
        assert f'href="{path}/supplement"' not in page
        assert "要补充或撤回请联系" in words_of(page)
