"""The operator's page in a real Chromium: four services, what is parked, the ways out."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest
from playwright.async_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from shared.contracts.topics import OWNERS
from shared.ids import derived_id
from shared.messaging.reader import read
from shared.messaging.subject import ReceivedEvent, Record
from shared.service import Service, migrate_service
from shared.web.console import PATH, static_app
from shared.web.session import Session, issue, set_session
from tests.contracts.sources import ROOT
from tests.support.browser import screenshot, served, violations
from tests.support.environment import environment
from tests.support.servers import schema_settings
from tests.support.shanghai import at
from tests.support.tracker.desk import Desk, open_desk
from tests.support.tracker.play import ITEM, accepted, dispatched, submitted

pytestmark = pytest.mark.browser
VIEWS = {"": (1366, 768), "-phone": (390, 844), "-large": (1366, 768), "-en": (1366, 768)}


@dataclass
class Site:
    """Where the four services are served, and the tracker behind it."""

    url: str
    desk: Desk

    async def open(self, page: Page, who: str, path: str = "/tracker/dead-letters") -> None:
        await page.goto(f"{self.url}/as/{who}?next={path}")


@pytest.fixture
async def site(dsn: str, tmp_path: Path) -> AsyncIterator[Site]:
    """Serve the four services on one origin; the tracker has two keys and one message parked."""
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_desk(dsn, "2022-09-19 09:12"))
        services = [await _service(name, desk, stack, tmp_path) for name in OWNERS]

        async def enter(request: Request) -> Response:
            async with desk.service.db.begin() as tx:
                now = tx.now
            who = desk.person(request.path_params["who"])
            response = RedirectResponse(request.query_params["next"])
            set_session(response, issue(Session(who, who, now), desk.key, now))
            return response

        routes = [Mount(f"/{one.name}", one.web) for one in services]
        app = Starlette(routes=[Route("/as/{who}", enter), Mount(PATH, static_app()), *routes])
        await _spoil(desk)
        yield Site(await stack.enter_async_context(served(app)), desk)


async def _service(name: str, desk: Desk, stack: AsyncExitStack, folder: Path) -> Service:
    """Build one service on the same database, with the small directory in its copy."""
    if name == "tracker":
        return desk.service
    environ = environment(desk.dsn, desk.bootstrap, folder) | {"JIANYI_MOVED_TIME": "true"}
    with patch.dict(os.environ, environ):
        service: Service = import_module(f"services.{name}.app").build()
    await migrate_service(schema_settings(desk.dsn), name, ROOT / "services" / name / "migrations")
    await stack.enter_async_context(service.opened())
    subject = next(one for one in service.messaging.subjects if one.name == "directory")
    received = [
        read(desk._record(desk.envelope(event, key, event.occurred_at)))
        for key, event in desk.directory()
    ]
    await service.messaging.loop.apply(
        [(subject, one) for one in received if isinstance(one, ReceivedEvent)]
    )
    await service.copy.refresh()
    return service


async def _spoil(desk: Desk) -> None:
    """Park a key behind a gap, one whose body is broken, and a message without a key."""
    items = "intake.item.v1"
    desk.seqs[items, ITEM] = 410
    await desk.hear(accepted("2022-09-18 15:40"), accepted("2022-09-18 15:41"))
    await desk.hear(dispatched("2022-09-18 16:00"))
    await desk.move("2022-09-19 09:40")
    event = submitted("2022-09-18 09:12")
    broken = desk.envelope(event, derived_id(ITEM, "broken"), at("2022-09-18 09:12"))
    body = json.dumps({"occurred_at": "gestern"}).encode()
    records: list[Record] = [
        desk._record(broken._replace(payload=body)),
        desk._record(broken)._replace(key=b"331004"),
    ]
    await desk.service.messaging.reader._apply(records)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("opened", [False, True], ids=["list", "letter"])
async def test_page_is_accessible_and_fits_its_window(
    page: Page, site: Site, view: str, opened: bool
) -> None:
    width, height = VIEWS[view]
    await page.set_viewport_size({"width": width, "height": height})
    await site.open(page, "operator")
    if opened:
        await page.get_by_role("link", name="缺前面的事件").click()
    choice = {"-large": "?type=large", "-en": "?lang=en"}.get(view, "")
    await page.goto(f"{page.url.partition('?')[0]}{choice}")
    await expect(page.locator("#services tbody tr")).to_have_count(5)
    await expect(page.locator("#services .light")).to_have_count(4)
    await screenshot(page, f"operator-{'letter' if opened else 'list'}{view}", whole=True)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_sums_of_the_four_services_and_the_clocks_held(page: Page, site: Site) -> None:
    await site.open(page, "operator")
    sums = page.locator("[data-sum]")
    await expect(sums.first).to_have_text("3")  # two keys and a message, all in the tracker
    await expect(sums.last).not_to_have_text("–")
    row = page.locator("#dead-letters tbody tr").filter(has_text="缺前面的事件")
    await expect(row.locator("td").last).to_have_text("暂停时钟2")  # to sign, to reply


async def test_a_discard_is_asked_by_one_and_confirmed_by_another(page: Page, site: Site) -> None:
    await site.open(page, "operator")
    await page.get_by_role("link", name="内容读不懂").click()
    await page.get_by_role("button", name="提出丢弃").click()
    await expect(page.get_by_role("alert")).to_contain_text("请写明理由。")
    await page.get_by_label("丢弃的理由").fill("来源写错，已让对方重发")
    await page.get_by_role("button", name="提出丢弃").click()
    await expect(page.get_by_role("status")).to_contain_text("等另一位运维人员确认")
    await site.open(page, "second_operator")
    await page.get_by_role("link", name="内容读不懂").click()
    await screenshot(page, "operator-asked")
    assert await violations(page) == []
    await page.get_by_role("button", name="确认丢弃").click()
    await expect(page.get_by_role("status")).to_contain_text("已丢弃")
    await expect(page.get_by_role("table", name="处理记录")).to_contain_text("值班运维")


async def test_the_other_services_are_one_click_away(page: Page, site: Site) -> None:
    await site.open(page, "operator", "/intake/dead-letters")
    await expect(page.locator("#services .light")).to_have_count(4)
    await page.locator("#services").get_by_role("link", name="tracker").click()
    await expect(page.get_by_role("link", name="缺前面的事件")).to_be_visible()
