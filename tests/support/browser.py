"""A real Chromium for tests: it fails them on foreign requests, console errors and CSP reports."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from httpx import URL
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright
from starlette.types import ASGIApp

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


LEFT_BEHIND = frozenset({"htmx:afterRequest", "htmx:sendAbort"})
"""What htmx logs of a piece still on its way when the reader leaves the page."""


class Watch:
    """What went wrong in a page without the page saying so."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self._origin = ""

    def on_request(self, request: Request) -> None:
        """Note a request that leaves the site first visited."""
        parts = urlsplit(request.url)
        if parts.scheme == "data":
            return
        origin = f"{parts.scheme}://{parts.netloc}"
        self._origin = self._origin or origin
        if origin != self._origin:
            self.troubles.append(f"request to another origin: {request.url}")

    def on_console(self, message: ConsoleMessage) -> None:
        """Note an error; a page that itself answers 4xx or 5xx is a page like any other."""
        of_the_page = message.page is not None and message.location["url"] == message.page.url
        is_fault = message.type == "error" and message.text not in LEFT_BEHIND
        if is_fault and not (of_the_page and "status of" in message.text):
            self.troubles.append(f"console: {message.text}")

    def on_error(self, error: Exception) -> None:
        self.troubles.append(f"script: {error}")

    def forgive(self, part: str) -> None:
        """Drop the troubles a test has caused on purpose; there must be some."""
        kept = [trouble for trouble in self.troubles if part not in trouble]
        assert len(kept) < len(self.troubles)
        self.troubles = kept


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = _chromium()
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield running
        await running.close()


@pytest.fixture
def watch() -> Watch:
    """Hold what the pages of this test do wrong; empty at its end, or the test fails."""
    return Watch()


@pytest.fixture
async def page(browser: Browser, watch: Watch) -> AsyncIterator[Page]:
    context = await browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1366, "height": 768}
    )
    context.on("request", watch.on_request)
    context.on("console", watch.on_console)
    context.on("weberror", lambda found: watch.on_error(found.error))
    yield await context.new_page()
    await context.close()
    assert not watch.troubles, watch.troubles


VIEWS = {
    "zh": (1366, 768, {"lang": "zh"}),
    "phone": (390, 844, {"lang": "zh"}),
    "large": (1366, 768, {"type": "large"}),
    "en": (1366, 768, {"type": "normal", "lang": "en"}),
    "phone-en": (390, 844, {"lang": "en"}),
}
"""Window and choice; language and type size stay as they were chosen last."""
SERIOUS = frozenset({"serious", "critical"})
EVERY = SERIOUS | {"moderate", "minor"}
"""What axe calls the weight of what it finds."""


async def screenshot(page: Page, name: str) -> None:
    """Save the whole page, to be looked at beside its picture."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


async def assert_clean(page: Page, name: str, impacts: Set[str] = EVERY) -> None:
    """Hold a page to what every page must keep to, and save it.

    It is no wider than its window, nothing sticks out of its card, and axe finds nothing of
    these impacts.
    """
    await screenshot(page, name)
    assert page.viewport_size is not None
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], name
    assert await page.evaluate(OVERLAPS) == [], name
    found = (await Axe().run(page)).response["violations"]
    broken = [(it["id"], it["nodes"][0]["html"]) for it in found if it["impact"] in impacts]
    assert broken == [], name


async def assert_clean_in_both_sizes(page: Page, name: str) -> None:
    """Hold a page to it as it stands, in a window and on a phone."""
    for view in ("phone", "zh"):
        width, height, _ = VIEWS[view]
        await page.set_viewport_size({"width": width, "height": height})
        await assert_clean(page, f"{name}-{view}")


async def assert_clean_in_every_view(page: Page, name: str, impacts: Set[str] = EVERY) -> None:
    """Hold a page to it in both languages, sizes and type sizes; it is opened for each anew."""
    for view, (width, height, choice) in VIEWS.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(str(URL(page.url).copy_merge_params(choice)))
        await assert_clean(page, f"{name}-{view}", impacts)
    width, height, choice = VIEWS["zh"]
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(str(URL(page.url).copy_merge_params(choice)))


OVERLAPS = """() => [
  ...[...document.querySelectorAll(".rows td, .crumbs ol")]
    .filter((el) => el.scrollWidth > el.clientWidth + 1)
    .map((el) => el.outerHTML.slice(0, 200)),
  ...[...document.querySelectorAll(".card")].flatMap((card) => {
  const edge = card.getBoundingClientRect().right + 1;
  return [...card.querySelectorAll("*")]
    .filter((el) => !el.closest(".scroll, .spoken"))
    .filter((el) => el.getBoundingClientRect().right > edge)
    .slice(0, 1).map((el) => el.outerHTML.slice(0, 200));
})]"""
"""What sticks out of its card, cell or path: nothing may be cut off or lie over something else."""


@asynccontextmanager
async def served(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve an app on a port of loopback, by default any free one, and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[free]))
        yield f"http://127.0.0.1:{free.getsockname()[1]}"
        server.should_exit = True
        await running


def _chromium() -> str:
    """Find Chromium and a Chinese font; without them these tests are left out, in CI they fail."""
    path = shutil.which("chromium")
    if path is None:
        _left_out("there is no chromium on this machine (Debian: apt install chromium)")
    fonts = subprocess.run(
        ["fc-list", ":lang=zh"], capture_output=True, check=False, text=True
    ).stdout
    if not fonts:
        _left_out("there is no Chinese font on this machine (Debian: apt install fonts-noto-cjk)")
    assert path is not None
    return path


def _left_out(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(f"browser tests are left out: {why}")
