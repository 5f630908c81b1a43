"""A session that ends is over in four processes within seconds; without the router it lasts."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from deploy.local.servers import Servers
from tests.support.eventually import eventually
from tests.support.servers import fresh_database, reset_topics
from tests.support.system import SERVICES, System, seeded_system

REVOKED_SECONDS = 5.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[System]:
    await reset_topics(servers.bootstrap)
    folder: Path = tmp_path_factory.mktemp("signing")
    async with (
        fresh_database(servers.dsn) as dsn,
        seeded_system(dsn, servers.bootstrap, folder) as system,
    ):
        yield system


class Browser:
    def __init__(self, system: System) -> None:
        self.urls = system.urls
        self.http = httpx.AsyncClient(trust_env=False, headers={"Sec-Fetch-Site": "same-origin"})

    async def sign_in(self, role: str = "ops") -> None:
        url = f"{self.urls['router']}/router/v1"
        found = await self.http.get(f"{url}/people", params={"role": role})
        person = found.json()["people"][0]["person_id"]
        answer = await self.http.post(f"{url}/session", json={"person_id": person})
        self.http.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]

    async def post(self, path: str) -> httpx.Response:
        return await self.http.post(f"{self.urls['router']}{path}", json={})

    async def seen_by(self, service: str) -> int:
        return (await self.http.get(f"{self.urls[service]}/{service}/dead-letters")).status_code

    async def seen(self) -> set[int]:
        return {await self.seen_by(service) for service in SERVICES}


Browsers = Callable[[], Browser]


@pytest.fixture
async def browser(system: System) -> AsyncIterator[Browsers]:
    opened: list[Browser] = []

    def one_more() -> Browser:
        opened.append(Browser(system))
        return opened[-1]

    yield one_more
    for one in opened:
        await one.http.aclose()


async def test_signing_out_everywhere_ends_every_browser_in_all_services_within_five_seconds(
    browser: Browsers,
) -> None:
    one, other, stranger = browser(), browser(), browser()
    await one.sign_in()
    await other.sign_in()
    await stranger.sign_in("leader")
    assert await one.seen() == await other.seen() == {200}

    assert (await one.post("/router/leave/everywhere")).status_code == 303
    began = time.monotonic()

    async def over() -> bool:
        return await other.seen() == await one.seen() == {401}

    await eventually(over)
    assert time.monotonic() - began < REVOKED_SECONDS
    assert await stranger.seen() == {403}, "somebody else is still known"
    assert (await other.post("/router/renew")).status_code == 401
    await one.sign_in()
    assert await one.seen() == {200}, "who was signed out may come again"


async def test_leaving_one_browser_ends_that_one_only(browser: Browsers) -> None:
    one, other = browser(), browser()
    await one.sign_in()
    await other.sign_in()
    await one.post("/router/leave")

    async def over() -> bool:
        return await one.seen() == {401}

    await eventually(over)
    assert await other.seen() == {200}
    assert (await other.post("/router/renew")).status_code == 204


async def test_without_the_router_open_sessions_go_on(system: System, browser: Browsers) -> None:
    officer = browser()
    await officer.sign_in()
    system.processes["router"].kill()
    try:
        others = [await officer.seen_by(it) for it in SERVICES if it != "router"]
        assert others == [200, 200, 200]
    finally:
        system.processes["router"].start()
        await system.processes["router"].wait_ready()
