"""Files in the form of a new item, and those that a proposer adds by their link."""

import re
from collections.abc import Mapping, Sequence

import httpx
import pytest

from services.intake.attachment_folder import AttachmentFolder
from services.intake.domain.attachments import MAX_BY_LINK, MAX_FILES
from shared.contracts.router import Mandate
from shared.ids import Id, from_text, to_text
from shared.web import links
from tests.support.entries import person
from tests.support.intake.attaching import kept
from tests.support.intake.desk import Desk
from tests.support.intake.files import DOCX, PDF, PLAIN_PNG, VOICE, photo
from tests.support.intake.forms import ID, a_form
from tests.support.intake.stations import STATION, TOWNSHIP
from tests.support.intake.visitors import a_visitor, item_behind, reported, the_form, words_of
from tests.support.officers import as_form, inputs

Files = Sequence[tuple[str, tuple[str, bytes]]]
GIF = ("files", ("图.gif", b"GIF89a" + bytes(20)))


async def send_new(
    desk: Desk, form: Mapping[str, str], files: Files, who: str = "station_staff"
) -> httpx.Response:
    """Send the form of a new item with files, as a browser without scripts does."""
    async with await desk.client(who) as client:
        return await client.post(
            "/intake/new", data=as_form(form), files=list(files), headers={"Accept": "text/html"}
        )


async def names(desk: Desk, item_id: str) -> list[str]:
    rows = await desk.sql(
        "SELECT name FROM attachment WHERE key = $1::text::uuid ORDER BY added_at", item_id
    )
    return [row["name"] for row in rows]


async def test_a_new_item_brings_its_files_and_sent_twice_is_one_with_each_of_them_once(
    desk: Desk,
) -> None:
    form, before = await a_form(desk), kept(desk)
    files = [("files", one) for one in (("图.jpg", photo()), ("表.docx", DOCX))]
    files.append(("voice", ("说.m4a", VOICE)))
    first, again = await send_new(desk, form, files), await send_new(desk, form, files)
    assert first.headers["location"] == again.headers["location"]
    found = ID.search(first.headers["location"])
    assert found
    assert await names(desk, found[1]) == ["图.jpg", "表.docx", "说.m4a"]
    assert len(kept(desk) - before) == 3


async def test_a_wrong_file_is_said_before_the_item_is_entered(desk: Desk) -> None:
    form, before = await a_form(desk, title="带错文件"), await desk.stored()
    wrong = await send_new(desk, form, [("files", ("图.jpg", photo())), GIF])
    assert wrong.status_code == 422
    assert 'id="e-files"' in wrong.text
    assert "这种文件收不了" in wrong.text
    assert "带错文件" in wrong.text
    assert await desk.stored() == before
    assert (await send_new(desk, form, [])).status_code == 303


async def test_what_the_folder_cannot_take_is_sent_again_with_the_same_form(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, files = await a_form(desk), [("files", ("账.pdf", PDF))]
    write = AttachmentFolder.write
    with monkeypatch.context() as patched:
        full = AttachmentFolder(desk.settings.attachment_folder, 2**62)
        patched.setattr(AttachmentFolder, "write", lambda _self, content: write(full, content))
        refused = await send_new(desk, form, files)
        assert (refused.status_code, "现在存不下附件" in refused.text) == (503, True)
        assert form["id"] in refused.text
    sent = await send_new(desk, form, files)
    found = ID.search(sent.headers["location"])
    assert found
    assert await names(desk, found[1]) == ["账.pdf"]


async def test_more_files_than_an_item_takes_are_refused_at_the_field(desk: Desk) -> None:
    files = [("files", (f"{n}.pdf", PDF + b"%" * n)) for n in range(MAX_FILES + 1)]
    form, before = await a_form(desk), await desk.stored()
    answer = await send_new(desk, form, files)
    assert await desk.stored() == before
    assert (answer.status_code, "附件最多9个" in answer.text) == (409, True)


async def test_a_deputy_attaches_to_their_own_item_and_sees_what_they_sent(desk: Desk) -> None:
    form = {**await a_form(desk), **inputs((await desk.page("deputy", "/new")).text)}
    sent = await send_new(desk, form, [("files", ("图.jpg", photo()))], "deputy")
    assert sent.status_code == 303, sent.text
    found = ID.search(sent.headers["location"])
    assert found
    item = found[1]
    async with await desk.client("station_staff") as client:
        await client.post(
            f"/intake/items/{item}/attachments",
            data=as_form({}), files=[("files", ("站里的.pdf", PDF))],
        )  # fmt: skip
    assert await names(desk, item) == ["图.jpg", "站里的.pdf"]
    here = links.deputy_item(item).removeprefix("/intake")
    page = (await desk.page("deputy", here)).text
    assert "图.jpg" in page
    assert "站里的" not in page
    opened = re.search(rf'href="/intake({here}/attachments/[0-9a-f-]{{36}})"', page)
    assert opened
    (row,) = await desk.sql("SELECT file_id FROM attachment WHERE name = '图.jpg' AND key = $1",
                            from_text(item))  # fmt: skip
    (file,) = [one for one in kept(desk) if one.name == row["file_id"].hex()]
    assert (await desk.get("deputy", opened[1])).content == file.read_bytes()


async def test_a_deputy_adds_files_to_an_item_they_raised_while_it_is_open(desk: Desk) -> None:
    item = await raised_by_deputy(desk)
    here = links.deputy_item(item)
    path = f"{here}/attachments"
    assert f'href="{path}"' in (await desk.page("deputy", here.removeprefix("/intake"))).text
    added = await add_as(desk, "deputy", path, ("现场.jpg", photo()), ("账.pdf", PDF))
    assert (added.status_code, added.headers["location"]) == (303, f"{here}?did=attached")
    form = (await desk.page("deputy", path.removeprefix("/intake"))).text
    assert "现场.jpg" in form
    assert "账.pdf" in form
    wrong = await add_as(desk, "deputy", path, GIF[1])
    assert (wrong.status_code, 'id="e-files"' in wrong.text) == (422, True)
    await desk.post("station_head", f"/v1/items/{item}/reject", {"reason": "R4", "note": "空"})
    late = await add_as(desk, "deputy", path, ("晚.pdf", PDF + b"%"))
    assert (late.status_code, "已经不予受理" in late.text) == (409, True)
    assert f'href="{path}"' not in (await desk.page("deputy", here.removeprefix("/intake"))).text
    assert await names(desk, item) == ["现场.jpg", "账.pdf"]


async def test_only_who_raised_an_item_adds_files_to_it_as_a_deputy(desk: Desk) -> None:
    item = await raised_by_deputy(desk)
    path = f"{links.deputy_item(item)}/attachments"
    await add_as(desk, "deputy", path, ("账.pdf", PDF))
    (row,) = await desk.sql("SELECT attachment_id FROM attachment WHERE key = $1", from_text(item))
    seat = (Mandate(level="township", division_code=TOWNSHIP),)
    other = person(desk.person("colleague"), "同事代表", TOWNSHIP, mandates=seat,
                   station_id=STATION)  # fmt: skip
    await desk.hear_all([other])
    await desk.service.copy.refresh()
    file = f"{path}/{to_text(row['attachment_id'])}"
    for one in (path, file):
        hidden = await desk.get("colleague", one.removeprefix("/intake"))
        assert hidden.status_code == 404, one
    assert (await add_as(desk, "colleague", path, ("别的.pdf", PDF + b"%"))).status_code == 404
    assert await names(desk, item) == ["账.pdf"]


async def test_nobody_learns_by_sending_a_file_that_somebody_else_sent_it(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await of_a_proposer(desk, visitor)
        item = to_text(key)
        await add_as(desk, "station_staff", f"/intake/items/{item}/attachments", ("内部.pdf", PDF))
        assert (await add(visitor, path, ("账.pdf", PDF))).status_code == 303
        own = (await visitor.get(f"{path}/attachments")).text
        assert "账.pdf" in own
        assert "内部" not in own
    assert await names(desk, item) == ["内部.pdf", "账.pdf"]
    deputy = await raised_by_deputy(desk)
    await add_as(desk, "station_staff", f"/intake/items/{deputy}/attachments", ("内部.pdf", PDF))
    async with await desk.client("deputy") as client:
        sent = await client.post(f"/intake/v1/items/{deputy}/attachments", data=as_form({}),
                                 files=[("file", ("账.pdf", PDF))])  # fmt: skip
    assert (sent.status_code, sent.json()["name"]) == (201, "账.pdf")


async def raised_by_deputy(desk: Desk) -> str:
    form = {**await a_form(desk), **inputs((await desk.page("deputy", "/new")).text)}
    sent = await send_new(desk, form, [], "deputy")
    found = ID.search(sent.headers["location"])
    assert found
    return found[1]


async def add_as(desk: Desk, who: str, path: str, *files: tuple[str, bytes]) -> httpx.Response:
    """Send the form of attachments at this path, signed in."""
    async with await desk.client(who) as client:
        return await client.post(
            path, data=as_form({}), files=[("files", one) for one in files],
            headers={"Accept": "text/html"},
        )  # fmt: skip


async def of_a_proposer(desk: Desk, visitor: httpx.AsyncClient) -> tuple[str, Id]:
    path = await reported(visitor, await the_form(visitor))
    return path, await item_behind(desk, path)


async def add(visitor: httpx.AsyncClient, path: str, *files: tuple[str, bytes]) -> httpx.Response:
    page = await visitor.get(f"{path}/attachments")
    assert page.status_code == 200, page.text
    sent = [("files", one) for one in files]
    return await visitor.post(f"{path}/attachments", data=inputs(page.text), files=sent)


async def test_a_proposer_adds_files_by_their_link_and_gets_none_out_of_it(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await of_a_proposer(desk, visitor)
        assert "补充照片、文件、录音" in words_of((await visitor.get(path)).text)
        added = await add(visitor, path, ("现场.jpg", photo()), ("账.pdf", PDF))
        assert (added.status_code, added.headers["location"]) == (303, f"{path}?did=attached")
        own = (await visitor.get(path)).text
        assert "现场.jpg" in own
        assert "/intake/items/" not in own
        assert (await add(visitor, path, ("现场.jpg", photo()))).status_code == 303
        assert await names(desk, to_text(key)) == ["现场.jpg", "账.pdf"]
        wrong = await add(visitor, path, GIF[1])
        assert (wrong.status_code, "这种文件收不了" in wrong.text) == (422, True)
        assert (await add(visitor, path)).status_code == 422
        assert (await add(visitor, path, ("3.png", PLAIN_PNG))).status_code == 303
        full = await add(visitor, path, ("4.docx", DOCX))
        assert (full.status_code, f"附件最多{MAX_BY_LINK}个" in full.text) == (409, True)
    page = (await desk.page("station_head", f"/items/{to_text(key)}/attachments")).text
    assert f'href="/intake/items/{to_text(key)}"' in page
    assert "现场.jpg" in page
    assert "提出人" in page


async def test_what_the_station_attached_is_not_shown_by_a_link(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await of_a_proposer(desk, visitor)
        async with await desk.client("station_staff") as client:
            await client.post(
                f"/intake/items/{to_text(key)}/attachments",
                data=as_form({}), files=[("files", ("站里的.pdf", PDF))],
            )  # fmt: skip
        assert await names(desk, to_text(key)) == ["站里的.pdf"]
        for page in (path, f"{path}/attachments"):
            assert "站里的" not in (await visitor.get(page)).text


async def test_an_ended_item_and_a_wrong_link_take_no_files(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await of_a_proposer(desk, visitor)
        form = inputs((await visitor.get(f"{path}/attachments")).text)
        ended = await desk.post(
            "station_head", f"/v1/items/{to_text(key)}/reject", {"reason": "R4", "note": "没有内容"}
        )
        assert ended.status_code == 200, ended.text
        late = await visitor.post(f"{path}/attachments", data=form, files=[GIF])
        assert (late.status_code, "已经不予受理" in late.text) == (409, True)
        assert "补充照片" not in (await visitor.get(path)).text
        wrong = f"{path[:-3]}aaa/attachments"
        assert (await visitor.get(wrong)).status_code == 404
        sent = await visitor.post(wrong, data=form, files=[("files", ("账.pdf", PDF))])
        assert sent.status_code == 404


async def test_who_raised_it_removes_what_they_sent_until_it_is_accepted(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await of_a_proposer(desk, visitor)
        before, here = kept(desk), f"{path}/attachments"
        form = inputs((await visitor.get(here)).text)
        for name in ("一.pdf", "二.pdf"):
            content = PDF + name.encode()
            await visitor.post(here, data=form, files=[("files", (name, content))])
        first, second = re.findall(r'action="([^"]*/remove)"', (await visitor.get(here)).text)
        form = inputs((await visitor.get(here)).text) | {"reason": "这个文件发错了"}
        assert (await visitor.post(first, data=form)).status_code == 303
        assert len(kept(desk) - before) == 1
        accepted = await desk.post(
            "station_head", f"/v1/items/{to_text(key)}/accept", {"name_unknown_confirmed": True}
        )
        assert accepted.status_code == 200, accepted.text
        late = await visitor.post(second, data=form)
        assert (late.status_code, "请联系站长" in late.text) == (403, True)
        assert "/remove" not in (await visitor.get(here)).text
