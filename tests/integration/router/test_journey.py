"""From a bare database to a dispatched item: commands, two services, and Kafka between them."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from joserfc.jwk import OKPKey

from deploy.local.runner import addresses
from deploy.simulator.station import StationClient
from services.__main__ import app as jianyi
from services.intake.app import build as build_intake
from services.router.app import build as build_router
from shared.ids import named_id, to_text
from shared.service import Service, mounted
from tests.support import commands
from tests.support.eventually import eventually
from tests.support.intake.desk import an_item, settings_for
from tests.support.router.desk import settings_for as router_settings_for
from tests.support.router.play import COUNTY, TOWNSHIP, unit

URL = "https://jianyi.test"
STATIONS = f"code,name,division_code,parent_code\nJQ01,金清镇总站,{TOWNSHIP},\n"
OFFICERS = (
    "code,name,role,division_code,unit_kind,station_code,valid_from,valid_to\n"
    f"head,何立群,station_head,{TOWNSHIP},,JQ01,2022-01-01,\n"
    f"o-1,林晓岚,dispatcher,{TOWNSHIP},,,2022-01-01,\n"
    f"o-1,林晓岚,dispatcher,{COUNTY},,,2022-01-01,\n"
)
HEAD, DISPATCHER = (to_text(named_id("person", code)) for code in ("head", "o-1"))


@dataclass
class Town:
    """A station and a dispatcher, each at its own door."""

    station: StationClient
    dispatcher: httpx.AsyncClient


@pytest_asyncio.fixture
async def town(dsn: str, bootstrap: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Intake and router, set up by commands alone."""
    environ = {**addresses(dsn), "KAFKA_BOOTSTRAP_SERVERS": bootstrap}
    (tmp_path / "stations.csv").write_text(STATIONS)
    (tmp_path / "officers.csv").write_text(OFFICERS)
    app_file = tmp_path / "app.json"

    async def run(*words: str) -> str:
        code, said = await commands.run(jianyi, environ | {"JIANYI_ENV": "development"}, *words)
        assert code == 0, said
        return said.strip()

    for service in ("intake", "router"):
        await run(service, "migrate")
    intake = build_intake(settings_for(dsn, **environ))
    router = build_router(router_settings_for(dsn, tmp_path, **environ))
    async with AsyncExitStack() as stack:
        for one in (intake, router):
            await stack.enter_async_context(one.running())
        await run("router", "seed")
        await run("router", "import-stations", str(tmp_path / "stations.csv"))
        await run("router", "import-officers", str(tmp_path / "officers.csv"))
        await eventually(_heard_all(router, intake))
        await run("station", "enrol", "JQ01", str(app_file), "--address", URL)
        transport = httpx.ASGITransport(mounted([intake, router]))
        key = OKPKey.import_key(json.loads(app_file.read_text())["key"])
        app = httpx.AsyncClient(transport=transport, base_url=URL)
        browser = httpx.AsyncClient(transport=transport, base_url=URL, headers={"Origin": URL})
        for client in (app, browser):
            await stack.enter_async_context(client)
        yield Town(StationClient(app, "JQ01", key, lambda: datetime.now(UTC)), browser)


def _heard_all(router: Service, intake: Service) -> Any:
    """Make the probe for all that was entered: one key tells nothing of another's partition."""

    async def heard_all() -> bool:
        return all(
            [
                await one.messaging.is_idle() and not await one.copy.refresh()
                for one in (router, intake)
            ]
        )

    return heard_all


async def test_an_item_is_taken_in_routed_and_its_station_told(town: Town) -> None:
    browser, station = town.dispatcher, town.station
    taken = await station.submit(an_item(division_code=TOWNSHIP, title="厂区停电跳闸"))
    assert taken.status_code == 201, taken.text
    item_id = taken.json()["item_id"]
    accepted = await station.act(item_id, "accept", {}, HEAD)
    assert accepted.json()["number"].startswith(f"{COUNTY}-"), accepted.text

    async def signed_in() -> bool:
        entered = await browser.post("/router/v1/session", json={"person_id": DISPATCHER})
        return entered.status_code == 204 and (await browser.get("/router/v1/queue")).is_success

    async def waits(level: str) -> Any:
        lines = (await browser.get("/router/v1/queue")).json()["items"]
        return next((x for x in lines if (x["item_id"], x["level"]) == (item_id, level)), None)

    await eventually(signed_in)
    line = await eventually(lambda: waits("township"))
    assert line["number"] == accepted.json()["number"]
    path = f"/router/v1/items/{item_id}"
    up = await browser.post(f"{path}/escalate", json={"reason": "超出本级权限"})
    assert up.status_code == 200, up.text
    read = await eventually(lambda: waits("county"))
    given = await browser.post(f"{path}/dispatch", json={"basis": read["basis"]})
    assert given.status_code == 200, given.text

    async def told() -> Any:
        shown = (await station.item(item_id)).json()
        return shown if shown["dispatch_no"] else None

    shown = await eventually(told)
    assert (shown["dispatch_no"], shown["owner_level"]) == (1, "county")
    assert shown["lead_unit"] == to_text(unit(COUNTY, "power_co"))
