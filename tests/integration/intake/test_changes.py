"""What has changed since: in order, nothing missed under concurrent writers, own stations only."""

import asyncio
from typing import Any

from shared.ids import from_text, to_text
from tests.support.database import connected
from tests.support.intake.desk import Desk, HeadedStation, an_item
from tests.support.intake.stations import CREDIT_CODE
from tests.support.refusals import problem

CHANGES = "/v1/items/changes"


async def read(desk: Desk, since: str = "", **query: int) -> dict[str, Any]:
    words = "&".join([f"since={since}", *(f"{name}={value}" for name, value in query.items())])
    answer = await desk.get("station_head", f"{CHANGES}?{words}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def to_the_end(desk: Desk, since: str = "") -> str:
    while True:
        found = await read(desk, since, limit=200)
        since = found["next"]
        if not found["more"]:
            return since


async def submitted(station: HeadedStation, **changes: Any) -> str:
    answer = await station.submit(an_item(**changes))
    return str(answer.json()["item_id"])


async def test_an_item_is_told_again_at_each_change_and_not_without_one(
    desk: Desk, station: HeadedStation
) -> None:
    since = await to_the_end(desk)
    assert (await read(desk, since))["items"] == []
    item_id = await submitted(station)
    found = await read(desk, since)
    assert [(one["item_id"], one["state"]) for one in found["items"]] == [(item_id, "SUBMITTED")]
    accepted = await desk.post("station_head", f"/v1/items/{item_id}/accept", {})
    assert accepted.status_code == 200
    found = await read(desk, found["next"])
    assert [(one["item_id"], one["state"]) for one in found["items"]] == [(item_id, "ACCEPTED")]
    await desk.sql("INSERT INTO progress (key, reply_no) VALUES ($1, 1)", from_text(item_id))
    found = await read(desk, found["next"])
    assert [(one["item_id"], one["reply_no"]) for one in found["items"]] == [(item_id, 1)]
    await desk.sql("UPDATE progress SET reply_no = 2 WHERE key = $1", from_text(item_id))
    assert [one["reply_no"] for one in (await read(desk, found["next"]))["items"]] == [2]


async def test_a_merged_item_changes_with_the_one_that_is_handled(
    desk: Desk, station: HeadedStation
) -> None:
    code = {"enterprise_code": CREDIT_CODE}
    into, merged = await submitted(station, **code), await submitted(station, **code)
    done = await desk.post("station_head", f"/v1/items/{merged}/merge", {"into": into})
    assert done.status_code == 200
    since = await to_the_end(desk)
    await desk.sql("INSERT INTO progress (key, reply_no) VALUES ($1, 1)", from_text(into))
    found = await read(desk, since)
    assert {one["item_id"] for one in found["items"]} == {into, merged}


async def test_what_an_unfinished_transaction_changed_is_told_once_it_has_ended(
    desk: Desk, station: HeadedStation
) -> None:
    """A later change waits for it: told first, it would leave the earlier one behind the cursor."""
    slow, quick = await submitted(station), await submitted(station)
    since = await to_the_end(desk)
    async with connected(desk.settings.database_url.get_secret_value()) as other:
        await other.execute("SET search_path = intake")
        async with other.transaction():
            await other.execute("UPDATE item SET reason = '' WHERE key = $1::text::uuid", slow)
            await desk.sql("UPDATE item SET reason = '' WHERE key = $1", from_text(quick))
            assert (await read(desk, since))["items"] == []
    found = await read(desk, since)
    assert [one["item_id"] for one in found["items"]] == [slow, quick]


async def test_nothing_is_missed_while_many_write(desk: Desk) -> None:
    async with desk.station() as first, desk.station("XQ01-1") as second:
        since, stop = await to_the_end(desk), asyncio.Event()
        versions: dict[str, int] = {}

        async def follow() -> None:
            at = since
            while True:
                last_round = stop.is_set()
                found = await read(desk, at, limit=7)
                at = found["next"]
                for one in found["items"]:
                    assert one["basis"]["seq"] >= versions.get(one["item_id"], 0)
                    versions[one["item_id"]] = one["basis"]["seq"]
                if last_round and not found["more"]:
                    return

        async def write(station: HeadedStation) -> list[str]:
            made = []
            for _ in range(15):
                item_id = await submitted(station)
                await desk.post("station_head", f"/v1/items/{item_id}/accept", {})
                made.append(item_id)
            return made

        following = asyncio.create_task(follow())
        made = await asyncio.gather(*(write(one) for one in (first, second) for _ in range(3)))
        stop.set()
        await following
    rows = await desk.sql("SELECT key, seq FROM item WHERE key = ANY ($1::uuid[])",
                          [from_text(one) for many in made for one in many])  # fmt: skip
    assert versions == {to_text(row["key"]): row["seq"] for row in rows}
    assert len(versions) == 90


async def test_a_cursor_is_of_its_stations_and_of_this_database(
    desk: Desk, station: HeadedStation
) -> None:
    await submitted(station)
    since = await to_the_end(desk)
    transaction, rest = since.split(".", 1)
    for who, cursor in (
        ("other_station", since),
        ("station_head", f"{int(transaction) + 10**9}.{rest}"),
        ("station_head", "yesterday"),
    ):
        answer = await desk.get(who, f"{CHANGES}?since={cursor}")
        assert problem(answer) == (409, "cursor_outdated")
    others = await desk.get("other_station", CHANGES)
    assert since not in others.text


async def test_other_stations_see_nothing_of_it(desk: Desk, station: HeadedStation) -> None:
    item_id = await submitted(station)
    answer = await desk.get("other_station", f"{CHANGES}?limit=200")
    assert item_id not in answer.text
