"""A stranger's first report while the line fails: it arrives at the first try, and once."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route
from playwright.async_api import TimeoutError as TooLate

from deploy.local.servers import Servers
from shared.service import mounted
from tests.support.browser import served
from tests.support.intake.desk import Desk, open_desk, settings_for
from tests.support.servers import fresh_database

pytestmark = pytest.mark.browser
WALKS = int(os.environ.get("WALKS", "100"))
LEAST_SHARE = 0.95
PATIENT_SECONDS = 60.0
FAULTS = ("none", "cut before", "cut after", "late", "unavailable", "cut twice")
"""A line that is cut before the server hears of it, or after it has stored it; an answer that comes
too late; a server that is busy."""


@dataclass
class Line:
    """The line of one visitor: it fails as told, then works."""

    fault: str
    sent: int = 0

    async def carry(self, route: Route) -> None:
        if route.request.method != "POST":
            await route.continue_()
            return
        self.sent += 1
        failing = 2 if self.fault == "cut twice" else self.fault != "none"
        if self.sent > failing:
            await route.continue_()
        elif self.fault == "unavailable":
            await route.fulfill(status=503, headers={"Retry-After": "1"}, body="")
        elif self.fault.startswith("cut before") or self.fault == "cut twice":
            await route.abort("internetdisconnected")
        else:
            await route.fetch(max_redirects=0)
            if self.fault == "late":
                await asyncio.sleep(11)
            await route.abort("connectionreset")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(servers: Servers) -> AsyncIterator[Desk]:
    many = {"INTAKE_REPORTS_PER_MINUTE": 10_000, "INTAKE_PUBLIC_REQUESTS_PER_MINUTE": 100_000,
            "INTAKE_REPORTS_PER_STATION_AND_DAY": 10_000,
            "INTAKE_REPORTS_PER_NETWORK_AND_DAY": 10_000}  # fmt: skip
    async with (
        fresh_database(servers.dsn) as dsn,
        open_desk(settings_for(dsn, **many)) as opened,
    ):
        yield opened


async def walk(page: Page, url: str, n: int, line: Line) -> float:
    """Report something at the first try; give the seconds until the receipt is there."""
    begun = time.monotonic()
    await page.route("**/intake/report/**", line.carry)
    await page.goto(f"{url}/intake/report/XQ01")
    await page.get_by_label("什么事").fill(f"第{n}件：厂门口积水，货车进不来。")
    await page.get_by_role("button", name="提交给联络站").click()
    await page.get_by_role("heading", name="已收到").wait_for(timeout=PATIENT_SECONDS * 1000)
    return time.monotonic() - begun


@pytest.mark.proof
@pytest.mark.timeout(3600)
async def test_a_first_report_succeeds_at_the_first_try_whatever_the_line_does(
    desk: Desk, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, seconds, failed = random.Random(7), list[float](), list[str]()
    async with served(mounted([desk.service])) as url:
        for n in range(WALKS):
            line = Line(chance.choice(FAULTS))
            context = await browser.new_context(locale="zh-CN")
            try:
                seconds.append(await walk(await context.new_page(), url, n, line))
            except TooLate as error:
                failed.append(f"{n} {line.fault}: {error}")
            finally:
                await context.close()
    rows = await desk.sql("SELECT count(*) AS n FROM item WHERE source_kind = 'scan'")
    with capsys.disabled():
        middle = sorted(seconds)[len(seconds) // 2]
        print(f"{len(seconds)}/{WALKS} walks, median {middle:.1f} s, longest {max(seconds):.1f} s")  # noqa: T201
    assert len(seconds) >= LEAST_SHARE * WALKS, failed
    assert rows[0]["n"] == WALKS - len(failed), "none is lost and none is double"
