"""The access logs in the browser: one entry of the menu leads to those of all four services."""

from datetime import date

import pytest
from playwright.async_api import Page, expect

from services.reporting.domain.model import report_key
from shared.contracts.envelope import EVERYWHERE
from shared.ids import to_text
from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY
from tests.support.browser import SERIOUS, assert_clean_in_every_view

pytestmark = pytest.mark.browser

LOGS = {"intake": "来源和受理", "router": "名录和交办", "tracker": "办件", "reporting": "月度报表"}


async def take_away(desk: Desk, path: str) -> None:
    answer = await desk.page.context.request.get(f"{desk.city.url}{path}")
    assert answer.ok, path


async def take_all_away(desk: Desk, item: str) -> None:
    """Take something of every service away; the latest of each log is of the item."""
    await desk.sign_in("dispatcher")
    for service in ("intake", "router", "tracker"):
        await take_away(desk, f"/{service}/items/{item}/trail.csv")
    report = to_text(report_key(COUNTY, date(2022, 9, 20)))
    await take_away(desk, f"/reporting/reports/{report}/trail.csv")
    await desk.sign_in("admin", EVERYWHERE)
    await take_away(desk, "/router/directory/export/officers?form=csv")


async def test_a_supervisor_finds_who_took_what_away_in_every_service(
    desk: Desk, page: Page
) -> None:
    item = desk.city.items["rework"]
    await take_all_away(desk, item)
    await desk.sign_in("committee_head")
    await desk.open("/tracker/cases?lang=zh")
    await page.locator("#menu").get_by_role("link", name="查阅记录").click()
    for service, words in LOGS.items():
        await page.locator(".title-acts").get_by_role("link", name=words).click()
        await expect(page).to_have_url(f"{desk.city.url}/{service}/access-log")
        await expect(page.locator("#menu [aria-current]")).to_have_text("查阅记录")
        await expect(page.locator(".title-acts [aria-current]")).to_have_text(words)
        await desk.sees("-trail.csv")
        await assert_clean_in_every_view(page, f"access-log-{service}", SERIOUS)
    await desk.open("/tracker/access-log")
    await page.locator("td").get_by_role("link").first.click()
    await expect(page).to_have_url(f"{desk.city.url}/tracker/items/{item}")
    await desk.sign_in("admin", EVERYWHERE)
    await desk.open("/router/access-log")
    await desk.sees("officers.csv")
    await expect(page.locator("td a").first).to_be_visible()
    await assert_clean_in_every_view(page, "access-log-admin", SERIOUS)
