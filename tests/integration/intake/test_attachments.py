"""Files of items by the stations' interface and their pages: sent once or twice, opened, lost."""

import asyncio
import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from services.intake.actions.attachments import AttachmentActions
from services.intake.attachment_folder import SETTLED_SECONDS, AttachmentFolder, folder_of
from services.intake.domain.attachments import MAX_BYTES
from shared.ids import from_text
from tests.support.intake.attaching import attach, attach_by_form, kept
from tests.support.intake.desk import (
    HEAD_ID,
    OFFICERS,
    Desk,
    HeadedStation,
    Intake,
    an_item,
    block,
)
from tests.support.intake.files import DOCX, PDF, PLACE, PLAIN_JPEG, VOICE, photo
from tests.support.intake.sources import raised
from tests.support.intake.stations import CREDIT_CODE
from tests.support.officers import as_form
from tests.support.refusals import problem

READERS = frozenset({"township", "dispatcher", "committee", "leader", "liaison"})
OF_STATION = frozenset({"station_head", "station_staff"})
HANDLERS = frozenset({"clerk", "unit_head"})


async def submitted(station: HeadedStation, **more: object) -> str:
    answer = await station.submit(an_item(**more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["item_id"])


async def test_a_photo_comes_once_and_goes_out_to_be_saved_only(
    desk: Desk, station: HeadedStation
) -> None:
    item, before = await submitted(station), kept(desk)
    first, again = await attach(station, item, photo()), await attach(station, item, photo())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    added = first.json()
    assert (added["name"], added["kind"]) == ("现场.jpg", "jpg"), "whatever its sender declares"
    (file,) = kept(desk) - before
    assert (len(file.name), file.stat().st_mode & 0o777) == (32, 0o600)
    assert PLACE not in file.read_bytes()
    listed = await station.send("GET", f"/intake/v1/items/{item}/attachments")
    assert listed.json() == {"attachments": [added]}
    path = f"/intake/v1/items/{item}/attachments/{added['attachment_id']}"
    given = await station.send("GET", path)
    assert given.content == file.read_bytes()
    assert given.headers["content-type"] == "image/jpeg"
    assert (
        given.headers["content-disposition"] == f"attachment; filename*=utf-8''{quote('现场.jpg')}"
    )
    assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["cache-control"] == "no-store"


async def test_the_same_file_sent_at_the_same_time_is_one(
    desk: Desk, station: HeadedStation
) -> None:
    item, before = await submitted(station), kept(desk)
    answers = await asyncio.gather(*(attach(station, item, VOICE, "说.m4a") for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 200, 201]
    assert len(kept(desk) - before) == 1
    (row,) = await desk.sql("SELECT count(*) AS n FROM attachment WHERE key = $1", from_text(item))
    assert row["n"] == 1


async def test_a_refused_file_leaves_nothing(desk: Desk, station: HeadedStation) -> None:
    item, before = await submitted(station), kept(desk)
    refused = {
        (413, "attachment_too_large"): PDF + bytes(MAX_BYTES),
        (422, "attachment_kind"): b"#!/bin/sh\n",
        (422, "attachment_unreadable"): PLAIN_JPEG[:99],
    }
    for answer, content in refused.items():
        assert problem(await attach(station, item, content)) == answer
    assert problem(await attach(station, item, PDF + bytes(3 * MAX_BYTES))) == (413, "too_large")
    unread = b"#!/bin/sh\n"
    async with desk.station("NC01") as stranger:
        assert problem(await attach(stranger, item, unread)) == (404, "item_not_found")
    await station.act(item, "withdraw", {})
    assert problem(await attach(station, item, unread)) == (409, "out_of_turn")
    other = await submitted(station)
    await block(desk, other)
    assert problem(await attach(station, other, PDF)) == (409, "under_repair")
    assert kept(desk) == before


async def test_a_form_takes_several_files_and_says_at_the_field_what_is_wrong(
    desk: Desk, station: HeadedStation
) -> None:
    item = await submitted(station)
    sent = await attach_by_form(desk, "station_staff", item, ("图.jpg", photo()), ("表.docx", DOCX))
    page = f"/intake/items/{item}?did=attached"
    assert (sent.status_code, sent.headers["location"]) == (303, page)
    page = (await desk.page("station_staff", f"/items/{item}/attachments")).text
    assert "图.jpg" in page
    assert "表.docx" in page
    wrong = await attach_by_form(desk, "station_staff", item, ("图.gif", b"GIF89a" + bytes(20)))
    assert wrong.status_code == 422
    assert 'id="e-files"' in wrong.text
    assert "这种文件收不了" in wrong.text
    nothing = await attach_by_form(desk, "station_staff", item)
    assert (nothing.status_code, "还没有选文件" in nothing.text) == (422, True)
    english = await desk.page("station_staff", f"/items/{item}/attachments", "en")
    assert "Attachments" in english.text


@pytest.mark.parametrize("confidential", [False, True])
async def test_who_reads_the_texts_opens_the_files_unless_they_give_the_source_away(
    desk: Desk, station: HeadedStation, *, confidential: bool
) -> None:
    item = await raised(desk, station, confidential=confidential)
    added = (await attach(station, item, photo())).json()
    path = f"/items/{item}/attachments/{added['attachment_id']}"
    allowed = OF_STATION | READERS | HANDLERS
    if confidential:
        allowed -= HANDLERS | {"liaison"}
    for who in OFFICERS:
        card, file = await desk.get(who, f"/items/{item}/attachments"), await desk.get(who, path)
        assert card.status_code == file.status_code, who
        if who in allowed:
            assert file.status_code == 200, who
            assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
        else:
            assert problem(file) in ((404, "no_attachment"), (403, "not_yours")), who
    logged = await desk.sql(
        "SELECT * FROM access_log WHERE subject = $1 AND reason = 'attachment'", from_text(item)
    )
    assert {row["person_id"] for row in logged} == {
        desk.person(who) for who in allowed - OF_STATION
    }, "outside the station every file that is opened is logged"
    assert {(*row["fields"], row["words"]) for row in logged} == {("attachment", "1.jpg")}


async def test_the_accesses_are_told_with_those_to_the_source(
    desk: Desk, station: HeadedStation
) -> None:
    item = await raised(desk, station)
    added = (await attach(station, item, PDF, "账.pdf")).json()
    assert (
        await desk.get("dispatcher", f"/items/{item}/attachments/{added['attachment_id']}")
    ).status_code == 200
    page = (await desk.page("dispatcher", f"/items/{item}/source")).text
    assert "打开附件：1.pdf" in page
    log = (await desk.page("committee", "/access-log")).text
    assert "打开附件" in log


async def test_the_files_of_a_merged_item_are_shown_with_the_one_it_went_into(
    desk: Desk, station: HeadedStation
) -> None:
    into = await raised(desk, station)
    gone = await submitted(station, enterprise_code=CREDIT_CODE)
    added = (await attach(station, gone, PDF, "并入的.pdf")).json()
    merged = await station.act(gone, "merge", {"into": into}, HEAD_ID)
    assert merged.status_code == 200, merged.text
    assert "并入的.pdf" in (await desk.page("clerk", f"/items/{into}/attachments")).text
    path = f"/items/{into}/attachments/{added['attachment_id']}"
    assert (await desk.get("clerk", path)).content == PDF


async def test_where_the_folder_is_full_or_away_only_the_file_is_refused(
    desk: Desk, station: HeadedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = await submitted(station)

    write = AttachmentFolder.write

    def full(_self: AttachmentFolder, content: bytes) -> bytes:
        return write(AttachmentFolder(desk.settings.attachment_folder, 2**62), content)

    with monkeypatch.context() as patched:
        patched.setattr(AttachmentFolder, "write", full)
        answer = await attach(station, item, PDF)
        assert problem(answer) == (503, "attachments_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        page = await attach_by_form(desk, "station_staff", item, ("a.pdf", PDF))
        assert (page.status_code, "现在存不下附件" in page.text) == (503, True)
        assert (await station.submit(an_item())).status_code == 201
    assert (await attach(station, item, PDF)).status_code == 201


async def test_a_file_that_is_missing_is_said_to_be_and_comes_back_when_sent_again(
    desk: Desk, station: HeadedStation
) -> None:
    item, before = await submitted(station), kept(desk)
    added = (await attach(station, item, PDF)).json()
    (file,) = kept(desk) - before
    file.unlink()
    path = f"/intake/v1/items/{item}/attachments/{added['attachment_id']}"
    assert problem(await station.send("GET", path)) == (404, "attachment_lost")
    assert (await attach(station, item, PDF)).status_code == 200
    assert (await station.send("GET", path)).content == PDF, "sent again it is there again"
    assert kept(desk) - before == {file}


async def test_what_belongs_to_no_item_goes_after_an_hour(
    desk: Desk, station: HeadedStation
) -> None:
    item, before = await submitted(station), kept(desk)
    await attach(station, item, PDF)
    (used,) = kept(desk) - before
    folder = AttachmentFolder(desk.settings.attachment_folder, 0)
    orphan, young = (folder.path_of(folder.write(one)) for one in (DOCX, VOICE))
    unfinished = orphan.with_name("new-abc")
    unfinished.write_bytes(b"half")
    for old in (used, orphan, unfinished):
        os.utime(old, (0, old.stat().st_mtime - SETTLED_SECONDS - 9))
    await _sweep(desk)
    assert [one.is_file() for one in (used, orphan, unfinished, young)] == [
        True, False, False, True,
    ]  # fmt: skip


async def _sweep(desk: Desk) -> None:
    actions = AttachmentActions(None, AttachmentFolder(desk.settings.attachment_folder))  # type: ignore[arg-type]
    async with desk.service.db.begin() as tx:
        await actions.sweep(tx)


async def test_an_erasure_deletes_the_files(
    desk: Desk, station: HeadedStation, intake: Intake
) -> None:
    item, before = await submitted(station), kept(desk)
    added = (await attach(station, item, photo(), "章秋实家.jpg")).json()
    assert len(kept(desk) - before) == 1
    folder = {"INTAKE_ATTACHMENT_FOLDER": str(desk.settings.attachment_folder)}
    erase = ("erase", "--proposer", item, "--by", "committee", "--yes")
    code, said = await intake(*erase, **folder)
    assert code == 0, said
    assert kept(desk) == before
    (row,) = await desk.sql("SELECT * FROM attachment WHERE key = $1", from_text(item))
    assert (row["name"], row["sha256"], row["file_id"]) == ("", "", None)
    path = f"/intake/v1/items/{item}/attachments"
    assert (await station.send("GET", path)).json() == {"attachments": []}
    gone = await station.send("GET", f"{path}/{added['attachment_id']}")
    assert problem(gone) == (404, "no_attachment")
    assert problem(await attach(station, item, photo())) == (409, "erased")
    assert "没有附件" in (await desk.page("station_head", f"/items/{item}/attachments")).text


async def test_only_people_at_the_station_are_offered_the_form(
    desk: Desk, station: HeadedStation
) -> None:
    item = await raised(desk, station)
    for who, may in (("station_staff", True), ("clerk", False), ("dispatcher", False)):
        page = await desk.page(who, f"/items/{item}/attachments")
        assert ('type="file"' in page.text) is may
        sent = await attach_by_form(desk, who, item, ("a.pdf", PDF))
        assert sent.status_code == (303 if may else 403)


def test_a_service_does_not_start_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="INTAKE_ATTACHMENT_FOLDER"):
        folder_of(tmp_path / "none", create=False)
    assert folder_of(tmp_path / "own", create=True)
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700


async def test_a_removed_file_is_gone_from_the_disk_and_why_stays(
    desk: Desk, station: HeadedStation
) -> None:
    item, before = await submitted(station), kept(desk)
    added = (await attach(station, item, photo())).json()
    path = f"/v1/items/{item}/attachments/{added['attachment_id']}"
    why = {"reason": "照片里有别人"}
    refused = await desk.post("station_staff", f"{path}/remove", why)
    assert problem(refused) == (403, "attachment_not_yours")
    assert problem(await desk.post("station_head", f"{path}/remove", {"reason": " "})) == (
        422, "invalid",
    )  # fmt: skip
    assert len(kept(desk) - before) == 1
    gone = await desk.post("station_head", f"{path}/remove", why)
    assert (gone.status_code, gone.json()) == (200, {"attachments": []})
    assert kept(desk) == before
    assert problem(await station.send("GET", f"/intake{path}")) == (404, "no_attachment")
    assert problem(await attach(station, item, photo())) == (409, "attachment_removed")
    page = (await desk.page("station_staff", f"/items/{item}/attachments")).text
    assert "照片里有别人" in page
    assert "移除这个附件" not in page


async def test_the_head_removes_a_file_on_the_page(desk: Desk, station: HeadedStation) -> None:
    item, before = await submitted(station), kept(desk)
    await attach(station, item, PDF, "账.pdf")
    page = (await desk.page("station_head", f"/items/{item}/attachments")).text
    (action,) = re.findall(r'action="/intake(/items/[^"]*/remove)"', page)
    async with await desk.client("station_head") as client:
        headers = {"Accept": "text/html"}
        empty = await client.post(f"/intake{action}", data=as_form({"reason": ""}), headers=headers)
        assert (empty.status_code, "请写明为什么移除" in empty.text) == (422, True)
        form = as_form({"reason": "这个文件发错了"})
        done = await client.post(f"/intake{action}", data=form, headers=headers)
    assert done.headers["location"].startswith(f"/intake/items/{item}?")
    assert kept(desk) == before
