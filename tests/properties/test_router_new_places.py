"""The form of a new unit or station and the table give the same verdict."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import ImportContext
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.tables import (
    COLUMNS,
    READERS,
    NewEntryErrors,
    NewKind,
    new_entry,
)
from shared.contracts.router import DirectoryStation
from shared.ids import named_id
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, STREET, TOWNSHIP

MAIN, POINT, CLOSED = "S1", "S1-1", "S2"


def station(code: str, parent: str = "", valid_to: date | None = None) -> DirectoryStation:
    return DirectoryStation(
        occurred_at=NOW, actor="seed", division_code=TOWNSHIP, code=code, name=code,
        parent_id=named_id("station", parent) if parent else None, valid_to=valid_to,
    )  # fmt: skip


KNOWN = DIRECTORY.changed(
    (named_id("station", one.code), one.type, one.model_dump_json(exclude_none=True))
    for one in (station(MAIN), station(POINT, MAIN), station(CLOSED, valid_to=date(2022, 1, 1)))
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.sampled_from(["", "实验室", "长" * 101, "=1+1", "'=1", " x ", "坏\0名"]) | TEXTS
CODES = st.sampled_from(["lab", "finance", "N1", MAIN, POINT, CLOSED, "", "-x", "站"]) | TEXTS
CELLS = {
    "division_code": st.sampled_from([CITY, COUNTY, TOWNSHIP, STREET, "331004400", "9", ""]),
    "kind_code": CODES,
    "code": CODES,
    "name": NAMES,
    "short_name": NAMES,
    "vertical": st.sampled_from(["", "yes", "否", "perhaps"]),
    "parent_code": st.sampled_from(["", MAIN, POINT, CLOSED, "?"]),
}
PLACES = st.sampled_from([None, (), (CITY,), (COUNTY,), (TOWNSHIP,)])


def line_of(kind: NewKind, cells: Mapping[str, str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([COLUMNS[kind], [cells[column] for column in COLUMNS[kind]]])
    return written.getvalue()


def by_form(
    kind: NewKind, typed: Mapping[str, str], context: ImportContext
) -> tuple[list[tuple[str, str]], list[PutEntry]]:
    """Give what is wrong with a form, and what it enters."""
    try:
        return [], [replace(new_entry(kind, typed, context), basis=None)]
    except NewEntryErrors as wrong:
        return [(one.column, str(one.message)) for one in wrong.errors.values()], []


@pytest.mark.parametrize("kind", get_args(NewKind))
@settings(max_examples=300, deadline=None)
@given(cells=st.fixed_dictionaries(CELLS), places=PLACES)
def test_the_form_and_the_table_give_the_same_verdict(
    kind: NewKind, cells: dict[str, str], places: tuple[str, ...] | None
) -> None:
    context = ImportContext(KNOWN, NOW, AdminScope("admin", places))
    report = READERS[kind](line_of(kind, cells), context)
    wrong, entries = by_form(kind, {column: cells[column] for column in COLUMNS[kind]}, context)
    assert [(why.column, str(why.message)) for _, why in report.errors] == wrong[:1]
    assert list(report.entries) == entries
