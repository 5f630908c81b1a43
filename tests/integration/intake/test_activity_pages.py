"""The pages of activities: plan or record, be warned, hold, tick who came, take back, cancel."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from deploy.simulator.plan import credit_code
from shared.calendar import local_day
from shared.ids import from_text, to_text
from tests.support.intake.desk import Desk, an_activity
from tests.support.intake.sources import FIRM, register
from tests.support.intake.stations import (
    COUNTY_ORGAN,
    CREDIT_CODE,
    DEPUTY,
    STREET_REP,
    TOWNSHIP,
)
from tests.support.officers import inputs

ID = re.compile(r"/intake/activities/([0-9a-f-]{36})")
TODAY = local_day(datetime.now(UTC))


async def a_form(desk: Desk, who: str = "station_staff", **changes: Any) -> dict[str, Any]:
    page = (await desk.page(who, "/activities/new")).text
    sound = {
        **{name: value for name, value in inputs(page).items() if name != "form_token"},
        "what": "record",
        "kind": "inspection",
        "first_day": (TODAY - timedelta(1)).isoformat(),
        "place_division": TOWNSHIP,
    }
    return sound | ({"organiser": "station:XQ01"} if who.startswith("station") else {}) | changes


async def sent(desk: Desk, who: str = "station_staff", **changes: Any) -> str:
    answer = await desk.send(who, "/activities/new", await a_form(desk, who, **changes))
    assert answer.status_code == 303, re.findall(r'class="wrong"[^<]*<|class="note', answer.text)
    found = ID.search(answer.headers["location"])
    assert found
    return found[1]


async def row_of(desk: Desk, activity_id: str) -> Any:
    (row,) = await desk.sql("SELECT * FROM activity WHERE key = $1", from_text(activity_id))
    return row


async def test_an_activity_is_recorded_once_with_who_came(desk: Desk) -> None:
    form = await a_form(desk, attendance=[to_text(DEPUTY), to_text(STREET_REP)], notes="看用电")
    answers = [await desk.send("station_staff", "/activities/new", form) for _ in range(2)]
    (place,) = {one.headers["location"] for one in answers}
    page = (await desk.page("station_head", place.removeprefix("/intake"))).text
    for words in ("已举办，2人到场", "代表", "选民代表", "看用电", "视察：路桥区新桥镇"):
        assert words in page
    assert "/cancel" in page
    other = await desk.send("station_staff", "/activities/new", form | {"kind": "meeting"})
    assert (other.status_code, "这个编号已用于另一份内容" in other.text) == (409, True)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"what": ""}, "what", "这一项没有填"),
        ({"kind": ""}, "kind", "这一项没有填"),
        ({"first_day": "soon"}, "first_day", "日期"),
        ({"first_day": "2099-01-01"}, "first_day", "还不能记为已举办"),
        ({"first_day": "2099-01-01", "what": "plan"}, "first_day", "计划的日期在"),
        ({"first_day": "2001-01-01"}, "first_day", "所填日期已过去"),
        ({"last_day": "2001-01-01"}, "last_day", "结束日期早于开始日期"),
        ({"enterprises": "没有这家"}, "enterprises", "名册里没有“没有这家”"),
        ({"enterprises": "91331004MA2A00001A"}, "enterprises", "名册里没有"),
        ({"traders": "店" * 61}, "traders", "最多写60个字"),
        ({"place_division": "999999"}, "", "没有这个区划代码"),
        ({"organiser": "station:NC01"}, "organiser", "这不是您的联络站"),
        ({"organiser": to_text(COUNTY_ORGAN)}, "organiser", "这不是您所在的机关"),
        ({"organiser": "nonsense"}, "organiser", "请选一处"),
        ({"notes": "字" * 2001}, "notes", "最多写2,000个字"),
        ({"attendance": ["nobody"]}, "attendance", ""),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else None,
)
async def test_every_refusal_stands_at_its_field_and_what_was_typed_is_kept(
    desk: Desk, changes: dict[str, Any], field: str, words: str
) -> None:
    before = await desk.stored()
    form = await a_form(desk, notes="要留下的文字")
    answer = await desk.send("station_staff", "/activities/new", form | changes)
    assert answer.status_code in {403, 422, 425}
    assert words in answer.text
    if field:
        assert f'id="e-{field}"' in answer.text
    if "notes" not in changes:
        assert "要留下的文字" in answer.text
    assert form["id"] in answer.text
    assert await desk.stored() == before


async def test_an_old_date_is_asked_about_and_then_taken(desk: Desk) -> None:
    form = await a_form(desk, first_day="2020-02-03")
    asked = await desk.send("station_staff", "/activities/new", form)
    assert "date_confirmed" in asked.text
    answer = await desk.send("station_staff", "/activities/new", form | {"date_confirmed": "yes"})
    assert answer.is_redirect


async def test_firms_are_named_by_code_or_by_the_first_letters_and_traders_by_name(
    desk: Desk,
) -> None:
    await register(desk)
    activity_id = await sent(
        desk, enterprises=f"{FIRM[:4]}\n{credit_code(801)}", traders="阿美理发店\n老王修车"
    )
    (text,) = await desk.sql("SELECT * FROM activity_text WHERE key = $1", from_text(activity_id))
    assert list(text["enterprise_codes"]) == [CREDIT_CODE, credit_code(801)]
    assert list(text["traders"]) == ["阿美理发店", "老王修车"]
    page = (await desk.page("station_staff", f"/activities/{activity_id}")).text
    assert FIRM in page
    assert "老王修车" in page
    assert len((await row_of(desk, activity_id))["enterprise_ids"]) == 4


async def test_a_plan_is_warned_of_other_visits_and_made_for_a_reason(desk: Desk) -> None:
    code = credit_code(802)
    async with desk.station() as station:
        await station.hold(an_activity(enterprises=[code], notes="上次说到用电"))
    ahead = (TODAY + timedelta(5)).isoformat()
    form = await a_form(desk, what="plan", first_day=ahead, enterprises=code)
    before = await desk.stored()
    looked = await desk.send("station_staff", "/activities/new", form | {"look": "yes"})
    assert looked.status_code == 200
    for words in ("30天内另有1次走访", "XQ01", "上次说到用电", "这一周"):
        assert words in looked.text
    warned = await desk.send("station_staff", "/activities/new", form)
    assert (warned.status_code, await desk.stored()) == (409, before)
    assert 'id="e-visit_reason"' in warned.text
    assert "30天内另有1次走访" in warned.text
    again = await desk.send(
        "station_staff", "/activities/new", form | {"visit_reason": "企业请我们再去"}
    )
    assert again.is_redirect
    page = await desk.page("station_staff", again.headers["location"].removeprefix("/intake"))
    assert "企业请我们再去" in page.text


async def test_an_organ_sees_that_a_firm_was_visited_and_not_what_was_noted(desk: Desk) -> None:
    code = credit_code(803)
    async with desk.station() as station:
        await station.hold(an_activity(enterprises=[code], notes="只给本站看的话"))
    form = await a_form(desk, "committee", what="plan", enterprises=code, look="yes")
    looked = (await desk.send("committee", "/activities/new", form)).text
    assert "30天内另有1次走访" in looked
    assert "只给本站看的话" not in looked


async def test_the_menu_counts_all_that_the_first_page_lists(desk: Desk) -> None:
    await sent(desk, what="plan", first_day=TODAY.isoformat())
    page = (await desk.page("station_head", "/")).text
    menu, _main, lists = page.partition("<main")
    of_menu = re.findall(r'href="/intake/"[^>]*>[^<]* <span class="count">(\d+)', menu)
    assert of_menu == [str(sum(map(int, re.findall(r'class="count">(\d+)', lists))))]


async def test_a_planned_activity_is_completed_from_the_first_page(desk: Desk) -> None:
    people = [to_text(DEPUTY)]
    activity_id = await sent(desk, what="plan", attendance=people, traders="小面馆")
    for page in ("/", "/activities"):
        assert (
            f"/intake/activities/{activity_id}/hold"
            in (await desk.page("station_staff", page)).text
        )
    form = (await desk.page("station_staff", f"/activities/{activity_id}/hold")).text
    assert re.search(rf'value="{to_text(DEPUTY)}" checked', form)
    basis = inputs(form)["basis"]
    path = f"/activities/{activity_id}"
    days = {"first_day": TODAY.isoformat(), "last_day": TODAY.isoformat()}
    done = await desk.send(
        "station_staff", f"{path}/hold", {"basis": basis, "attendance": people, **days}
    )
    assert done.is_redirect
    stale = await desk.send("station_head", f"{path}/cancel", {"basis": basis, "reason": "x"})
    assert (stale.status_code, "在您看过之后又有变化" in stale.text) == (409, True)
    page = (await desk.page("station_staff", path)).text
    assert "已举办，1人到场" in page
    assert f"/intake{path}/hold" not in (await desk.page("station_staff", "/")).text
    assert (await row_of(desk, activity_id))["first_day"] == TODAY


async def test_a_held_activity_waits_until_somebody_is_recorded_who_came(desk: Desk) -> None:
    days = (TODAY - timedelta(2), TODAY - timedelta(40))
    recent, old = [await sent(desk, first_day=day.isoformat()) for day in days]
    for page in ("/", "/activities"):
        shown = (await desk.page("station_staff", page)).text
        waits = [f"/intake/activities/{one}/confirm" in shown for one in (recent, old)]
        assert waits == [True, False]
    assert (await act(desk, recent, "confirm", attendance=[to_text(DEPUTY)])).status_code == 303
    assert f"/activities/{recent}/confirm" not in (await desk.page("station_staff", "/")).text


async def act(desk: Desk, activity_id: str, name: str, **form: Any) -> Any:
    path = f"/activities/{activity_id}/{name}"
    opened = (await desk.page("station_staff", path)).text
    basis = inputs(opened)["basis"]
    return await desk.send("station_staff", path, {"basis": basis, **form})


async def test_who_came_is_added_and_taken_back_and_the_activity_cancelled(desk: Desk) -> None:
    activity_id = await sent(desk)
    empty = await act(desk, activity_id, "confirm")
    assert (empty.status_code, 'id="e-attendance"' in empty.text) == (422, True)
    both = [to_text(DEPUTY), to_text(STREET_REP)]
    assert (await act(desk, activity_id, "confirm", attendance=both)).is_redirect
    silent = await act(desk, activity_id, "revoke", people=both[:1])
    assert (silent.status_code, 'id="e-reason"' in silent.text) == (422, True)
    assert (await act(desk, activity_id, "revoke", people=both[:1], reason="没来")).is_redirect
    assert (await act(desk, activity_id, "notes", notes="新的记录")).is_redirect
    page = (await desk.page("station_staff", f"/activities/{activity_id}")).text
    assert "已举办，1人到场" in page
    assert "新的记录" in page
    assert (await act(desk, activity_id, "cancel", reason="记重了")).is_redirect
    page = (await desk.page("station_staff", f"/activities/{activity_id}")).text
    assert "已取消：记重了" in page
    assert "现在没有要您办的事" in page
    again = await desk.page("station_staff", f"/activities/{activity_id}/cancel")
    assert again.is_redirect, "no form for what would be refused"


async def test_the_list_is_filtered_and_the_year_is_planned_by_month(desk: Desk) -> None:
    mark = "年度计划里的小店"
    first = date(TODAY.year + 1, 3, 9) if TODAY.month > 3 else date(TODAY.year, 12, 9)
    ahead = first.isoformat()
    activity_id = await sent(desk, what="plan", first_day=ahead, traders=mark)
    href = f"/intake/activities/{activity_id}"
    assert href in (await desk.page("station_staff", f"/activities?month={ahead[:7]}")).text
    assert href in (await desk.page("station_staff", "/activities?state=PLANNED")).text
    for other in ("month=2001-01", "state=HELD", "state=CANCELLED"):
        assert href not in (await desk.page("station_staff", f"/activities?{other}")).text
    assert (await desk.page("station_staff", "/activities?state=x&month=y")).status_code == 200
    plan = (await desk.page("station_staff", f"/activities/plan?year={first.year}")).text
    assert href in plan
    assert f"{first.month}月" in plan
    assert href not in (await desk.page("station_staff", "/activities/plan?year=2001")).text
    assert (await desk.page("station_staff", "/activities/plan?year=99999")).status_code == 200
    english = (await desk.page("station_staff", f"/activities/plan?year={first.year}", "en")).text
    assert f"{first:%B}" in english


async def test_what_an_activity_names_of_the_lists_stands_on_its_page_and_in_the_years_plan(
    desk: Desk,
) -> None:
    named = {"theme_codes": "LFLC", "function_codes": "contact", "group_codes": "LQ-1"}
    activity = await sent(desk, what="plan", first_day=TODAY.isoformat(), **named)
    page = (await desk.page("station_staff", f"/activities/{activity}")).text
    for words in ("六访六促", "体现联络站的功能", "路桥区制造业代表小组"):
        assert words in page
    plan = (await desk.page("station_staff", f"/activities/plan?year={TODAY.year}")).text
    assert "六访六促" in plan
    change = f"/activities/{activity}/change"
    form = (await desk.page("station_staff", change)).text
    assert len(re.findall(r'name="(?:theme|function|group)_codes"[^>]* checked', form)) == 3
    typed = {"kind": "meeting", "place_division": TOWNSHIP, "first_day": TODAY.isoformat()}
    asked = inputs(form) | typed | {"theme_codes": "OLD"}
    refused = await desk.send("station_staff", change, asked)
    assert (refused.status_code, "没有OLD这个活动主题" in refused.text) == (422, True)


async def test_an_organ_uses_the_same_pages_for_its_own_activities(desk: Desk) -> None:
    activity_id = await sent(desk, "committee", place_division=TOWNSHIP)
    assert (await row_of(desk, activity_id))["organ_id"] == COUNTY_ORGAN
    page = (await desk.page("dispatcher", f"/activities/{activity_id}")).text
    assert "路桥区代表工委" in page
    for stranger in ("station_head", "township", "city"):
        answer = await desk.page(stranger, f"/activities/{activity_id}")
        assert answer.status_code == 404
    assert (await desk.page("liaison", "/activities")).status_code == 403
