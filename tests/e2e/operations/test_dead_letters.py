"""The operator's page in a real Chromium: four services, what is parked, the ways out."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest
from playwright.async_api import Page, Route, expect

from shared.contracts.topics import OWNERS
from shared.ids import derived_id
from shared.messaging.reader import read
from shared.messaging.subject import ReceivedEvent, Record
from shared.service import Service, migrate_service
from tests.contracts.sources import ROOT
from tests.support.browser import SERIOUS, Watch, assert_clean, assert_clean_in_every_view
from tests.support.environment import environment
from tests.support.servers import schema_settings
from tests.support.shanghai import at
from tests.support.site import Site, open_site
from tests.support.tracker.desk import Desk, open_desk
from tests.support.tracker.play import ITEM, accepted, dispatched, submitted

pytestmark = pytest.mark.browser
LETTERS = "/tracker/dead-letters"


@pytest.fixture
async def site(dsn: str, tmp_path: Path) -> AsyncIterator[Site[Desk]]:
    """Serve the four services on one origin; the tracker has two keys and one message parked."""
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_desk(dsn, "2022-09-19 09:12"))
        names = [name for name in OWNERS if name != "tracker"]
        others = [await _service(name, desk, stack, tmp_path) for name in names]
        await _spoil(desk)
        yield await stack.enter_async_context(open_site(desk, *others))


async def _service(name: str, desk: Desk, stack: AsyncExitStack, folder: Path) -> Service:
    environ = environment(desk.dsn, desk.bootstrap, folder) | {"JIANYI_MOVED_TIME": "true"}
    with patch.dict(os.environ, environ):
        service: Service = import_module(f"services.{name}.app").build()
    await migrate_service(schema_settings(desk.dsn), name, ROOT / "services" / name / "migrations")
    await stack.enter_async_context(service.opened())
    subject = next(one for one in service.messaging.subjects if one.name == "directory")
    received = [
        read(desk._record(desk.envelope(event, key, event.occurred_at)))
        for key, event in desk.directory()
    ]
    await service.messaging.loop.apply(
        [(subject, one) for one in received if isinstance(one, ReceivedEvent)]
    )
    await service.copy.refresh()
    return service


async def _spoil(desk: Desk) -> None:
    """Park a key behind a gap, one whose body is broken, and a message without a key."""
    items = "intake.item.v1"
    desk.seqs[items, ITEM] = 410
    await desk.hear(accepted("2022-09-18 15:40"), accepted("2022-09-18 15:41"))
    await desk.hear(dispatched("2022-09-18 16:00"))
    await desk.move("2022-09-19 09:40")
    event = submitted("2022-09-18 09:12")
    broken = desk.envelope(event, derived_id(ITEM, "broken"), at("2022-09-18 09:12"))
    body = json.dumps({"occurred_at": "gestern"}).encode()
    records: list[Record] = [
        desk._record(broken._replace(payload=body)),
        desk._record(broken)._replace(key=b"331004"),
    ]
    await desk.service.messaging.reader._apply(records)


@pytest.mark.parametrize("opened", [False, True], ids=["list", "letter"])
async def test_page_is_accessible_and_fits_its_window(
    page: Page, site: Site[Desk], opened: bool
) -> None:
    await site.open(page, "operator", LETTERS)
    if opened:
        await page.get_by_role("link", name="缺前面的事件").click()
    await expect(page.locator("#services tbody tr")).to_have_count(5)
    await expect(page.locator("#services .light")).to_have_count(4)
    await assert_clean_in_every_view(page, f"operator-{'letter' if opened else 'list'}", SERIOUS)


async def test_the_sums_of_the_four_services_and_the_clocks_held(
    page: Page, site: Site[Desk]
) -> None:
    await site.open(page, "operator", LETTERS)
    sums = page.locator("[data-sum]")
    await expect(sums.first).to_have_text("3")  # two keys and a message, all in the tracker
    await expect(sums.last).not_to_have_text("–")
    row = page.locator("#dead-letters tbody tr").filter(has_text="缺前面的事件")
    await expect(row.locator("td").last).to_have_text("停止催办2")  # to sign, to reply


async def test_a_service_is_awaited_before_it_is_said_not_to_answer(
    page: Page, watch: Watch, site: Site[Desk]
) -> None:
    given_up = asyncio.Event()

    async def late(route: Route) -> None:
        await given_up.wait()
        await route.abort()

    await page.route("**/intake/dead-letters/line", late)
    await site.open(page, "operator", LETTERS)
    state = page.locator("#services tr", has_text="运行：受理").locator("td.c-time")
    await expect(state).to_have_text("正在读取…", use_inner_text=True)
    given_up.set()
    await expect(state).to_have_text("没有应答", use_inner_text=True)
    assert watch.troubles.pop(0) == "console: htmx:sendError"
    watch.troubles.remove("console: Failed to load resource: net::ERR_FAILED")


async def test_a_discard_is_asked_by_one_and_confirmed_by_another(
    page: Page, site: Site[Desk]
) -> None:
    await site.open(page, "operator", LETTERS)
    await page.get_by_role("link", name="内容读不懂").click()
    await page.get_by_role("button", name="提出丢弃").click()
    await expect(page.get_by_role("alert")).to_contain_text("请写明理由，至少4个字。")
    await page.get_by_label("丢弃的理由").fill("来源写错，已让对方重发")
    await page.get_by_role("button", name="提出丢弃").click()
    await expect(page.get_by_role("status")).to_contain_text("等另一位运维人员确认")
    await site.open(page, "second_operator", LETTERS)
    await page.get_by_role("link", name="内容读不懂").click()
    await assert_clean(page, "operator-asked", SERIOUS)
    await page.get_by_role("button", name="确认丢弃").click()
    await expect(page.get_by_role("status")).to_contain_text("已丢弃")
    await expect(page.get_by_role("table", name="处理记录")).to_contain_text("值班运维")


async def test_the_other_services_are_one_click_away(page: Page, site: Site[Desk]) -> None:
    await site.open(page, "operator", "/intake/dead-letters")
    await expect(page.locator("#services .light")).to_have_count(4)
    await page.locator("#services").get_by_role("link", name="运行：办理").click()
    await expect(page.get_by_role("link", name="缺前面的事件")).to_be_visible()
