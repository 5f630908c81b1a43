"""A station's form without a line: kept on the device, sent once, seen only by who wrote it."""

import pytest
from playwright.async_api import expect

from tests.e2e.station.hands import AGED, StationDevice
from tests.support.intake.desk import Desk

pytestmark = pytest.mark.browser


async def test_what_is_reported_without_a_line_is_kept_and_arrives_once(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.ready()
    device.line.cut()
    await device.reopen("/intake/")
    await device.sees("记一件建议")
    await device.counts("没有网络")
    await device.type("断网时记下的")
    await device.send()
    await device.sees("等有网络自动发出")
    await device.counts("没有网络，1份草稿已存在本机")
    await device.reopen()
    await device.sees("断网时记下的", "等有网络自动发出")
    await device.counts("没有网络，1份草稿已存在本机")
    assert await device.arrived("断网时记下的") == 0
    device.line.mend()
    await device.arrives("断网时记下的")
    await device.sees("已发出")
    await device.page.get_by_role("link", name="看回执").click()
    await device.sees("已收到", "断网时记下的")
    assert await device.arrived("断网时记下的") == 1


async def test_policies_ticked_without_a_line_are_kept_and_arrive_with_the_item(
    device: StationDevice, desk: Desk
) -> None:
    await device.sign_in()
    await device.ready()
    device.line.cut()
    await device.reopen()
    policies = device.page.get_by_role("group", name="关系到哪些政策")
    await policies.locator("summary").click()
    await policies.get_by_role("searchbox").fill("用电")
    await expect(policies.get_by_role("checkbox")).to_have_count(1)
    await policies.get_by_role("checkbox").check()
    await policies.get_by_role("searchbox").fill("")
    for n in range(1, 5):
        await policies.get_by_role("checkbox", name=f"TZ-{n}").check()
    await expect(policies.get_by_role("checkbox", name="GJ-01")).to_be_disabled()
    await policies.get_by_role("checkbox", name="TZ-4").uncheck()
    await device.type("断网时勾选政策的")
    await device.reopen()
    await device.page.get_by_role("button", name="继续写").click()
    picked = device.page.locator(".picked li")
    await expect(picked).to_have_count(4)
    await expect(picked.first).to_contain_text("GJ-24")
    device.line.mend()
    await device.send()
    await device.sees("已收到", "断网时勾选政策的")
    (row,) = await desk.sql(
        "SELECT policy_codes FROM item JOIN item_text USING (key) WHERE title = $1",
        "断网时勾选政策的",
    )
    assert row["policy_codes"] == ["GJ-24", "TZ-1", "TZ-2", "TZ-3"]


async def test_a_draft_survives_a_closed_page_and_is_finished_without_a_line(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.ready()
    device.line.cut()
    await device.reopen()
    await device.type("写到一半")
    await device.reopen()
    await device.sees("没有写完", "写到一半")
    await device.page.get_by_role("button", name="继续写").click()
    await expect(device.page.get_by_label("一句话说明")).to_have_value("写到一半")
    await device.page.reload()
    await expect(device.page.get_by_label("一句话说明")).to_have_value("写到一半")
    device.line.mend()
    await device.send()
    await device.sees("已收到", "写到一半")


async def test_killed_between_sending_and_the_answer_it_is_still_one_item(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.ready()
    device.line.lose_answers("POST /intake/v1/items")
    await device.type("答复丢了的一件")
    await device.send()
    await device.arrives("答复丢了的一件")
    assert device.line.lost > 0
    await device.reopen()
    await device.sees("答复丢了的一件", "等有网络自动发出")
    device.line.mend()
    await device.sees("已发出")
    assert await device.arrived("答复丢了的一件") == 1


async def test_an_expired_session_keeps_what_waits_until_the_same_person_is_back(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.ready()
    await device.type("会话过期时写的")
    await device.page.context.clear_cookies(name="__Host-session")
    await device.send()
    await device.counts("登录已过期，1份草稿还在本机")
    await device.sign_in("colleague")
    assert "会话过期时写的" not in await device.page.locator("main").inner_text()
    assert await device.arrived("会话过期时写的") == 0
    await device.sign_in()
    await device.arrives("会话过期时写的")
    await device.sees("已发出")
    assert await device.actor("会话过期时写的") == "station_staff"


async def test_a_page_of_one_person_sends_nothing_in_the_name_of_another(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.type("张三的")
    other = await device.page.context.new_page()
    await device.site.open(other, "colleague", "/intake/items")
    await device.send()
    await device.counts("登录已过期，1份草稿还在本机")
    assert await device.arrived("张三的") == 0


async def test_without_a_line_the_form_is_that_of_who_was_signed_in_last(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.ready()
    device.line.cut()
    await device.reopen()
    await device.type("前一位写的")
    device.line.mend()
    await device.sign_in("colleague")
    await device.ready()
    device.line.cut()
    await device.reopen()
    assert "前一位写的" not in await device.page.locator("main").inner_text()


async def test_a_refusal_stands_at_its_field_and_goes_on_under_a_new_id(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.page.get_by_label("哪家企业提的").fill("91331004MA2A00001A")
    await device.type("代码写错了")
    await device.send()
    await device.sees("有1处要改，没有保存")
    ids = await device.ids("代码写错了")
    await device.page.get_by_label("哪家企业提的").fill("")
    await device.send()
    await device.sees("已收到", "代码写错了")
    assert await device.client_id("代码写错了") not in ids[:-1]


async def test_a_draft_of_a_month_ago_goes_and_a_far_date_is_asked_about(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.ready()
    device.line.cut()
    await device.reopen()
    await device.type("一个月前的")
    await device.page.evaluate(AGED, ["一个月前的", 31])
    await device.reopen()
    await device.page.get_by_role("button", name="继续写").click()
    expected = await device.day(-31)
    await expect(device.page.get_by_label("哪天提出的")).to_have_value(expected)
    device.line.mend()
    await device.send()
    await device.sees("已收到", "一个月前的")
    await device.open()
    await device.page.get_by_label("哪天提出的").fill(await device.day(-200))
    await device.type("半年前的")
    await device.send()
    await device.sees("所填日期已过去200天")
    await device.page.get_by_label("日期没有写错").check()
    await device.send()
    await device.sees("已收到", "半年前的")


async def test_a_flapping_line_sends_each_item_once(device: StationDevice) -> None:
    titles = [f"一断一通第{n}件" for n in range(6)]
    await device.sign_in()
    await device.ready()
    device.line.cut()
    await device.reopen()
    for title in titles:
        await device.type(title)
        await device.send()
        await device.sees(title)
    for _round in range(4):
        device.line.mend()
        device.line.lose_answers("POST /intake/v1/items")
        await device.reopen()
        device.line.cut()
        await device.reopen()
    device.line.mend()
    await device.reopen()
    for title in titles:
        await device.arrives(title)
    await device.sees("已发出")
    assert [await device.arrived(title) for title in titles] == [1] * len(titles)
