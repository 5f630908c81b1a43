"""The guided tour at the demo's door: each step enters as the right person on the right page."""

import pytest
from playwright.async_api import Page, expect

from shared.web.tour import STEPS
from tests.e2e.officers.hands import Desk

pytestmark = pytest.mark.browser


async def test_the_bar_leads_from_step_to_step_and_can_be_ended(desk: Desk, page: Page) -> None:
    await desk.open("/router/demo-login")
    await page.get_by_role("button", name="进入第1步").click()
    for number, step in enumerate(STEPS, 1):
        bar = page.get_by_role("region", name="导览")
        await expect(bar).to_contain_text(f"第{number}步，共{len(STEPS)}步：{step.words.text}")
        await expect(bar).to_contain_text(step.todo.text)
        assert page.url.removeprefix(desk.city.url) == step.page
        await expect(page.locator("main h1, main h2").first).to_be_visible()
        if number < len(STEPS):
            await bar.get_by_role("button", name="下一步").click()
    await page.get_by_role("button", name="结束导览").click()
    await expect(page.get_by_role("heading", name="以哪个身份进入")).to_be_visible()
    await expect(page.get_by_role("region", name="导览")).to_have_count(0)
