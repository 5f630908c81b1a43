"""A stranger's way in a real browser on a phone: from the poster over the report to the rating."""

import re
from collections.abc import Mapping

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY, Story
from tests.support.browser import assert_clean
from tests.support.city import City

pytestmark = pytest.mark.browser
TOWNSHIP = "331004106"
PHONE: ViewportSize = {"width": 390, "height": 844}
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "send": "提交给联络站", "what": "什么事", "secret": "单位不要知道是谁提的",
        "received": "已收到", "handled": "正在办理", "rate": "提交评价", "result": "对办理结果",
        "dissatisfied": "不满意", "why": "哪里不满意", "rated": "结果不满意", "again": "重新办理",
    },
    "en": {
        "send": "Send to the station", "what": "What happened", "secret": "Do not tell the unit",
        "received": "Received", "handled": "Being handled", "rate": "Submit the rating",
        "result": "Result", "dissatisfied": "Dissatisfied", "why": "What you are dissatisfied with",
        "rated": "result Dissatisfied", "again": "Being handled again",
    },
}  # fmt: skip
"""The visible labels that the steps go by."""
TEXT = "园区夜里经常停电，新设备不敢开。希望早点修好。"


async def scan(desk: Desk) -> str:
    """Print the poster as staff of the station and read its address; nobody stays signed in."""
    await desk.sign_in("station_staff", TOWNSHIP)
    await desk.open(f"/intake/poster/{TOWNSHIP}-01")
    address = await desk.page.locator(".poster .address").inner_text()
    await desk.page.context.clear_cookies()
    return address


async def test_a_poster_fits_on_one_page(desk: Desk, page: Page) -> None:
    for path in ("?place=city", f"/{TOWNSHIP}-01"):
        await desk.sign_in("station_head", TOWNSHIP)
        await desk.open(f"/intake/poster{path}")
        await expect(page.get_by_role("img", name="反映问题和建议的二维码")).to_be_visible()
        printed = await page.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    await assert_clean(page, "poster")


async def give_out(city: City, name: str) -> None:
    """Let the station accept a report, and its county give it out."""
    head = await city.person("station_head", TOWNSHIP)
    accept = f"/intake/v1/items/{city.items[name]}/accept"
    await city.post(head, accept, {"name_unknown_confirmed": True})
    await city.settle()
    items = f"/router/v1/items/{city.items[name]}"
    await city.post(await city.person("dispatcher", TOWNSHIP), f"{items}/escalate",
                    {"reason": "事权在区级，请区级交办"})  # fmt: skip
    await city.settle()
    await city.post(await city.person("dispatcher", COUNTY), f"{items}/dispatch")
    await city.settle()


async def test_what_was_solved_on_the_spot_is_contradicted_by_whoever_scanned_the_poster(
    desk: Desk, page: Page, city: City
) -> None:
    address, words = await scan(desk), WORDS["zh"]
    await page.set_viewport_size(PHONE)
    await page.goto(address)
    link = await report(page, words, f"{TEXT}（当场）", secret=False)
    chief = (await city.people("station_head", TOWNSHIP))[0]
    head, (grant,) = str(chief["person_id"]), chief["grants"]
    waiting = (await city.get(head, "/intake/v1/items?state=SUBMITTED&limit=200"))["items"]
    item = max(waiting, key=lambda one: one["received_at"])
    solved = {
        "solved_on_spot": True,
        "solved_by": grant["station_id"],
        "proposer_agrees": True,
        "note": "电工当天换了线",
    }
    await city.post(head, f"/intake/v1/items/{item['item_id']}/accept", solved)
    await page.goto(link)
    await expect(page.locator(".standing")).to_contain_text("当场解决")
    await page.get_by_role("link", name="请求重新办理").click()
    await page.get_by_role("button", name="请求重新办理").click()
    await expect(page.locator(".errors")).to_be_visible()
    await page.get_by_text("答复和实际不一样").click()
    await page.get_by_label("实际是怎样的").fill("没有人来换过线，昨晚又停电了")
    await assert_clean(page, "proposer-reopen")
    await page.get_by_role("button", name="请求重新办理").click()
    await expect(page.locator("main")).to_contain_text("请求重新办理，交办的机关")
    await city.settle()
    await desk.sign_in("dispatcher", COUNTY)
    await desk.open(f"/tracker/items/{item['item_id']}")
    await expect(page.locator("main")).to_contain_text("没有人来换过线，昨晚又停电了")


async def report(page: Page, words: Mapping[str, str], text: str, *, secret: bool = True) -> str:
    """Report something, at first without a word; give the link that the receipt shows."""
    await page.get_by_role("button", name=words["send"]).click()
    await expect(page.locator(".errors")).to_be_visible()
    await page.get_by_label(words["what"]).fill(text)
    if secret:
        await page.get_by_text(words["secret"]).click()
    await page.get_by_role("button", name=words["send"]).click()
    await expect(page.get_by_role("heading", name=words["received"])).to_be_visible()
    return (await page.locator(".receipt .address").inner_text()).strip()


async def rate(page: Page, words: Mapping[str, str], view: str) -> None:
    """Be dissatisfied, at first without a reason; nothing is chosen beforehand."""
    await page.get_by_role("link", name=words["rate"]).click()
    assert await page.locator("input:checked").count() == 0
    result = page.get_by_role("group", name=words["result"])
    await result.get_by_text(words["dissatisfied"], exact=True).click()
    await page.get_by_role("button", name=words["rate"]).click()
    await expect(page.locator(".errors")).to_be_visible()
    await page.get_by_label(words["why"]).fill("还在停电")
    await assert_clean(page, view)
    await page.get_by_role("button", name=words["rate"]).click()
    await expect(page.locator("#reply")).to_contain_text(words["rated"])


@pytest.mark.parametrize("language", WORDS)
async def test_from_the_poster_to_the_rating(
    desk: Desk, page: Page, city: City, language: str
) -> None:
    address, words = await scan(desk), WORDS[language]
    await page.set_viewport_size(PHONE)
    await page.goto(f"{address}?lang={language}")
    await assert_clean(page, f"report-{language}")
    link = await report(page, words, f"{TEXT}（{language}）")
    await assert_clean(page, f"report-received-{language}")

    head = await city.person("station_head", TOWNSHIP)
    name = f"scanned-{language}"
    waiting = (await city.get(head, "/intake/v1/items?state=SUBMITTED&limit=200"))["items"]
    city.items[name] = max(waiting, key=lambda one: one["received_at"])["item_id"]
    await give_out(city, name)
    await page.goto(link)
    await expect(page.locator(".standing")).to_contain_text(words["handled"])
    story = Story(city)
    await story.act(name, "sign")
    await story.answer(name, "solved")
    await city.settle()
    await page.reload()
    await expect(page.locator("#reply")).to_contain_text("已经办好，可以照常申请")
    await assert_clean(page, f"proposer-{language}")
    await rate(page, words, f"proposer-rating-{language}")
    await city.settle()
    await page.reload()
    await expect(page.locator(".standing")).to_contain_text(words["again"])
