"""Tables people bring and take away as CSV or xlsx: every line is read whole, or said why not."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import xlsxwriter

Flaw = Literal["columns_missing", "cells_left_over", "unreadable"]
FileFormat = Literal["csv", "xlsx"]
MIME: Mapping[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = re.compile(r"(?m)^(?=[\s\u00a0\0]*[=+\-@\t\r\0])")
_GUARDED = re.compile(r"(?m)^'(?=[\s\u00a0\0]*[=+\-@\t\r\0])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line (the head is line 1) with its trimmed cells by column, or what is wrong with it."""

    number: int
    cells: Mapping[str, str] = field(default_factory=dict)
    flaw: Flaw | None = None


def decoded(content: bytes) -> str:
    """Read the text of a CSV file as spreadsheets write it here: UTF-8, else GB 18030.

    Raises UnicodeDecodeError for what is neither.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def read_lines(text: str, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Line]:
    """Read a table whose head names these columns, in any order; empty lines are passed over.

    A head without them ends the reading, and so does a cell that CSV cannot hold. An optional
    column is among the cells when the head names it.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        head = set(reader.fieldnames or ())
        if not set(columns) <= head:
            yield Line(1, flaw="columns_missing")
            return
        wanted = [*columns, *(column for column in optional if column in head)]
        for fields in reader:
            cells = {column: unguarded((fields[column] or "").strip()) for column in wanted}
            flaw: Flaw | None = "cells_left_over" if None in fields else None
            yield Line(reader.line_num, cells, flaw)
    except csv.Error:
        yield Line(reader.line_num, flaw="unreadable")


def guarded(cell: str) -> str:
    """Write a cell so that no spreadsheet takes it for a formula (CWE-1236, ASVS 5.0 1.2.10).

    A line that begins with = + - @, a tab, CR or NUL, also after blanks, gets a leading '.
    """
    return _FORMULA.sub("'", cell)


def unguarded(cell: str) -> str:
    """Read a guarded cell as it was."""
    return _GUARDED.sub("", cell)


def written(form: FileFormat, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table; in xlsx every cell is text, in CSV none can be taken for a formula."""
    return _as_xlsx(columns, rows) if form == "xlsx" else _as_csv(columns, rows)


def _as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write UTF-8 with the mark by which spreadsheets know it."""
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
