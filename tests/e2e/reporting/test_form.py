"""The monthly form in a real Chromium: both languages, both sizes, on paper, by its links."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from deploy.local.servers import Servers
from tests.support.browser import assert_clean_in_every_view, screenshot
from tests.support.paper import A4_LANDSCAPE, paper
from tests.support.reporting.story import SEPTEMBER, Story, tell
from tests.support.servers import fresh_database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.browser

PAGES = {
    "form": ("office", "/reporting/"),
    "form-county": ("liaison", "/reporting/"),
    "form-items": (
        "office",
        "/reporting/items?division=331082&column=C4&period_end=2022-09-20&version=1",
    ),
}


@asynccontextmanager
async def serve(dsn: str) -> AsyncIterator[Site[Story]]:
    story = Story(dsn)
    await story.prepare("2022-08-16 09:00")
    async with story.by_hand(story.directory()):
        await tell(story)
        async with open_site(story) as opened:
            yield opened


@pytest_asyncio.fixture(scope="module")
async def site(servers: Servers) -> AsyncIterator[Site[Story]]:
    """The story for all tests that change nothing."""
    async with fresh_database(servers.dsn) as dsn, serve(dsn) as opened:
        yield opened


@pytest.fixture
async def own_site(dsn: str) -> AsyncIterator[Site[Story]]:
    """The story for one test, which may change it."""
    async with serve(dsn) as opened:
        yield opened


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_accessible_and_fits_its_window(
    page: Page, site: Site[Story], name: str
) -> None:
    await site.open(page, *PAGES[name])
    await assert_clean_in_every_view(page, f"reporting-{name}")


async def test_the_sheet_speaks_the_words_of_the_trade(page: Page, site: Site[Story]) -> None:
    await site.open(page, "office", "/reporting/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("2022年第3期情况汇总表")
    await expect(page.locator(".title")).to_contain_text("县（市、区）已接收6/9")
    row = page.get_by_role("row")
    await expect(row.filter(has_text="仙居县").locator(".missing")).to_have_count(6)
    await expect(row.filter(has_text="温岭市").locator(".waiting")).to_have_count(6)
    await expect(row.filter(has_text="温岭市").locator(".state")).to_have_text("待接收")
    await expect(row.filter(has_text="三门县").locator(".state")).to_have_text("已退回，请重报")
    await expect(row.filter(has_text="市本级").locator(".quiet")).to_have_text(["–", "–"])
    await expect(row.filter(has_text="临海市").locator(".mark")).to_have_text(["更正", "更正"])
    await expect(row.filter(has_text="天台县").locator(".mark")).to_have_text(["补报", "补报"])
    await expect(page.locator("tfoot .state")).to_have_text("6/9，另有市本级")


async def test_a_number_opens_its_items_and_a_mark_takes_it_apart(
    page: Page, site: Site[Story]
) -> None:
    await site.open(page, "office", "/reporting/")
    parts = page.locator("#parts")
    await expect(parts.get_by_role("heading")).to_contain_text("临海市，收集意见建议10")
    await expect(parts.locator("dd")).to_have_text(["11", "− 1", "+ 0", "= 10"])
    await (
        page.get_by_role("row")
        .filter(has_text="天台县")
        .get_by_role("link", name="补报")
        .first.click()
    )
    await expect(parts.get_by_role("heading")).to_contain_text("天台县，活动次数8")
    await expect(parts).to_contain_text("其中补报1件")
    await expect(page.locator("td.chosen")).to_have_text("补报 8")
    await parts.get_by_role("link", name="打开这些事项").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("天台县，活动次数8")
    await expect(page.locator("tbody tr")).to_have_count(8)


async def test_the_city_receives_what_waits_for_it(page: Page, own_site: Site[Story]) -> None:
    await own_site.open(page, "office", "/reporting/")
    card = page.locator("section").filter(has=page.get_by_role("heading", name="温岭市，待您接收"))
    await expect(card.locator(".steps .what")).to_have_text(
        ["系统起草", "联络员核对", "工委确认", "报送市级", "市级接收"]
    )
    await expect(card.locator(".steps .now .when")).to_have_text("等您")
    await expect(card.locator(".aside")).to_have_text("第1版，9月20日 09:00")
    await card.get_by_role("button", name="接收").click()
    await expect(page.locator(".title")).to_contain_text("县（市、区）已接收7/9")
    await expect(card).to_have_count(0)


async def test_a_county_that_went_into_another_leads_to_its_last_form(
    page: Page, own_site: Site[Story]
) -> None:
    await own_site.desk.move("2022-09-21 09:00")
    await own_site.open(page, "office", "/reporting/?division=331022&period_end=2022-10-20")
    await assert_clean_in_every_view(page, "reporting-form-merged")
    await expect(page.locator(".title")).to_contain_text("天台县")
    await expect(page.get_by_text("它截至9月20日的报表还没有接收，要先办完")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="原三门县本级")
    await expect(row.locator("th .mark")).to_have_text("2022年10月5日止")
    await row.get_by_role("link", name="原三门县本级").click()
    await expect(page.locator(".title")).to_contain_text("三门县")
    await expect(page.get_by_role("heading", level=1)).to_have_text("2022年第3期情况汇总表")


async def test_the_periods_before_and_after_are_one_click_away(
    page: Page, own_site: Site[Story]
) -> None:
    await own_site.desk.move("2022-09-21 09:00")
    await own_site.open(page, "liaison", "/reporting/?period_end=2022-10-20")
    await expect(page.get_by_text("本期报表还没有起草")).to_be_visible()
    await page.get_by_role("link", name="上一期").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("2022年第3期情况汇总表")


async def test_on_paper_there_is_the_form_and_no_frame(page: Page, own_site: Site[Story]) -> None:
    await own_site.desk.receive(
        "331081", SEPTEMBER
    )  # a form that waits is a card on a second sheet
    await own_site.open(page, "office", "/reporting/")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation", name="菜单")).to_be_hidden()
    await expect(page.get_by_role("link", name="导出表样")).to_be_hidden()
    await expect(page.locator(".form-table")).to_be_visible()
    await screenshot(page, "reporting-form-print")
    printed = await page.pdf(prefer_css_page_size=True)
    assert list(paper(printed)) == [A4_LANDSCAPE]
