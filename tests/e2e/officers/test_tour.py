"""The guided tour at the demo's door: eight people, one suggestion from the station to the form."""

import pytest
from playwright.async_api import Page, expect

from shared.web.links import PROPOSER
from shared.web.tour import STEPS
from tests.e2e.officers.hands import Desk

pytestmark = pytest.mark.browser
TITLE = "厂门口的路坑洼，货车进不来"
OFFICE = "办"


async def enters(desk: Desk, number: int) -> None:
    """See that the bar of a step stands on its page, and who is signed in there."""
    page, step = desk.page, STEPS[number - 1]
    bar = page.get_by_role("region", name="导览")
    await expect(bar).to_contain_text(f"第{number}步，共{len(STEPS)}步：{step.words.text}")
    await expect(bar).to_contain_text(step.todo.text)
    await expect(page.locator("main h1, main h2").first).to_be_visible()
    at = page.url.removeprefix(desk.city.url)
    assert at.startswith(PROPOSER) if step.by_link else at == step.page
    answer = await page.context.request.get(f"{desk.city.url}/router/account")
    assert (answer.status == 401) == step.by_link, "only a proposer has no account"


async def goes_on(desk: Desk) -> None:
    await desk.city.settle()
    bar = desk.page.get_by_role("region", name="导览")
    await bar.get_by_role("button", name="下一步").click()


async def report(desk: Desk) -> None:
    page = desk.page
    await page.get_by_label("一句话说明").fill(TITLE)
    await page.get_by_label("具体情况").fill("厂门口的路坑洼，货车进不来，希望修好。")
    await page.get_by_text("困难问题").click()
    await desk.press("提交这件建议")
    await desk.sees("已收到", TITLE)


async def accept(desk: Desk) -> None:
    row = desk.page.locator("tr").filter(has_text=TITLE)
    await row.get_by_role("link", name="受理这件").click()
    await desk.press("受理")
    await desk.sees("已受理")


async def dispatch(desk: Desk) -> None:
    """Give it to the township's own office, whatever the system proposes."""
    page = desk.page
    await page.get_by_role("link", name=TITLE).first.click()
    lead = page.locator("select[name=lead]")
    office = lead.locator("option").filter(has_text=OFFICE).first
    await lead.select_option(await office.get_attribute("value"))
    await desk.press("交办")
    await desk.sees("已交办", TITLE)


async def draft(desk: Desk) -> None:
    await desk.page.get_by_role("link", name=TITLE).first.click()
    await desk.press("签收")
    await desk.press("登记联系")
    await desk.fill(channel="visit", note="到厂门口看了路面")
    await desk.press("登记联系")
    await desk.press("起草答复")
    await desk.fill(plain="路面已经修好", text="已经修补路面，货车可以进出。", outcome="solved")
    await desk.press("起草答复")
    await desk.sees("待签发的答复")


async def sign(desk: Desk) -> None:
    await desk.page.get_by_role("link", name=TITLE).first.click()
    await desk.press("签发答复")
    await desk.sees("已答复，待评价")


async def rate(desk: Desk) -> None:
    page = desk.page
    await desk.sees(TITLE, "路面已经修好")
    await page.get_by_role("link", name="提交评价").click()
    for asked in ("对办理结果", "对办理态度"):
        group = page.get_by_role("group", name=asked)
        await group.get_by_text("满意", exact=True).click()
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.locator("#reply")).to_contain_text("结果满意")


async def look(desk: Desk) -> None:
    """Nothing is done at the form and at the operator's: they are read."""
    await expect(desk.page.locator("main")).to_be_visible()


ACTS = (report, accept, dispatch, draft, sign, rate, look, look)


async def test_eight_people_take_one_suggestion_from_the_station_to_the_form(
    desk: Desk, page: Page
) -> None:
    await desk.open("/router/demo-login")
    await page.get_by_role("button", name="进入第1步").click()
    for number, act in enumerate(ACTS, 1):
        await enters(desk, number)
        await act(desk)
        if number < len(ACTS):
            await goes_on(desk)
    await page.get_by_role("button", name="结束导览").click()
    await expect(page.get_by_role("heading", name="以哪个身份进入")).to_be_visible()
    await expect(page.get_by_role("region", name="导览")).to_have_count(0)
