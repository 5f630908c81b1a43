"""Tables as files: none can hold a formula, and a workbook is judged before it is believed."""

import io
import re
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from shared.errors import Invalid, Refused, TooLarge
from shared.tables import workbook
from shared.tables.files import decoded, guarded, unguarded, written
from shared.tables.rows import BoolCell, DateCell, Line, TableRow, parse_row, read_rows
from tests.support.refusals import in_both
from tests.support.router.tables import ENGLISH


class Pair(TableRow):
    """A table of two columns."""

    name: str
    note: str


COLUMNS = Pair.columns()


def lines(text: str) -> list[Line[Pair]]:
    return [line for _, line in read_rows(text, Pair, lambda line: line).taken]


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "a\n=1", "\0=1"]


@pytest.mark.parametrize("cell", DANGEROUS)
def test_a_cell_that_could_be_a_formula_is_written_as_text(cell: str) -> None:
    for line in guarded(cell).split("\n"):
        assert not line.lstrip("\u00a0\0 \t\r").startswith(("=", "+", "-", "@"))
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["李玉兰", "a-b", "O'Brien", "'quoted'", "a=b", ""])
def test_an_ordinary_cell_is_written_as_it_is(cell: str) -> None:
    assert guarded(cell) == cell == unguarded(cell)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_what_is_written_as_csv_is_read_back(cell: str) -> None:
    cell = cell.replace("\r", "").strip()
    file = written("csv", COLUMNS, [(cell, "x")])
    (line,) = lines(decoded(file))
    assert line.cells == {"name": unguarded(cell), "note": "x"}


def test_a_line_names_every_cell_that_is_wrong_and_lines_keep_their_order() -> None:
    class Days(TableRow):
        first: DateCell
        last: DateCell
        is_full: BoolCell

    text = "first,last,is_full\nx,y,yes\n2026-01-01,2026-01-02,no\nz,2026-01-01,maybe\n"
    report = read_rows(text, Days, lambda line: line.row())
    assert [line for line, _ in report.taken] == [3]
    assert [(line, why.column) for line, why in report.errors] == [
        (2, "first"), (2, "last"), (4, "first"), (4, "is_full"),
    ]  # fmt: skip


async def test_a_workbook_comes_back_as_it_was_written() -> None:
    rows = [(cell.strip() or "x", "331004") for cell in ("金清镇", "=1+1", "007")]
    file = written("xlsx", COLUMNS, rows)
    read = lines(await workbook.text_of(file))
    assert [(one.cells["name"], one.cells["note"]) for one in read] == rows


async def test_numbers_and_days_of_a_spreadsheet_are_read_as_people_see_them() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (COLUMNS, (331004, datetime(2026, 1, 2)), (None, None), (1.5, "是")):  # noqa: DTZ001
        sheet.append(row)
    opened = io.BytesIO()
    book.save(opened)
    found = lines(await workbook.text_of(opened.getvalue()))
    assert [(one.number, *one.cells.values()) for one in found] == [
        (2, "331004", "2026-01-02"),
        (4, "1.5", "是"),
    ]


async def test_what_csv_cannot_say_of_a_workbook_is_named_line_by_line() -> None:
    """Hidden rows, merged cells, a second head and a second sheet: none of them is taken."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (COLUMNS, ("a", "1"), ("b", "2"), ("c", "3"), ("", "4"), COLUMNS, ("d", "5")):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.merge_cells("A4:A5")
    book.create_sheet("空的")
    book.create_sheet("说明").append(["请勿"])
    opened = io.BytesIO()
    book.save(opened)
    text = await workbook.text_of(opened.getvalue())
    report = read_rows(text, Pair, lambda line: line.row().name)
    assert report.taken == [(2, "a"), (7, "d")]
    named = [(line, ENGLISH.say(why.message)) for line, why in report.errors]
    assert [(line, re.split("[,;]", words)[0]) for line, words in named] == [
        (3, "this row is hidden or filtered out"),
        (4, "this row has merged cells"),
        (5, "this row has merged cells"),
        (6, "this row repeats the header row"),
        (8, "there is another sheet “说明”"),
    ]
    sheet.merge_cells("A1:B1")
    opened = io.BytesIO()
    book.save(opened)
    (line,) = read_rows(await workbook.text_of(opened.getvalue()), Pair, Line.row).errors
    assert (line[0], "merged" in ENGLISH.say(line[1].message)) == (1, True)


def veil_sheet(book: Workbook) -> None:
    book.create_sheet("封面")
    book.worksheets[0].sheet_state = "veryHidden"


def hide_column(book: Workbook) -> None:
    book.worksheets[0].column_dimensions["B"].hidden = True


@pytest.mark.parametrize(
    ("hide", "words"),
    [
        (veil_sheet, "the first sheet “Sheet” is hidden"),
        (hide_column, "column B is hidden"),
    ],
)
async def test_nothing_that_is_hidden_is_taken(
    hide: Callable[[Workbook], None], words: str
) -> None:
    """Whoever looks at the file must see all that it brings."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (COLUMNS, ("a", "1")):
        sheet.append(row)
    for letter in "CD":
        sheet.column_dimensions[letter].hidden = True
    seen, veiled = io.BytesIO(), io.BytesIO()
    book.save(seen)
    hide(book)
    book.save(veiled)
    report = read_rows(await workbook.text_of(seen.getvalue()), Pair, Line.row)
    assert (len(report.taken), report.errors) == (1, []), "an empty column may be hidden"
    report = read_rows(await workbook.text_of(veiled.getvalue()), Pair, Line.row)
    assert report.taken == []
    assert [(at, ENGLISH.say(why.message).partition(";")[0]) for at, why in report.errors] == [
        (1, words)
    ]


class Day(TableRow):
    day: DateCell


@pytest.mark.parametrize(
    "cell",
    ["2026-01-02", "2026/1/2", "2026.1.2", "2026年1月2日", "2026年01月02日", "46024",
     "２０２６/１/２", "2026/1/2 0:00", "2026-01-02 00:00:00"],
)  # fmt: skip
def test_a_day_is_read_as_people_and_spreadsheets_write_it(cell: str) -> None:
    assert parse_row(Day, {"day": cell}).day == date(2026, 1, 2)


@pytest.mark.parametrize(
    "cell", ["1/2/2026", "01/02/26", "26-01-02", "2026/13/1", "2026年2月30日", "2026/1-2", "2026",
             "99999999", "0", "2026-W01-5", "20260102T00", "1999-12-31", "2100-01-01", "99999"]
)  # fmt: skip
def test_a_day_read_two_ways_or_not_of_our_time_is_refused_with_its_line(
    cell: str,
) -> None:
    report = read_rows(f"day\n2026/1/2\n{cell}", Day, Line.row)
    assert [(line, why.column) for line, why in report.errors] == [(3, "day")]


def test_a_csv_of_this_country_is_read_in_both_its_encodings() -> None:
    assert decoded("名称".encode("gb18030")) == decoded("\ufeff名称".encode()) == "名称"


def archive(**entries: bytes) -> bytes:
    """Make an archive that looks like a workbook, with these entries more."""
    opened = io.BytesIO()
    plain = zipfile.ZipFile(io.BytesIO(written("xlsx", COLUMNS, [("a", "b")])))
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as made:
        own = {name: plain.read(name) for name in plain.namelist()}
        added = {name.replace("__", "/"): content for name, content in entries.items()}
        for name, content in (own | added).items():
            made.writestr(name, content)
    return opened.getvalue()


def lying() -> bytes:
    """Make an archive whose directory says an entry unpacks to ten bytes."""
    file = bytearray(archive(xl__bomb=b"0" * 20_000_000))
    directory = file.rindex(b"PK\x01\x02")
    file[directory + 24 : directory + 28] = struct.pack("<I", 10)
    return bytes(file)


ARCHIVE = archive()


def bent(place: int, content: bytes = b"\xff\xff\xff\xff") -> bytes:
    """Make an archive whose first entry has a wrong header (30 bytes) or a broken stream."""
    file = bytearray(ARCHIVE)
    file[place : place + len(content)] = content
    return bytes(file)


def packed(method: int) -> bytes:
    """Make a workbook that says its first entry is compressed in another way."""
    file = bytearray(ARCHIVE)
    directory = file.index(b"PK\x01\x02")
    file[8:10] = file[directory + 10 : directory + 12] = struct.pack("<H", method)
    return bytes(file)


def sheet(dimension: str, rows: str, doctype: str = "", columns: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    written_by = (
        f'{doctype}<worksheet xmlns="{space}"><dimension ref="{dimension}"/>'
        f"{columns}<sheetData>{rows}</sheetData></worksheet>"
    )
    return archive(**{"xl__worksheets__sheet1.xml": written_by.encode()})


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">' + "".join(
        f'<c r="{column}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for column, cell in zip("AB", cells, strict=False)
    ) + "</row>"  # fmt: skip


HEAD, FIRST = row(1, *COLUMNS), row(2, "甲", "乙")
EMPTY_ROWS = "".join(f'<row r="{n}"/>' for n in range(3, 200_003))
OVERLAPS = "".join(f'<mergeCell ref="A{n}:B{n + 60_000}"/>' for n in range(2, 10_000))


@pytest.mark.parametrize(
    "content",
    [
        sheet("A1:B1", HEAD + FIRST),
        sheet("A1:B999999999", HEAD + FIRST),
        sheet("A1:B1048576", HEAD + FIRST + EMPTY_ROWS),
        sheet("A1", HEAD + FIRST + row(1_048_576)),
    ],
    ids=["says less", "says more", "many empty rows", "ends at the last row"],
)
async def test_a_workbook_has_the_rows_that_hold_something_whatever_it_says(content: bytes) -> None:
    text = await workbook.text_of(content)
    assert [one.cells for one in lines(text)] == [{"name": "甲", "note": "乙"}]
    assert len(text) < 100


async def test_an_empty_row_keeps_its_number_and_the_last_ones_count_as_lines() -> None:
    text = await workbook.text_of(sheet("A1", HEAD + row(9, "甲", "乙")))
    assert [one.number for one in lines(text)] == [9]
    with pytest.raises(TooLarge):
        await workbook.text_of(sheet("A1", HEAD + row(999_999, "甲", "乙")))


@pytest.mark.parametrize(
    "rows",
    [
        FIRST + HEAD, HEAD + FIRST + FIRST, HEAD + row(-2, "甲", "乙"), HEAD + row(0, "甲", "乙"),
        HEAD + FIRST.replace('r="2"', 'r="x"'), HEAD + FIRST.replace('"B2"', '"A2"'),
        HEAD + FIRST.replace('"B2"', '"B9"'), HEAD + FIRST.replace('"A2"', '"C2"'),
        HEAD + FIRST.replace('"B2"', '"2"'),
    ],
    ids=[
        "backwards", "twice", "negative", "zero", "no number", "a cell twice", "in another row",
        "cells backwards", "no column",
    ],
)  # fmt: skip
async def test_a_workbook_with_rows_or_cells_out_of_order_is_refused(rows: str) -> None:
    """Of what repeats a place only one would be read, and nobody would be told."""
    with pytest.raises(Invalid, match="table_unreadable"):
        await workbook.text_of(sheet("A1:B9", rows))


@pytest.mark.parametrize(
    ("row_more", "columns", "line"),
    [('ht="0"', "", 2), ("", '<cols><col min="2" max="2" width="0"/></cols>', 1)],
)
async def test_what_has_no_height_or_width_is_hidden(
    row_more: str, columns: str, line: int
) -> None:
    content = sheet("A1", HEAD + FIRST.replace("<row", f"<row {row_more}"), columns=columns)
    report = read_rows(await workbook.text_of(content), Pair, Line.row)
    assert (report.taken, [at for at, _why in report.errors]) == ([], [line])


async def test_settings_of_a_printer_are_no_macro() -> None:
    with_printer = archive(**{"xl__printerSettings__printerSettings1.bin": b"DEVMODE"})
    assert (await workbook.text_of(with_printer)).startswith("name,note")


async def test_the_content_decides_not_the_name() -> None:
    """Whatever a file is called, it is judged by its first bytes alone."""
    for content, refused in (
        (b"<html><table><tr><td>name</td><td>note</td></tr></table></html>", "table_unreadable"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><Workbook/>", "table_unreadable"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "table_unreadable"),
        (b"\x7fELF\x02\x01\x01\x00", "table_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "table_unreadable"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "table_unreadable"),
        ("name,note\n甲,乙\n".encode("utf-16"), "table_unreadable"),
        ("name,note\n甲,乙\n".encode("utf-16-le"), "table_unreadable"),
        (b"name,note\n" + b"1,2\n" * 50_001, "table_too_large"),
        (b"name,note" + b"," * 100_000, "table_too_large"),
        (b"name,note\n1,2\n" + b"," * 50, "table_too_large"),
        ((b"," * 49 + b"\n") * 20_001, "table_too_large"),
        (archive(**{"xl__externalLinks__externalLink1.xml": b"<x/>"}), "has_links"),
        (archive(**{"xl__macrosheets__sheet1.xml": b"<x/>"}), "has_macros"),
        (archive(**{"xl__embeddings__oleObject1.bin": b"x"}), "has_macros"),
    ):
        with pytest.raises(Refused, match=refused):
            await workbook.text_of(content)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_broken_archive_is_refused_or_read(changes: list[tuple[int, int]]) -> None:
    file = bytearray(ARCHIVE)
    for place, byte in changes:
        file[place % len(file)] = byte
    with suppress(Invalid, TooLarge):
        workbook.check(bytes(file))


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"PK\x03\x04 and no more", Invalid),
        (b"\xff\xff\xff", Invalid),
        (b"x" * (workbook.MAX_BYTES + 1), TooLarge),
        (archive(xl__bomb=b"0" * 60_000_000), TooLarge),
        (lying(), Refused),
        *((bent(place), Invalid) for place in (26, 50, 70)),
        *((packed(method), Invalid) for method in (1, 9, 12, 14, 93)),
        (archive(**{f"e{n}": b"" for n in range(201)}), TooLarge),
        (written("xlsx", COLUMNS, [("a", "b")] * (workbook.MAX_ROWS + 1)), TooLarge),
        (archive(**{"xl__vbaProject.bin": b"macro"}), Invalid),
        (sheet("A1", HEAD + FIRST + OVERLAPS), TooLarge),
        (sheet("A1", HEAD + row(2, "&a;"), "<!DOCTYPE worksheet [<!ENTITY a 'b'>]>"), Invalid),
    ],
)
async def test_a_file_that_would_hurt_is_refused_in_words(
    content: bytes, refused: type[Refused]
) -> None:
    with pytest.raises(refused) as told:
        await workbook.text_of(content)
    assert all(in_both(told.value, "router"))


async def test_an_archive_that_is_no_workbook_is_refused() -> None:
    opened = io.BytesIO()
    with zipfile.ZipFile(opened, "w") as made:
        made.writestr("a.txt", "hello")
    with pytest.raises(Invalid, match="table_unreadable"):
        await workbook.text_of(opened.getvalue())
