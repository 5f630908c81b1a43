"""What may be attached to an item, by whom, how often, and what an erasure leaves of it."""

import struct
from dataclasses import replace
from random import Random

import pytest

from services.intake.domain.asker import Asker
from services.intake.domain.attaching import check_file
from services.intake.domain.attachments import (
    MAX_BY_LINK,
    MAX_BYTES,
    MAX_FILES,
    AttachmentRow,
    shown_name,
)
from services.intake.domain.commands import Erase
from services.intake.domain.decide import decide
from services.intake.domain.documents import (
    MAX_ENTRIES,
    MAX_RATIO,
    MAX_UNPACKED,
    MAX_WHOLE,
    MIB,
)
from services.intake.domain.model import Item
from shared.errors import Problem
from tests.support.intake.commands import (
    CHIEF,
    CONTEXT,
    KEY,
    KEY_OF_STATION,
    accept,
    accept_on_spot,
    after,
    attach,
    code_of,
    holder,
    merge,
    remove,
    submit,
    unknown,
    withdraw,
)
from tests.support.intake.files import (
    DOCX,
    PDF,
    PLACE,
    PLAIN_JPEG,
    PLAIN_PNG,
    VOICE,
    XLSX,
    archive,
    chunk,
    document,
    photo,
)
from tests.support.intake.stations import DEPUTY


def with_files(n: int, item: Item | None = None, *, asker: Asker = KEY_OF_STATION) -> Item:
    state = item or after(submit())
    for one in range(n):
        state, emitted = decide(state, attach(one, asker=asker), CONTEXT)
        assert emitted == (), "no event tells of a file"
    return state


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PLAIN_JPEG, "jpg"), (PLAIN_PNG, "png"), (PDF, "pdf"), (DOCX, "docx"), (XLSX, "xlsx"),
        (VOICE, "m4a"), (VOICE.replace(b"M4A ", b"mp42"), "mp4"), (b"#!AMR\n" + bytes(50), "amr"),
        (b"ID3\3\0\0" + bytes(50), "mp3"), (b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), "wav"),
        (b"OggS\0\2" + bytes(22) + b"\1\x13OpusHead" + bytes(40), "ogg"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_content_says(content: bytes, kind: str) -> None:
    assert check_file(content).kind == kind


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attachment_empty"),
        (b"hello", "attachment_kind"),
        (b"MZ" + bytes(100), "attachment_kind"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "attachment_kind"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "attachment_kind"),
        (archive("a.txt"), "attachment_kind"),
        (DOCX[:80], "attachment_kind"),
        (archive("word/document.xml", *map(str, range(MAX_ENTRIES))), "attachment_kind"),
        (archive("word/document.xml", "word/vbaProject.bin"), "attachment_macros"),
        (archive("xl/workbook.xml", "xl/embeddings/oleObject1.bin"), "attachment_embeds"),
        (archive("word/document.xml", "word/activeX/activeX1.xml"), "attachment_embeds"),
        (PLAIN_JPEG[:60], "attachment_unreadable"),
        (PLAIN_PNG[:8] + chunk(b"IHDR", b"\0\0\x40\0\0\0\x40\0") + PLAIN_PNG[33:],
         "attachment_pixels"),
        (PDF + bytes(MAX_BYTES), "attachment_too_large"),
    ],
)  # fmt: skip
def test_what_is_none_of_these_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Problem) as refused:
        check_file(content)
    assert refused.value.code == code


RELATION = '<R><Relationship Type="http://a/{kind}" Target="{to}"{more}/></R>'
NOISE = Random(1).randbytes(max(MIB, MAX_UNPACKED, MAX_WHOLE // MAX_RATIO))
"""Cannot be packed."""
EXTERNAL = ' TargetMode="External"'


@pytest.mark.parametrize(
    ("name", "part", "code"),
    [
        ("word/_rels/settings.xml.rels",
         RELATION.format(kind="attachedTemplate", to="http://x/a.dotm", more=EXTERNAL),
         "attachment_fetches"),
        ("xl/externalLinks/_rels/a.xml.RELS",
         RELATION.format(kind="externalLink", to="file:///x", more=' TargetMode="&#69;xternal"'),
         "attachment_fetches"),
        ("word/_rels/document.xml.rels",
         RELATION.format(kind="relationships/vbaProject", to="harmless.bin", more=""),
         "attachment_macros"),
        ("[Content_Types].xml",
         '<T><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></T>',
         "attachment_macros"),
        ("word/_rels/document.xml.rels",
         RELATION.format(kind="relationships/oleObject", to="harmless.bin", more=""),
         "attachment_embeds"),
        ("word/_rels/document.xml.rels",
         RELATION.format(kind="relationships/package", to="embeddings/a.xlsx", more=""),
         "attachment_embeds"),
        ("[Content_Types].xml",
         '<T><Default ContentType="application/vnd.openxmlformats-officedocument.oleObject"/></T>',
         "attachment_embeds"),
        ("word/_rels/document.xml.rels",
         '<!DOCTYPE R [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><R>&b;</R>', "attachment_kind"),
        ("word/_rels/document.xml.rels", f"<R/><!--{NOISE[:MAX_UNPACKED // 2].hex()}-->",
         "attachment_kind"),
        ("word/_rels/document.xml.rels", "<R>", "attachment_kind"),
    ],
)  # fmt: skip
def test_a_document_holds_no_macros_and_fetches_nothing(name: str, part: str, code: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(Problem) as refused:
            check_file(document({name: part.encode(encoding)}))
        assert refused.value.code == code


def test_a_document_may_hold_links_to_click_on() -> None:
    link = RELATION.format(kind="relationships/hyperlink", to="https://a.cn", more=EXTERNAL)
    parts = {"word/_rels/document.xml.rels": link.encode()}
    assert check_file(document(parts)).kind == "docx"


def test_a_chart_keeps_its_table() -> None:
    table = RELATION.format(kind="relationships/package", to="../embeddings/a.xlsx", more="")
    parts = {"word/charts/_rels/chart1.xml.rels": table.encode(), "word/embeddings/a.xlsx": b"PK"}
    assert check_file(document(parts)).kind == "docx"


@pytest.mark.parametrize(
    ("size", "more"), [(MAX_WHOLE + 54321, NOISE[: MAX_WHOLE // MAX_RATIO]), (MIB + 54321, b"")]
)
def test_a_document_unpacks_to_no_more_than_it_may_whatever_its_list_says(
    size: int, more: bytes
) -> None:
    bomb = document({"word/media/a.bmp": bytes(size), "word/media/b.png": more})
    refused_whole(bomb)
    said = struct.pack("<I", size)
    assert bomb.count(said) == 2, "in its entry and in the list"
    refused_whole(bomb.replace(said, struct.pack("<I", 10)))
    fits = document({"word/media/a.bmp": bytes(size - len(more) - MIB // 2), "b": more})
    assert check_file(fits).kind == "docx"


def test_entries_that_lie_over_each_other_are_no_document() -> None:
    """Two entries of the list may name the same packed bytes: little is sent, much unpacked."""
    packed = document({"word/media/a.png": NOISE[:MIB]})
    entry = packed.rindex(b"PK\x01\x02")
    ends = packed.rindex(b"PK\x05\x06")
    count, size = struct.unpack("<HI", packed[ends + 10 : ends + 16])
    more = struct.pack("<HHI", count + 1, count + 1, size + ends - entry)
    twice = packed[:ends] + packed[entry:ends] + packed[ends : ends + 8] + more
    with pytest.raises(Problem) as refused:
        check_file(twice + packed[ends + 16 :])
    assert refused.value.code == "attachment_kind"


def refused_whole(content: bytes) -> None:
    with pytest.raises(Problem) as refused:
        check_file(content)
    assert refused.value.code == "attachment_unpacks"


def test_a_photo_is_kept_without_its_place_and_known_again_with_it() -> None:
    first, again = check_file(photo()), check_file(photo())
    assert PLACE not in first.content
    assert first.sha256 == again.sha256 != check_file(first.content).sha256
    assert check_file(PDF + bytes(MAX_BYTES - len(PDF))).kind == "pdf", "the limit itself fits"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("现场.JPEG", "现场.jpg"), (r"C:\fakepath\a.exe", "a.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"), ("a\r\nb\0.jpg", "ab.jpg"), ("", "file.jpg"),
        ("...", "file.jpg"), ("长" * 300, "长" * 80 + ".jpg"),
    ],
)  # fmt: skip
def test_a_name_holds_no_path_and_ends_as_the_file_is(given: str, shown: str) -> None:
    assert shown_name(given, "jpg") == shown


def test_the_same_file_twice_is_one_of_each_sender() -> None:
    once = with_files(1)
    again, _ = decide(once, attach(0), CONTEXT)
    assert again is once
    another, _ = decide(once, replace(attach(0), asker=CHIEF), CONTEXT)
    assert [one.added_by for one in another.attachments] == [KEY_OF_STATION.code, CHIEF.code]
    (row,) = once.attachments
    assert (row.key, row.added_by, row.proposer_id) == (KEY, KEY_OF_STATION.code, None)


def test_an_item_takes_so_many_files_and_a_link_fewer() -> None:
    assert code_of(with_files(MAX_FILES), attach(99)) == "too_many_attachments"
    full = with_files(MAX_BY_LINK, asker=holder())
    assert {one.proposer_id for one in full.attachments} == {holder().proposer_id}
    assert code_of(full, attach(99, asker=holder())) == "too_many_attachments"
    assert len(decide(full, attach(99), CONTEXT)[0].attachments) == MAX_BY_LINK + 1
    assert decide(with_files(MAX_FILES), attach(1), CONTEXT)[1] == (), "one it has is no more"


def test_who_may_not_supplement_attaches_nothing() -> None:
    item = after(submit())
    assert code_of(item, attach(asker=holder(2))) == "item_not_found"
    assert code_of(item, attach(asker=Asker(str(DEPUTY), ()))) == "item_not_found"


def test_what_is_over_takes_no_more_files() -> None:
    assert code_of(after(submit(), accept_on_spot()), attach()) == "case_closed"
    for end in (withdraw(), merge(name_unknown_confirmed=True)):
        assert code_of(after(submit(), end), attach()) == "out_of_turn"
    assert len(with_files(1, after(submit(), accept())).attachments) == 1
    assert len(with_files(1, after(submit(confidential=True))).attachments) == 1
    assert code_of(unknown(), attach()) == "item_not_found"


def test_an_erasure_leaves_nothing_of_a_file() -> None:
    erased, _ = decide(with_files(2), Erase(KEY, "t", "asked"), CONTEXT)
    for one in erased.attachments:
        left = one.model_dump(exclude={"key", "attachment_id", "kind", "added_at", "added_by"})
        assert left == {
            "name": "", "size": 0, "sha256": "", "file_id": None, "proposer_id": None,
            "removed_at": None, "removed_by": "", "why_removed": "",
        }  # fmt: skip
        assert isinstance(one, AttachmentRow)
    assert code_of(erased, attach(5)) == "erased"
    assert code_of(erased, attach(0)) == "erased"


def test_who_sent_a_file_removes_it_until_acceptance_and_the_head_ever_after() -> None:
    item = with_files(1, with_files(1), asker=holder())
    for asker in (holder(2), Asker(str(DEPUTY), ())):
        assert code_of(item, remove(0, asker=asker)) == "item_not_found"
    assert code_of(item, remove(0, asker=holder())) == "attachment_not_yours"
    assert code_of(item, remove(0, asker=KEY_OF_STATION, by=holder())) == "attachment_not_yours"
    own = remove(0, asker=holder(), by=holder())
    assert sum(one.file_id is None for one in decide(item, own, CONTEXT)[0].attachments) == 1
    accepted, _ = decide(item, accept(), CONTEXT)
    assert code_of(accepted, own) == "attachment_not_yours"
    gone, emitted = decide(accepted, remove(0, by=holder()), CONTEXT)
    assert emitted == ()
    (row,) = [one for one in gone.attachments if one.removed_at]
    assert (row.name, row.sha256, row.file_id) == ("", "", None)
    assert (row.removed_by, row.why_removed) == (CHIEF.code, "有别人的身份证")
    assert decide(gone, remove(0, by=holder()), CONTEXT)[0] is gone, "done again"
    assert code_of(gone, attach(0, asker=holder())) == "attachment_removed"
    assert code_of(gone, remove(7)) == "no_attachment"


def test_a_removed_file_makes_room_but_not_without_end() -> None:
    item = after(submit())
    for n in range(3 * MAX_FILES):
        item, _ = decide(item, attach(n), CONTEXT)
        item, _ = decide(item, remove(n), CONTEXT)
    assert code_of(item, attach(99)) == "too_many_attachments"
