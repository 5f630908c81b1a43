"""An administrator's first morning in a real browser, by what stands on the pages."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY

pytestmark = pytest.mark.browser
CITY = "331000"
ACCOUNTS, KEYS = "有任职、没有账号的人", "没有密钥的联络站"
OWN = "quiet harbour ledger of march"


async def missing(page: Page, url: str, words: str) -> int:
    """Read a line of the check list, once it is counted; 0 where nothing is missing."""
    await page.goto(f"{url}/router/checklist")
    cell = page.locator("tr").filter(has_text=words).locator(".c-result")
    await expect(cell).to_contain_text(re.compile(r"\d|齐了"))
    found = re.search(r"[\d,]+", await cell.inner_text())
    return int(found[0].replace(",", "")) if found else 0


async def enters_a_person(desk: Desk, page: Page) -> None:
    await page.get_by_role("link", name="名录", exact=True).click()
    await page.get_by_role("link", name="新增工作人员").click()
    await page.get_by_label("编号").fill("lq-2026-01")
    await page.get_by_label("姓名").fill("江晓晴")
    await page.get_by_label("角色").select_option(label="联络员")
    await page.get_by_label("在哪里").select_option(CITY)
    await desk.press("确认登记")
    await expect(page.get_by_role("heading", name="江晓晴")).to_be_visible()
    await desk.sees("联络员")


async def opens_accounts(page: Page) -> list[list[str]]:
    """Open those of a county's station heads; gives name, site, account and password of each."""
    await page.locator("tr").filter(has_text=ACCOUNTS).get_by_role("link").click()
    await page.get_by_label("地方（含下级）").select_option(COUNTY)
    await expect(page).to_have_url(re.compile(COUNTY))
    await page.get_by_label("角色").select_option(label="站长")
    await expect(page).to_have_url(re.compile("station_head"))
    button = page.get_by_role("button", name=re.compile(r"^给这\d+人开设账号$"))
    many = int(re.findall(r"\d+", await button.inner_text())[0])
    await button.click()
    sheets = page.locator(".sheet")
    await expect(sheets).to_have_count(many)
    return [await one.locator("h2, dd code").all_inner_texts() for one in await sheets.all()]


async def issues_a_key(page: Page, file: Path) -> None:
    await page.locator("tr").filter(has_text=KEYS).get_by_role("link").click()
    await page.locator("table a").first.click()
    await page.get_by_role("heading", name="发一把新密钥").click()
    await page.get_by_role("button", name="发一把新密钥").click()
    await expect(page.get_by_alt_text("站里的应用要扫的二维码")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="下载密钥文件").click()
    await (await download.value).save_as(file)
    await page.get_by_role("link", name="已经交给应用").click()
    await expect(page.locator("table")).to_contain_text("在用")


async def signs_in(page: Page, url: str, account: str, password: str) -> None:
    """Sign in with the one-time password, which must be changed first."""
    await page.goto(f"{url}/router/sign-in?account=yes")
    await page.get_by_label("账号").fill(account)
    await page.get_by_label("密码").fill(password)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="设置新密码")).to_be_visible()
    await page.get_by_label("现在的密码").fill(password)
    await page.get_by_label("新密码", exact=True).fill(OWN)
    await page.get_by_role("button", name="设置新密码").click()


async def test_the_check_list_gets_shorter_and_a_new_person_signs_in(
    desk: Desk, page: Page, browser: Browser, tmp_path: Path
) -> None:
    url, file = desk.city.url, tmp_path / "key.json"
    await desk.sign_in("admin", CITY)
    await desk.open("/")
    await expect(page.get_by_role("heading", name="上线检查")).to_be_visible()
    without_account = await missing(page, url, ACCOUNTS)
    without_key = await missing(page, url, KEYS)
    await enters_a_person(desk, page)
    assert await missing(page, url, ACCOUNTS) == without_account + 1
    sheets = await opens_accounts(page)
    assert len(sheets) >= 10
    await page.goto(f"{url}/router/accounts/several?division={COUNTY}&role=station_head")
    await desk.sees("这个范围里没有这样的人")
    assert await missing(page, url, ACCOUNTS) == without_account + 1 - len(sheets)
    await missing(page, url, KEYS)
    await issues_a_key(page, file)
    assert json.loads(file.read_text())["address"] == url
    assert await missing(page, url, KEYS) == without_key - 1

    context = await browser.new_context(locale="zh-CN")
    theirs = await context.new_page()
    who, _site, account, password = sheets[0]
    await signs_in(theirs, url, account, password)
    await expect(theirs.locator(".who")).to_contain_text(who)
    await context.close()
