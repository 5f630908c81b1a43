"""The form of a new person and the table give the same verdict."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.directory.console.new_forms import SEATS, lines_of
from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import ImportContext
from services.router.directory.domain.model import DirectoryState
from services.router.directory.domain.new_person import new_person
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.tables import COLUMNS, READERS, NewEntryErrors, PersonKind
from shared.ids import to_text
from tests.support.places import person, station, station_id, with_entries
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, STREET, TOWNSHIP, unit

KNOWN = with_entries(
    DIRECTORY,
    station("S1", division_code=TOWNSHIP),
    station("S2", division_code=TOWNSHIP, valid_to=date(2022, 1, 1)),
    person("liaison", home=COUNTY),
    person("elsewhere", home="331003"),
)
NEW = DirectoryState({})
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
FINANCE = f"{COUNTY}/unit:{to_text(unit(COUNTY, 'finance'))}"
STATION = f"{TOWNSHIP}/station:{to_text(station_id('S1'))}"
SEAT = st.sampled_from(
    [f"city/{CITY}", f"county/{COUNTY}", f"township/{TOWNSHIP}", f"township/{STREET}",
     f"street_rep/{STREET}", f"county/{TOWNSHIP}", "mayor/9", "", ""]
)  # fmt: skip
FIELDS = {
    "code": st.sampled_from(["P1", "0123", "elsewhere", "", "-x", "=1"]) | TEXTS,
    "name": st.sampled_from(["王晓梅", "", "长" * 101, "'=1", " x ", "坏\0名"]) | TEXTS,
    **dict.fromkeys(SEATS, SEAT),
    "station_code": st.sampled_from(["", "S1", "S2", "?"]),
    "leadership": st.sampled_from(["", "yes", "perhaps"]),
    "liaison_code": st.sampled_from(["", "liaison", "elsewhere", "nobody", "P1"]),
    "role": st.sampled_from(["clerk", "station_head", "dispatcher", "admin", "ops", "", "mayor"]),
    "place": st.sampled_from([COUNTY, TOWNSHIP, FINANCE, STATION, "331003", "9", ""]),
    "valid_from": st.sampled_from(["2022-01-01", "1.1.2022", "", "1999-01-01"]),
    "valid_to": st.sampled_from(["", "2021-01-01", "2030-01-01", "x"]),
}
PLACES = st.sampled_from([None, (), (CITY,), (COUNTY,), (TOWNSHIP,)])


def by_form(
    kind: PersonKind, typed: Mapping[str, str], context: ImportContext
) -> tuple[set[tuple[str, str]], list[PutEntry]]:
    """Give what is wrong with a form, and what it enters."""
    lines = lines_of(kind, {name: [text] for name, text in typed.items()}, KNOWN)
    try:
        put = new_person(kind, lines, context, NEW, are_others=False)
    except NewEntryErrors as wrong:
        return {(one.column, str(one.message)) for one in wrong.errors.values()}, []
    return set(), [replace(put, basis=None)]


@pytest.mark.parametrize("kind", get_args(PersonKind))
@settings(max_examples=300)
@given(typed=st.fixed_dictionaries(FIELDS), places=PLACES)
def test_the_form_and_the_table_give_the_same_verdict(
    kind: PersonKind, typed: dict[str, str], places: tuple[str, ...] | None
) -> None:
    context = ImportContext(KNOWN, NOW, AdminScope("admin", places))
    file = io.StringIO()
    rows = lines_of(kind, {name: [text] for name, text in typed.items()}, KNOWN)
    table = [[row.get(column, "") for column in COLUMNS[kind]] for row in rows]
    csv.writer(file).writerows([COLUMNS[kind], *table])
    report = READERS[kind](file.getvalue(), context)
    wrong, entries = by_form(kind, typed, context)
    named = {(why.column, str(why.message)) for _line, why in report.errors}
    assert wrong <= named
    assert bool(wrong) == bool(named)
    assert (entries == list(report.entries)) or (wrong and not entries)


def test_seats_and_places_become_the_cells_of_the_table() -> None:
    deputy = {"code": ["P1"], "name": ["王晓梅"], "seat": [f"county/{COUNTY}"],
              "third_seat": [f"street_rep/{STREET}"], "station_code": ["S1"]}  # fmt: skip
    first, second = lines_of("deputies", deputy, KNOWN)
    assert (first["level"], first["division_code"]) == ("county", COUNTY)
    assert (second["level"], second["division_code"]) == ("street_rep", STREET)
    assert {first["station_code"], second["station_code"]} == {"S1"}
    [clerk] = lines_of("officers", {"role": ["clerk"], "place": [FINANCE]}, KNOWN)
    assert (clerk["division_code"], clerk["unit_kind"]) == (COUNTY, "finance")
    [head] = lines_of("officers", {"role": ["station_head"], "place": [STATION]}, KNOWN)
    assert (head["division_code"], head["station_code"]) == (TOWNSHIP, "S1")
