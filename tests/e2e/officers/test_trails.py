"""The trails on a case's page: fetched when the reader comes there, the whole way of an item."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.officers.hands import Desk
from tests.support.browser import SERIOUS, Watch, assert_clean_in_every_view
from tests.support.eventually import eventually

pytestmark = pytest.mark.browser


async def test_a_case_shows_what_every_service_recorded_of_it(desk: Desk, page: Page) -> None:
    await desk.of_unit("rework", "clerk")
    await desk.case("rework")
    cards = page.locator("#trails .card")
    await expect(cards).to_have_count(3)
    for n, words in enumerate(
        (
            "进度：原为待受理，现为已受理",
            "由谁交办：原为乡镇（街道）级，现为县级",
            "第几轮：原为1，现为2",
        )
    ):
        await cards.nth(n).scroll_into_view_if_needed()
        await expect(cards.nth(n)).to_contain_text(words)
    await expect(cards.nth(0)).to_contain_text("提出人作出评价")
    async with page.expect_download() as download:
        await cards.nth(2).get_by_role("link", name="xlsx").click()
    assert (await download.value).suggested_filename.endswith("-trail.xlsx")


async def test_an_items_page_and_its_source_show_the_same_trails(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    for path in ("/router/items/{}", "/intake/items/{}/source"):
        await desk.open(path.format(desk.city.items["objected"]))
        last = page.locator("#trails .card").nth(2)

        async def is_read(last: Locator = last) -> bool:
            """Scroll on, as a reader does while the cards above grow."""
            await last.scroll_into_view_if_needed()
            return "提出退办" in await last.inner_text()

        await eventually(is_read)


@pytest.mark.parametrize("service", ["intake", "router", "tracker"])
async def test_a_trail_is_accessible_and_fits_every_window(
    desk: Desk, page: Page, service: str
) -> None:
    await desk.sign_in("dispatcher")
    await desk.open(f"/{service}/items/{desk.city.items['rework']}/trail")
    await assert_clean_in_every_view(page, f"trail-{service}", SERIOUS)


async def test_without_scripts_a_trail_is_one_link_away(
    desk: Desk, page: Page, watch: Watch
) -> None:
    await desk.sign_in("dispatcher")
    await page.route("**/*.js*", lambda route: route.abort())
    await desk.case("rework")
    await page.locator("#trails a").nth(2).click()
    await desk.sees("办理记录", "第几轮：原为1，现为2")
    watch.forgive("net::ERR_FAILED")
