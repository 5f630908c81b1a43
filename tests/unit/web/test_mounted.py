"""One address for several services, and what the checks of operations answer."""

from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge

from deploy.local.runner import one_address
from shared.service import health_routes, mounted
from shared.web.console import static_url
from tests.support.refusals import problem


def browsing(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def test_the_files_of_the_frame_stand_where_pages_look_for_them() -> None:
    async with browsing(mounted([])) as client:
        for name in ("app.css", "app.js", "vendor/htmx.min.js"):
            answer = await client.get(static_url(name))
            assert answer.status_code == 200, name
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_icon_is_there_for_pages_and_for_browsers_that_ask_unbidden() -> None:
    async with browsing(mounted([])) as client:
        for address in (static_url("icon.svg"), "/favicon.ico"):
            answer = await client.get(address)
            assert answer.headers["content-type"].startswith("image/svg+xml"), address
            assert b"<svg" in answer.content


async def test_the_root_is_the_first_page_in_the_language_asked_for() -> None:
    async with browsing(one_address([])) as client:
        assert (await client.get("/")).headers["location"] == "/router/"
        assert (await client.get("/?lang=en")).headers["location"] == "/router/?lang=en"


async def test_an_address_nobody_serves_is_answered_like_any_other_failure() -> None:
    async with browsing(one_address([])) as client:
        for path in ("/nowhere", "/static/none.css", "/static/"):
            assert problem(await client.get(path)) == (404, "not_found")
        page = await client.get("/nowhere", headers={"accept": "text/html"})
        assert (page.status_code, "没有找到" in page.text) == (404, True)


async def test_trouble_turns_the_answer_red() -> None:
    troubles: list[str] = []
    registry = CollectorRegistry()
    Gauge("jianyi_blocked_keys", "keys that wait for an operator", registry=registry).set(3)

    async def ready() -> list[str]:
        return troubles

    async def live() -> list[str]:
        return []

    async def figures() -> CollectorRegistry:
        return registry

    app = FastAPI()
    app.include_router(health_routes(live, ready, figures))
    async with browsing(app) as client:
        assert (await client.get("/health/ready")).json() == {"status": "ok", "troubles": []}
        troubles.append("database away")
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["troubles"]) == (503, ["database away"])
        assert (await client.get("/health/live")).status_code == 200
        assert "jianyi_blocked_keys 3.0" in (await client.get("/metrics")).text
