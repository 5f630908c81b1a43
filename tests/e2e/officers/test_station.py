"""A station's day in a real browser, by what stands on its pages: report, accept, follow."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.officers.hands import Desk

pytestmark = pytest.mark.browser
TOWNSHIP = "331004106"
TITLE = "厂区门口雨后积水，货车进出困难"


async def test_staff_reports_the_head_accepts_and_the_item_is_in_their_list(
    desk: Desk, page: Page
) -> None:
    await desk.sign_in("station_staff", TOWNSHIP)
    await desk.open("/intake/")
    await page.get_by_role("link", name="记一件建议").last.click()
    await page.get_by_label("一句话说明").fill(TITLE)
    await desk.press("提交这件建议")
    await desk.sees("有2处要改")
    await page.get_by_label("具体情况").fill("每次下雨积水约30厘米，货车绕行3公里。")
    await page.get_by_text("困难问题").click()
    await desk.press("提交这件建议")
    await desk.sees("已收到", TITLE, "剩1个工作日")
    await page.reload()
    await desk.sees("已收到", TITLE)

    await desk.sign_in("station_head", TOWNSHIP)
    await desk.open("/intake/")
    await page.get_by_label(f"选中：{TITLE}").check()
    await desk.press("看选中的，再受理")
    await desk.sees("1件可以受理", "每次下雨积水约30厘米")
    await desk.press("受理选中的")
    await desk.sees("受理了1件", TITLE, "331004-2022-")

    await desk.sign_in("station_staff", TOWNSHIP)
    await desk.open("/intake/items")
    row = page.locator("table.rows tr").filter(has_text=TITLE)
    await expect(row).to_contain_text("已受理，等交办")
    await row.get_by_role("link", name=TITLE).click()
    await desk.sees("每次下雨积水约30厘米", "受理，编号331004-2022-")
