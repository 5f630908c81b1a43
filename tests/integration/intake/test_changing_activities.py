"""A planned activity is changed: by the interface and on its page; who is asked to it sees it."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.calendar import local_day
from shared.ids import from_text, to_text
from tests.support.intake.desk import Desk, HeadedStation, an_activity
from tests.support.intake.sources import FIRM, register
from tests.support.intake.stations import COUNTY, CREDIT_CODE, DEPUTY, STREET_REP, TOWNSHIP
from tests.support.officers import inputs
from tests.support.refusals import check_refused

TODAY = local_day(datetime.now(UTC))
OWN, REP = ({"person_id": to_text(one)} for one in (DEPUTY, STREET_REP))


def day(ahead: int) -> str:
    return (TODAY + timedelta(ahead)).isoformat()


def a_plan(**changes: Any) -> dict[str, Any]:
    sound = {"first_day": day(5), "last_day": day(5), "enterprises": [], "attendance": [OWN]}
    return an_activity(**(sound | changes))


def a_change(**changes: Any) -> dict[str, Any]:
    """The whole plan as it is to be, as `a_plan` but for the changes."""
    plan = a_plan(**changes)
    same = {"kind", "place_division", "first_day", "last_day", "enterprises", "attendance"}
    return {name: one for name, one in plan.items() if name in same | changes.keys()}


async def planned(station: HeadedStation, **changes: Any) -> str:
    answer = await station.plan(a_plan(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["activity_id"])


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"last_day": day(4)}, 422, "days_reversed"),
        ({"first_day": day(900), "last_day": day(900)}, 422, "date_far_ahead"),
        ({"last_day": day(50)}, 422, "days_too_many"),
        ({"place_division": "999999"}, 422, "unknown_division"),
        ({"attendance": [OWN, OWN]}, 422, "person_twice"),
        ({"enterprises": ["91331004MA2A00001A"]}, 422, "credit_code_check"),
        ({"kind": "party"}, 422, "invalid"),
        ({"notes": "x"}, 422, "invalid"),
        ({"basis": {"topic": "intake.activity.v1", "seq": 9}}, 409, "stale_basis"),
    ],
)
async def test_a_wrong_change_is_refused(
    desk: Desk, station: HeadedStation, changes: dict[str, Any], status: int, code: str
) -> None:
    activity = await planned(station)
    before = await desk.stored()
    answer = await station.act_on(activity, "change", a_change(**changes))
    await check_refused(desk, before, answer, status, code)


async def test_what_was_held_or_cancelled_is_changed_no_more(
    desk: Desk, station: HeadedStation
) -> None:
    for act, body, code in (
        ("hold", {}, "activity_held"),
        ("cancel", {"reason": "下雨"}, "activity_cancelled"),
    ):
        activity = await planned(station, first_day=day(-1), last_day=day(-1))
        assert (await station.act_on(activity, act, body)).is_success
        before = await desk.stored()
        answer = await station.act_on(activity, "change", a_change())
        await check_refused(desk, before, answer, 409, code)
        page = (await desk.page("station_staff", f"/activities/{activity}")).text
        assert f"/activities/{activity}/change" not in page


async def test_a_change_is_said_whole_and_sent_twice_is_one(
    desk: Desk, station: HeadedStation
) -> None:
    activity = await planned(station)
    body = a_change(
        kind="meeting", place_division=COUNTY, first_day=day(9), last_day=day(10),
        traders=["阿三面馆"], attendance=[REP],
    )  # fmt: skip
    first, again = [await station.act_on(activity, "change", body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200), first.text
    key = from_text(activity)
    assert await desk.emitted(key) == ["activity.planned", "activity.replanned"]
    (row,) = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS said FROM outbox WHERE key = $1 "
        "AND type = 'activity.replanned'", key
    )  # fmt: skip
    said = json.loads(row["said"])
    assert (said["kind"], said["place_division"], said["first_day"], said["last_day"]) == (
        "meeting", COUNTY, day(9), day(10),
    )  # fmt: skip
    assert "阿三" not in row["said"]
    shown = (await station.send("GET", f"/intake/v1/activities/{activity}")).json()
    assert (shown["traders"], shown["expected"]) == (["阿三面馆"], [REP["person_id"]])
    held = await station.act_on(activity, "cancel", {"reason": "改到明年"})
    assert held.is_success


async def test_a_firm_visited_lately_needs_a_reason_in_a_change_too(
    desk: Desk, station: HeadedStation
) -> None:
    other = await station.plan(a_plan(enterprises=[CREDIT_CODE], visit_reason="要去"))
    assert other.is_success, other.text
    activity = await planned(station)
    refused = await station.act_on(activity, "change", a_change(enterprises=[CREDIT_CODE]))
    assert (refused.status_code, refused.json()["code"]) == (409, "visited_recently")
    again = a_change(enterprises=[CREDIT_CODE], visit_reason="企业请我们再去")
    assert (await station.act_on(activity, "change", again)).is_success


async def test_who_answered_is_asked_again_for_another_day_and_only_then(
    desk: Desk, station: HeadedStation
) -> None:
    activity = await planned(station, attendance=[OWN, REP])
    answer, own = f"/activities/{activity}/answer", f"/activities/{activity}"
    asked = f'action="/intake{answer}"'
    old = inputs((await desk.page("deputy", "/deputy")).text)
    assert (await desk.send("deputy", answer, old)).is_redirect
    assert asked not in (await desk.page("deputy", "/deputy")).text
    moved = a_change(place_division=COUNTY, attendance=[OWN, REP])
    assert (await station.act_on(activity, "change", moved)).is_success
    first = (await desk.page("deputy", "/deputy")).text
    assert asked not in first, "another place is no other day"
    assert "您已答复：能来；之后计划改过" in first
    assert "您已答复：能来" in (await desk.page("deputy", own)).text
    later = moved | {"first_day": day(12), "last_day": day(12)}
    assert (await station.act_on(activity, "change", later)).is_success
    first = (await desk.page("deputy", "/deputy")).text
    assert (asked in first, "计划改过" in first) == (True, True)
    assert "计划改过" in (await desk.page("deputy", own)).text
    late = await desk.send("deputy", answer, old)
    assert (late.status_code, "又有变化" in late.text) == (409, True), "of the day it was seen for"
    assert "代表：还没有答复" in (await desk.page("station_staff", own)).text
    assert (await desk.send("deputy", answer, {"coming": "no"})).is_redirect
    assert "代表：不能来" in (await desk.page("station_staff", own)).text
    without = a_change(attendance=[REP])
    assert (await station.act_on(activity, "change", without)).is_success
    assert asked not in (await desk.page("deputy", "/deputy")).text


async def test_the_page_changes_a_plan_with_what_it_holds_already(desk: Desk) -> None:
    await register(desk)
    body = a_plan(enterprises=[CREDIT_CODE], traders=["阿三面馆"], visit_reason="约好的")
    made = await desk.post("station_staff", "/v1/activities/plan", body)
    activity = made.json()["activity_id"]
    path = f"/activities/{activity}/change"
    assert (
        f'href="/intake{path}"'
        in (await desk.page("station_staff", f"/activities/{activity}")).text
    )
    assert (await desk.page("deputy", path)).status_code == 403
    page = (await desk.page("station_staff", path)).text
    assert f"{CREDIT_CODE}</textarea>" in page
    assert "阿三面馆</textarea>" in page
    assert "约好的</textarea>" in page
    assert f'value="{OWN["person_id"]}" checked' in page
    form = {name: one for name, one in inputs(page).items() if name != "form_token"}
    form |= {"kind": "research", "first_day": day(5), "last_day": day(5)}
    form |= {"place_division": TOWNSHIP, "enterprises": FIRM[:4], "visit_reason": "约好的"}
    form |= {"attendance": OWN["person_id"]}
    wrong = await desk.send("station_staff", path, form | {"last_day": day(1)})
    assert (wrong.status_code, 'id="e-last_day"' in wrong.text) == (422, True)
    assert FIRM[:4] in wrong.text
    sent = await desk.send("station_staff", path, form | {"first_day": day(8), "last_day": ""})
    assert sent.headers["location"] == f"/intake/activities/{activity}?did=change", re.findall(
        r'class="wrong"[^<]*<|class="note[^<]*<[^<]*', sent.text
    )
    (row,) = await desk.sql("SELECT * FROM activity WHERE key = $1", from_text(activity))
    assert (row["kind"], row["first_day"], row["last_day"]) == (
        "research", TODAY + timedelta(8), TODAY + timedelta(8),
    )  # fmt: skip
