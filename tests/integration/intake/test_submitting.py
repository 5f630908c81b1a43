"""An item comes in once, whatever the line does, and never before it is safe."""

import asyncio
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from deploy.local.servers import Servers
from deploy.simulator.station import StationClient
from services.intake import station_auth, store
from services.intake.domain.station_keys import StationKey, key_id
from services.intake.settings import IntakeSettings
from shared.db.pool import Tx
from shared.errors import Unavailable
from shared.ids import from_text
from tests.support.eventually import eventually
from tests.support.intake.desk import Desk, an_item, block, open_desk, settings_for
from tests.support.intake.stations import submit_batch
from tests.support.refusals import problem
from tests.support.servers import fresh_database

BATCH = "/intake/v1/items/batch"
WAITING = "SELECT pid FROM pg_locks WHERE NOT granted"


async def test_an_item_is_taken_once_and_the_same_again_changes_nothing(
    desk: Desk, station: StationClient
) -> None:
    item = an_item()
    first = await station.submit(item)
    before = await desk.stored()
    shuffled = dict(reversed(item.items())) | {"title": f" {item['title']} ", "deputy_id": None}
    again = [await station.submit(it) for it in (item, shuffled)]
    other = await station.submit(item | {"body": "别的内容"})
    assert [one.status_code for one in (first, *again)] == [201, 200, 200]
    assert [one.json() for one in again] == [first.json()] * 2
    assert problem(other) == (409, "id_reused")
    assert await desk.stored() == before
    assert await desk.emitted(from_text(first.json()["item_id"])) == ["item.submitted", "item.text"]
    async with desk.station("XQ01-1") as point:
        another = await point.submit(item)
    assert another.status_code == 201, "each station counts its own ids"
    assert len({first.json()["item_id"], another.json()["item_id"], item["id"]}) == 3


async def test_twins_at_once_are_one_item(desk: Desk, station: StationClient) -> None:
    item = an_item()
    before = await desk.stored()
    answers = await asyncio.gather(*(station.submit(item) for _ in range(12)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(201) == 1, codes
    assert set(codes) <= {200, 201, 503}
    after = await desk.stored()
    assert (after["item"] - before["item"], after["outbox"] - before["outbox"]) == (1, 2)


async def test_a_twin_in_flight_is_told_to_come_again(desk: Desk, station: StationClient) -> None:
    """The lock of the first request is held by a transaction outside."""
    item, neighbour = an_item(), an_item()
    item_id = (await station.submit(item)).json()["item_id"]
    async with desk.service.db.begin() as tx:
        await tx.execute("SELECT FROM item WHERE key = $1::text::uuid FOR UPDATE", item_id)
        first = asyncio.create_task(station.submit(item))
        await eventually(lambda: tx.fetch(WAITING))
        second = await station.submit(item)
        batch = await submit_batch(station, [item, neighbour])
    assert problem(second) == (503, "in_flight")
    assert int(second.headers["Retry-After"]) >= 1
    assert [one["status"] for one in batch.json()["results"]] == [503, 201]
    assert (await first).status_code == 200


async def test_no_201_before_the_commit(desk: Desk, station: StationClient) -> None:
    """A commit that is cut off is never told as taken; the same id then comes in once."""
    item = an_item()
    before = await desk.stored()
    async with desk.service.db.begin() as tx:
        await tx.execute("LOCK TABLE outbox_pending IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.create_task(station.submit(item))
        (writer,) = await eventually(lambda: tx.fetch(WAITING))
        assert not asked.done()
        await tx.fetch("SELECT pg_terminate_backend($1)", writer["pid"])
        answer = await asked
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert await desk.stored() == before
    assert (await station.submit(item)).status_code == 201


async def test_a_batch_answers_every_item_at_its_place(desk: Desk, station: StationClient) -> None:
    known, used, twice = an_item(), an_item(), an_item()
    await station.submit(known)
    await station.submit(used)
    before = await desk.stored()
    mixed: list[Any] = [
        an_item(),
        known,
        used | {"title": "别的题目"},
        an_item(title=""),
        "nothing",
        an_item(division_code="331003101"),
        an_item(occurred_at="2099-01-01T00:00:00+08:00"),
        twice,
        twice,
        None,
        an_item(id="\ud800"),
        an_item(id={"a": 1}),
        an_item(occurred_at="9999-12-31T23:59:59-23:59"),
        an_item(occurred_at=datetime.now(timezone(timedelta(hours=16))).isoformat()),
    ]
    answer = await station.send("POST", BATCH, json.dumps({"items": mixed}).encode())
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [one["status"] for one in results] == [
        201, 200, 409, 422, 422, 403, 425, 201, 200, 422, 422, 422, 422, 422,
    ]  # fmt: skip
    assert [one["id"] for one in results[:4]] == [one["id"] for one in mixed[:4]]
    assert results[3]["errors"][0]["pointer"] == "#/items/3/title"
    assert (results[5]["code"], results[6]["code"]) == ("division_not_yours", "occurred_in_future")
    assert results[7]["item_id"] == results[8]["item_id"]
    for one in results:
        assert one["status"] < 300 or all(
            one[name] for name in ("code", "detail", "detail_en", "what_to_do", "what_to_do_en")
        )
    after = await desk.stored()
    assert (after["item"] - before["item"], after["outbox"] - before["outbox"]) == (2, 4)


async def test_a_batch_holds_one_item_to_two_hundred(desk: Desk, station: StationClient) -> None:
    taken = await submit_batch(station, [an_item() for _ in range(200)])
    assert [one["status"] for one in taken.json()["results"]] == [201] * 200
    before = await desk.stored()
    for items in ([an_item() for _ in range(201)], []):
        refused = await submit_batch(station, items)
        assert problem(refused) == (422, "invalid")
        assert refused.json()["errors"][0]["pointer"] == "#/items"
    assert await desk.stored() == before


async def test_while_the_database_is_away_nothing_is_lost(
    desk: Desk, station: StationClient
) -> None:
    item = an_item()
    await desk.service.db.close()
    away = await station.submit(item)
    await desk.service.db.open()
    assert problem(away) == (503, "database_unavailable")
    assert int(away.headers["Retry-After"]) >= Unavailable().retry_after
    assert (await station.submit(item)).status_code == 201


async def test_a_parked_item_takes_no_act(desk: Desk, station: StationClient) -> None:
    item_id = (await station.submit(an_item())).json()["item_id"]
    await block(desk, item_id)
    answer = await station.act(item_id, "resubmit", {"supplement": "补充"})
    assert problem(answer) == (409, "under_repair")


async def test_with_auto_accept_an_item_is_numbered_as_it_comes_in(servers: Servers) -> None:
    async with (
        fresh_database(servers.dsn) as dsn,
        open_desk(settings_for(dsn, INTAKE_AUTO_ACCEPT=True)) as desk,
        desk.station() as station,
    ):
        answer = (await station.submit(an_item())).json()
        batch = (await submit_batch(station, [an_item() for _ in range(3)])).json()["results"]
    numbers = [answer["number"], *(one["number"] for one in batch)]
    year = (datetime.now(UTC) + timedelta(hours=8)).year
    assert numbers == [f"331004-{year}-{n:04d}" for n in range(1, 5)]


def test_auto_accept_is_refused_outside_development() -> None:
    with pytest.raises(ValueError, match="allowed only with"):
        IntakeSettings.model_validate(
            {
                "INTAKE_AUTO_ACCEPT": "true",
                "INTAKE_DATABASE_URL": "postgresql://nowhere",
                "KAFKA_BOOTSTRAP_SERVERS": "x",
                "JIANYI_ENV": "production",
            }
        )


async def test_items_are_listed_page_by_page_for_the_station_and_its_sub_points(desk: Desk) -> None:
    async with desk.station("NC01") as station:
        ids = [
            (await station.submit(an_item(division_code="331003101"))).json()["item_id"]
            for _ in range(3)
        ]
        first = (await station.items(limit=2)).json()["items"]
        rest = (await station.items(limit=2, before=first[-1]["item_id"])).json()["items"]
        assert [one["item_id"] for one in [*first, *rest]] == sorted(ids, reverse=True)
        for wrong in ({"limit": 201}, {"state": "ALL"}, {"before": "7"}):
            assert problem(await station.items(**wrong)) == (422, "invalid")
    async with desk.station() as main, desk.station("XQ01-1") as point:
        below = (await point.submit(an_item())).json()["item_id"]
        above = (await main.submit(an_item())).json()["item_id"]
        assert (await main.item(below)).status_code == 200
        assert problem(await point.item(above)) == (404, "item_not_found")


async def test_requests_that_need_a_key_at_once_ask_the_database_once(
    desk: Desk, station: StationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[str] = []
    asked: list[str] = []
    gate = asyncio.Event()
    find_key = store.find_key

    async def slow(tx: Tx, kid: str) -> StationKey | None:
        asked.append(kid)
        await gate.wait()
        return await find_key(tx, kid)

    def seen(token: str) -> str:
        came.append(key_id(token))
        return came[-1]

    async def all_wait() -> bool:
        return len(came) == 5 and len(asked) > 0

    monkeypatch.setattr(store, "find_key", slow)
    monkeypatch.setattr(station_auth, "key_id", seen)
    monkeypatch.setattr(station_auth, "KEY_SECONDS", -1.0)
    answers = [asyncio.create_task(station.items()) for _ in range(5)]
    await eventually(all_wait)
    gate.set()
    assert {answer.status_code for answer in await asyncio.gather(*answers)} == {200}
    assert asked == [desk.keys["XQ01"][0]]
