"""A station's guide in a real browser, by what stands on the pages: from no line to a rating."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY, Story
from tests.e2e.station.hands import FAULTS
from tests.support.browser import Watch
from tests.support.city import City
from tests.support.eventually import eventually
from tests.support.line import Line, open_line

pytestmark = pytest.mark.browser
TOWN = "金清镇"
TOWNSHIP = f"{COUNTY}106"
TITLE = "村道会车困难，货车倒车出村"
SAID = "路拓宽了，车好走了"
KEPT = """async () =>
  (await navigator.serviceWorker.getRegistration("/intake/"))?.active?.state === "activated"
  && (await (await caches.open("station-pages")).match("/intake/new")) !== undefined"""
"""Whether the form opens without a line when it is loaded again: the first page that a worker finds
open may stay without it."""


@pytest_asyncio.fixture
async def line(city: City, page: Page, watch: Watch) -> AsyncIterator[Line]:
    """The station's line to the city; what a browser notes of its being cut is no fault."""
    async with open_line(city.url) as opened:
        yield opened
        await page.close()
        watch.troubles = [one for one in watch.troubles if not any(it in one for it in FAULTS)]


async def come_in(page: Page, line: Line, role: str) -> None:
    """Leave whoever is signed in, and enter as somebody of the township whom the door offers."""
    leave = page.get_by_role("button", name="退出")
    if await leave.count():
        await leave.click()
        await expect(leave).to_have_count(0)
    await page.goto(f"{line.url}/router/demo-login?division={COUNTY}")
    choice = page.get_by_label("乡镇（街道）")
    option = choice.locator("option").filter(has_text=re.compile(f"^{TOWN}，{role}"))
    await choice.select_option(await option.get_attribute("value"))
    await page.locator("form").filter(has=choice).get_by_role("button", name="进入").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("联络站")


async def report_without_a_line(desk: Desk, page: Page, line: Line) -> None:
    """Report while the line is cut; it goes by itself when the line is back."""
    await page.get_by_role("link", name="记一件建议").last.click()
    await eventually(lambda: page.evaluate(KEPT))
    line.cut()
    await page.reload()
    await page.get_by_label("一句话说明").fill(TITLE)
    await page.get_by_label("具体情况").fill("村道只有三米宽，两辆货车会不了车，常要倒出村。")
    await page.get_by_text("困难问题").click()
    await desk.press("提交这件建议")
    await desk.sees(TITLE, "等有网络自动发出")
    unsent = page.get_by_role("status").filter(has_text="没有网络，1份草稿已存在本机")
    await expect(unsent).to_be_visible()
    await expect(page.get_by_label("一句话说明")).to_have_value("")
    line.mend()
    await page.get_by_role("link", name="看回执").click()
    await desk.sees("已收到", TITLE)


async def accept(desk: Desk, page: Page) -> None:
    row = page.get_by_role("row", name=TITLE)
    await row.get_by_role("link", name="受理这件").click()
    await desk.sees("其他单位将看到的文字", TITLE)
    await page.get_by_role("button", name="受理这件").click()
    await desk.sees("受理，编号331004-2022-")


async def have_it_answered(city: City) -> None:
    """Let the county give the item to a unit, and the unit answer it."""
    head = await city.person("station_head", TOWNSHIP)
    found = await city.get(head, "/intake/v1/items?state=ACCEPTED&limit=200")
    key = city.items["guide"] = max(found["items"], key=lambda one: one["received_at"])["item_id"]
    story = Story(city)
    await city.settle()
    up = {"reason": "事权在区级，请区级交办"}
    dispatcher = await city.person("dispatcher", TOWNSHIP)
    await city.post(dispatcher, f"/router/v1/items/{key}/escalate", up)
    county = await city.person("dispatcher", COUNTY)
    units = await city.get(county, f"/router/v1/directory/units?division={COUNTY}")
    lead = next(one["id"] for one in units["units"] if one["kind_code"] == "transport")
    await city.post(county, f"/router/v1/items/{key}/dispatch", {"lead": lead})
    await city.settle()
    await story.act("guide", "sign")
    await story.answer("guide", "solved")
    await city.settle()


async def tell(desk: Desk, page: Page) -> None:
    """Record that the proposer was told the reply in person."""
    waiting = page.get_by_role("table", name="还没有告诉提出人")
    row = waiting.get_by_role("row", name=TITLE)
    await row.get_by_role("link", name="记下已告诉提出人").click()
    await desk.sees("已经办好，可以照常申请")
    await page.get_by_role("group", name="怎样告诉的").get_by_text("上门或当面").click()
    await page.get_by_role("button", name="记下已告诉提出人").click()
    await desk.sees("告诉提出人第1次答复：上门或当面")


async def call_back(desk: Desk, page: Page) -> None:
    """Record what the proposer said on the phone; who called cannot check it."""
    await page.get_by_role("link", name="记下回访").click()
    await page.get_by_role("button", name="记下回访").click()
    await desk.sees("有1处要改，没有保存")
    await page.get_by_label("打的哪个号码").fill("13905760077")
    for asked in ("对办理结果", "对办理态度"):
        group = page.get_by_role("group", name=asked)
        await group.get_by_text("满意", exact=True).click()
    await page.get_by_label("哪里不满意").fill(SAID)
    await page.get_by_role("button", name="记下回访").click()
    await desk.sees("139****0077", "等第二个人核对", SAID)
    await expect(page.get_by_role("link", name="核对回访")).to_have_count(0)


async def check(desk: Desk, page: Page) -> None:
    row = page.get_by_role("table", name="等第二个人核对").get_by_role("row", name=TITLE)
    await row.get_by_role("link", name="核对回访").click()
    await page.get_by_text("结果满意，态度满意").click()
    await page.get_by_role("button", name="核对回访").click()
    await desk.sees("核对后生效")


async def test_a_station_takes_an_item_from_a_lost_line_to_a_checked_rating(
    desk: Desk, page: Page, city: City, line: Line
) -> None:
    await come_in(page, line, "站工作人员")
    await report_without_a_line(desk, page, line)
    await come_in(page, line, "站长")
    await accept(desk, page)
    await have_it_answered(city)
    await come_in(page, line, "站工作人员")
    await tell(desk, page)
    await call_back(desk, page)
    await come_in(page, line, "站长")
    await check(desk, page)
    await city.settle()
    await page.get_by_role("link", name="本站意见建议").first.click()
    await expect(page.get_by_role("row", name=TITLE)).to_contain_text("提出人满意")
