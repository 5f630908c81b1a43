"""Leaves work for deputies who sign in: an invitation, and an item returned to them."""

from datetime import date, datetime, timedelta
from http import HTTPStatus

from deploy.simulator.activities import PATH
from deploy.simulator.city import Json, Person
from deploy.simulator.stage import World
from shared.calendar import local_day
from shared.ids import new_id, to_text

IN_DAYS = 3
TITLE = "村口公交站没有雨棚"
TEXT = "下雨天老人和学生没处躲，希望加装雨棚。"
MISSING = "请写明是哪几个站。"


async def leave_to_deputies(world: World, now: datetime) -> None:
    """Let each station of the first county invite its first deputy and return an item of theirs.

    Neither counts: the activity is to come, the item is not accepted.
    """
    county = world.cast.counties[0]
    for code, division in world.cast.stations.items():
        named = world.cast.deputies(division, 1, street_rep=False)
        if world.cast.filer(division) != county or not named:
            continue
        await _invite(world, code, division, now, local_day(now) + timedelta(IN_DAYS))
        deputy = Person(named[0]["person_id"], "", ())
        taken = await world.city.record(deputy, "/intake/v1/items", _item(deputy, division, now))
        head = world.cast.at("station_head", division)
        back = {"reason": "missing_place", "note": MISSING}
        await world.city.act(head, f"/intake/v1/items/{taken['item_id']}/return", back)


async def _invite(world: World, code: str, division: str, now: datetime, day: date) -> None:
    body: Json = {
        "id": to_text(new_id(now)),
        "kind": "contact",
        "place_division": division,
        "first_day": day.isoformat(),
        "last_day": day.isoformat(),
        "attendance": world.cast.deputies(division, 1, street_rep=False),
    }
    station = world.stations[code]
    answer = await world.city.sent(lambda: station.send("POST", f"{PATH}/plan", body))
    world.city.expect(answer, HTTPStatus.CREATED)


def _item(deputy: Person, division: str, now: datetime) -> Json:
    return {
        "id": to_text(new_id(now)),
        "title": TITLE,
        "body": TEXT,
        "division_code": division,
        "occurred_at": now.isoformat(),
        "item_type": "problem",
        "source_kind": "deputy",
        "deputy_id": deputy.person_id,
    }
