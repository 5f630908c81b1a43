"""One router on an address of its own, with the small city of the directory's tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from shared.web.console import PATH, static_app
from shared.web.session import Session, issue, set_session
from tests.support.browser import served
from tests.support.router.directory import DirectoryDesk, open_directory


@dataclass
class Site:
    """Where the router is served, and its hands."""

    url: str
    desk: DirectoryDesk

    async def open(self, page: Page, who: str, path: str) -> None:
        await page.goto(f"{self.url}/as/{who}?next=/router{path}")


@pytest.fixture
async def site(dsn: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_directory(dsn, tmp_path) as desk:

        async def enter(request: Request) -> Response:
            async with desk.service.db.begin() as tx:
                now = tx.now
            who = desk.person(request.path_params["who"])
            response = RedirectResponse(request.query_params["next"])
            set_session(response, issue(Session(who, who, now), desk.key, now))
            return response

        app = Starlette(
            routes=[
                Route("/as/{who}", enter),
                Mount(PATH, static_app()),
                Mount("/router", desk.service.web),
            ]
        )
        async with served(app) as url:
            yield Site(url, desk)
