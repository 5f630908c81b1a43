"""Every line of an imported table is taken or told why not."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.directory.domain.import_plan import ImportContext, ImportReport
from services.router.directory.domain.people_import import read_deputies, read_officers
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.tables import read_stations
from shared.calendar import local_day
from shared.contracts.router import DirectoryPerson, DirectoryStation, Grant, Mandate
from shared.directory.snapshot import Directory
from shared.ids import named_id, to_text
from shared.web.i18n import english
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, TOWNSHIP, organ, unit

_ENGLISH = english("router")
STATIONS = "code,name,division_code,parent_code"
DEPUTIES = "code,name,level,division_code"
OFFICERS = "code,name,role,division_code,unit_kind,station_code,valid_from,valid_to"
Read = Callable[[str, ImportContext], ImportReport]


def read(read_table: Read, head: str, *lines: str, known: Directory = DIRECTORY) -> ImportReport:
    return read_table("\n".join((head, *lines)), ImportContext(known, NOW))


def taken(report: ImportReport) -> int:
    return sum(map(len, report.lines.values()))


def whys(report: ImportReport) -> list[tuple[int, str]]:
    return [(line, _ENGLISH.say(why.message)) for line, why in report.errors]


def entered(report: ImportReport, known: Directory = DIRECTORY) -> Directory:
    """Give the directory with what a file brought."""
    return known.changed(
        (put.key, put.entry.type, put.entry.model_dump_json(exclude_none=True))
        for put in report.entries
    )


MAIN = read(
    read_stations, STATIONS, f"JQ01,金清镇总站,{TOWNSHIP},", f"JQ01-1,第一联络点,{TOWNSHIP},JQ01"
)
KNOWN = entered(MAIN)


def test_stations_and_their_sub_points_are_taken() -> None:
    assert (taken(MAIN), list(MAIN.errors)) == (2, [])
    main, point = (put.entry for put in MAIN.entries)
    assert isinstance(main, DirectoryStation)
    assert isinstance(point, DirectoryStation)
    assert (main.code, main.name, main.parent_id) == ("JQ01", "金清镇总站", None)
    assert point.parent_id == named_id("station", "JQ01")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"站一,金清,{TOWNSHIP},", "code: letters, digits, - and _ only"),
        (f",金清,{TOWNSHIP},", "code: letters, digits, - and _ only"),
        (f"{'x' * 65},金清,{TOWNSHIP},", "code: letters, digits, - and _ only"),
        (f"A1,,{TOWNSHIP},", "the name is missing"),
        (f"A1,金\0清,{TOWNSHIP},", "the name is missing"),
        ("A1,金清,999999,", "no division has the code 999999"),
        ("A1,金清", "no division has the code "),
        (f"A1,金清,{TOWNSHIP},ZZ", "the parent station ZZ is not known"),
        (f"A1,金清,{TOWNSHIP},JQ01-1", "JQ01-1 is not a main station"),
        (f"JQ01,金清,{TOWNSHIP},JQ01", "JQ01 is not a main station"),
        (f"A1,金清,{TOWNSHIP},,更多", "more cells than the head has columns"),
    ],
)
def test_a_station_that_is_wrong_is_named(line: str, why: str) -> None:
    report = read(read_stations, STATIONS, line, f"OK,好站,{TOWNSHIP},", known=KNOWN)
    assert (taken(report), whys(report)) == (1, [(2, why)])


def test_a_station_listed_twice_is_taken_once() -> None:
    report = read(read_stations, STATIONS, f"A,甲,{TOWNSHIP},", f"A,乙,{TOWNSHIP},")
    assert (taken(report), whys(report)) == (1, [(3, "listed above already")])


def test_a_main_station_with_sub_points_stays_one() -> None:
    report = read(
        read_stations, STATIONS, f"B,乙站,{TOWNSHIP},", f"JQ01,金清,{TOWNSHIP},B", known=KNOWN
    )
    assert whys(report) == [(3, "JQ01 has sub-points; it stays a main one")]


TODAY = local_day(NOW)


def closed(last_day: date) -> Directory:
    """Give the directory after the main station's last day was said, and that of its point."""
    closing = [
        (put.key, put.entry.model_copy(update={"valid_to": last_day})) for put in MAIN.entries
    ]
    return KNOWN.changed((key, entry.type, entry.model_dump_json()) for key, entry in closing)


@pytest.mark.parametrize("last_day", [TODAY - timedelta(1), TODAY + timedelta(30)])
@pytest.mark.parametrize(
    ("line", "column"),
    [
        (f"JQ01,金清镇总站,{TOWNSHIP},", "code"),
        (f"JQ01-1,第一联络点,{TOWNSHIP},", "code"),
        (f"NEW-1,新联络点,{TOWNSHIP},JQ01", "parent_code"),
    ],
)
def test_a_station_that_closes_is_not_brought_back_and_gets_no_sub_points(
    line: str, column: str, last_day: date
) -> None:
    report = read(read_stations, STATIONS, line, f"OK,好站,{TOWNSHIP},", known=closed(last_day))
    ((number, why),) = report.errors
    assert (taken(report), number, why.column) == (1, 2, column)
    assert _ENGLISH.say(why.message).endswith("is closed, or is about to close")
    assert "接续的联络站" in why.what_to_do.text


def test_a_deputy_comes_to_no_closed_station_and_may_stay_at_one() -> None:
    head = f"{DEPUTIES},station_code"
    line = f"d-1,李玉兰,township,{TOWNSHIP},JQ01"
    there = entered(read(read_deputies, head, line, known=KNOWN), closed(TODAY - timedelta(1)))
    other = line.replace("d-1", "d-2")
    report = read(read_deputies, head, line, other, known=there)
    assert [(number, why.column) for number, why in report.errors] == [(3, "station_code")]
    last = closed(TODAY)
    assert taken(read(read_deputies, head, other, known=last)) == 1, "until that day is over"


def test_deputies_have_a_line_for_each_mandate() -> None:
    report = read(
        read_deputies, DEPUTIES, f"d-1,李玉兰,township,{TOWNSHIP}", f"d-1,李玉兰,county,{COUNTY}"
    )
    (put,) = report.entries
    assert isinstance(put.entry, DirectoryPerson)
    assert put.entry.mandates == (
        Mandate(level="township", division_code=TOWNSHIP),
        Mandate(level="county", division_code=COUNTY),
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("d 1,李,county,331004", "code: letters, digits, - and _ only"),
        ("d-1,,county,331004", "the name is missing"),
        ("d-1,李,county,999", "no division has the code 999"),
        ("d-1,李,street,331004", "level: township, county, city, province, street_rep"),
        (f"d-1,李,county,{TOWNSHIP}", f"{TOWNSHIP} is not of this level"),
        ("d-1,李,township,331004400", "331004400 is not of this level"),
    ],
)
def test_a_deputy_that_is_wrong_is_named(line: str, why: str) -> None:
    report = read(read_deputies, DEPUTIES, line, f"ok,王,county,{COUNTY}")
    assert (taken(report), whys(report)) == (1, [(2, why)])


def test_a_mandate_listed_twice_is_taken_once() -> None:
    line = f"d-1,李,county,{COUNTY}"
    report = read(read_deputies, DEPUTIES, line, line)
    assert (taken(report), whys(report)) == (1, [(3, "listed above already")])


def test_officers_get_the_place_their_role_needs() -> None:
    report = read(
        read_officers,
        OFFICERS,
        f"o-1,林晓岚,dispatcher,{COUNTY},,,2022-01-01,",
        f"o-1,林晓岚,liaison,{COUNTY},,,2022-01-01,2026-12-31",
        f"o-2,周明远,clerk,{COUNTY},finance,,2022-01-01,",
        f"o-3,何立群,station_head,{TOWNSHIP},,JQ01,2022-01-01,",
        known=KNOWN,
    )
    assert (taken(report), whys(report)) == (4, [])
    people = [put.entry for put in report.entries if isinstance(put.entry, DirectoryPerson)]
    rights = [grant for person in people for grant in person.grants]
    assert [grant.role for grant in rights] == ["dispatcher", "liaison", "clerk", "station_head"]
    assert rights[0].organ_id == organ(COUNTY)
    assert rights[2].unit_id == unit(COUNTY, "finance")
    assert rights[3].station_id == named_id("station", "JQ01")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"o-1,林,king,{COUNTY},,,2022-01-01,", "no such role: king"),
        ("o-1,林,dispatcher,999,,,2022-01-01,", "no division has the code 999"),
        ("o-1,林,dispatcher,331004400,,,2022-01-01,", "this division has no organ"),
        (f"o-1,林,clerk,{COUNTY},zoo,,2022-01-01,", f"{COUNTY} has no unit of the kind zoo"),
        (f"o-1,林,clerk,{COUNTY},,,2022-01-01,", f"{COUNTY} has no unit of the kind "),
        (f"o-1,林,station_staff,{TOWNSHIP},,ZZ,2022-01-01,", "no such station"),
        (f"o-1,林,liaison,{COUNTY},,,1.1.2022,", "write a date as 2026-11-23: 1.1.2022"),
        (f"o-1,林,liaison,{COUNTY},,,,", "write a date as 2026-11-23: "),
        (f"o-1,林,liaison,{COUNTY},,,2022-01-02,2022-01-01", "valid_to lies before valid_from"),
        (f"o/1,林,liaison,{COUNTY},,,2022-01-01,", "code: letters, digits, - and _ only"),
    ],
)
def test_an_officer_that_is_wrong_is_named(line: str, why: str) -> None:
    good = f"ok,王,liaison,{CITY},,,2022-01-01,"
    report = read(read_officers, OFFICERS, line, good, known=KNOWN)
    assert (taken(report), whys(report)) == (1, [(2, why)])


def test_a_leader_decides_for_the_organ_of_the_division() -> None:
    report = read(read_officers, OFFICERS, f"L1,李主任,leader,{COUNTY},,,2022-01-01,")
    (grant,) = entered(report).person(named_id("person", "L1")).grants  # type: ignore[union-attr]
    assert grant.organ_id == named_id("organ", COUNTY)


def test_a_file_says_all_of_a_persons_seats_and_leaves_their_rights() -> None:
    """What an earlier file said of the same column is replaced, what another said stays."""
    both = entered(
        read(read_officers, OFFICERS, f"p,林,liaison,{COUNTY},,,2022-01-01,"),
        entered(read(read_deputies, DEPUTIES, f"p,林,county,{COUNTY}")),
    )
    again = read(read_deputies, DEPUTIES, f"p,林晓岚,city,{CITY}", known=both)
    (put,) = again.entries
    assert isinstance(put.entry, DirectoryPerson)
    assert put.entry.name == "林晓岚"
    assert put.entry.mandates == (Mandate(level="city", division_code=CITY),)
    assert [grant.role for grant in put.entry.grants] == ["liaison"]
    assert isinstance(put.entry.grants[0], Grant)


@pytest.mark.parametrize("read_table", [read_stations, read_deputies, read_officers])
def test_a_file_without_its_head_brings_nothing(read_table: Read) -> None:
    for text in ("", "a,b\n1,2\n", "\0"):
        report = read_table(text, ImportContext(DIRECTORY, NOW))
        assert (report.entries, taken(report), len(report.errors)) == ([], 0, 1)
        assert "the head must name" in _ENGLISH.say(report.errors[0][1].message)


def test_a_head_may_begin_with_a_byte_order_mark_and_order_its_columns_freely() -> None:
    text = f"\ufeffparent_code,division_code,name,code\n,{TOWNSHIP},甲,A\n"
    assert taken(read_stations(text, ImportContext(DIRECTORY, NOW))) == 1


def stranger(code: str, *lines: str) -> Directory:
    """Know an officer with these rights."""
    return entered(read(read_officers, OFFICERS, *(f"{code},林,{line}" for line in lines)))


def test_a_person_of_whom_one_line_is_wrong_keeps_all_rights() -> None:
    held = stranger("o-1", f"dispatcher,{COUNTY},,,2022-01-01,", f"liaison,{COUNTY},,,2022-01-01,")
    report = read(
        read_officers,
        OFFICERS,
        f"o-1,林,dispatcher,{COUNTY},,,2022-01-01,",
        f"o-1,林,liaison,{COUNTY},,,1.1.2022,",
        f"o-2,王,liaison,{CITY},,,2022-01-01,",
        known=held,
    )
    assert [put.key for put in report.entries] == [named_id("person", "o-2")]
    assert whys(report) == [
        (2, "line 3 of this person is wrong, so this one was not taken either"),
        (3, "write a date as 2026-11-23: 1.1.2022"),
    ]


def test_a_line_with_too_many_cells_keeps_its_person_as_they_are() -> None:
    line = f"o-1,林,dispatcher,{COUNTY},,,2022-01-01,"
    report = read(read_officers, OFFICERS, line, f"{line},more")
    assert (report.entries, [n for n, _why in report.errors]) == ([], [2, 3])


def test_a_county_leaves_the_rights_and_seats_that_the_city_gave() -> None:
    seats = f"p,林,city,{CITY}", f"p,林,county,{COUNTY}"
    known = stranger("p", f"liaison,{CITY},,,2022-01-01,")
    held = entered(read(read_deputies, DEPUTIES, *seats, known=known), known)
    moved = held.person(key := named_id("person", "p"))
    assert moved is not None
    there = moved.model_copy(update={"division_code": COUNTY})
    held = held.changed([(key, there.type, there.model_dump_json(exclude_none=True))])
    by = AdminScope("admin", (COUNTY,))
    context = ImportContext(held, NOW, by)
    officers = read_officers(f"{OFFICERS}\np,林,dispatcher,{COUNTY},,,2022-01-01,", context)
    (put,) = officers.entries
    assert isinstance(put.entry, DirectoryPerson)
    assert [grant.role for grant in put.entry.grants] == ["liaison", "dispatcher"]
    deputies = read_deputies(f"{DEPUTIES}\np,林,township,{TOWNSHIP}", context)
    (put,) = deputies.entries
    assert isinstance(put.entry, DirectoryPerson)
    assert [one.level for one in put.entry.mandates] == ["city", "township"]


def test_nobody_gives_rights_to_themself_by_a_file() -> None:
    held = stranger("me", f"admin,{COUNTY},,,2022-01-01,")
    me = AdminScope(to_text(named_id("person", "me")), (COUNTY,))
    same = f"{OFFICERS}\nme,林,admin,{COUNTY},,,2022-01-01,"
    assert read_officers(same, ImportContext(held, NOW, me)).errors == []
    more = f"{same}\nme,林,dispatcher,{COUNTY},,,2022-01-01,"
    report = read_officers(more, ImportContext(held, NOW, me))
    assert (report.entries, {why for _n, why in whys(report)}) == (
        [],
        {"nobody changes their own roles"},
    )


def test_whoever_needs_a_person_who_was_left_out_is_left_out_too() -> None:
    text = "\n".join(
        (
            f"{DEPUTIES},leadership,liaison_code",
            f"lead,陈,city,{CITY},yes,helper",
            f"helper,李,city,{COUNTY},no,",
        )
    )
    report = read_deputies(text, ImportContext(DIRECTORY, NOW))
    assert (report.entries, whys(report)[0]) == ([], (2, "no person has the code helper"))


def test_a_file_that_cannot_be_read_to_its_end_brings_nothing() -> None:
    report = read(read_stations, STATIONS, f"A,甲,{TOWNSHIP},", f"B,{'x' * 140_000},{TOWNSHIP},")
    assert (report.entries, taken(report)) == ([], 0)
    (why,) = (why for _line, why in whys(report))
    assert why == "cannot be read from here on; nothing of the file was taken"


@settings(max_examples=60)
@given(st.permutations(range(4)))
def test_the_order_of_a_persons_lines_changes_nothing(order: list[int]) -> None:
    lines = [f"{role},{COUNTY},,,2022-01-01," for role in ("dispatcher", "liaison", "admin", "ops")]
    held = stranger("o", *lines)
    again = read(read_officers, OFFICERS, *(f"o,林,{lines[n]}" for n in order), known=held)
    (put,) = again.entries
    assert isinstance(put.entry, DirectoryPerson)
    assert put.entry.grants == held.person(put.key).grants  # type: ignore[union-attr]
