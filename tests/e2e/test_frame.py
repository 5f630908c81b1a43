"""The frame and its components in a real Chromium, in both languages, sizes and type sizes."""

from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.support.browser import screenshot, served
from tests.unit.web.gallery import build

pytestmark = pytest.mark.browser

PAGES = ["today", "case", "queue", "form", "fill", "hidden"]
VIEWS = {"": (1366, 768), "-phone": (390, 844), "-large": (1366, 768), "-en": (1366, 768)}


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[str]:
    async with served(build()) as address:
        yield address


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PAGES)
async def test_page_is_accessible_and_fits_its_window(
    page: Page, site: str, name: str, view: str
) -> None:
    width, height = VIEWS[view]
    await page.set_viewport_size({"width": width, "height": height})
    choice = {"-large": "?type=large", "-en": "?lang=en"}.get(view, "")
    await page.goto(f"{site}/{name}{choice}")
    await screenshot(page, f"frame-{name}{view}")
    found = await Axe().run(page)
    bad = [
        (rule["id"], node["html"])
        for rule in found.response["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]
    assert bad == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
