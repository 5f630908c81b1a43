"""Tables that people bring as CSV: every line is read whole, or it is said why not."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Flaw = Literal["columns_missing", "cells_left_over", "unreadable"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line (the head is line 1) with its trimmed cells by column, or what is wrong with it."""

    number: int
    cells: Mapping[str, str] = field(default_factory=dict)
    flaw: Flaw | None = None


def read_lines(text: str, columns: Sequence[str]) -> Iterator[Line]:
    """Read a table whose head names these columns, in any order; empty lines are passed over.

    A head without them ends the reading, and so does a cell that CSV cannot hold.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        if not set(columns) <= set(reader.fieldnames or ()):
            yield Line(1, flaw="columns_missing")
            return
        for fields in reader:
            cells = {column: (fields[column] or "").strip() for column in columns}
            flaw: Flaw | None = "cells_left_over" if None in fields else None
            yield Line(reader.line_num, cells, flaw)
    except csv.Error:
        yield Line(reader.line_num, flaw="unreadable")
