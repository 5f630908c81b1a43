"""The directory's pages in a real Chromium: both languages, two widths, nothing axe objects to."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from shared.contracts.lists import DirectoryPolicy
from shared.directory.snapshot import listed_key
from shared.ids import named_id, to_text
from tests.support.browser import (
    assert_clean,
    assert_clean_in_both_sizes,
    assert_clean_in_every_view,
    screenshot,
)
from tests.support.router.directory import FINANCE, POINT, STATION, DirectoryDesk
from tests.support.router.play import COUNTY, TOWNSHIP
from tests.support.site import Site

CLERK = f"/directory/people/{to_text(named_id('person', 'clerk'))}"
ENDS = (datetime.now(UTC) - timedelta(30)).date().isoformat()
pytestmark = pytest.mark.browser
PAGES = {
    "county": f"/directory/divisions/{COUNTY}",
    "township": f"/directory/divisions/{TOWNSHIP}",
    "unit": f"/directory/units/{to_text(FINANCE)}",
    "station": f"/directory/stations/{to_text(STATION)}",
    "person": f"/directory/people/{to_text(named_id('person', 'leader'))}",
    "found": "/directory?q=金清",
    "import": "/directory/import",
    "vacancies": "/directory/vacancies",
    "policies": f"/directory/lists/policies?division={COUNTY}",
    "policy": f"/directory/listed/{to_text(listed_key(DirectoryPolicy, 'GJ-01'))}",
    "new-policy": f"/directory/new/policies?division={COUNTY}",
    "new-unit": f"/directory/new/units?division={COUNTY}",
}


async def test_each_page_is_clean_in_both_languages_and_on_a_phone(
    site: Site[DirectoryDesk], page: Page
) -> None:
    for name, path in PAGES.items():
        await site.open(page, "admin", f"/router{path}")
        await assert_clean_in_every_view(page, f"directory-{name}")


async def test_an_administrator_gives_a_role_and_another_is_told_what_changed(
    site: Site[DirectoryDesk], page: Page
) -> None:
    await site.open(page, "county-admin", f"/router{CLERK}")
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
    await assert_clean(other, "directory-changed-meanwhile")


async def test_an_administrator_closes_a_station_after_its_sub_point(
    site: Site[DirectoryDesk], page: Page
) -> None:
    for key, closes in ((STATION, False), (POINT, True), (STATION, True)):
        await site.open(page, "county-admin", f"/router/directory/stations/{to_text(key)}")
        await page.locator("#end_station summary").click()
        await page.locator("[name=end_station-last_day]").fill(ENDS)
        await page.get_by_label("原因").fill("与总站合并")
        if key == POINT:
            heir = page.locator("[name=end_station-successor_id]")
            await heir.select_option(label="金清镇总站")
        else:
            await page.get_by_label("没有接续的联络站").check()
        await page.locator("#end_station button").click()
        await site.desk.follow()
        if closes:
            await expect(page.get_by_text("已保存，改动见")).to_be_visible()
            continue
        await expect(page.locator("#notes")).to_contain_text("联络点金清港联络点那时还在")
        await expect(page.get_by_label("原因")).to_have_value("与总站合并")
        await screenshot(page, "directory-station-refused")
    for lang in ("zh", "en"):
        await page.goto(f"{site.url}/router{PAGES['station']}?lang={lang}")
        await page.locator("#cancel_end summary").click()
        await assert_clean_in_both_sizes(page, f"directory-station-closed-{lang}")


async def test_an_administrator_looks_at_a_table_line_by_line_and_enters_it(
    site: Site[DirectoryDesk], page: Page
) -> None:
    await site.open(page, "county-admin", f"/router/directory/divisions/{COUNTY}")
    await page.get_by_role("link", name="导入导出").click()
    await page.get_by_label("哪一种表").select_option("officers")
    lines = (
        "code,name,role,division_code,unit_kind,station_code,valid_from,valid_to",
        f"clerk,周明远,clerk,{COUNTY},finance,,2022-01-01,2026-12-31",
        f"clerk,周明远,unit_head,{COUNTY},finance,,2027-01-01,",
        f"new-1,陈新来,clerk,{COUNTY},finance,,2026-01-01,",
        f"head,何立群,unit_head,{COUNTY},finance,,2022-01-01,",
        f"wrong-1,错的人,clerk,{COUNTY},zoo,,2026-01-01,",
    )
    content = "\n".join(lines).encode("gb18030")
    await page.get_by_label("文件").set_input_files(
        {"name": "任职.csv", "mimeType": "text/csv", "buffer": content}
    )
    await page.get_by_role("button", name="看会怎样").click()
    rows = page.locator("#lines tbody tr")
    await expect(rows).to_have_count(4)
    await expect(rows.first).to_contain_text("没有zoo这类单位")
    await assert_clean_in_every_view(page, "directory-preview")
    await page.get_by_role("button", name="登记这些行").click()
    await expect(page.locator("#notes")).to_contain_text("已登记3行")
    await site.desk.follow()
    await page.goto(f"{site.url}/router{CLERK}")
    await expect(page.locator("#holders")).to_contain_text("2026-12-31")
