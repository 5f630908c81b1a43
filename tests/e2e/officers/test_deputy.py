"""A deputy's guide in a real browser, by what stands on the pages: from signing in to the year."""

import asyncio
import re
from datetime import timedelta

import pytest
from docx import Document
from playwright.async_api import Page, expect

from shared.ids import named_id, new_id, to_text
from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY, Story
from tests.support.browser import SERIOUS, assert_clean, assert_clean_in_every_view
from tests.support.city import City

pytestmark = pytest.mark.browser
TOWNSHIP, TOWN = "331004106", "金清镇"
OWN = "村口公交站没有雨棚"
OTHERS = "河西街路灯坏了一排"
DEPUTIES = sorted(named_id("person", f"{TOWNSHIP}-01-deputy-{n}") for n in range(1, 5))
ME, COLLEAGUE = (to_text(key) for key in DEPUTIES[:2])
"""The deputy whom the demo login offers, and another of the same station."""


async def an_invitation(city: City) -> str:
    """Let the station plan a visit in three days and ask the deputy to come."""
    staff = await city.person("station_staff", TOWNSHIP)
    day = (city.now().date() + timedelta(3)).isoformat()
    body = {
        "id": to_text(new_id(city.now())),
        "kind": "contact",
        "place_division": TOWNSHIP,
        "first_day": day,
        "last_day": day,
        "attendance": [{"person_id": ME}],
    }
    planned = await city.post(staff, "/intake/v1/activities/plan", body)
    return str(planned["activity_id"])


async def an_item_of_a_colleague(city: City) -> None:
    body = {
        "id": to_text(new_id(city.now())),
        "title": OTHERS,
        "body": "从桥头到菜场一排都不亮，晚上看不清路。",
        "division_code": TOWNSHIP,
        "occurred_at": city.now().isoformat(),
        "item_type": "problem",
        "source_kind": "deputy",
        "deputy_id": COLLEAGUE,
    }
    await city.post(COLLEAGUE, "/intake/v1/items", body)


async def come_in(desk: Desk, page: Page) -> None:
    """Enter as the deputy of the township whom the demo login offers."""
    await desk.open(f"/router/demo-login?division={COUNTY}")
    choice = page.get_by_label("乡镇（街道）")
    option = choice.locator("option").filter(has_text=re.compile(f"^{TOWN}，代表"))
    await choice.select_option(await option.get_attribute("value"))
    await page.locator("form").filter(has=choice).get_by_role("button", name="进入").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("我的履职")


async def go(page: Page, entry: str) -> None:
    menu = page.get_by_role("navigation", name="菜单")
    await menu.get_by_role("link", name=entry, exact=True).click()


async def raise_one(desk: Desk, page: Page) -> None:
    """Raise an item and read its receipt."""
    await page.get_by_role("link", name="提一件建议").last.click()
    await page.get_by_label("一句话说明").fill(OWN)
    await page.get_by_label("具体情况").fill("下雨天老人和学生没处躲，希望加装雨棚。")
    await page.get_by_text("困难问题").click()
    await assert_clean(page, "deputy-new", SERIOUS)
    await desk.press("提交这件建议")
    await desk.sees("已收到", OWN, "接下来由站长受理")
    await page.get_by_role("link", name="看这一件").click()
    await desk.sees("等联络站受理", "撤回这件")


async def add_to_it(desk: Desk, page: Page) -> None:
    await desk.press("补充情况")
    await page.get_by_label("补充什么").fill("最近的是新村站")
    await desk.press("补充情况")
    await desk.sees("补充：最近的是新村站")


async def join_a_colleague(desk: Desk, page: Page) -> None:
    await go(page, "我的履职")
    row = page.get_by_role("row", name=OTHERS)
    await row.get_by_role("link", name="看看，联名").click()
    await desk.sees("从桥头到菜场一排都不亮")
    await assert_clean_in_every_view(page, "deputy-joinable", SERIOUS)
    await page.reload()
    await desk.press("我要联名")
    await desk.sees("等联络站受理")
    await go(page, "我提的建议")
    await desk.sees(OWN, OTHERS)


async def decline(desk: Desk, page: Page) -> None:
    """Answer an invitation from the first page, with a reason."""
    await go(page, "我的履职")
    await desk.sees("请您参加，等您答复")
    await assert_clean_in_every_view(page, "deputy-today", SERIOUS)
    await desk.open("/intake/deputy?lang=zh")
    ways = [page.get_by_role("button", name="能来"), page.get_by_role("link", name="不能来")]
    boxes = [await one.bounding_box() for one in ways]
    assert all(boxes)
    assert len({(one["y"], one["height"]) for one in boxes if one}) == 1, "two equal buttons"
    await ways[1].click()
    await page.get_by_role("group", name="您能来吗").get_by_text("不能来", exact=True).click()
    await page.get_by_label("不能来的，可以写原因").fill("那天在省里开会")
    await desk.press("答复能不能来")
    await desk.sees("您已答复：不能来")


async def test_a_deputy_follows_the_guide(desk: Desk, page: Page, city: City) -> None:
    activity = await an_invitation(city)
    await an_item_of_a_colleague(city)
    await come_in(desk, page)
    await raise_one(desk, page)
    key = page.url.rsplit("/", 1)[1]
    await add_to_it(desk, page)
    await join_a_colleague(desk, page)
    await decline(desk, page)
    await _answer(city, key)
    await rate(desk, page, key)
    await take_the_year_along(desk, page, city)

    await desk.sign_in("station_staff", TOWNSHIP)
    await desk.open(f"/intake/activities/{activity}")
    await desk.sees("不能来，那天在省里开会")


async def _answer(city: City, key: str) -> None:
    """Let the station accept the deputy's item, and its unit answer it."""
    head = await city.person("station_head", TOWNSHIP)
    await city.post(head, f"/intake/v1/items/{key}/accept")
    await city.settle()
    items = f"/router/v1/items/{key}"
    up = {"reason": "事权在区级，请区级交办"}
    await city.post(await city.person("dispatcher", TOWNSHIP), f"{items}/escalate", up)
    await city.settle()
    dispatcher = await city.person("dispatcher", COUNTY)
    units = (await city.get(dispatcher, f"/router/v1/directory/units?division={COUNTY}"))["units"]
    lead = next(one["id"] for one in units if one["kind_code"] == "transport")
    await city.post(
        dispatcher, f"{items}/dispatch", {"lead": lead, "matter_code": "logistics_cost"}
    )
    await city.settle()
    city.items["deputy"] = key
    story = Story(city)
    await story.act("deputy", "sign")
    await story.answer("deputy", "solved")
    await city.settle()


async def rate(desk: Desk, page: Page, key: str) -> None:
    """Rate the answer that waits on the first page."""
    await go(page, "我的履职")
    waiting = page.get_by_role("table", name="已答复，可以评价")
    await expect(waiting).to_contain_text("已经办好，可以照常申请")
    await waiting.get_by_role("link", name="评价").click()
    assert await page.locator("input:checked").count() == 0
    await page.get_by_role("group", name="对办理结果").get_by_text("满意", exact=True).click()
    await desk.press("提交评价")
    await expect(page.locator("#reply")).to_contain_text("您的评价：结果满意")
    await assert_clean_in_every_view(page, "deputy-item", SERIOUS)
    await desk.open(f"/intake/deputy/items/{key}?lang=zh&type=normal")


async def take_the_year_along(desk: Desk, page: Page, city: City) -> None:
    """Look at the results, then take the year along as a document, and print it."""
    await city.settle()
    await go(page, "本地办理结果")
    await desk.sees("今年以来收到的意见建议", "最近办结的")
    await assert_clean_in_every_view(page, "deputy-results", SERIOUS)
    await desk.open("/intake/deputy/year?lang=zh&type=normal")
    await desk.sees("2022年履职情况", OWN, "已经办好，可以照常申请", "我的评价：满意")
    await assert_clean_in_every_view(page, "deputy-year", SERIOUS)
    await desk.open("/intake/deputy/year?lang=zh&type=normal")
    await page.get_by_label("我想对选民说的").fill("雨棚已经装好了")
    assert (await page.pdf(format="A4")).startswith(b"%PDF")
    async with page.expect_download() as downloading:
        await desk.press("下载Word文件")
    file = await (await downloading.value).path()
    word = await asyncio.to_thread(Document, str(file))
    text = "\n".join(one.text for one in word.paragraphs)
    for words in ("2022年履职情况", OWN, "我的评价：满意", "雨棚已经装好了"):
        assert words in text
