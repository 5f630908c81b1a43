"""The form of a new item with a line: suggestions while one types, and what was raised before."""

import time

import pytest
from playwright.async_api import expect

from services.intake.domain.enterprises import enterprise_id
from tests.e2e.station.hands import StationDevice
from tests.support.intake.desk import Desk, an_item
from tests.support.intake.sources import FIRM
from tests.support.intake.stations import CREDIT_CODE

pytestmark = pytest.mark.browser


async def test_a_firm_is_suggested_and_what_it_raised_before_is_shown(
    device: StationDevice, desk: Desk
) -> None:
    async with desk.station() as station:
        earlier = an_item(title="变压器容量一直不够", enterprise_code=CREDIT_CODE)
        assert (await station.submit(earlier)).status_code == 201
    await device.sign_in()
    page = device.page
    await page.get_by_label("哪家企业提的").press_sequentially(FIRM[:4])
    await expect(page.locator("#firms option")).to_have_attribute("value", FIRM)
    await page.get_by_label("哪家企业提的").fill(FIRM)
    await page.get_by_label("一句话说明").fill("另一件事")
    await page.get_by_label("具体情况").focus()
    await device.sees("本站以前的类似意见建议", "变压器容量一直不够", "等站长受理")
    await device.type("这家企业的第二件")
    await device.send()
    await device.sees("已收到", "这家企业的第二件")
    (row,) = await desk.sql(
        "SELECT enterprise_id FROM proposer JOIN item_text USING (key) WHERE title = $1",
        "这家企业的第二件",
    )
    assert row["enterprise_id"] == enterprise_id(CREDIT_CODE)


async def test_a_new_item_asks_for_few_fields_and_is_quick(device: StationDevice) -> None:
    await device.sign_in()
    required = await device.page.locator("#new-item").get_attribute("data-required")
    assert len((required or "").split()) <= 5
    begun = time.monotonic()
    await device.type("一分钟之内记下的")
    await device.send()
    await device.sees("已收到")
    assert time.monotonic() - begun < 60
