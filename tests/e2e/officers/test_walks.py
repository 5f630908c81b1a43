"""What officers do, by mouse and by keyboard: sign, contact, draft, sign off, dispatch, decide."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY, ITEMS, LUBEI, TITLES
from tests.support.browser import SERIOUS, Watch, assert_clean, screenshot
from tests.support.city import City
from tests.support.eventually import eventually

pytestmark = pytest.mark.browser


async def test_an_officer_comes_in_by_the_door_and_returns_to_the_page_asked_for(
    desk: Desk, page: Page, city: City
) -> None:
    await desk.open("/router/queue")
    await expect(page).to_have_url(f"{city.url}/router/demo-login?next=%2Frouter%2Fqueue")
    await page.get_by_label("地方").select_option(COUNTY)
    await page.get_by_role("radio", name="交办人员").check()
    await page.get_by_role("button", name="进入").first.click()
    await expect(page).to_have_url(f"{city.url}/router/queue")
    await page.get_by_role("button", name="退出").click()
    await expect(page).to_have_url(f"{city.url}/router/demo-login")
    await desk.open("/tracker/")
    await expect(page).to_have_url(f"{city.url}/router/demo-login?next=%2Ftracker%2F")


async def test_the_door_does_not_open_for_nobody(desk: Desk, page: Page) -> None:
    await desk.open(f"/router/demo-login?division={COUNTY}")
    await page.get_by_role("button", name="进入").first.click()
    await desk.sees("请选择一个身份")


async def test_the_first_page_has_three_lists_the_overdue_first(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    await desk.open("/tracker/")
    first = page.get_by_role("table", name="我要办的").locator("tbody tr").first
    await expect(first).to_contain_text("超期1个工作日")
    await expect(first.locator(".c-next a")).to_have_text("交办")
    await expect(first.locator(".c-unit")).to_contain_text("未定（拟：区")
    await desk.sees("待他人办", "我的报表", "8月21日—9月20日")
    shown = await page.locator("section", has_text="待他人办").locator(".count").first.inner_text()
    await page.get_by_role("link", name="查看全部").click()
    await expect(page.locator("tbody tr")).to_have_count(int(shown))
    await page.go_back()
    head = page.locator("section", has_text="我要办的").first.locator("a.count")
    shown = await head.inner_text()
    await head.click()
    await expect(page).to_have_url(f"{desk.city.url}/tracker/cases?show=mine")
    due = page.get_by_role("table", name="办件").locator("tbody tr")
    await expect(due).to_have_count(int(shown))


async def test_the_menu_tells_how_much_waits_in_the_queue(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    await desk.open("/tracker/")
    entry = page.get_by_role("navigation", name="菜单").get_by_role("link", name="待交办")
    count = int("".join(filter(str.isdigit, await entry.inner_text())))
    await entry.click()
    await expect(page.locator("tbody tr")).to_have_count(count)


async def test_a_clerk_opens_a_case_by_keyboard_and_signs(desk: Desk, page: Page) -> None:
    await desk.of_unit("unsigned", "clerk")
    await desk.open("/tracker/")
    matters = page.locator(".c-matter a")
    for _row in range(await matters.count()):
        if await page.locator("tr.current", has_text=TITLES["unsigned"]).count():
            break
        await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["unsigned"])
    await desk.press("签收")
    await expect(page.locator(".timeline")).to_contain_text("签收")
    assert "?seen=tracker.case.v1" in page.url
    await expect(page.locator("main .acts")).not_to_contain_text("签收")
    await desk.sees("登记联系", "先登记一次联系，再起草答复")


async def test_a_reply_goes_from_contact_to_draft_to_signature(desk: Desk, page: Page) -> None:
    await desk.of_unit("to_draft", "clerk")
    await desk.case("to_draft")
    await desk.press("登记联系")
    await desk.fill(channel="survey", note="到现场看了积水的位置")
    await desk.press("登记联系")
    await desk.sees("联系提出人：现场查看", "到现场看了积水的位置")
    await desk.press("起草答复")
    await desk.fill(plain="月底前疏通管网", text="已查明原因，正在疏通。", outcome="in_progress")
    await desk.press("起草答复")
    await desk.sees("正在解决或列入计划的，要写明兑现日期和联系人")
    await expect(page.locator("[name=plain]")).to_have_value("月底前疏通管网")
    await desk.fill(promised_on="2022-09-30", contact="周明远", waiver="会办意见电话征求过")
    await desk.press("起草答复")
    await desk.sees("待签发的答复", "由单位负责人办理")
    await desk.of_unit("to_draft", "unit_head")
    await desk.case("to_draft")
    await desk.sees("月底前疏通管网")
    await desk.press("签发答复")
    await desk.sees("已答复，待评价", "答复：正在解决", "第1次答复")


async def test_a_form_sent_empty_names_its_fields_and_leads_to_them(desk: Desk, page: Page) -> None:
    await desk.of_unit("power", "clerk")
    await desk.case("power")
    await desk.press("登记联系")
    await desk.fill(note="约好周三现场查看")
    await desk.press("登记联系")
    await expect(page.get_by_role("alert")).to_be_focused()
    await desk.sees("有1处要改，没有保存")
    await assert_clean(page, "walk-refused", SERIOUS)
    await page.get_by_role("alert").get_by_role("link").click()
    await expect(page.locator("[name=note]")).to_have_value("约好周三现场查看")


async def test_a_dispatcher_ticks_previews_and_gives_out_row_by_row(
    desk: Desk, page: Page, city: City
) -> None:
    await desk.sign_in("dispatcher")
    await desk.open("/router/queue")
    for name in ("queue_late", "queue_stale"):
        await page.get_by_label(f"选中：{TITLES[name]}").check()
    preview = page.locator("#preview")
    await expect(preview).to_contain_text("2件，2个单位")
    await expect(preview).to_contain_text("9月26日前答复")
    await expect(preview).to_contain_text("9月20日前")
    await screenshot(page, "walk-preview")
    await expect(page.get_by_label(f"选中：{TITLES['queue_medium']}")).to_be_disabled()
    dispatcher = await city.person("dispatcher", COUNTY)
    await city.post(dispatcher, f"/router/v1/items/{city.items['queue_stale']}/dispatch")
    await page.keyboard.press("d")
    await expect(preview).to_contain_text("秒后办理")
    await page.get_by_role("button", name="撤回").click()
    await expect(preview.locator(".undo")).to_be_hidden()
    await page.keyboard.press("d")
    await page.get_by_role("button", name="马上办理").click()
    await desk.sees(f"：{TITLES['queue_late']}；", f"“{TITLES['queue_stale']}”没有交办")
    await expect(page.locator("tbody")).not_to_contain_text(TITLES["queue_late"])
    await city.settle()
    await desk.case("queue_late")
    await desk.sees("待签收", "交办：主办区税务局")


async def test_ticks_are_taken_back_at_once(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    await desk.open("/router/queue")
    await page.get_by_label(f"选中：{TITLES['queue_next']}").check()
    await expect(page.locator("#preview")).to_contain_text("1件，1个单位")
    await page.get_by_role("button", name="取消选择").click()
    await expect(page.locator("#preview")).to_contain_text("选中要交办的")


async def test_whoever_leaves_the_queue_within_the_seconds_gives_out_what_they_ticked(
    desk: Desk, page: Page
) -> None:
    city, title = desk.city, "食品抽检又多了一次"
    await city.raise_item("left", LUBEI, title, ITEMS["queue_next"]["body"])
    await city.settle()
    township = await city.person("dispatcher", LUBEI)
    path = f"/router/v1/items/{city.items['left']}/escalate"
    await city.post(township, path, {"reason": "事权在区级，请区级交办"})
    await city.settle()
    await desk.sign_in("dispatcher")
    await desk.open("/router/queue")
    await page.get_by_label(f"选中：{title}").check()
    await expect(page.locator("#preview")).to_contain_text("1件，1个单位")
    await page.keyboard.press("d")
    await expect(page.locator("#preview")).to_contain_text("秒后办理")
    await desk.open("/router/directory")

    async def is_given_out() -> bool:
        await desk.open("/router/queue")
        return title not in await page.locator("tbody").inner_text()

    await eventually(is_given_out)


async def test_the_queue_is_narrowed_by_its_filters(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    await desk.open("/router/queue")
    await page.get_by_label("把握").select_option("medium")
    await expect(page).to_have_url(f"{desk.city.url}/router/queue?when=&place=&unit=&sure=medium")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await desk.sees(TITLES["queue_medium"])


async def test_an_item_is_given_out_as_a_person_says(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    await desk.open(f"/router/items/{desk.city.items['queue_today']}")
    await desk.sees("关系到的政策：GJ-24 降低市场主体用水用电用网等成本")
    await desk.fill(complexity="policy_question", note="企业着急，请先电话联系")
    await desk.press("交办")
    await desk.sees("已交办", TITLES["queue_today"], "下一件")
    await page.get_by_role("link", name="看办件").click()
    await desk.sees("待签收", "企业着急，请先电话联系", "关系到的政策：GJ-24")


async def test_an_objection_is_refused_with_a_reason(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    await desk.open("/tracker/")
    row = page.get_by_role("row", name=TITLES["refused"])
    await row.get_by_role("link", name="审核退办").click()
    await desk.sees("单位认为不属自己办理")
    await desk.fill(decision="refuse")
    await desk.press("审核退办")
    await desk.sees("有1处要改，没有保存")
    await expect(page.locator("[name=decision][value=refuse]")).to_be_checked()
    await desk.fill(reason="排水管网由你局主管")
    await desk.press("审核退办")
    await desk.sees("已答复退办，由", TITLES["refused"])
    await desk.city.settle()
    await desk.case("refused")
    await desk.sees("排水管网由你局主管", "这件事由别的单位主管")


async def test_a_case_tells_why_it_is_handled_again(desk: Desk) -> None:
    await desk.sign_in("dispatcher")
    await desk.case("rework")
    await desk.sees("提出人评价：不满意", "没有说明什么时候能有第二家", "重新办理", "第2轮")


async def test_supervision_is_decided_by_a_person_with_a_name(desk: Desk, page: Page) -> None:
    await desk.sign_in("committee_head")
    await desk.open("/tracker/cases?show=candidate")
    await page.get_by_role("link", name=TITLES["late"]).click()
    await desk.press("决定督办")
    await desk.sees("不列入的，不选")
    form = page.url
    leader = page.locator("[name=leader]")
    await leader.select_option(index=1)
    await desk.fill(level="refuse")
    await desk.press("决定督办")
    await desk.sees("不列入的，不写领衔督办人。")
    await page.goto(form)
    await expect(leader).to_have_value("")
    await desk.fill(level="refuse")
    await desk.press("决定督办")
    await desk.sees("督办决定")


async def test_what_was_typed_survives_the_end_of_the_session(desk: Desk, page: Page) -> None:
    await desk.of_unit("power", "clerk")
    await desk.case("power")
    await desk.press("登记联系")
    await desk.fill(channel="visit", note="上门看了变压器")
    form = page.url
    await page.context.clear_cookies()
    await desk.press("登记联系")
    await expect(page.get_by_role("heading", level=1)).to_have_text("以哪个身份进入")
    await desk.of_unit("power", "clerk")
    await page.goto(form)
    await expect(page.locator("[name=note]")).to_have_value("上门看了变压器")
    await expect(page.locator("[name=channel][value=visit]")).to_be_checked()
    await desk.press("登记联系")
    await desk.sees("上门看了变压器")
    await page.goto(form)
    await expect(page.locator("[name=note]")).to_have_value("")


async def test_what_one_person_typed_is_not_shown_to_the_next(desk: Desk, page: Page) -> None:
    await desk.of_unit("power", "clerk")
    await desk.case("power")
    await desk.press("登记联系")
    await desk.fill(channel="visit", note="只给自己看的话")
    form = page.url
    await desk.of_unit("power", "unit_head")
    await page.goto(form)
    await expect(page.locator("[name=note]")).to_have_value("")


async def test_an_open_page_keeps_its_session(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    await page.clock.install()
    await desk.open("/tracker/")
    async with page.expect_response("**/router/renew") as renewed:
        await page.clock.fast_forward("06:00")
    assert (await renewed.value).status == 204


@pytest.fixture
async def scriptless(browser: Browser, city: City) -> AsyncIterator[Desk]:
    context = await browser.new_context(java_script_enabled=False, locale="zh-CN")
    yield Desk(await context.new_page(), city)
    await context.close()


async def test_without_scripts_a_clerk_signs_contacts_and_drafts(scriptless: Desk) -> None:
    desk = scriptless
    await desk.of_unit("plain", "clerk")
    await desk.case("plain")
    await desk.press("签收")
    await desk.press("登记联系")
    await desk.fill(channel="phone", note="问清了要过户的厂房")
    await desk.press("登记联系")
    await desk.press("起草答复")
    await desk.fill(outcome="solved", plain="一个窗口一次办结", text="已经改为一窗受理。")
    await desk.press("起草答复")
    await desk.sees("会办意见没有到齐")
    await desk.fill(waiver="电话征求过")
    await desk.press("起草答复")
    await desk.sees("待签发的答复")


async def test_without_scripts_a_dispatcher_gives_out_what_is_ticked(scriptless: Desk) -> None:
    desk = scriptless
    await desk.sign_in("dispatcher")
    await desk.open("/router/queue")
    await desk.page.get_by_label(f"选中：{TITLES['queue_next']}").check()
    await desk.press("交办所选")
    await desk.sees("已交办", f"：{TITLES['queue_next']}；")
    await desk.open("/router/queue?sure=low")
    await desk.sees(TITLES["queue_low"])


async def test_a_case_says_who_raised_it_as_far_as_one_may_know(desk: Desk, page: Page) -> None:
    await desk.sign_in("dispatcher")
    await desk.case("closed")
    await expect(page.locator("#source")).to_contain_text("没有登记")
    await desk.case("to_draft")
    await expect(page.locator(".title .mark", has_text="来源保密")).to_be_visible()
    await expect(page.locator("#source")).to_contain_text("没有登记")
    await desk.of_unit("to_draft", "clerk")
    await desk.case("to_draft")
    await expect(page.locator(".title .mark", has_text="来源保密")).to_be_visible()
    await expect(page.locator("#source")).to_have_count(0)
    await desk.sign_in("ops", "331000")
    await desk.open(f"/intake/items/{desk.city.items['closed']}/source")
    await desk.sees("您的身份不能办这件事")


@pytest.mark.parametrize("path", ["/tracker/items/{}", "/router/items/{}"])
@pytest.mark.parametrize("words", ["", "看", "\u200b\u200b\u200b"])
async def test_a_reason_refused_on_the_card_of_the_source_stays_with_its_error(
    desk: Desk, page: Page, watch: Watch, path: str, words: str
) -> None:
    await desk.sign_in("dispatcher")
    await desk.open(path.format(desk.city.items["late"]))
    card = page.locator("#source")
    await card.get_by_label("具体说明").fill(words)
    await card.get_by_role("button", name="查看来源").click()
    await expect(card.get_by_role("alert")).to_be_focused()
    await expect(card.locator("#f-words")).to_have_attribute("aria-invalid", "true")
    await expect(card.locator("#f-words")).to_have_value(words)
    watch.forgive("status of 422")
    assert watch.troubles == []


async def test_what_is_refused_for_no_field_leaves_the_card_and_what_was_typed(
    desk: Desk, page: Page, watch: Watch
) -> None:
    await desk.sign_in("dispatcher")
    await desk.case("late")
    await desk.fill(reason="verify", words="核实退税的金额")
    await page.context.clear_cookies(name="__Host-form")
    await desk.press("查看来源")
    await expect(page.locator("#notes")).not_to_be_empty()
    await expect(page.locator("#f-words")).to_have_value("核实退税的金额")
    watch.forgive("status of 409")
    watch.forgive("Error Code 409")
