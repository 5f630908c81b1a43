"""Four services in this process with the whole invented city, played by HTTP in moved time."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import uvicorn
from joserfc.jwk import OKPKey
from starlette.types import ASGIApp

from deploy.local import clock
from deploy.local.runner import SERVICES, build_all, one_address, prepare
from deploy.local.servers import Servers
from deploy.simulator.station import StationClient
from services.__main__ import app
from shared.ids import named_id, to_text
from shared.messaging.messaging import Messaging
from shared.web.session import COOKIE
from tests.support import commands
from tests.support.environment import environment
from tests.support.eventually import eventually
from tests.support.intake.stations import item_body
from tests.support.servers import fresh_database, reset_topics
from tests.support.shanghai import at

Json = dict[str, Any]


@dataclass
class City:
    url: str
    dsn: str
    folder: Path
    messagings: Mapping[str, Messaging]
    items: dict[str, str] = field(default_factory=dict)
    _set: tuple[datetime, float] = field(default=(datetime.max.replace(tzinfo=UTC), 0.0))
    _cookies: dict[str, str] = field(default_factory=dict)
    _people: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    _keys: dict[str, OKPKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(
            base_url=self.url, headers={"Origin": self.url}, timeout=30, trust_env=False
        )

    async def move(self, when: str) -> None:
        """Move time on and wait until every clock that came due has fired."""
        await clock.move_to(self.dsn, at(when))
        self._set = at(when), time.monotonic()
        self.forget()
        await self.settle()

    def forget(self) -> None:
        """Sign everybody in anew when they are next needed."""
        self._cookies.clear()

    def now(self) -> datetime:
        return self._set[0] + timedelta(seconds=time.monotonic() - self._set[1])

    async def settle(self) -> None:
        """Wait until, twice in a row, no service has anything to send, read or fire."""
        quiet = 0

        async def twice() -> bool:
            nonlocal quiet
            paths = [f"/{name}/health/idle" for name in SERVICES]
            answers = await asyncio.gather(*(self.http.get(path) for path in paths))
            idle = all(answer.json().get("idle") for answer in answers)
            quiet = quiet + 1 if idle else 0
            return quiet == 2

        await eventually(twice)

    async def people(self, role: str, division: str, place: str = "") -> list[Json]:
        """List the holders of a role, of one unit or station if its id is given."""
        if (role, division) not in self._people:
            query = {"role": role, "division": division}
            answer = await self.http.get("/router/v1/people", params=query)
            self._people[role, division] = answer.json()["people"]
        return [
            one
            for one in self._people[role, division]
            if not place
            or any(
                place in (grant.get("unit_id"), grant.get("station_id")) for grant in one["grants"]
            )
        ]

    async def person(self, role: str, division: str, place: str = "") -> str:
        return str((await self.people(role, division, place))[0]["person_id"])

    async def cookie(self, person: str) -> str:
        """Sign a person in and give the value of the session cookie."""
        if person not in self._cookies:
            body = {"person_id": person}
            answer = await self.http.post("/router/v1/session", json=body)
            self._cookies[person] = answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]
        return self._cookies[person]

    async def get(self, person: str, path: str) -> Json:
        cookie = await self.cookie(person)
        return _sound(await self.http.get(path, headers={"Cookie": f"{COOKIE}={cookie}"}))

    async def post(self, person: str, path: str, body: Json | None = None) -> Json:
        """Act as a person; raises RuntimeError with the refusal."""
        cookie = await self.cookie(person)
        headers = {"Cookie": f"{COOKIE}={cookie}"}
        return _sound(await self.http.post(path, json=body or {}, headers=headers))

    async def raise_item(
        self, name: str, township: str, title: str, body: str, **more: Any
    ) -> None:
        """Let a township's station take an item in and number it."""
        station = await self._station(township)
        item = item_body(township, self.now(), title, body, **more)
        taken = await station.submit(item)
        self.items[name] = _sound(taken)["item_id"]
        head = await self._head(township)
        accept = f"/intake/v1/items/{self.items[name]}/accept"
        await self.post(head, accept, {"name_unknown_confirmed": True})

    async def rate(self, name: str, township: str, result: str, reason: str = "") -> None:
        """Let the proposer rate the first reply by a link that their station gave them."""
        link = f"{await self.link(name, township)}/v1/rating"
        body = {"reply_no": 1, "result": result, "reason": reason}
        _sound(await self.http.post(link, json=body))

    async def link(self, name: str, township: str) -> str:
        """Let the station give the proposer a new link; give its path."""
        head = await self._head(township)
        body = {"reason": "给提出人查询链接"}
        given = await self.post(head, f"/intake/v1/items/{self.items[name]}/link", body)
        return str(given["path"])

    async def _head(self, township: str) -> str:
        its_station = to_text(named_id("station", f"{township}-01"))
        return await self.person("station_head", township, its_station)

    async def _station(self, township: str) -> StationClient:
        code = f"{township}-01"
        if code not in self._keys:
            file = self.folder / f"{code}.json"
            await jianyi("station", "enrol", code, str(file), "--address", self.url)
            self._keys[code] = OKPKey.import_key(json.loads(file.read_text())["key"])
        return StationClient(self.http, code, self._keys[code], self.now)

    async def task(self, name: str, person: str) -> Json:
        """Find the open lead task of an item."""
        case = await self.get(person, f"/tracker/v1/items/{self.items[name]}")
        return next(t for t in case["tasks"] if t["role"] != "co" and t["state"] != "ended")


def _sound(answer: httpx.Response) -> Json:
    """Read an answer; raises RuntimeError with the refusal."""
    if answer.is_error:
        raise RuntimeError(f"{answer.request.url}: {answer.text}")
    return dict(answer.json())


async def jianyi(*words: str) -> str:
    code, printed = await commands.run(app, {}, *words)
    assert code == 0, (words, printed)
    return printed


@asynccontextmanager
async def fresh_city(servers: Servers, folder: Path, when: str) -> AsyncIterator[City]:
    """Serve the four services on a free port with a database of their own and empty topics.

    The city is the seeded one; its people are invented.
    """
    await reset_topics(servers.bootstrap)
    async with fresh_database(servers.dsn) as dsn:
        environ = environment(dsn, servers.bootstrap, folder) | {
            "JIANYI_MOVED_TIME": "true",
            "INTAKE_PUBLIC_REQUESTS_PER_MINUTE": "1000000",
        }
        with patch.dict(os.environ, environ):
            await prepare(os.environ)
            await clock.move_to(dsn, at(when))
            await jianyi("router", "seed")
            await jianyi("router", "demo-people")
            async with _served(dsn, folder) as city:
                await city.move(when)
                yield city


@asynccontextmanager
async def city_after(servers: Servers, dsn: str, folder: Path) -> AsyncIterator[City]:
    """Serve the four services on a database in which somebody played, in real time."""
    with patch.dict(os.environ, environment(dsn, servers.bootstrap, folder)):
        async with _served(dsn, folder) as city:
            yield city


@asynccontextmanager
async def _served(dsn: str, folder: Path) -> AsyncIterator[City]:
    services = build_all()
    messagings = {service.name: service.messaging for service in services}
    async with _serving(one_address(services)) as url:
        city = City(url, dsn, folder, messagings)
        yield city
        await city.http.aclose()


@asynccontextmanager
async def _serving(app: ASGIApp) -> AsyncIterator[str]:
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_keep_alive=600)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        assert not serving.done()
        return server.started

    await eventually(started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
