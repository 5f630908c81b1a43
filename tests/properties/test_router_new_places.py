"""The form of a new entry and the table give the same verdict."""

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
from tests.support.places import station, station_id, with_entries
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, STREET, TOWNSHIP

MAIN, POINT, CLOSED = "S1", "S1-1", "S2"


KNOWN = with_entries(
    DIRECTORY,
    station(MAIN, division_code=TOWNSHIP),
    station(POINT, division_code=TOWNSHIP, parent_id=station_id(MAIN)),
    station(CLOSED, division_code=TOWNSHIP, valid_to=date(2022, 1, 1)),
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.sampled_from(["", "实验室", "长" * 101, "=1+1", "'=1", " x ", "坏\0名"]) | TEXTS
CODES = st.sampled_from(["lab", "GJ-01", "finance", MAIN, POINT, CLOSED, "", "-x", "站"]) | TEXTS
CELLS = {
    "division_code": st.sampled_from([CITY, COUNTY, TOWNSHIP, STREET, "331004400", "9", ""]),
    "kind": st.sampled_from(["work_group", "station", ""]),
    "kind_code": CODES,
    "code": CODES,
    "name": NAMES,
    "short_name": NAMES,
    "vertical": st.sampled_from(["", "yes", "否", "perhaps"]),
    "category": NAMES,
    "source": NAMES,
    "level": st.sampled_from(["national", "county", "village", ""]),
    "parent_code": st.sampled_from(["", MAIN, POINT, CLOSED, "?"]),
}
PLACES = st.sampled_from([None, (), (CITY,), (COUNTY,), (TOWNSHIP,)])


def by_form(
    kind: NewKind, typed: Mapping[str, str], context: ImportContext
) -> tuple[list[tuple[str, str]], list[PutEntry]]:
    """Give what is wrong with a form, and what it enters."""
    try:
        return [], [replace(new_entry(kind, typed, context), basis=None)]
    except NewEntryErrors as wrong:
        return [(one.column, str(one.message)) for one in wrong.errors.values()], []


@pytest.mark.parametrize("kind", get_args(NewKind))
@settings(max_examples=300)
@given(cells=st.fixed_dictionaries(CELLS), places=PLACES)
def test_the_form_and_the_table_give_the_same_verdict(
    kind: NewKind, cells: dict[str, str], places: tuple[str, ...] | None
) -> None:
    context = ImportContext(KNOWN, NOW, AdminScope("admin", places))
    typed = {column: cells[column] for column in COLUMNS[kind]}
    file = io.StringIO()
    csv.writer(file).writerows([COLUMNS[kind], typed.values()])
    report = READERS[kind](file.getvalue(), context)
    wrong, entries = by_form(kind, typed, context)
    named = [(why.column, str(why.message)) for _, why in report.errors]
    assert (named == [], set(named) <= set(wrong)) == (wrong == [], True), "a table names one"
    assert list(report.entries) == entries
