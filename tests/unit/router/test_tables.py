"""The directory goes out as tables and comes in again, the same or changed by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.router.directory.domain import seeds
from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import ImportContext, ImportReport
from services.router.directory.domain.model import EntryRow
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.tables import (
    COLUMNS,
    READERS,
    TABLE_KINDS,
    TableKind,
    rows_of,
)
from shared.contracts.router import DirectoryPerson, DirectoryUnit, Mandate
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from shared.tables.files import decoded, written
from shared.web.i18n import english
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, STREET, TOWNSHIP, unit

_ENGLISH = english("router")


def entered(report: ImportReport, known: Directory) -> Directory:
    return known.changed(
        (put.key, put.entry.type, put.entry.model_dump_json(exclude_none=True))
        for put in report.entries
    )


CAST = list(seeds.demo(DIRECTORY, NOW))
FULL = entered(ImportReport(CAST), DIRECTORY)
KNOWN: dict[Id, EntryRow] = {
    put.key: EntryRow(key=put.key, type=put.entry.type, body=put.entry.model_dump_json())
    for put in CAST
}


def read(kind: TableKind, *lines: str, known: Directory = FULL, **more: Any) -> ImportReport:
    text = "\n".join((",".join(COLUMNS[kind]), *lines))
    return READERS[kind](text, ImportContext(known, NOW, **more))


def whys(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(line, why.column, _ENGLISH.say(why.message)) for line, why in report.errors]


def person(report: ImportReport) -> DirectoryPerson:
    (put,) = report.entries
    assert isinstance(put.entry, DirectoryPerson)
    return put.entry


@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_what_was_written_changes_nothing_when_it_is_read_again(kind: TableKind) -> None:
    rows = rows_of(kind, FULL, lambda _code: True)
    assert rows
    report = READERS[kind](decoded(written("csv", COLUMNS[kind], rows)), ImportContext(FULL, NOW))
    assert whys(report) == []
    assert sum(map(len, report.lines.values())) == len(rows)
    changed = [put for put in report.entries if not _stands(put)]
    assert changed == []


def _stands(put: PutEntry) -> bool:
    if put.key in KNOWN:
        return KNOWN[put.key].holds(put.entry)
    known = FULL.unit(put.key)
    assert known is not None
    return known == put.entry.model_copy(update={"actor": known.actor})


@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_a_table_holds_only_what_is_the_askers(kind: TableKind) -> None:
    def mine(code: str) -> bool:
        return FULL.covers(COUNTY, code)

    everything = {tuple(row) for row in rows_of(kind, FULL, lambda _code: True)}
    own = {tuple(row) for row in rows_of(kind, FULL, mine)}
    assert own < everything
    at = COLUMNS[kind].index("division_code")
    assert {row[at][:6] for row in own} == {COUNTY}


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("units", f"{CITY},lab,实验室,实验室,no"),
        ("stations", f"331003101-01,别县的站,{TOWNSHIP},"),
        ("deputies", f"331003101-01-deputy-2,李,township,{TOWNSHIP},,,"),
        ("officers", f"x,李,admin,{CITY},,,2026-01-01,"),
    ],
)
def test_a_county_brings_nothing_of_another_place(kind: TableKind, line: str) -> None:
    report = read(kind, line, by=AdminScope("person-1", (COUNTY,)))
    assert report.entries == []
    assert "is not yours to keep" in whys(report)[0][2]


def test_an_importer_is_named_in_what_they_bring() -> None:
    report = read(
        "officers", f"n,李,clerk,{COUNTY},finance,,2026-01-01,", by=AdminScope("person-1")
    )
    assert person(report).actor == "person-1"


def test_a_street_representative_is_attached_to_a_station_and_is_no_deputy() -> None:
    report = read("deputies", f"s-1,王芳,street_rep,{STREET},,,{STREET}-01")
    found = person(report)
    assert (found.is_street_rep, found.mandates) == (True, ())
    assert found.station_id == named_id("station", f"{STREET}-01")


def test_a_leadership_deputy_has_a_liaison_person_of_the_same_file() -> None:
    report = read(
        "deputies",
        f"lead,陈市长,city,{CITY},是,helper,",
        f"lead,陈市长,county,{COUNTY},,,",
        f"helper,小李,city,{CITY},no,,",
    )
    assert whys(report) == []
    lead, helper = (put.entry for put in report.entries)
    assert isinstance(lead, DirectoryPerson)
    assert isinstance(helper, DirectoryPerson)
    assert (lead.is_leadership, lead.liaison_id) == (True, named_id("person", "helper"))
    assert lead.mandates == (
        Mandate(level="city", division_code=CITY),
        Mandate(level="county", division_code=COUNTY),
    )
    assert not helper.is_leadership


@pytest.mark.parametrize(
    ("line", "column", "why"),
    [
        (f"d,李,city,{CITY},yes,nobody-9,", "liaison_code", "no person has the code nobody-9"),
        (f"d,李,city,{CITY},yes,d,", "liaison_code", "nobody is their own liaison person"),
        (f"d,李,city,{CITY},maybe,,", "leadership", "leadership: yes or no"),
        (f"d,李,city,{CITY},,,ZZ", "station_code", "no such station"),
        (f"-d,李,city,{CITY},,,", "code", "code: letters, digits, - and _ only"),
        (f"d,{'李' * 101},city,{CITY},,,", "name", "the name is too long: at most 100 characters"),
    ],
)
def test_a_wrong_cell_is_named_with_its_column(line: str, column: str, why: str) -> None:
    report = read("deputies", line)
    assert whys(report) == [(2, column, why)]
    assert _ENGLISH.say(report.errors[0][1].what_to_do).isascii()


def test_a_table_without_the_optional_columns_leaves_them_as_they_are() -> None:
    known = entered(read("deputies", f"lead,陈,city,{CITY},yes,,"), FULL)
    text = f"code,name,level,division_code\nlead,陈明,city,{CITY}\n"
    found = person(READERS["deputies"](text, ImportContext(known, NOW)))
    assert (found.name, found.is_leadership) == ("陈明", True)
    again = person(read("deputies", f"lead,陈明,city,{CITY},,,", known=known))
    assert not again.is_leadership


def test_units_are_entered_and_renamed_and_keep_what_no_column_says() -> None:
    report = read("units", f"{COUNTY},lab,区实验室,区实验室,是", f"{COUNTY},econ_it,区经信局,经信,")
    new, renamed = (put.entry for put in report.entries)
    assert isinstance(new, DirectoryUnit)
    assert isinstance(renamed, DirectoryUnit)
    assert (new.level, new.vertical, new.external) == ("county", True, False)
    assert (renamed.name, renamed.short_name) == ("区经信局", "经信")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((f"{COUNTY},l b,甲,甲,",), "kind_code: letters, digits, - and _ only"),
        (("331004400,lab,甲,甲,",), "a functional area has no units"),
        ((f"{COUNTY},lab,甲,,",), "the name is missing"),
        ((f"{COUNTY},finance,甲,甲,", f"{COUNTY},finance,乙,乙,"), "listed above already"),
    ],
)
def test_a_unit_that_is_wrong_is_named(lines: Sequence[str], why: str) -> None:
    assert whys(read("units", *lines))[-1][2] == why


def test_a_unit_that_is_no_more_is_not_brought_back_by_a_table() -> None:
    key = unit(COUNTY, "finance")
    there = FULL.unit(key)
    assert there is not None
    gone = there.model_copy(update={"valid_to": NOW.date()})
    known = FULL.changed([(key, gone.type, gone.model_dump_json(exclude_none=True))])
    report = read("units", f"{COUNTY},finance,甲,甲,", known=known)
    assert whys(report) == [(2, "name", f"{there.name} is no more")]


def test_a_station_that_closes_is_left_out_and_its_deputies_stay_as_they_are() -> None:
    code = f"{TOWNSHIP}-01"
    key, who = named_id("station", code), named_id("person", f"{code}-deputy-2")
    station, deputy = FULL.station(key), FULL.person(who)
    assert station is not None
    assert deputy is not None
    ended = PutEntry(key, station.model_copy(update={"valid_to": date(2022, 7, 1)}))
    attached = PutEntry(who, deputy.model_copy(update={"station_id": key}))
    known = entered(ImportReport([ended, attached]), FULL)

    def mine(at: str) -> bool:
        return at == TOWNSHIP

    assert rows_of("stations", FULL, mine)
    assert rows_of("stations", known, mine) == []
    rows = rows_of("deputies", known, mine)
    assert any(row[-1] == code for row in rows)
    report = READERS["deputies"](
        decoded(written("csv", COLUMNS["deputies"], rows)), ImportContext(known, NOW)
    )
    assert whys(report) == []
