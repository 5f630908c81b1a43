"""The pages of accounts in a real Chromium: clean in both languages and widths, without scripts."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from services.router.identity import store
from services.router.identity.domain.accounts import SignInRecord, new_account
from services.router.identity.domain.totp import TotpRow
from shared.ids import named_id, new_id, to_text
from tests.support.browser import assert_clean_in_every_view, screenshot
from tests.support.router.directory import DirectoryDesk
from tests.support.site import Site

pytestmark = pytest.mark.browser
CLERK, HEAD = named_id("person", "clerk"), named_id("person", "head")
PAGES = {
    "accounts": "/accounts",
    "account": f"/accounts/{to_text(CLERK)}",
    "account-none": f"/accounts/{to_text(HEAD)}",
    "account-own": f"/accounts/{to_text(named_id('person', 'county-admin'))}",
    "sign-ins": "/accounts/sign-ins",
}


async def fill(site: Site[DirectoryDesk]) -> None:
    """Let the clerk be locked out of an account with a second factor after some tries."""
    async with site.desk.service.db.begin() as tx:
        later = tx.now + timedelta(minutes=30)
        row = new_account(CLERK, "zhou.mingyuan", "x", tx.now)
        await store.add_account(
            tx, row.model_copy(update={"locked_until": later, "one_time_until": None})
        )
        other = new_account(named_id("person", "stand-in"), "wu.daili", "x", tx.now)
        await store.add_account(tx, other)
        await store.save_totp(tx, TotpRow(person=CLERK, sealed="x", confirmed_at=tx.now))
        for minutes, result in enumerate(("locked", "wrong", "code", "replace", "in")):
            at = tx.now - timedelta(minutes=minutes + 1)
            await store.add_sign_in_record(
                tx,
                SignInRecord.model_validate(
                    {"id": new_id(at), "at": at, "person": CLERK, "way": "password",
                     "result": result, "address": "192.168.10.7"}
                ),
            )  # fmt: skip


async def test_each_page_is_clean_in_both_languages_and_on_a_phone(
    site: Site[DirectoryDesk], page: Page
) -> None:
    await fill(site)
    for name, path in PAGES.items():
        await site.open(page, "county-admin", f"/router{path}")
        await assert_clean_in_every_view(page, f"managing-{name}")


async def test_an_account_is_made_and_unlocked_without_scripts(
    site: Site[DirectoryDesk], browser: Browser
) -> None:
    await fill(site)
    context = await browser.new_context(
        java_script_enabled=False, locale="zh-CN", viewport={"width": 1366, "height": 768}
    )
    page = await context.new_page()
    await site.open(page, "county-admin", f"/router/directory/people/{to_text(HEAD)}")
    await page.get_by_role("link", name="账号和登录").click()
    await page.get_by_label("账号名").fill("名字")
    await page.get_by_role("button", name="开设账号，发一次性密码").click()
    await expect(page.locator("#e-name")).to_contain_text("账号名用2至64个")
    await screenshot(page, "managing-account-refused")
    await page.get_by_label("账号名").fill("he.liqun")
    await page.get_by_role("button", name="开设账号，发一次性密码").click()
    await expect(page.get_by_role("heading", name="何立群的一次性密码")).to_be_visible()
    await screenshot(page, "managing-given")
    await page.get_by_role("link", name="已经告诉本人").click()
    await expect(page.locator("#done")).to_contain_text("管理员乙")
    await page.goto(f"{site.url}/router/accounts?show=locked")
    await page.get_by_role("link", name="周明远").click()
    await page.get_by_role("button", name="解除锁定").click()
    await expect(page.get_by_text("已解除锁定，马上可以再试")).to_be_visible()
    await screenshot(page, "managing-unlocked")
    await context.close()
