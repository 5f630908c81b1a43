"""Files chosen in a station's form: kept on the device with the words, sent once after the item."""

import pytest
from playwright.async_api import FilePayload, expect

from services.intake.domain.attachments import MAX_BYTES, MAX_FILES
from tests.e2e.station.hands import StationDevice
from tests.support.eventually import eventually
from tests.support.intake.files import PDF, PLACE, VOICE, photo

pytestmark = pytest.mark.browser

PHOTO = FilePayload(name="现场.jpg", mimeType="image/jpeg", buffer=photo())
PAPER = FilePayload(name="账.pdf", mimeType="application/pdf", buffer=PDF)
SAID = FilePayload(name="说.m4a", mimeType="audio/mp4", buffer=VOICE)
DRAWN = FilePayload(name="图.gif", mimeType="image/gif", buffer=b"GIF89a" + bytes(20))


async def choose(device: StationDevice, *files: FilePayload, label: str = "照片、文件") -> None:
    """Choose files, and wait until the device keeps them."""
    await device.page.get_by_label(label).set_input_files([*files])
    await eventually(lambda: device.keeps(*(one["name"] for one in files)))


async def attached(device: StationDevice, title: str) -> list[str]:
    """List the files of the item with this title."""
    rows = await device.site.desk.sql(
        "SELECT name FROM attachment JOIN item_text USING (key) WHERE title = $1"
        " ORDER BY added_at, name",
        title,
    )
    return [row["name"] for row in rows]


async def test_files_chosen_without_a_line_follow_their_item_and_arrive_once(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.ready()
    device.line.cut()
    await device.reopen()
    await device.type("断网时拍的")
    await choose(device, PHOTO, PAPER)
    await choose(device, SAID, label="录音")
    await device.reopen()
    await device.page.get_by_role("button", name="继续写").click()
    await expect(device.page.get_by_label("一句话说明")).to_have_value("断网时拍的")
    chosen = "e => [...e.files].map((file) => file.name)"
    assert await device.page.get_by_label("照片、文件").evaluate(chosen) == ["现场.jpg", "账.pdf"]
    assert await device.page.get_by_label("录音").evaluate(chosen) == ["说.m4a"]
    await device.send()
    await device.sees("等有网络自动发出")
    await device.counts("没有网络，1份草稿已存在本机")
    await device.reopen()
    device.line.mend()
    await device.arrives("断网时拍的")
    await device.sees("已发出")
    assert {*await attached(device, "断网时拍的")} == {"现场.jpg", "账.pdf", "说.m4a"}
    assert await device.arrived("断网时拍的") == 1
    assert await device.keeps()
    path = device.site.desk.settings.attachment_folder
    assert all(PLACE not in one.read_bytes() for one in path.glob("??/*"))


async def test_a_lost_answer_to_a_file_leaves_one_file(device: StationDevice) -> None:
    await device.sign_in()
    await device.type("附件的答复丢了")
    await choose(device, PHOTO, PAPER)
    device.line.lose_answers("POST /intake/v1/items/")
    await device.send()
    await device.sees("附件的答复丢了", "已收到，附件等有网络自动发出")
    await eventually(lambda: device.line.lost > 0)
    await device.reopen()
    await device.sees("已收到，附件等有网络自动发出")
    device.line.mend()
    await device.sees("已发出")
    assert sorted(await attached(device, "附件的答复丢了")) == ["现场.jpg", "账.pdf"]
    assert await device.arrived("附件的答复丢了") == 1


async def test_a_file_that_is_refused_is_named_and_the_others_are_sent(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.type("有一个收不了")
    await choose(device, DRAWN, PAPER)
    await device.send()
    await device.sees("已发出", "图.gif：这种文件收不了，没有保存。")
    assert await attached(device, "有一个收不了") == ["账.pdf"]
    await device.page.get_by_role("link", name="看回执").click()
    await device.sees("已收到", "有一个收不了")


async def test_with_a_line_the_receipt_comes_with_the_files(device: StationDevice) -> None:
    await device.sign_in()
    await device.type("有网时发的")
    await choose(device, PHOTO)
    await device.send()
    await device.page.wait_for_url("**/receipt")
    await device.sees("已收到", "有网时发的")
    assert await attached(device, "有网时发的") == ["现场.jpg"]


async def test_too_large_and_too_many_are_said_before_anything_is_sent(
    device: StationDevice,
) -> None:
    await device.sign_in()
    await device.type("太大太多")
    large = FilePayload(name="大.pdf", mimeType="application/pdf", buffer=PDF + bytes(MAX_BYTES))
    await device.page.get_by_label("照片、文件").set_input_files([large])
    await device.send()
    await device.sees("文件超过10MB")
    many = [
        FilePayload(name=f"{n}.pdf", mimeType="application/pdf", buffer=PDF)
        for n in range(MAX_FILES + 1)
    ]
    await device.page.get_by_label("照片、文件").set_input_files(many)
    await device.send()
    await device.sees("附件最多9个")
    assert await device.arrived("太大太多") == 0


async def test_without_scripts_the_form_takes_files_too(device: StationDevice) -> None:
    browser = device.page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await device.site.open(page, "station_staff", "/intake/new")
    await page.get_by_label("一句话说明").fill("不用脚本")
    await page.get_by_label("具体情况").fill("园区夜间经常停电。")
    await page.get_by_text("困难问题").click()
    await page.get_by_label("照片、文件").set_input_files([PHOTO, PAPER])
    await page.get_by_role("button", name="提交这件建议").click()
    await expect(page.locator("main")).to_contain_text("已收到")
    assert sorted(await attached(device, "不用脚本")) == ["现场.jpg", "账.pdf"]
    await context.close()
