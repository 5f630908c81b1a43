"""The directory's pages in a real Chromium: both languages, two widths, nothing axe objects to."""

import json

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from shared.ids import named_id, to_text
from tests.e2e.directory.conftest import Site
from tests.integration.router.directory_desk import FINANCE, STATION
from tests.support.browser import screenshot
from tests.unit.router.play import COUNTY, TOWNSHIP

pytestmark = pytest.mark.browser
PAGES = {
    "county": f"/directory/divisions/{COUNTY}",
    "township": f"/directory/divisions/{TOWNSHIP}",
    "unit": f"/directory/units/{to_text(FINANCE)}",
    "station": f"/directory/stations/{to_text(STATION)}",
    "person": f"/directory/people/{to_text(named_id('person', 'leader'))}",
    "found": "/directory?q=金清",
}
VIEWS = {"": (1366, 768), "-phone": (390, 844), "-en": (1366, 768)}


async def test_each_page_is_clean_in_both_languages_and_on_a_phone(site: Site, page: Page) -> None:
    for name, path in PAGES.items():
        await site.open(page, "admin", path)
        for view, (width, height) in VIEWS.items():
            await page.set_viewport_size({"width": width, "height": height})
            mark = "&" if "?" in path else "?"
            lang = "en" if view == "-en" else "zh"
            await page.goto(f"{site.url}/router{path}{mark}lang={lang}")
            await screenshot(page, f"directory-{name}{view}", whole=True)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (name, view, wide)
            report = await Axe().run(page)
            found = [(it["id"], it["nodes"][0]["html"]) for it in report.response["violations"]]
            assert not found, (name, view, json.dumps(found, ensure_ascii=False))
