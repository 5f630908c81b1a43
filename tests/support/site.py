"""Services under test served to a real browser, with a door where everybody is let in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

from playwright.async_api import Page
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from shared.service import Service, mounted
from shared.web.session import Session, issue, set_session
from tests.support.browser import served
from tests.support.officers import Officers

T = TypeVar("T", bound=Officers)


@dataclass
class Site(Generic[T]):
    """An address, and the service of the test behind it."""

    url: str
    desk: T

    async def open(self, page: Page, who: str, path: str) -> None:
        """Sign a person in and open a page."""
        await page.goto(f"{self.url}/as/{who}?next={quote(path, safe='')}")


@asynccontextmanager
async def open_site(desk: T, *others: Service, port: int = 0) -> AsyncIterator[Site[T]]:
    """Serve a service, and others beside it, until the block ends."""

    async def enter(request: Request) -> Response:
        async with desk.service.db.begin() as tx:
            now = tx.now
        who = desk.person(request.path_params["who"])
        response = RedirectResponse(request.query_params["next"])
        set_session(response, issue(Session(who, who, now), desk.key, now))
        return response

    app = mounted([desk.service, *others])
    app.router.routes.append(Route("/as/{who}", enter))
    async with served(app, port) as url:
        yield Site(url, desk)
