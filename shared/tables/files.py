"""Tables as files: CSV is decoded, CSV and xlsx are written, and no cell can hold a formula."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import xlsxwriter

FileFormat = Literal["csv", "xlsx"]
MIME: Mapping[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = re.compile(r"(?m)^(?=[\s\u00a0\0]*[=+\-@＝＋－＠\t\r\0])")
_GUARDED = re.compile(r"(?m)^'(?=[\s\u00a0\0]*[=+\-@＝＋－＠\t\r\0])")


Mark = Literal["merged", "hidden", "sheet", "hidden column", "hidden sheet"]
"""What CSV cannot say of a row of a workbook: it stands before the text of its first cell."""
_MARKED = re.compile(r"\x1e(merged|hidden|sheet|hidden column|hidden sheet)\x1e")


def marked(mark: Mark, cell: str) -> str:
    return f"\x1e{mark}\x1e{cell}"


def unmarked(cell: str) -> tuple[Mark | None, str]:
    found = _MARKED.match(cell)
    return (found[1], cell[found.end() :]) if found else (None, cell)  # type: ignore[return-value]


def decoded(content: bytes) -> str:
    """Read the text of a CSV file as spreadsheets write it here: UTF-8, else GB 18030.

    Raises UnicodeDecodeError for what is neither.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def guarded(cell: str) -> str:
    """Write a cell so that no spreadsheet takes it for a formula (CWE-1236, ASVS 5.0 1.2.10).

    A line that begins with = + - @, a tab, CR or NUL, also after blanks, gets a leading '.
    """
    return _FORMULA.sub("'", cell)


def unguarded(cell: str) -> str:
    return _GUARDED.sub("", cell)


def written(form: FileFormat, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table; in xlsx every cell is text, in CSV none can be taken for a formula."""
    return _as_xlsx(columns, rows) if form == "xlsx" else _as_csv(columns, rows)


def _as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write UTF-8 with a byte order mark, which spreadsheets need to detect it."""
    opened = io.StringIO(newline="")
    writer = csv.writer(opened)
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return ("\ufeff" + opened.getvalue()).encode()


def _as_xlsx(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    opened = io.BytesIO()
    with xlsxwriter.Workbook(opened, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet.set_column(0, len(columns) - 1, 20, text)
        sheet.freeze_panes(1, 0)
        for at, row in enumerate([columns, *rows]):
            for n, cell in enumerate(row):
                sheet.write_string(at, n, guarded(cell), text if at else head)
    return opened.getvalue()
