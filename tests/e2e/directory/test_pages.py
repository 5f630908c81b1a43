"""The directory's pages in a real Chromium: both languages, two widths, nothing axe objects to."""

import json

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from shared.ids import named_id, to_text
from tests.e2e.directory.conftest import Site
from tests.integration.router.directory_desk import FINANCE, STATION
from tests.support.browser import screenshot
from tests.unit.router.play import COUNTY, TOWNSHIP

CLERK = f"/directory/people/{to_text(named_id('person', 'clerk'))}"
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


async def test_an_administrator_gives_a_role_and_another_is_told_what_changed(
    site: Site, page: Page
) -> None:
    await site.open(page, "county-admin", CLERK)
    other = await page.context.new_page()
    await other.goto(page.url)
    for one, day in ((page, "2026-01-05"), (other, "2026-02-05")):
        await one.get_by_text("增加任职").click()
        await one.get_by_label("角色").select_option("unit_head")
        await one.get_by_label("在哪里").select_option(label="区财政局")
        await one.locator("[name=add_grant-valid_from]").fill(day)
        await one.locator("#add_grant button").click()
        await site.desk.follow()
    await expect(page.get_by_text("已保存，改动见")).to_be_visible()
    await expect(page.locator("#changes")).to_contain_text("管理员乙")
    notes = other.locator("#notes")
    await expect(notes).to_contain_text("刚才有人改过")
    await expect(notes).to_contain_text("2026-01-05")
    await expect(other.locator("[name=add_grant-valid_from]")).to_have_value("2026-02-05")
    await screenshot(other, "directory-changed-meanwhile", whole=True)
    report = await Axe().run(other)
    assert not report.response["violations"]
