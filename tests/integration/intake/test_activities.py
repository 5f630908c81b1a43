"""The life of an activity through the interface: planned, held, who came, cancelled; and visits."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from deploy.simulator.plan import credit_code
from services.intake import activity_store
from services.intake.domain.visits import NOBODY
from shared.calendar import local_day
from shared.ids import from_text, named_id, to_text
from shared.rights import RowScope
from tests.support.intake.desk import Desk, HeadedStation, an_activity, fresh_id
from tests.support.intake.stations import (
    COUNTY,
    COUNTY_ORGAN,
    DEPUTY,
    OTHER_TOWNSHIP,
    STATION,
    STREET_REP,
    TOWNSHIP,
)
from tests.support.refusals import check_refused, problem

CAME = {"attendance": [{"person_id": to_text(DEPUTY)}, {"person_id": to_text(STREET_REP)}]}
TODAY = local_day(datetime.now(UTC))
_codes = count(700)


def day(n: int) -> str:
    return (TODAY + timedelta(n)).isoformat()


def a_plan(ahead: int = 3, **changes: Any) -> dict[str, Any]:
    sound = {"first_day": day(ahead), "last_day": day(ahead), "enterprises": [], "attendance": []}
    return an_activity(**(sound | changes))


async def planned(station: HeadedStation, **changes: Any) -> str:
    answer = await station.plan(a_plan(**changes))
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["activity_id"]
    return found


async def seen(station: HeadedStation, activity_id: str) -> Mapping[str, Any]:
    answer = await station.send("GET", f"/intake/v1/activities/{activity_id}")
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


async def test_a_plan_is_stored_once_held_with_who_came_and_cancelled_once(
    desk: Desk, station: HeadedStation
) -> None:
    body = a_plan(-1, attendance=CAME["attendance"], notes="看用电")
    first, again = await station.plan(body), await station.plan(body)
    assert (first.status_code, again.status_code) == (201, 200)
    activity_id = first.json()["activity_id"]
    assert first.json() == again.json()
    assert problem(await station.plan(body | {"kind": "meeting"})) == (409, "id_reused")
    assert problem(await station.hold(body)) == (409, "id_reused")
    held, twice = [await station.act_on(activity_id, "hold", CAME) for _ in range(2)]
    assert (held.json()["state"], twice.json()["state"]) == ("HELD", "HELD")
    found = await seen(station, activity_id)
    assert (found["notes"], len(found["attendance"]), len(found["expected"])) == ("看用电", 2, 2)
    gone = {"people": [to_text(STREET_REP)], "reason": "临时有事"}
    assert (await station.act_on(activity_id, "revoke", gone)).status_code == 200
    assert len((await seen(station, activity_id))["attendance"]) == 1
    more = {"attendance": [{"person_id": to_text(STREET_REP)}]}
    assert (await station.act_on(activity_id, "confirm", more)).status_code == 200
    why = {"reason": "记错了"}
    answers = [await station.act_on(activity_id, "cancel", why) for _ in range(2)]
    assert [one.json()["state"] for one in answers] == ["CANCELLED"] * 2
    assert await desk.emitted(from_text(activity_id)) == [
        "activity.planned",
        "activity.held",
        "attendance.confirmed",
        "attendance.confirmed",
        "attendance.revoked",
        "attendance.confirmed",
        "activity.cancelled",
    ]


@pytest.mark.parametrize(
    ("act", "body", "status", "code"),
    [
        ("hold", {"attendance": [{"person_id": to_text(named_id("person", "x"))}]}, 422,
         "unknown_person"),
        ("hold", {"last_day": day(-9)}, 422, "days_reversed"),
        ("hold", {"first_day": "soon"}, 422, "invalid"),
        ("confirm", CAME, 409, "activity_not_held"),
        ("confirm", {"attendance": []}, 422, "invalid"),
        ("revoke", {"people": [to_text(DEPUTY)], "reason": "没来"}, 409, "activity_not_held"),
        ("revoke", {"people": [], "reason": "没来"}, 422, "invalid"),
        ("revoke", {"people": [to_text(DEPUTY)]}, 422, "invalid"),
        ("cancel", {"reason": "  "}, 422, "invalid"),
        ("cancel", {"reason": "字" * 501}, 422, "invalid"),
        ("cancel", {}, 422, "invalid"),
        ("notes", {"notes": "字" * 2001}, 422, "invalid"),
        ("cancel", {"reason": "x", "basis": {"topic": "intake.activity.v1", "seq": 9}}, 409,
         "stale_basis"),
    ],
)  # fmt: skip
async def test_a_wrong_act_on_a_planned_activity_is_refused(
    desk: Desk, station: HeadedStation, act: str, body: dict[str, Any], status: int, code: str
) -> None:
    activity_id = await planned(station, ahead=-1)
    before = await desk.stored()
    answer = await station.act_on(activity_id, act, body)
    await check_refused(desk, before, answer, status, code)


async def test_nobody_is_revoked_who_did_not_come_and_a_cancelled_activity_is_over(
    desk: Desk, station: HeadedStation
) -> None:
    activity_id = (await station.hold(an_activity(attendance=[]))).json()["activity_id"]
    before = await desk.stored()
    gone = {"people": [to_text(DEPUTY)], "reason": "没来"}
    await check_refused(
        desk, before, await station.act_on(activity_id, "revoke", gone), 409, "not_attending"
    )
    await station.act_on(activity_id, "cancel", {"reason": "重复"})
    for act, body in (("hold", CAME), ("confirm", CAME), ("cancel", {"reason": "又说"})):
        answer = await station.act_on(activity_id, act, body)
        assert problem(answer) == (409, "activity_cancelled")


async def test_others_do_not_see_an_activity_nor_act_on_it(
    desk: Desk, station: HeadedStation
) -> None:
    activity_id = await planned(station)
    path = f"/v1/activities/{activity_id}"
    for who in ("dispatcher", "township", "other_station"):
        assert problem(await desk.get(who, path)) == (404, "activity_not_found")
        answer = await desk.post(who, f"{path}/cancel", {"reason": "x"})
        assert problem(answer) == (404, "activity_not_found")
        listed = (await desk.get(who, "/v1/activities")).json()["activities"]
        assert activity_id not in [one["activity_id"] for one in listed]
    for who in ("station_staff", "station_head"):
        assert (await desk.get(who, path)).status_code == 200
    nowhere = f"/v1/activities/{fresh_id()}"
    assert problem(await desk.get("station_staff", nowhere)) == (404, "activity_not_found")
    for who in ("clerk", "liaison", "research", "ops"):
        assert problem(await desk.get(who, path)) == (403, "not_yours")


async def test_the_wall_shows_activities_to_their_station_or_organ_only(
    desk: Desk, station: HeadedStation
) -> None:
    key = from_text((await station.hold(an_activity(notes="只给本站看"))).json()["activity_id"])
    db = desk.service.db
    for keys, sees in (({"stations": [STATION]}, True), ({"organs": [COUNTY_ORGAN]}, False)):
        async with db.begin_as(RowScope(codes={}, keys=keys)) as tx:
            assert (key in await activity_store.read(tx, [key])) is sees
            for table in ("activity_text", "attendance"):
                column = "key" if table == "activity_text" else "activity_id"
                rows = await tx.fetch(f"SELECT FROM {table} WHERE {column} = $1", key)
                assert bool(rows) is sees


async def test_an_organ_holds_activities_that_count_for_its_own_division(desk: Desk) -> None:
    body = an_activity(enterprises=[], attendance=CAME["attendance"])
    answer = await desk.post("committee", "/v1/activities", body)
    assert answer.status_code == 201, answer.text
    activity_id = answer.json()["activity_id"]
    (row,) = await desk.sql("SELECT * FROM activity WHERE key = $1", from_text(activity_id))
    assert (row["organ_id"], row["station_id"]) == (COUNTY_ORGAN, None)
    assert (row["organiser_division"], row["place_division"]) == (COUNTY, TOWNSHIP)
    other = an_activity(enterprises=[], attendance=[])
    path = f"/v1/activities?organ={to_text(COUNTY_ORGAN)}"
    assert (await desk.post("dispatcher", path, other)).status_code == 201
    assert problem(await desk.post("township", path, other)) == (403, "organ_not_yours")
    away = other | {"organiser_division": OTHER_TOWNSHIP}
    assert problem(await desk.post("township", "/v1/activities", away)) == (
        403,
        "division_not_yours",
    )


async def look_up(desk: Desk, who: str, code: str, ahead: int) -> Any:
    query = f"place_division={TOWNSHIP}&first_day={day(ahead)}&enterprise={code}"
    answer = await desk.get(who, f"/v1/activities/visits?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_who_visits_a_firm_is_seen_city_wide_without_names_and_notes_of_ones_own_only(
    desk: Desk, station: HeadedStation
) -> None:
    code = credit_code(next(_codes))
    body = an_activity(enterprises=[code], notes="说到用电紧张")
    activity_id = (await station.hold(body)).json()["activity_id"]
    (visit,) = (await look_up(desk, "dispatcher", code, 5))["visits"]
    assert (visit["organiser"], visit["first_day"]) == ("XQ01", body["first_day"])
    assert (visit["notes"], visit["activity_id"]) == ("", None)
    assert not {"attendance", "expected"} & visit.keys()
    (own,) = (await look_up(desk, "station_staff", code, 5))["visits"]
    assert (own["notes"], own["activity_id"]) == ("说到用电紧张", activity_id)
    assert (await look_up(desk, "dispatcher", code, 29))["visits"] == []
    assert (await look_up(desk, "dispatcher", credit_code(next(_codes)), 5))["visits"] == []
    await station.act_on(activity_id, "cancel", {"reason": "没去成"})
    assert (await look_up(desk, "dispatcher", code, 5))["visits"] == []


async def test_a_visit_so_soon_again_needs_a_reason_which_is_kept(
    desk: Desk, station: HeadedStation
) -> None:
    code = credit_code(next(_codes))
    await station.hold(an_activity(enterprises=[code]))
    body, before = a_plan(enterprises=[code]), await desk.stored()
    said = await check_refused(desk, before, await station.plan(body), 409, "visited_recently")
    assert said["visits"] == 1
    answer = await station.plan(body | {"visit_reason": "企业请我们再去"})
    assert answer.status_code == 201
    found = await seen(station, answer.json()["activity_id"])
    assert found["visit_reason"] == "企业请我们再去"
    later = a_plan(40, enterprises=[code])
    assert (await station.plan(later)).status_code == 201, "long after"


async def test_small_traders_are_named_and_found_again_by_name_and_never_leave(
    desk: Desk, station: HeadedStation
) -> None:
    body = an_activity(enterprises=[], traders=["阿美理发店"])
    activity_id = (await station.hold(body)).json()["activity_id"]
    again = a_plan(traders=["阿美理发店"])
    assert problem(await station.plan(again)) == (409, "visited_recently")
    rows = await desk.sql("SELECT payload FROM outbox WHERE key = $1", from_text(activity_id))
    assert rows
    assert not any("阿美".encode() in row["payload"] for row in rows)


async def test_the_week_of_a_place_is_counted(desk: Desk, station: HeadedStation) -> None:
    monday = TODAY - timedelta(TODAY.weekday()) + timedelta(21)
    ahead = (monday - TODAY).days
    before = (await look_up(desk, "dispatcher", credit_code(1), ahead))["in_week"]
    await planned(station, ahead=ahead)
    await planned(station, ahead=ahead + 6)
    await planned(station, ahead=ahead + 7)
    found = await look_up(desk, "dispatcher", credit_code(1), ahead)
    assert found["in_week"] - before == 2
    assert found["week_start"] == monday.isoformat()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "invalid"),
        (f"place_division={TOWNSHIP}&first_day=soon", "invalid"),
        (f"place_division={TOWNSHIP}&first_day=2026-05-02&last_day=2026-05-01", "days_reversed"),
        (f"place_division={TOWNSHIP}&first_day=2026-05-02&trader=", "invalid"),
    ],
)
async def test_a_wrong_look_up_is_refused(desk: Desk, query: str, code: str) -> None:
    answer = await desk.get("station_staff", f"/v1/activities/visits?{query}")
    assert problem(answer) == (422, code)


async def test_a_joint_activity_that_a_partner_recorded_is_asked_about(desk: Desk) -> None:
    firm = {"enterprises": [credit_code(77)]}
    async with desk.station() as one, desk.station("NC01") as other:
        joint = an_activity(**firm, partners=[OTHER_TOWNSHIP])
        assert (await one.hold(joint)).status_code == 201
        own = an_activity(**firm, place_division=OTHER_TOWNSHIP)
        assert problem(await other.hold(own)) == (409, "recorded_by_partner")
        reason = {"visit_reason": "下午另去了一次，谈招工"}
        assert (await other.hold(own | reason)).status_code == 201
        alone = an_activity(enterprises=[credit_code(78)])
        assert (await one.hold(alone)).status_code == 201
        apart = an_activity(enterprises=[credit_code(78)], place_division=OTHER_TOWNSHIP)
        assert (await other.hold(apart)).status_code == 201


async def test_what_has_to_be_completed_is_listed_with_todays_first(desk: Desk) -> None:
    async with desk.station("NC01") as station:
        place = {"place_division": OTHER_TOWNSHIP}
        late, coming, today = [await planned(station, ahead=n, **place) for n in (-4, 3, 0)]
    of = activity_store.Organisers([named_id("station", "NC01")], [])
    async with desk.service.db.begin() as tx:
        found = await activity_store.list_to_complete(tx, of, TODAY, 10)
        assert [to_text(key) for key in found.keys] == [today, late]
        assert (
            await activity_store.list_visits(
                tx,
                [],
                activity_store.Days(TODAY, TODAY),
                NOBODY,
                9,
            )
            == []
        )
    assert from_text(coming) not in found.keys
