"""Workbooks (xlsx) people bring: judged as an archive first, then read in a process of its own.

A file of 3 MB can unpack to a gigabyte, so its declared sizes are not trusted.
"""

import asyncio
import csv
import io
import re
import resource
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter, range_boundaries
from openpyxl.xml import DEFUSEDXML
from openpyxl.xml.functions import iterparse

from shared.errors import Invalid, TooLarge, Unavailable
from shared.tables.files import Mark, decoded, marked
from shared.text import _

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 50 * 1024 * 1024
MAX_RATIO = 100
MAX_ENTRIES = 200
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 50_000, 50, 1_000_000
MAX_MEMORY = 768 * 1024 * 1024
MAX_SECONDS = 20
TOO_MANY_ROWS = 3
"""How the reading process ends over a table of too many lines."""
LAST_ROW = 1_048_576
"""No spreadsheet has more."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CHUNK = 64 * 1024
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, LookupError, OSError, RuntimeError, ValueError),
)
"""What reading a broken archive raises."""
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def is_workbook(content: bytes) -> bool:
    """Tell an archive, as a workbook is one, from plain text."""
    return content.startswith(b"PK\x03\x04")


async def text_of(content: bytes) -> str:
    """Read a table somebody brings, as xlsx or as CSV; raises TooLarge or Invalid.

    Its content decides, never its name.
    """
    if is_workbook(content):
        return await as_csv(content)
    if len(content) > MAX_BYTES:
        raise _too_large()
    try:
        text = decoded(content)
    except UnicodeDecodeError:
        raise _unreadable() from None
    if _is_something_else(text):
        raise _unreadable()
    _require_measure(text)
    return text


def _require_measure(text: str) -> None:
    """Count lines and cells before anything is made of them; raises TooLarge.

    A line that CSV cannot hold ends the counting: its reader stops there too, and names it.
    """
    lines = cells = 0
    with suppress(csv.Error):
        for row in csv.reader(io.StringIO(text)):
            lines, cells = lines + bool(row), cells + len(row)
            if len(row) > MAX_COLUMNS or lines > MAX_ROWS + 1 or cells > MAX_CELLS:
                raise _too_large()


def _is_something_else(text: str) -> bool:
    """Tell a page, a program or a document from a table: by how its first line begins and reads."""
    first = text.lstrip("\ufeff\r\n\t ").partition("\n")[0]
    return first.startswith(("<", "%PDF")) or bool(_CONTROL.search(first))


async def as_csv(content: bytes) -> str:
    """Give the first sheet of a workbook as CSV.

    Raises TooLarge, or Invalid for what is no plain workbook, holds macros, or cannot be read
    within the limits of memory and time.
    """
    check(content)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shared.tables.workbook"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(MAX_SECONDS + 10):
            read, _ = await child.communicate(content)
    except TimeoutError:
        raise _unreadable() from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise _too_large() if child.returncode == TOO_MANY_ROWS else _unreadable()
    return read.decode()


def check(content: bytes) -> None:
    """Judge the archive without believing its own sizes; raises TooLarge or Invalid."""
    if len(content) > MAX_BYTES:
        raise _too_large()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive.infolist())
            _check_sizes(archive, len(content))
            types = archive.read("[Content_Types].xml").decode(errors="replace")
    except _BROKEN:
        raise _unreadable() from None
    if _SHEET not in types:
        raise _unreadable()


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise _too_large()
    for one in entries:
        is_link, is_sealed = stat.S_ISLNK(one.external_attr >> 16), one.flag_bits & 0x1
        if is_link or is_sealed or one.compress_type not in _METHODS:
            raise _unreadable()
        name = one.filename.lower()
        if name.startswith("xl/externallinks/"):
            raise _has_links()
        is_program = name.endswith(".bin") and not name.startswith("xl/printersettings/")
        if is_program or "macro" in name or "activex" in name:
            raise Invalid(
                "has_macros", _("这个文件含有宏，没有读取。"), _("请另存为普通的.xlsx或.csv。")
            )


def _check_sizes(archive: zipfile.ZipFile, packed: int) -> None:
    """Count the bytes while unpacking: the sizes in the zip directory may be false."""
    unpacked = 0
    for entry in archive.infolist():
        with archive.open(entry) as opened:
            while chunk := opened.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > min(MAX_UNPACKED, packed * MAX_RATIO):
                    raise _too_large()


def _too_large() -> TooLarge:
    return TooLarge(
        "table_too_large",
        _("表格太大，没有读取：最多5兆字节、5万行、50列、100万格。"),
        _("请分成几个文件，或另存为CSV。"),
    )


def _has_links() -> Invalid:
    """Refuse what takes values from other files: nobody here could see whether they are right."""
    return Invalid(
        "has_links",
        _("这个文件引用了别的文件，没有读取。"),
        _("请把引用改为数值（复制后选择性粘贴），再保存。"),
    )


def _unreadable() -> Invalid:
    return Invalid(
        "table_unreadable",
        _("读不了这个表格，没有登记。"),
        _("请另存为.xlsx或CSV（UTF-8）后重试。"),
    )


def _convert(content: bytes) -> str:
    """Read the first sheet; a formula gives the value it was saved with.

    The declared sheet size is ignored; empty rows count only between others. Rows that are hidden
    or have merged cells are marked, and so are further sheets that hold anything. A hidden sheet,
    or one with anything in a hidden column, gives its mark alone. Raises ValueError.
    """
    if not DEFUSEDXML:
        raise Unavailable("xml_not_guarded")
    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True)
    reader.read()
    sheet, *others = reader.wb.worksheets
    if sheet.sheet_state != "visible":
        return marked("hidden sheet", sheet.title)
    (marks, hidden), written, empty, count = _marks(reader), io.StringIO(), 0, 0
    writer = csv.writer(written)
    for number, plain in _rows(sheet):
        if column := next((one for one in hidden if any(plain[one - 1 : one])), None):
            return marked("hidden column", get_column_letter(column))
        cells = _with_mark(plain, marks.get(number))
        if not cells:
            empty += 1
            continue
        count += len(cells)
        if number > MAX_ROWS + 1 or count > MAX_CELLS:
            sys.exit(TOO_MANY_ROWS)
        writer.writerows([[]] * empty)
        writer.writerow(cells)
        empty = 0
    writer.writerows([marked("sheet", one.title)] for one in others if _holds_anything(one))
    return written.getvalue()


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Number the rows from 1 and write their cells, without the empty ones at the end."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
    for number, row in enumerate(islice(rows, LAST_ROW), 1):
        cells = [] if row.count(None) == len(row) else [_text(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        yield number, cells


def _with_mark(cells: list[str], mark: Mark | None) -> list[str]:
    """Put the mark of a row before its first cell; an empty one needs it only if merged."""
    if mark == "merged" or (mark and cells):
        return [marked(mark, cells[0] if cells else ""), *cells[1:]]
    return cells


def _holds_anything(sheet: Any) -> bool:
    sheet.reset_dimensions()
    return any(row.count(None) < len(row) for row in sheet.iter_rows(values_only=True))


def _marks(reader: ExcelReader) -> tuple[Mapping[int, Mark], Sequence[int]]:
    """Find the rows of the first sheet that are hidden or have merged cells, and hidden columns.

    Merged ranges may overlap: their rows are counted before they are marked. Raises ValueError for
    rows or cells that are not in order: of those that repeat a place, only one would be read.
    """
    found, columns, merged = dict[int, Mark](), set[int](), 0
    sheets = (rel for _sheet, rel in reader.parser.find_sheets() if "chartsheet" not in rel.Type)
    number, cells = 0, list[str | None]()
    with reader.archive.open(next(sheets).target) as opened:
        for _event, element in iterparse(opened):
            match element.tag.rpartition("}")[2]:
                case "col" if _is_hidden(element, "width"):
                    last = min(int(element.get("max")), MAX_COLUMNS)
                    columns.update(range(int(element.get("min")), last + 1))
                case "c":
                    cells.append(element.get("r"))
                case "row":
                    number = _row_number(element.get("r"), number, cells)
                    if _is_hidden(element, "ht"):
                        found[number] = "hidden"
                    cells.clear()
                    element.clear()
                case "mergeCell":
                    _left, top, _right, bottom = range_boundaries(element.get("ref"))
                    rows = range(top or 1, min(bottom or LAST_ROW, MAX_ROWS + 1) + 1)
                    merged += len(rows)
                    if merged > MAX_CELLS:
                        sys.exit(TOO_MANY_ROWS)
                    found |= dict.fromkeys(rows, "merged")
    return found, sorted(columns)


def _is_hidden(element: Any, size: str) -> bool:
    return element.get("hidden") in ("1", "true") or float(element.get(size) or 1) <= 0


def _row_number(written: str | None, before: int, cells: Sequence[str | None]) -> int:
    """Read the number of a row and check that it and its cells follow those before."""
    number = before + 1 if written is None else int(written)
    column = 0
    for cell in cells:
        row, at = coordinate_to_tuple(cell) if cell else (number, column + 1)
        if row != number or at <= column:
            raise ValueError("cells out of order")
        column = at
    if number <= before:
        raise ValueError("rows out of order")
    return number


def _text(cell: Any) -> str:
    """Write a cell as people see it: a code typed as a number without a point, a day as a date."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if hasattr(cell, "date"):
        return str(cell.date().isoformat())
    return str(cell)


def main() -> None:
    """Turn a workbook on standard input into CSV on standard output, within hard limits."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    sys.stdout.buffer.write(_convert(sys.stdin.buffer.read()).encode())


if __name__ == "__main__":
    main()
