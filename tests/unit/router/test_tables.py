"""The directory goes out as tables and comes in again, the same or changed by hand."""

from datetime import date
from functools import partial
from operator import eq

import pytest

from services.router.directory.domain import seeds
from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.exports import rows_of
from services.router.directory.domain.import_plan import ImportContext, ImportReport
from services.router.directory.domain.model import EntryRow
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.tables import (
    COLUMNS,
    READERS,
    TABLE_KINDS,
    TableKind,
)
from shared.contracts.router import DirectoryPerson, DirectoryUnit, Mandate
from shared.ids import Id, named_id
from shared.tables.files import decoded, written
from tests.support.places import amended
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, STREET, TOWNSHIP, unit
from tests.support.router.tables import ENGLISH, entered, person, taken, whys
from tests.support.router.tables import read as read_table

OWN_ENTRIES = [
    *read_table("policies", f"LQ-1,本区奖补,,,{COUNTY},county").entries,
    *read_table("themes", f"LQ-1,本区活动,,,{COUNTY}").entries,
    *read_table("functions", f"LQ-1,本区功能,,,{COUNTY}").entries,
]
CAST = [*seeds.demo(DIRECTORY, NOW), *OWN_ENTRIES]
FULL = entered(ImportReport(CAST), DIRECTORY)
KNOWN: dict[Id, EntryRow] = {
    put.key: EntryRow(key=put.key, type=put.entry.type, body=put.entry.model_dump_json())
    for put in CAST
}


read = partial(read_table, known=FULL)


@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_what_was_written_changes_nothing_when_it_is_read_again(kind: TableKind) -> None:
    rows = rows_of(kind, FULL, lambda _code: True)
    assert rows
    report = READERS[kind](decoded(written("csv", COLUMNS[kind], rows)), ImportContext(FULL, NOW))
    assert whys(report) == []
    assert taken(report) == len(rows)
    assert all(map(_stands, report.entries))


def _stands(put: PutEntry) -> bool:
    if put.key in KNOWN:
        return KNOWN[put.key].holds(put.entry)
    organ = FULL.organ_by_id(put.key)
    known = organ or FULL.unit(put.key) or FULL.listed_by_id(put.key)
    assert known is not None
    return known == put.entry.model_copy(update={"actor": known.actor})


@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_a_table_holds_only_what_is_the_askers(kind: TableKind) -> None:
    everything = {tuple(row) for row in rows_of(kind, FULL, lambda _code: True)}
    own = {tuple(row) for row in rows_of(kind, FULL, partial(FULL.covers, COUNTY))}
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
    assert "is outside your area" in whys(report)[0][1]


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
    lead, helper = (put.entry for put in report.entries if isinstance(put.entry, DirectoryPerson))
    assert (lead.is_leadership, lead.liaison_id) == (True, named_id("person", "helper"))
    assert lead.mandates == (
        Mandate(level="city", division_code=CITY),
        Mandate(level="county", division_code=COUNTY),
    )
    assert not helper.is_leadership


HIDDEN = "This field contains hidden characters, or characters that cannot be stored"
CODE = "Only letters, digits, - and _ are allowed here"
KNOWN_STATIONS = read_table(
    "stations", f"JQ01,金清镇总站,{TOWNSHIP},", f"JQ01-1,第一联络点,{TOWNSHIP},JQ01"
)
OK: dict[TableKind, str] = {
    "units": f"{COUNTY},ok,好,好,",
    "stations": f"OK,好站,{TOWNSHIP},",
    "deputies": f"ok,王,county,{COUNTY}",
    "officers": f"ok,王,liaison,{CITY},,,2022-01-01,",
    "policies": f"ok,好政策,,,{CITY},city",
    "themes": f"ok,好主题,,,{CITY}",
    "functions": f"ok,好功能,,,{CITY}",
    "groups": f"ok,好小组,,,{CITY}",
}


@pytest.mark.parametrize(
    ("kind", "line", "column", "why"),
    [
        ("units", f"{COUNTY},l b,甲,甲,", "kind_code",
         "Only letters, digits, - and _ are allowed here"),
        ("units", "331004400,lab,甲,甲,", "division_code", "a functional area has no units"),
        ("units", f"{COUNTY},lab,甲,,", "short_name", "This field is missing"),
        ("stations", f"站一,金清,{TOWNSHIP},", "code", CODE),
        ("stations", f",金清,{TOWNSHIP},", "code", "This field is missing"),
        ("stations", f"{'x' * 65},金清,{TOWNSHIP},", "code", CODE),
        ("stations", f"A1,,{TOWNSHIP},", "name", "This field is missing"),
        ("stations", f"A1,金\0清,{TOWNSHIP},", "name", HIDDEN),
        ("stations", "A1,金清,999999,", "division_code", "no division has the code 999999"),
        ("stations", "A1,金清", "division_code", "no division has the code "),
        ("stations", f"A1,金清,{TOWNSHIP},ZZ", "parent_code", "there is no parent station ZZ"),
        ("stations", f"A1,金清,{TOWNSHIP},JQ01-1", "parent_code", "JQ01-1 is not a main station"),
        ("stations", f"JQ01,金清,{TOWNSHIP},JQ01", "parent_code", "JQ01 is not a main station"),
        ("stations", f"A1,金清,{TOWNSHIP},,更多", "", "the row has more cells than the header"),
        ("deputies", "d 1,李,county,331004", "code", CODE),
        ("deputies", f"-d,李,city,{CITY}", "code", CODE),
        ("deputies", "d-1,,county,331004", "name", "This field is missing"),
        ("deputies", f"d,{'李' * 101},city,{CITY}", "name",
         "the name is too long: at most 100 characters"),
        ("deputies", "d-1,李,county,999", "division_code", "no division has the code 999"),
        ("deputies", "d-1,李,street,331004", "level",
         "The level must be one of township, county, city, province, street_rep"),
        ("deputies", f"d-1,李,county,{TOWNSHIP}", "division_code",
         f"{TOWNSHIP} is not at this level"),
        ("deputies", "d-1,李,township,331004400", "division_code",
         "331004400 is not at this level"),
        ("deputies", f"d-1,李,township,{STREET}", "division_code",
         "路桥街道 is a street: it has no congress, so it cannot have township deputies"),
        ("deputies", f"d,李,city,{CITY},maybe", "leadership", "This field must be yes or no"),
        ("deputies", f"d,李,city,{CITY},yes,x-9", "liaison_code",
         "there is no contact person with the code x-9"),
        ("deputies", f"d,李,city,{CITY},yes,d", "liaison_code",
         "a person cannot be their own contact person"),
        ("deputies", f"d,李,city,{CITY},,,ZZ", "station_code", "there is no station ZZ"),
        ("officers", f"o/1,林,liaison,{COUNTY},,,2022-01-01,", "code", CODE),
        ("officers", f"o-1,林,king,{COUNTY},,,2022-01-01,", "role", "there is no such role: king"),
        ("officers", "o-1,林,dispatcher,999,,,2022-01-01,", "division_code",
         "no division has the code 999"),
        ("officers", "o-1,林,dispatcher,331004400,,,2022-01-01,", "division_code",
         "this division has no dispatching organ"),
        ("officers", f"o-1,林,clerk,{COUNTY},zoo,,2022-01-01,", "unit_kind",
         f"{COUNTY} has no unit of the type zoo"),
        ("officers", f"o-1,林,clerk,{COUNTY},,,2022-01-01,", "unit_kind",
         f"{COUNTY} has no unit of the type "),
        ("officers", f"o-1,林,station_staff,{TOWNSHIP},,ZZ,2022-01-01,", "station_code",
         "there is no station ZZ"),
        ("officers", f"o-1,林,liaison,{COUNTY},,,1.1.2022,", "valid_from",
         "write the date like 2026-11-23: 1.1.2022"),
        ("officers", f"o-1,林,liaison,{COUNTY},,,,", "valid_from",
         "write the date like 2026-11-23: "),
        ("officers", f"o-1,林,liaison,{COUNTY},,,2022-01-02,2022-01-01", "valid_to",
         "the end date is before the start date"),
    ],
)  # fmt: skip
def test_a_line_that_is_wrong_is_named_and_the_next_is_taken(
    kind: TableKind, line: str, column: str, why: str
) -> None:
    report = read(kind, line, OK[kind], known=entered(KNOWN_STATIONS, FULL))
    ((number, error),) = report.errors
    assert (number, error.column, ENGLISH.say(error.message)) == (2, column, why)
    assert ENGLISH.say(error.what_to_do).isascii()
    assert taken(report) == 1


@pytest.mark.parametrize(
    ("kind", "line", "again"),
    [
        ("units", f"{COUNTY},finance,甲,甲,", f"{COUNTY},finance,甲,甲,"),
        ("stations", f"A,甲,{TOWNSHIP},", f"A,甲,{TOWNSHIP},"),
        ("deputies", f"d-1,李,county,{COUNTY}", f"d-1,李,county,{COUNTY}"),
    ],
)
def test_what_is_listed_twice_is_taken_once(kind: TableKind, line: str, again: str) -> None:
    report = read(kind, line, again)
    assert (taken(report), whys(report)) == (1, [(3, "duplicate of an earlier row")])


def test_a_table_without_the_optional_columns_leaves_them_as_they_are() -> None:
    known = entered(read("deputies", f"lead,陈,city,{CITY},yes,,"), FULL)
    text = f"code,name,level,division_code\nlead,陈明,city,{CITY}\n"
    found = person(READERS["deputies"](text, ImportContext(known, NOW)))
    assert (found.name, found.is_leadership) == ("陈明", True)
    again = person(read("deputies", f"lead,陈明,city,{CITY},,,", known=known))
    assert not again.is_leadership


def test_units_are_entered_and_renamed_and_keep_what_no_column_says() -> None:
    report = read("units", f"{COUNTY},lab,区实验室,区实验室,是", f"{COUNTY},econ_it,区经信局,经信,")
    new, renamed = (put.entry for put in report.entries if isinstance(put.entry, DirectoryUnit))
    assert (new.level, new.vertical, new.external) == ("county", True, False)
    assert (renamed.name, renamed.short_name) == ("区经信局", "经信")


@pytest.mark.parametrize(
    ("name", "short"), [("区 财政局", "新财政"), ("新财政局", "财政局"), ("财政局", "新财政")]
)
def test_no_unit_has_the_name_of_another_one_of_its_division(name: str, short: str) -> None:
    known = amended(FULL, unit(COUNTY, "finance"), name="区财政局", short_name="财政局")
    why = "区财政局 is registered here with the same name or short name. Nothing was saved."
    report = read("units", f"{COUNTY},lab,{name},{short},", known=known)
    assert whys(report) == [(2, why)]
    assert not whys(read("units", f"{CITY},lab,{name},{short},", known=known))
    ended = amended(known, unit(COUNTY, "finance"), valid_to=NOW.date())
    assert not whys(read("units", f"{COUNTY},lab,{name},{short},", known=ended))
    twice = read("units", f"{COUNTY},lab,实验室,实验,", f"{COUNTY},lab2,实验室,二室,")
    assert [line for line, _why in whys(twice)] == [3]


def test_a_unit_that_is_no_more_is_not_brought_back_by_a_table() -> None:
    known = amended(FULL, unit(COUNTY, "finance"), valid_to=NOW.date(), name="区财政局")
    report = read("units", f"{COUNTY},finance,甲,甲,", known=known)
    assert whys(report) == [(2, "区财政局 has been abolished")]


def test_a_station_that_closes_is_left_out_and_its_deputies_stay_as_they_are() -> None:
    code = f"{TOWNSHIP}-01"
    key, who = named_id("station", code), named_id("person", f"{code}-deputy-2")
    ended = amended(FULL, key, valid_to=date(2022, 7, 1))
    known = amended(ended, who, station_id=key)

    mine = partial(eq, TOWNSHIP)
    assert rows_of("stations", FULL, mine)
    assert rows_of("stations", known, mine) == []
    rows = rows_of("deputies", known, mine)
    assert any(row[-1] == code for row in rows)
    report = READERS["deputies"](
        decoded(written("csv", COLUMNS["deputies"], rows)), ImportContext(known, NOW)
    )
    assert whys(report) == []
