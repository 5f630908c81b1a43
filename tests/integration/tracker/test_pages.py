"""The pages as a browser gets them: lists, a case with its acts, forms that keep what was typed."""

import re
from itertools import product

import pytest

from shared.contracts import intake
from shared.contracts.envelope import Event
from shared.contracts.router import AssignmentText, ReasonWords
from shared.ids import named_id, to_text
from tests.support.tracker.acts import CONTACT, DRAFT, answer
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import (
    ITEM,
    TASK,
    UNIT,
    accepted,
    dispatched,
    emitted_by,
    rating,
    submitted,
)

CASE = f"/items/{to_text(ITEM)}"
TASK_PATH = f"{CASE}/tasks/{to_text(TASK)}"
TITLE = "园区用电增容排队，新设备无法投产"


async def test_an_empty_day_says_so(desk: Desk) -> None:
    text = (await desk.page("clerk", "/")).text
    for words in ("没有要办的事", "没有在等别人办的事。", "9月8日"):
        assert words in text
    assert "我的报表" not in text


async def test_a_station_finds_what_it_has_to_supply_and_the_way_to_its_own_items(
    desk: Desk,
) -> None:
    back = intake.ItemReturned(**emitted_by("head", "2022-09-06 10:00"), reason="unclear")
    await desk.hear(submitted("2022-09-05 09:00"), back)
    for who in ("station_head", "station_staff"):
        text = (await desk.page(who, "/")).text
        for words in ("要办1件", "补充材料", 'href="/intake/"'):
            assert words in text
        assert "待他人办" not in text


async def test_the_day_a_duty_is_due_it_stands_on_the_first_page(given: Desk) -> None:
    """New work stands there from its first minute."""
    assert "要办1件，今天没有到期的" in (await given.page("clerk", "/")).text
    await given.move("2022-09-09 08:00")  # the sign clock ends today
    text = (await given.page("clerk", "/")).text
    for words in ("要办1件，今天到期1件", TITLE, f'href="/tracker{CASE}"', "金清镇"):
        assert words in text


async def test_who_waits_for_whom_until_a_case_is_closed(given: Desk) -> None:
    assert "单位签收" in (await given.page("dispatcher", "/")).text
    await answer(given)
    assert "提出人评价" in (await given.page("clerk", "/")).text
    await given.hear(rating("2022-09-09", "satisfied"))
    text = (await given.page("clerk", CASE)).text
    assert ("提出人评价：满意" in text, "现在没有要您办的事" in text) == (True, True)
    assert TITLE in (await given.get("clerk", "/cases?show=closed")).text


async def test_who_asks_to_reopen_a_closed_case_is_heard_by_all_who_open_it(given: Desk) -> None:
    await answer(given)
    await given.hear(rating("2022-09-09", "satisfied"))
    said = emitted_by("proposer", "2022-09-20")
    await given.hear(intake.ReopenRequested(**said, proposer_id=ITEM, reply_no=1, reason="untrue"))
    for who in ("clerk", "dispatcher"):
        page = (await given.page(who, CASE)).text
        assert "提出人9月20日请求重新办理：答复和实际不一样" in page
        assert "提出人请求重新办理：答复和实际不一样" in page, "on the timeline"


async def test_a_late_reply_is_red_and_supervised(given: Desk) -> None:
    await given.act("clerk", "sign")
    await given.tick("2022-10-14 09:00")
    text = (await given.page("clerk", "/")).text
    assert ("超期7个工作日" in text, "要办1件，已超期1件" in text) == (True, True)
    text = (await given.page("dispatcher", "/")).text
    assert ("决定督办" in text, "已督办" in text) == (True, True)


async def test_a_case_shows_its_facts_timeline_and_acts(given: Desk) -> None:
    text = (await given.page("clerk", CASE)).text
    for words in (
        f"<h1>{TITLE}</h1>",
        "希望明确增容接入时间",
        "用电增容",
        "周明远",
        "负责人：何立群",
        "受理，编号331004102-2022-418",
        "交办：主办区供电公司",
        "区人大代表工委",
        "签收",
        "由单位负责人办理",
        "期限怎么算",
    ):
        assert words in text, words
    assert f'action="/tracker{TASK_PATH}/sign"' in text
    assert "起草答复</a>" not in text


async def test_a_form_shows_what_it_is_about_and_what_it_needs(given: Desk) -> None:
    await given.act("clerk", "sign")
    await given.act("clerk", "contact", CONTACT)
    body = (await given.sql("SELECT body FROM item_text"))[0]["body"]
    assert body in (await given.page("clerk", f"{TASK_PATH}/draft")).text
    promise = {"outcome": "planned", "promised_on": "2023-12-30", "contact": "周明远 0576-88"}
    assert (await given.act("clerk", "draft", DRAFT | promise)).status_code == 200
    assert (await given.act("head", "sign-off")).status_code == 200
    await given.hear(rating("2022-09-09", "satisfied"))
    form = (await given.page("head", f"{TASK_PATH}/fulfil")).text
    for words in ("承诺：2023年12月30日前兑现", DRAFT["text"], body, "已兑现的，不用填"):
        assert words in form, words
    told = {"outcome": "solved", "plain": "已经接通", "text": "增容已完成"}
    assert (await given.send("head", f"{TASK_PATH}/fulfil", told)).status_code == 303


async def test_a_form_acts_and_returns_to_the_case(given: Desk) -> None:
    (case,) = await given.sql('SELECT seq FROM "case"')
    basis = {"basis": f"tracker.case.v1:{case['seq']}"}
    done, again = [await given.send("clerk", f"{TASK_PATH}/sign", form) for form in (basis, {})]
    assert done.status_code == 303
    assert done.headers["location"].startswith(f"/tracker{CASE}?seen=tracker.case.v1:")
    assert again.status_code == 409
    assert ("已经签收" in again.text, TITLE in again.text) == (True, True)
    form = await given.page("clerk", f"{TASK_PATH}/contact")
    assert '<label for="f-note">谈了什么' in form.text
    stale = await given.send("clerk", f"{TASK_PATH}/contact", CONTACT | basis)
    assert stale.status_code == 409
    assert "没有保存。请看最新情况，再决定是否办理。您填的内容还在。" in stale.text
    assert "约定现场查看" in stale.text
    done = await given.send("clerk", f"{TASK_PATH}/contact", CONTACT)
    assert done.status_code == 303
    assert "联系提出人：电话" in (await given.page("clerk", CASE)).text


async def test_a_unit_that_objects_names_another_unit(given: Desk) -> None:
    form = (await given.page("head", f"{TASK_PATH}/object")).text
    offered = [to_text(key) for key, _unit in given.service.copy.snapshot.units_in("331004")]
    assert {key for key in offered if f'value="{key}"' in form} == {*offered} - {to_text(UNIT)}


async def test_the_paragraphs_of_a_reply_stay_apart_before_and_after_it_is_signed(
    given: Desk,
) -> None:
    await given.act("clerk", "sign")
    await given.act("clerk", "contact", CONTACT)
    await given.act("clerk", "draft", DRAFT | {"text": "第一段\n第二段"})
    shown = '<p class="written">第一段\n第二段</p>'
    assert shown in (await given.page("head", CASE)).text
    await given.act("head", "sign-off")
    assert shown in (await given.page("dispatcher", CASE)).text


async def test_a_wrong_form_keeps_what_was_typed(given: Desk) -> None:
    await given.act("clerk", "sign")
    await given.act("clerk", "contact", CONTACT)
    for form, words in (
        ({"text": "明年"}, "有2处要改，没有保存"),
        (
            {"outcome": "planned", "plain": "列入计划", "text": "明年", "promised_on": ""},
            "正在解决或列入计划的，要写明兑现日期和联系人",
        ),
    ):
        answer = await given.send("clerk", f"{TASK_PATH}/draft", form)
        assert answer.status_code == 422
        assert (words in answer.text, "明年" in answer.text) == (True, True)


async def test_the_list_is_filtered(given: Desk) -> None:
    for found in ("/cases", "/cases?show=all"):
        assert TITLE in (await given.get("clerk", found)).text, found
        assert TITLE in (await given.get("dispatcher", found)).text, found
    for empty in ("/cases?show=closed", "/cases?show=late"):
        assert TITLE not in (await given.get("clerk", empty)).text, empty
    assert TITLE not in (await given.get("stranger", "/cases?show=all")).text


async def test_every_page_speaks_english(given: Desk) -> None:
    for who, path in product(
        ("clerk", "head", "dispatcher", "leader", "liaison"), ("/", "/cases", CASE)
    ):
        page = await given.page(who, path, "en")
        assert page.status_code == 200, (who, path, page.text)
        assert 'lang="en"' in page.text


async def test_what_was_done_elsewhere_is_on_its_way(given: Desk) -> None:
    seen = f"router.assignment.v1:{ITEM.hex()}"
    assert "列表稍后更新" in (await given.get("dispatcher", f"/?seen={seen}:2")).text
    assert "列表稍后更新" not in (await given.get("dispatcher", f"/?seen={seen}:1")).text
    for odd in ("x", "a:b:c", f"{seen}:many"):
        assert (await given.get("dispatcher", f"/?seen={odd}")).status_code == 200


async def test_a_hidden_source_and_an_own_firm_are_marked_everywhere(desk: Desk) -> None:
    marked = accepted("2022-09-05 15:40", confidential=True, self_interest=True)
    await desk.hear(submitted("2022-09-05 09:12"), marked, dispatched("2022-09-08 09:30"))
    for path in ("/", "/cases", CASE):
        shown = (await desk.page("clerk", path)).text
        assert ("来源保密" in shown, "本企业" in shown) == (True, True), path
    case = (await desk.get("clerk", f"/v1{CASE}")).json()
    assert (case["confidential"], case["self_interest"]) == (True, True)


async def test_a_case_leads_to_its_files_unless_they_give_its_source_away(desk: Desk) -> None:
    address = f"/intake{CASE}/attachments"
    await desk.hear(submitted("2022-09-05 09:12"), accepted("2022-09-05 15:40"))
    await desk.hear(dispatched("2022-09-08 09:30"))
    for who in ("clerk", "dispatcher", "liaison"):
        assert address in (await desk.page(who, CASE)).text, who
    hidden = named_id("item", "hidden")
    marked = accepted("2022-09-05 15:40", confidential=True)
    await desk.hear(
        submitted("2022-09-05 09:12"), marked, dispatched("2022-09-08 09:30"), key=hidden
    )
    page = f"/items/{to_text(hidden)}"
    address = f"/intake{page}/attachments"
    shown = {who: address in (await desk.page(who, page)).text for who in ("clerk", "dispatcher")}
    assert shown == {"clerk": False, "dispatcher": True}


async def test_a_deputy_who_signs_in_reads_what_a_deputy_may_do(desk: Desk) -> None:
    page = await desk.page("deputy", "/")
    assert (page.status_code, "您是人大代表" in page.text) == (200, True)
    assert "您是人大代表" not in (await desk.page("clerk", "/")).text


AT_THE_END = emitted_by("head", "2022-09-07")
ENDS: list[tuple[Event, str, str]] = [
    (intake.ItemMerged(**AT_THE_END, merged_into=ITEM), "并案：", "已并入331004102-2022-418"),
    (intake.ItemRejected(**AT_THE_END, reason="R4"), "不予受理：没有实际内容", "–"),
    (intake.ItemTransferred(**AT_THE_END, channel="petition"), "转其他渠道：信访", "–"),
]


@pytest.mark.parametrize(("end", "step", "unit"), ENDS, ids=[end.type for end, *_ in ENDS])
async def test_an_item_that_ended_at_its_station_says_how_and_its_days_stop(
    given: Desk, end: Event, step: str, unit: str
) -> None:
    key = named_id("item", "ended")
    asked = intake.ItemReturned(**emitted_by("head", "2022-09-06"), reason="missing_place")
    completed = intake.ItemResubmitted(**emitted_by("station", "2022-09-07"))
    await given.hear(submitted("2022-09-05 09:12"), asked, completed, end, key=key)
    await given.tick("2022-09-22 10:00")
    page = (await given.page("dispatcher", f"/items/{to_text(key)}")).text
    for words in ("退回补充：没有写明地点", "补充后重交", step, unit, "已过2个工作日"):
        assert words in page, words
    rows = (await given.page("dispatcher", "/cases?show=all")).text
    assert f'<td class="c-unit">{unit}</td>' in rows
    assert (rows.count("未答复"), "未答复" in page) == (1, False), "of the other case"
    assert ("未定" in page, "未定" in rows) == (False, False)


async def test_why_a_case_is_here_says_the_rule_first_then_what_was_decided_since(
    given: Desk,
) -> None:
    reasons = (
        ReasonWords(dispatch_no=0, zh="上报的理由。", en="Escalated."),
        ReasonWords(dispatch_no=1, zh="用电增容属县级事权。", en="County.", note="先看现场"),
        ReasonWords(dispatch_no=1, zh="由交办人员决定。", en="Decided.", note="管网由你局主管"),
    )
    await given.hear(AssignmentText(**emitted_by("dispatcher", "2022-09-08"), reasons=reasons))
    page = (await given.page("clerk", CASE)).text
    why = page[page.index("为什么分到这里") :]
    told = (
        "用电增容属县级事权。",
        "给单位的话：先看现场",
        "由交办人员决定。",
        "理由：管网由你局主管",
    )
    shown = [why.index(one) for one in told]
    assert (shown, "上报的理由。" in why) == (sorted(shown), False)


async def test_now_stands_with_whoever_takes_the_next_step(desk: Desk) -> None:
    steps: dict[str, Event | None] = {
        "金清镇总站": submitted("2022-09-05 09:12"),
        "镇人大主席团": accepted("2022-09-05 15:40"),
        "区供电公司": dispatched("2022-09-08 09:30"),
        "区人大代表工委": None,
    }
    for who, event in steps.items():
        if event:
            await desk.hear(event)
        else:
            await desk.act("head", "object", {"reason": "由市政公司负责"})
        page = (await desk.page("dispatcher", CASE)).text
        (turn,) = re.findall(r'(?s)<li class="now">.*?<span class="by">([^<]*)</span>', page)
        assert turn == who
