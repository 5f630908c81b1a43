"""The second factor in a real Chromium: set up from one's own page, asked for at the door."""

from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Page, expect

from services.router.identity import store
from shared.service import mounted
from shared.web.session import PROOF_LASTS
from tests.support.browser import assert_clean_in_both_sizes, assert_clean_in_every_view, served
from tests.support.router.accounts import OWN, Lin
from tests.support.router.desk import Desk, open_desk, person_id, settings_for

pytestmark = pytest.mark.browser


@pytest.fixture
async def site(dsn: str, tmp_path: Path) -> AsyncIterator[tuple[str, Desk]]:
    async with (
        open_desk(settings_for(dsn, tmp_path)) as desk,
        desk.stranger() as browser,
        served(mounted([desk.service])) as url,
    ):
        await Lin(desk, "county", browser).has_account()
        yield url, desk


async def _sign_in(page: Page, url: str) -> None:
    await page.goto(f"{url}/router/sign-in?account=yes&next=/router/account")
    await page.get_by_label("账号").fill("county")
    await page.get_by_label("密码", exact=True).fill(OWN)
    await page.get_by_role("button", name="登录").click()


async def _turn_on(page: Page) -> list[str]:
    """Set it up from one's own page; gives the recovery codes."""
    await page.get_by_role("link", name="开启两步验证").click()
    await assert_clean_in_every_view(page, "second")
    await expect(page.get_by_role("img")).to_have_js_property("complete", value=True)
    secret = (await page.locator("code").inner_text()).replace(" ", "")
    for code in ("000", pyotp.TOTP(secret).now()):
        await page.get_by_label("应用里的六位数").fill(code)
        await page.get_by_role("button", name="开启").click()
        if code == "000":
            await expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    await expect(page.get_by_role("heading", level=1)).to_have_text("两步验证已开启")
    await assert_clean_in_both_sizes(page, "recovery")
    return await page.locator(".recovery code").all_inner_texts()


async def test_somebody_turns_it_on_and_signs_in_with_it(
    page: Page, site: tuple[str, Desk]
) -> None:
    url, desk = site
    await _sign_in(page, url)
    await assert_clean_in_every_view(page, "own")
    recovery = await _turn_on(page)
    assert len(recovery) == 10
    await page.get_by_role("link", name="已经收好").click()
    await expect(page.get_by_text("还有10个备用码没有用")).to_be_visible()

    await page.get_by_role("button", name="全部退出").click()
    await expect(page.get_by_role("button", name="全部退出")).to_have_count(0)
    await _sign_in(page, url)
    await expect(page.get_by_role("heading", level=1)).to_have_text("两步验证")
    await assert_clean_in_both_sizes(page, "code")
    await page.get_by_label("验证码").fill(recovery[0])
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_text("还有9个备用码没有用")).to_be_visible()
    async with desk.service.db.begin() as tx:
        assert len(await store.list_sessions(tx, person_id("county"))) == 1


async def test_a_form_waits_in_its_window_while_its_person_proves_who_they_are(
    page: Page, site: tuple[str, Desk]
) -> None:
    url, desk = site
    await _sign_in(page, url)
    await page.get_by_role("link", name="开启两步验证").click()
    secret = (await page.locator("code").inner_text()).replace(" ", "")
    await desk.sql("UPDATE session SET proved_at = proved_at - $1::interval", PROOF_LASTS)
    await page.evaluate(
        "fetch('/router/renew', {method: 'POST', body: '{}', "
        "headers: {'Content-Type': 'application/json'}})"
    )
    await page.get_by_label("应用里的六位数").fill(pyotp.TOTP(secret).now())
    await page.get_by_role("button", name="开启").click()
    await expect(page.get_by_text("请先再确认一次您的身份")).to_be_visible()
    await assert_clean_in_both_sizes(page, "prove-first")
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="在新窗口确认身份").click()
    window = await opened.value
    await assert_clean_in_every_view(window, "prove")
    await window.get_by_label("密码").fill(OWN)
    await window.get_by_role("button", name="确认").click()
    await expect(window.get_by_role("heading", level=1)).to_have_text("身份已确认")
    await window.close()
    await page.get_by_role("button", name="再提交一次").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("两步验证已开启")
