"""The frame and its components in a real Chromium, in both languages, sizes and type sizes."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import (
    OVERLAPS,
    SERIOUS,
    Watch,
    assert_clean,
    assert_clean_in_every_view,
    screenshot,
    served,
)
from tests.unit.web.gallery import build

pytestmark = pytest.mark.browser

PAGES = ["today", "case", "queue", "form", "fill", "hidden"]


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[str]:
    async with served(build()) as address:
        yield address


@pytest.mark.parametrize("name", PAGES)
async def test_page_is_accessible_and_fits_its_window(page: Page, site: str, name: str) -> None:
    await page.goto(f"{site}/{name}")
    await assert_clean_in_every_view(page, f"frame-{name}", SERIOUS)


async def test_rows_are_walked_and_opened_by_keyboard(page: Page, site: str) -> None:
    await page.goto(f"{site}/today")
    current = page.locator("tr.current .c-matter a")
    await expect(current).to_have_text("厂区门口雨后积水，货车进出困难")
    await page.keyboard.press("j")
    await expect(current).to_have_text("园区道路路灯长期不亮")
    await expect(current).to_be_focused()
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site}/case")


async def test_rows_are_selected_by_keyboard_unless_they_may_not_be(page: Page, site: str) -> None:
    await page.goto(f"{site}/queue")
    first, fourth = page.locator("tbody input").nth(0), page.locator("tbody input").nth(3)
    await expect(first).to_be_checked()
    await page.keyboard.press("x")
    await expect(first).not_to_be_checked()
    for key in "jjjx":
        await page.keyboard.press(key)
    await expect(fourth).not_to_be_checked()


async def test_question_mark_helps(page: Page, site: str) -> None:
    await page.goto(f"{site}/today")
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).to_be_hidden()


async def test_slash_searches(page: Page, site: str) -> None:
    await page.goto(f"{site}/today")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("j/x?")
    await expect(page.get_by_role("searchbox")).to_have_value("j/x?")


async def test_language_and_type_size_are_kept_but_not_in_the_address(
    page: Page, site: str
) -> None:
    await page.goto(f"{site}/today")
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Monday 19 September")
    await expect(page).to_have_url(f"{site}/today")
    await page.get_by_role("link", name="Larger text").click()
    await page.goto(f"{site}/today")
    await expect(page.locator("html.large[lang=en]")).to_be_visible()


async def test_a_refused_form_leads_to_its_fields_and_keeps_what_was_typed(
    page: Page, site: str
) -> None:
    await page.goto(f"{site}/fill")
    await page.get_by_role("textbox", name="理由").fill("不是<b>我们</b>的事")
    await page.get_by_role("button", name="退办").click()
    await expect(page.get_by_role("alert")).to_be_focused()
    await assert_clean(page, "frame-refused", SERIOUS)
    await page.get_by_role("alert").get_by_role("link").click()
    field = page.get_by_role("textbox", name="理由")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("不是<b>我们</b>的事")
    await expect(field).to_have_accessible_description("写明为什么不属本单位")


async def test_a_closed_disclosure_stays_closed(page: Page, site: str) -> None:
    await page.goto(f"{site}/case")
    why = page.locator("details[data-remember=why]")
    await expect(why).to_have_attribute("open", "")
    await why.locator("summary").click()
    await page.wait_for_function("localStorage.length > 0")
    await page.reload()
    await expect(why).not_to_have_attribute("open", "")


async def test_the_menu_of_a_phone_opens_and_closes(page: Page, site: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{site}/today")
    menu = page.get_by_role("navigation", name="菜单")
    await expect(menu).to_be_hidden()
    await page.get_by_role("link", name="菜单", exact=True).click()
    await expect(menu).to_be_visible()
    await screenshot(page, "frame-menu-phone")
    await page.get_by_role("link", name="收起菜单").click()
    await expect(menu).to_be_hidden()


_ROW = """([light, next, word]) => {
    const row = document.querySelector(".rows.tight tbody tr");
    row.querySelector(".light").lastChild.textContent = light;
    const cell = row.querySelector(".c-next");
    cell.textContent = next;
    const range = document.createRange();
    range.selectNodeContents(cell);
    const left = Math.min(...[...range.getClientRects()].map((one) => one.left));
    const at = next.indexOf(word);
    range.setStart(cell.firstChild, at);
    range.setEnd(cell.firstChild, at + word.length);
    const lines = new Set([...range.getClientRects()].map((one) => one.top)).size;
    return [left - row.querySelector(".light").getBoundingClientRect().right, lines];
}"""
"""Write a row of what is awaited; give the room left of it, and the lines that a word takes."""


async def test_what_is_awaited_leaves_room_for_the_light_and_breaks_no_word(
    page: Page, site: str
) -> None:
    units = "区人力资源社会保障局和另外2个单位"
    for width in (390, 1366):
        await page.set_viewport_size({"width": width, "height": 844})
        for row in (
            ("剩1个工作日", f"{units}：单位签收", "2"),
            (
                "1 working day left",
                f"{units} and 2 other units: acknowledgement",
                "acknowledgement",
            ),
        ):
            await page.goto(f"{site}/today")
            room, lines = await page.evaluate(_ROW, row)
            assert (room >= 8, lines) == (True, 1), (width, row, room)


@pytest.mark.parametrize("name", PAGES)
async def test_a_word_without_end_widens_no_page(page: Page, site: str, name: str) -> None:
    for width in (390, 1366):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.goto(f"{site}/{name}")
        await page.evaluate(_ENDLESS)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_a_long_next_step_widens_no_phone(page: Page, site: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{site}/today")
    step = "Record what the proposer said when they were called and who called them"
    await page.evaluate(
        "(step) => document.querySelectorAll('.c-next a').forEach((a) => a.textContent = step)",
        step,
    )
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", PAGES)
async def test_the_largest_type_fits_a_phone(page: Page, site: str, name: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{site}/{name}")
    await page.evaluate(_LARGEST)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await page.evaluate(OVERLAPS) == []


_LARGEST = "document.documentElement.style.fontSize = '48px'"
"""The large type of this system in a browser whose own letters were set to 24 px."""
_ENDLESS = """() => document.querySelectorAll(
  "main h1, main h2, main h3, main p, main dd, main li a, main .c-matter a").forEach((el) => {
  if (!el.children.length) el.textContent = "w".repeat(200);
})"""
"""Put one long word wherever a page shows what people wrote."""


async def test_on_a_phone_the_acts_of_a_case_stand_above_its_story(page: Page, site: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{site}/case")
    tops = [
        await page.get_by_role("heading", name=name).evaluate("el => el.getBoundingClientRect().y")
        for name in ("现在可以做", "进度")
    ]
    assert tops[0] < min(tops[1], 844)


async def test_every_target_of_a_phone_can_be_hit_by_a_finger(page: Page, site: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{site}/queue")
    small = await page.evaluate(
        """() => [...document.querySelectorAll(
             "button, .button, select, .tools a, .menu-button, .c-tick, .c-matter a, .c-next a")]
           .filter((el) => el.offsetParent && el.getBoundingClientRect().height < 43.9)
           .map((el) => el.outerHTML)"""
    )
    assert small == []


async def test_a_refused_fragment_shows_its_note(page: Page, watch: Watch, site: str) -> None:
    await page.goto(f"{site}/today")
    await page.evaluate("htmx.ajax('GET', '/hidden', {target: '.rows', swap: 'outerHTML'})")
    await expect(page.get_by_role("alert")).to_contain_text("您的身份看不到这件事")
    await expect(page.locator(".rows")).to_have_count(2)
    watch.forgive("404")


async def test_the_session_cookie_is_kept_by_a_browser_on_loopback(page: Page, site: str) -> None:
    await page.goto(f"{site}/today")
    status = await page.evaluate(
        "fetch('/enter', {method: 'POST', headers: {'Content-Type': 'application/json'}})"
        ".then((answer) => answer.status)"
    )
    assert status == 204
    assert await page.evaluate("fetch('/me').then((answer) => answer.json())") == {"session": True}
    assert await page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("trouble", ["foreign", "console", "inline", "script"])
async def test_the_watch_sees_what_a_page_does_wrong(
    page: Page, watch: Watch, site: str, trouble: str
) -> None:
    await page.goto(f"{site}/today")
    await page.evaluate(
        {
            "foreign": "fetch('http://elsewhere.invalid/').catch(() => {})",
            "console": "console.error('broken')",
            "inline": "document.body.setAttribute('style', 'color: red')",
            "script": "setTimeout(() => { throw new Error('broken') })",
        }[trouble]
    )
    await _until(page, watch)
    watch.forgive("")


async def _until(page: Page, watch: Watch) -> None:
    """Wait until the watch has seen something (the browser tells it a moment later)."""
    while not watch.troubles:
        await page.evaluate("new Promise(requestAnimationFrame)")


async def test_print_leaves_the_page_without_its_frame(page: Page, site: str) -> None:
    await page.goto(f"{site}/case")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation", name="菜单")).to_be_hidden()
    await expect(page.locator(".acts").first).to_be_hidden()
    await expect(page.locator(".timeline")).to_be_visible()
    await screenshot(page, "frame-case-print")
