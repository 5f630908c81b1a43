"""One address for several services."""

from typing import Any

import httpx

from deploy.local.runner import one_address
from shared.service import mounted
from shared.web.console import static_url
from tests.support.refusals import problem


def browsing(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jianyi.test")


async def test_the_files_of_the_frame_stand_where_pages_look_for_them() -> None:
    async with browsing(mounted([])) as client:
        for name in ("app.css", "app.js", "vendor/htmx.min.js"):
            answer = await client.get(static_url(name))
            assert answer.status_code == 200, name
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_root_is_the_first_page_in_the_language_asked_for() -> None:
    async with browsing(one_address([])) as client:
        assert (await client.get("/")).headers["location"] == "/tracker/"
        assert (await client.get("/?lang=en")).headers["location"] == "/tracker/?lang=en"


async def test_an_address_nobody_serves_is_answered_like_any_other_failure() -> None:
    async with browsing(one_address([])) as client:
        for path in ("/nowhere", "/static/none.css", "/static/"):
            assert problem(await client.get(path)) == (404, "not_found")
        page = await client.get("/nowhere", headers={"accept": "text/html"})
        assert (page.status_code, "没有找到" in page.text) == (404, True)
