"""Signing in at a provider, in a real Chromium: there and back, and every way it can fail."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from services.router.identity import store
from services.router.identity.console.sign_in import PROVIDER_COOKIE
from services.router.identity.domain.accounts import RECORDS_KEPT, SignInQuery
from shared.service import mounted
from shared.web.session import PROOF_LASTS
from tests.support.browser import (
    Watch,
    assert_clean_in_both_sizes,
    assert_clean_in_every_view,
    served,
)
from tests.support.eventually import eventually
from tests.support.router.accounts import Lin
from tests.support.router.desk import Desk, open_desk, person_id, settings_for
from tests.support.system import free_port

pytestmark = pytest.mark.browser
START = "/router/sign-in?account=yes&next=/router/queue"


@dataclass
class Mock:
    port: int
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    async def is_up(self) -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                answer = await client.get(f"{self.url}/.well-known/openid-configuration")
            except httpx.TransportError:
                return False
        return answer.status_code == 200

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()


@pytest.fixture
async def mock() -> AsyncIterator[Mock]:
    port = free_port()
    program = Path(sys.executable).with_name("oidc-provider-mock")
    process = await asyncio.create_subprocess_exec(
        program, "--port", str(port), "--host", "localhost",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    mock = Mock(port, process)
    try:
        await eventually(mock.is_up)
        yield mock
    finally:
        await mock.end()


@pytest.fixture
async def site(dsn: str, tmp_path: Path, mock: Mock) -> AsyncIterator[tuple[str, Desk]]:
    (tmp_path / "secret").write_text("secret")
    port = free_port()
    settings = settings_for(
        dsn,
        tmp_path,
        JIANYI_ADDRESS=f"http://127.0.0.1:{port}",
        oidc_issuer=mock.url,
        oidc_client_id="jianyi",
        oidc_client_secret_file=tmp_path / "secret",
    )
    async with open_desk(settings) as desk, served(mounted([desk.service]), port) as url:
        yield url, desk


async def _go(page: Page, url: str) -> None:
    await page.goto(f"{url}{START}")
    await page.get_by_role("link", name="用统一身份认证登录").click()


async def _be(page: Page, who: str) -> None:
    """Be somebody, at the provider."""
    await page.get_by_placeholder("sub").fill(who)
    await page.get_by_role("button", name="Authorize", exact=True).click()


def _forgive_the_mock(watch: Watch) -> None:
    """Its own pages ask another site for their look, and lack an icon."""
    watch.forgive("request to another origin")
    watch.forgive("console: Failed to load resource")


async def test_somebody_of_the_directory_signs_in_and_is_where_they_wanted_to_be(
    page: Page, watch: Watch, mock: Mock, site: tuple[str, Desk]
) -> None:
    url, desk = site
    await _go(page, url)
    await _be(page, "county")
    await expect(page).to_have_url(f"{url}/router/queue")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    async with desk.service.db.begin() as tx:
        (session,) = await store.list_sessions(tx, person_id("county"))
        wanted = SignInQuery([person_id("county")], tx.now - RECORDS_KEPT)
        (record,) = await store.list_records(tx, wanted, 5)
    assert (session.way, record.way, record.result) == ("oidc", "oidc", "in")
    left = {cookie["name"] for cookie in await page.context.cookies(url)}
    assert left == {"__Host-session", "__Host-form"}
    _forgive_the_mock(watch)


async def _ages(page: Page, desk: Desk) -> None:
    """Let the proof of the session be too old; its page in use renews it."""
    await desk.sql("UPDATE session SET proved_at = proved_at - $1::interval", PROOF_LASTS)
    renew = """fetch("/router/renew", {method: "POST", body: "{}",
        headers: {"Content-Type": "application/json"}}).then((answer) => answer.status)"""
    assert await page.evaluate(renew) == 204


async def test_what_matters_waits_until_one_has_signed_in_anew_and_nothing_typed_is_lost(
    page: Page, watch: Watch, site: tuple[str, Desk]
) -> None:
    url, desk = site
    async with desk.stranger() as browser:
        await Lin(desk, "county", browser).has_account()
    await _go(page, url)
    await _be(page, "county")
    await expect(page).to_have_url(f"{url}/router/queue")
    await page.goto(f"{url}/router/account/totp")
    await page.get_by_role("textbox").fill("12 34 56")
    await _ages(page, desk)
    await page.get_by_role("button", name="开启").click()
    await expect(page.locator("main")).to_contain_text("请先再确认一次您的身份")
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="在新窗口确认身份").click()
    proving = await opened.value
    await assert_clean_in_both_sizes(proving, "prove-at-provider")
    await proving.get_by_role("link", name="用统一身份认证确认").click()
    assert {"prompt=login", "max_age=0"} <= set(proving.url.split("&"))
    await _be(proving, "county")
    await expect(proving.get_by_role("heading", level=1)).to_have_text("身份已确认")
    await proving.close()
    await expect(page.get_by_role("list", name="您填的内容")).to_have_text("12 34 56")
    await page.get_by_role("button", name="再提交一次").click()
    await expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    _forgive_the_mock(watch)


async def _hold_other_state(page: Page) -> None:
    """Replace the state the browser holds, as if another browser had started the sign-in."""
    await page.context.add_cookies(
        [{"name": PROVIDER_COOKIE, "value": "x", "url": "https://127.0.0.1/", "secure": True}]
    )


async def test_every_failure_is_the_sign_in_page_with_its_reason(
    page: Page, watch: Watch, mock: Mock, site: tuple[str, Desk]
) -> None:
    url, _ = site
    notes = page.locator("#notes")
    await page.goto(f"{url}{START}")
    await assert_clean_in_every_view(page, "sign-in-provider")

    await _go(page, url)
    await _be(page, "somebody.else")
    await expect(notes).to_contain_text("名录里没有编号为somebody.else的人")
    await assert_clean_in_both_sizes(page, "sign-in-unknown")
    used = page.url
    await page.goto(used)
    await expect(notes).to_contain_text("这次登录已经用过")

    await _go(page, url)
    await page.get_by_role("button", name="Deny").click()
    await expect(notes).to_contain_text("您在统一身份认证取消了登录")

    await _go(page, url)
    await _hold_other_state(page)
    await _be(page, "county")
    await expect(notes).to_contain_text("不是在这个浏览器开始的")

    await mock.end()
    await _go(page, url)
    await expect(notes).to_contain_text("统一身份认证现在连不上")
    password = page.locator("input[type=password][autocomplete=current-password]")
    await expect(password).to_be_visible()
    assert await page.locator("input[name=next]").get_attribute("value") == "/router/queue"
    _forgive_the_mock(watch)
