"""The station's app as it is installed: its manifest and icons, and what its first load weighs."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.station.hands import StationDevice
from tests.support.eventually import eventually

pytestmark = pytest.mark.browser
FIRST_LOAD = 150_000
"""Bytes of the first load, with headers, all scripts and what the service worker keeps."""


async def test_the_app_can_be_installed_in_both_languages(device: StationDevice) -> None:
    await device.sign_in()
    await device.ready()
    client = await device.page.context.new_cdp_session(device.page)
    errors = await client.send("Page.getInstallabilityErrors")
    told = [one["errorId"] for one in errors["installabilityErrors"]]
    assert set(told) <= {"in-incognito"}  # a browser context of a test is one
    names = {}
    for language in ("zh", "en"):
        await device.open(f"/intake/?lang={language}")
        manifest = await client.send("Page.getAppManifest")
        assert manifest["errors"] == []
        read: dict[str, Any] = json.loads(manifest["data"])
        names[language] = read["name"]
        assert (read["start_url"], read["scope"], read["display"]) == (
            "/intake/", "/intake/", "standalone",
        )  # fmt: skip
        for icon in read["icons"]:
            answer = await device.page.request.get(f"{device.line.url}{icon['src']}")
            assert (answer.status, answer.headers["content-type"]) == (200, icon["type"])
    assert names == {"zh": "建议闭环", "en": "Jianyi"}


@pytest.mark.parametrize("path", ["/intake/", "/intake/new"])
async def test_the_first_load_is_small(device: StationDevice, path: str) -> None:
    await device.sign_in(path=path)
    await device.ready()
    await device.page.wait_for_load_state("networkidle")
    assert device.line.carried <= FIRST_LOAD


async def test_the_version_of_the_service_worker_is_the_hash_of_its_files(
    device: StationDevice,
) -> None:
    answer = await device.page.request.get(f"{device.line.url}/intake/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    head = re.match(r'const VERSION = "([0-9a-f]{12})", FILES = (\[.*\]);', await answer.text())
    assert head
    for file in json.loads(head[2]):
        assert (await device.page.request.get(f"{device.line.url}{file}")).ok


async def test_whoever_signs_out_is_told_what_is_not_sent(device: StationDevice) -> None:
    await device.sign_in()
    await device.ready()
    await device.type("没有发出就退出")
    asked: list[str] = []

    async def stay(dialog: Any) -> None:
        asked.append(dialog.message)
        await dialog.dismiss()

    device.page.on("dialog", stay)
    await device.page.get_by_role("button", name="退出").click()
    await eventually(lambda: asked)
    await expect(device.page.locator("#new-item")).to_be_visible()
    assert len(asked) == 1
    assert "还有1份没有发出" in asked[0]


async def test_without_a_line_and_with_nobody_signed_in_a_page_says_so(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.ready()
    await device.page.evaluate("caches.delete('station-pages')")  # as signing out does
    device.line.cut()
    await device.reopen("/intake/")
    await device.sees("没有网络，这一页现在打不开")
