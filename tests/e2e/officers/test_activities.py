"""A station's guide to activities, followed in a real browser by what stands on the pages."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.officers.hands import Desk

pytestmark = pytest.mark.browser
TOWNSHIP = "331004106"
TRADER = "横街阿美理发店"


async def plan(desk: Desk, page: Page, day: str) -> None:
    """Fill the form in: an inspection at the small trader's, two of the deputies expected."""
    await desk.open("/intake/")
    await page.get_by_role("link", name="活动与走访").click()
    await page.get_by_role("link", name="计划或记录活动").click()
    await page.get_by_text("计划一次活动").click()
    await page.get_by_text("视察", exact=True).click()
    await page.get_by_label("开始日期").fill(day)
    await page.get_by_label("没有信用代码的个体户").fill(TRADER)
    boxes = page.get_by_role("group", name="谁参加").get_by_role("checkbox")
    await boxes.nth(0).check()
    await boxes.nth(1).check()
    await page.set_viewport_size({"width": 390, "height": 844})
    for label in await page.locator("label.check").filter(visible=True).all():
        box = await label.bounding_box()
        assert box
        assert box["height"] > 43.9, "a finger hits it"
    await page.set_viewport_size({"width": 1366, "height": 768})


async def complete(desk: Desk, page: Page) -> None:
    """Record from the station's first page that it was held, and take one person back."""
    await desk.open("/intake/")
    todo = page.locator("section").filter(has_text="待完成的活动")
    await todo.get_by_role("link", name="记录已举办").click()
    ticked = page.get_by_role("group", name="谁来了").get_by_role("checkbox", checked=True)
    await expect(ticked).to_have_count(2)
    await desk.press("记录已举办")
    await desk.sees("已举办，2人到场")
    await desk.press("撤销到场")
    await page.get_by_role("group", name="谁没有来").get_by_role("checkbox").first.check()
    await page.get_by_label("为什么撤销").fill("临时有会")
    await desk.press("撤销到场")
    await desk.sees("已举办，1人到场")


async def test_a_visit_is_planned_held_taken_back_and_another_cancelled(
    desk: Desk, page: Page
) -> None:
    await desk.sign_in("station_staff", TOWNSHIP)
    await plan(desk, page, "2022-09-19")
    await desk.press("先看近期走访")
    await desk.sees("前后30天内没有别的走访")
    await desk.press("保存活动")
    await desk.sees("今天举办，等记录", TRADER)

    await plan(desk, page, "2022-09-28")
    await desk.press("保存活动")
    await desk.sees("30天内另有1次走访", "为什么还要去")
    await page.get_by_label("为什么还要去").fill("店主请代表再来看一次")
    await desk.press("保存活动")
    await desk.sees("已计划，预计2人参加", "店主请代表再来看一次")

    await complete(desk, page)

    await page.get_by_role("link", name="活动与走访").first.click()
    coming = page.locator("section").filter(has_text="将要举办")
    await coming.get_by_role("link", name="视察").first.click()
    await desk.press("取消活动")
    await page.get_by_label("为什么取消").fill("店主外出")
    await desk.press("取消活动")
    await desk.sees("已取消：店主外出", "现在没有要您办的事")
