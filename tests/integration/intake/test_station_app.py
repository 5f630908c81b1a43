"""Stations' apps against a running intake: offline and back, keys that end, a limit on haste."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import OKPKey

from deploy.examples.station import Station
from deploy.local.servers import Servers
from deploy.simulator.station import StationClient
from services.intake import store
from services.intake.app import build
from services.intake.domain.station_keys import enrolment, new_key
from shared.ids import to_text
from shared.service import mounted
from tests.support.browser import served
from tests.support.intake.desk import URL, Desk, an_item, block, open_desk, settings_for
from tests.support.refusals import problem
from tests.support.servers import NO_KAFKA, fresh_database

SUB_POINT = "XQ01-1"
REVOKED_WITHIN_SECONDS = 30


@pytest_asyncio.fixture(scope="module")
async def hasty(servers: Servers) -> AsyncIterator[Desk]:
    """An intake that lets each station ask thirty times at once, then every two seconds."""
    limit = {"INTAKE_STATION_REQUESTS_PER_MINUTE": 30}
    async with fresh_database(servers.dsn) as dsn, open_desk(settings_for(dsn, **limit)) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.json"


@asynccontextmanager
async def enrolled(
    desk: Desk, file: Path | None = None, station: str = SUB_POINT
) -> AsyncIterator[str]:
    """Give a station one more key for a while; the file for its app leads nowhere yet."""
    key, private = new_key(station)
    desk.keys[key.kid] = (key.kid, OKPKey.import_key(dict(private)))
    if file is not None:
        told = enrolment(key, private, f"http://{NO_KAFKA}")
        await asyncio.to_thread(file.write_text, told)
    async with desk.service.db.begin() as tx:
        assert await store.add_key(tx, key) == "added"
    try:
        yield key.kid
    finally:
        await revoke(desk, key.kid)


async def revoke(desk: Desk, kid: str) -> bool:
    async with desk.service.db.begin() as tx:
        return await store.revoke_key(tx, kid)


@asynccontextmanager
async def online(desk: Desk, file: Path) -> AsyncIterator[Station]:
    """Start the app anew where it reaches the system."""
    async with served(desk.transport.app) as address:
        told = json.loads(await asyncio.to_thread(file.read_text))
        await asyncio.to_thread(file.write_text, json.dumps(told | {"address": address}))
        yield Station(file, file.parent)


def raised(**changes: Any) -> dict[str, Any]:
    """Make up an item without an id: the app gives it one."""
    return an_item(id=..., **changes)


def named(folder: Path) -> list[str]:
    return sorted(one.stem for one in folder.iterdir())


async def test_an_app_keeps_what_it_took_offline_and_sends_it_once(desk: Desk, file: Path) -> None:
    async with enrolled(desk, file):
        offline = Station(file, file.parent)
        kept = [offline.keep(raised()) for _ in range(3)]
        wrong = offline.keep(raised(title=""))
        before = await desk.stored()
        assert await asyncio.to_thread(offline.send) > 0
        assert (named(offline.waiting), await desk.stored()) == (sorted([*kept, wrong]), before)
        async with online(desk, file) as app:
            assert await asyncio.to_thread(app.send) == 0
            assert (named(app.taken), named(app.refused)) == (sorted(kept), [wrong])
            refused = json.loads((app.refused / f"{wrong}.json").read_text())
            assert refused["answer"]["code"] == "invalid"
            again = json.loads((app.taken / f"{kept[0]}.json").read_text())["item"]
            (app.waiting / f"{kept[0]}.json").write_text(json.dumps(again))
            assert await asyncio.to_thread(app.send) == 0
            assert named(app.waiting) == []
    assert (await desk.stored())["item"] == before["item"] + len(kept)


async def test_a_device_whose_clock_is_wrong_loses_nothing(desk: Desk, file: Path) -> None:
    now = datetime.now(UTC)
    async with enrolled(desk, file), online(desk, file) as app:
        fast, ahead, old, right = [
            app.keep(raised(occurred_at=(now + timedelta(seconds=s)).isoformat()))
            for s in (120, 3 * 3600, -200 * 86400, -60)
        ]
        assert await asyncio.to_thread(app.send) == 3600
        assert (named(app.waiting), named(app.refused)) == ([ahead], [])
        assert (named(app.taken), named(app.asked)) == (sorted([fast, right]), [old])
        app.confirm(old)
        await asyncio.to_thread(app.send)
        assert named(app.taken) == sorted([fast, right, old])
    rows = await desk.sql("SELECT client_id FROM item WHERE clock_ahead")
    assert [to_text(row["client_id"]) for row in rows] == [fast]


async def test_an_app_whose_key_has_ended_keeps_what_waits(desk: Desk, file: Path) -> None:
    async with enrolled(desk, file) as kid:
        assert await revoke(desk, kid)
        async with online(desk, file) as app:
            own = app.keep(raised())
            assert await asyncio.to_thread(app.send) > 0
    assert (named(app.waiting), named(app.taken), named(app.refused)) == ([own], [], [])


async def test_what_only_the_administrator_can_mend_is_kept(desk: Desk, file: Path) -> None:
    async with enrolled(desk, file, station="GHOST"), online(desk, file) as app:
        own = app.keep(raised())
        assert await asyncio.to_thread(app.send) > 0  # 403 unknown_station
    assert (named(app.waiting), named(app.refused)) == ([own], [])


async def test_an_item_under_repair_holds_back_no_other(desk: Desk, file: Path) -> None:
    async with enrolled(desk, file), online(desk, file) as app:
        blocked = app.keep(raised())
        assert await asyncio.to_thread(app.send) == 0
        taken = json.loads((app.taken / f"{blocked}.json").read_text())
        await block(desk, taken["answer"]["item_id"])
        (app.waiting / f"{blocked}.json").write_text(json.dumps(taken["item"]))  # answer was lost
        other = app.keep(raised())
        assert await asyncio.to_thread(app.send) == 60
        assert named(app.waiting) == [blocked]
        assert named(app.taken) == sorted([blocked, other])
        assert named(app.refused) == []


async def test_a_revoked_key_ends_in_every_process(desk: Desk) -> None:
    other = build(desk.settings)
    transport = httpx.ASGITransport(mounted([other]))
    http = httpx.AsyncClient(transport=transport, base_url=URL)
    async with enrolled(desk) as kid, other.opened(), http, desk.station(kid) as one:
        two = StationClient(http, SUB_POINT, one._key, one._clock)
        one.station_code = SUB_POINT
        for station in (one, two):
            assert (await station.items()).status_code == 200
        assert await revoke(desk, kid)
        async with asyncio.timeout(REVOKED_WITHIN_SECONDS):
            for station in (one, two):
                while (answer := await station.items()).status_code != 401:
                    assert answer.status_code == 200
                assert problem(answer) == (401, "signature_refused")


async def test_a_station_that_asks_too_often_is_told_when_to_come_again(hasty: Desk) -> None:
    """Requests without a valid signature do not count."""
    path = "/intake/v1/items"
    async with hasty.station("XQ01") as station, hasty.station("NC01") as other:
        stale = station.sign("POST", path, b"{}")
        for _ in range(40):
            assert (await hasty.send_signed(path, b"[]", stale)).status_code == 401
        answers = [await station.items() for _ in range(45)]
        assert {answer.status_code for answer in answers[:30]} == {200}
        refused = [answer for answer in answers if not answer.is_success]
        assert {problem(answer) for answer in refused} == {(429, "too_many_requests")}
        assert {answer.headers["retry-after"] for answer in refused} <= {"1", "2"}
        before = await hasty.stored()
        assert problem(await station.submit(an_item())) == (429, "too_many_requests")
        assert await hasty.stored() == before
        assert (await other.items()).status_code == 200


async def test_an_app_waits_as_long_as_it_is_told(hasty: Desk, file: Path) -> None:
    async with enrolled(hasty, file), online(hasty, file) as app:
        own, waited = app.keep(raised()), []
        async with hasty.station(SUB_POINT) as station:
            while (await station.items()).status_code != 429:
                pass
        while wait := await asyncio.to_thread(app.send):
            waited.append(wait)
            await asyncio.sleep(wait)
    assert waited
    assert set(waited) <= {1, 2}
    assert named(app.taken) == [own]
