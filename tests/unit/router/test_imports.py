"""Every line of an imported table is taken or told why not."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.directory.domain.import_plan import ImportContext, plan_of
from services.router.directory.domain.model import DirectoryState, EntryRow
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.tables import READERS, TableKind
from shared.calendar import local_day
from shared.contracts.router import DirectoryPerson, Mandate
from shared.directory.snapshot import Directory
from shared.ids import named_id, to_text
from tests.support.places import amended
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, TOWNSHIP, organ, unit
from tests.support.router.tables import ENGLISH, entered, person, read, taken, whys

MAIN = read("stations", f"JQ01,金清镇总站,{TOWNSHIP},", f"JQ01-1,第一联络点,{TOWNSHIP},JQ01")
KNOWN = entered(MAIN)
ELSEWHERE = "331003101"


def test_stations_and_their_sub_points_are_taken() -> None:
    assert (taken(MAIN), list(MAIN.errors)) == (2, [])
    main, point = (put.entry for put in MAIN.entries)
    said = {"code": "JQ01", "name": "金清镇总站", "parent_id": None}
    assert said.items() <= dict(main).items()
    assert dict(point)["parent_id"] == named_id("station", "JQ01")


def test_a_main_station_with_sub_points_stays_one() -> None:
    report = read("stations", f"B,乙站,{TOWNSHIP},", f"JQ01,金清,{TOWNSHIP},B", known=KNOWN)
    assert whys(report) == [(3, "JQ01 has sub-points, so it must be a main station")]


def test_a_new_point_belongs_to_no_main_station_outside_the_importers_area() -> None:
    """The people of a main station see the items of its points."""
    known = amended(KNOWN, named_id("station", "JQ01"), division_code=CITY)
    lines = f"JQ01-1,第一联络点,{TOWNSHIP},JQ01", f"NEW-1,新联络点,{TOWNSHIP},JQ01"
    report = read("stations", *lines, known=known, by=AdminScope("admin", (COUNTY,)))
    assert whys(report) == [(3, "JQ01 is outside your area")]
    assert taken(read("stations", *lines, known=known, by=AdminScope("admin", (CITY,)))) == 2


def test_a_main_station_and_its_points_lie_in_one_county() -> None:
    """Its head and staff see the items of the points, confidential ones too."""
    away, city = f"JQ01,金清镇总站,{ELSEWHERE},", AdminScope("admin", (CITY,))
    new, moved = f"NEW-1,新联络点,{ELSEWHERE},JQ01", f"JQ01-1,第一联络点,{ELSEWHERE},JQ01"
    apart = "a main station and its points must be in the same county"
    for line in (new, moved, away):
        assert whys(read("stations", line, known=KNOWN, by=city)) == [(2, apart)], line
    linked = amended(KNOWN, named_id("station", "JQ01"), division_code=ELSEWHERE)
    stays = f"JQ01-1,改名的联络点,{TOWNSHIP},JQ01"
    assert taken(read("stations", stays, away, known=linked)) == 2


TODAY = local_day(NOW)


def closed(last_day: date) -> Directory:
    """Give the directory after the main station's last day was said, and that of its point."""
    main, point = (put.key for put in MAIN.entries)
    return amended(amended(KNOWN, main, valid_to=last_day), point, valid_to=last_day)


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
    report = read("stations", line, f"OK,好站,{TOWNSHIP},", known=closed(last_day))
    ((number, why),) = report.errors
    assert (taken(report), number, why.column) == (1, 2, column)
    assert ENGLISH.say(why.message).endswith("has been or will be closed")
    assert "接续的联络站" in why.what_to_do.text


def test_a_deputy_comes_to_no_closed_station_and_may_stay_at_one() -> None:
    line = f"d-1,李玉兰,township,{TOWNSHIP},,,JQ01"
    there = entered(read("deputies", line, known=KNOWN), closed(TODAY - timedelta(1)))
    other = line.replace("d-1", "d-2")
    report = read("deputies", line, other, known=there)
    assert [(number, why.column) for number, why in report.errors] == [(3, "station_code")]
    last = closed(TODAY)
    assert taken(read("deputies", other, known=last)) == 1, "until that day is over"


def test_deputies_have_a_line_for_each_mandate() -> None:
    report = read("deputies", f"d-1,李玉兰,township,{TOWNSHIP}", f"d-1,李玉兰,county,{COUNTY}")
    assert [(it.level, it.division_code) for it in person(report).mandates] == [
        ("township", TOWNSHIP), ("county", COUNTY),
    ]  # fmt: skip


def test_officers_get_the_place_their_role_needs() -> None:
    report = read(
        "officers",
        f"o-1,林晓岚,dispatcher,{COUNTY},,,2022-01-01,",
        f"o-1,林晓岚,leader,{COUNTY},,,2022-01-01,2026-12-31",
        f"o-2,周明远,clerk,{COUNTY},finance,,2022-01-01,",
        f"o-3,何立群,station_head,{TOWNSHIP},,JQ01,2022-01-01,",
        known=KNOWN,
    )
    assert (taken(report), whys(report)) == (4, [])
    people = [put.entry for put in report.entries if isinstance(put.entry, DirectoryPerson)]
    rights = [grant for person in people for grant in person.grants]
    assert [grant.role for grant in rights] == ["dispatcher", "leader", "clerk", "station_head"]
    assert rights[0].organ_id == rights[1].organ_id == organ(COUNTY)
    assert rights[2].unit_id == unit(COUNTY, "finance")
    assert rights[3].station_id == named_id("station", "JQ01")


def test_a_file_says_all_of_a_persons_seats_and_leaves_their_rights() -> None:
    """What an earlier file said of the same column is replaced, what another said stays."""
    both = entered(
        read("officers", f"p,林,liaison,{COUNTY},,,2022-01-01,"),
        entered(read("deputies", f"p,林,county,{COUNTY}")),
    )
    again = read("deputies", f"p,林晓岚,city,{CITY}", known=both)
    found = person(again)
    assert found.name == "林晓岚"
    assert found.mandates == (Mandate(level="city", division_code=CITY),)
    assert [grant.role for grant in found.grants] == ["liaison"]


@pytest.mark.parametrize("kind", ["stations", "deputies", "officers"])
def test_a_file_without_its_head_brings_nothing(kind: TableKind) -> None:
    for text in ("", "a,b\n1,2\n", "\0"):
        report = READERS[kind](text, ImportContext(DIRECTORY, NOW))
        assert (report.entries, taken(report), len(report.errors)) == ([], 0, 1)
        assert "the header row must contain" in whys(report)[0][1]


def test_a_head_may_begin_with_a_byte_order_mark_and_order_its_columns_freely() -> None:
    text = f"\ufeffparent_code,division_code,name,code\n,{TOWNSHIP},甲,A\n"
    assert taken(READERS["stations"](text, ImportContext(DIRECTORY, NOW))) == 1


def stranger(code: str, *lines: str) -> Directory:
    return entered(read("officers", *(f"{code},林,{line}" for line in lines)))


def test_a_person_of_whom_one_line_is_wrong_keeps_all_rights() -> None:
    held = stranger("o-1", f"dispatcher,{COUNTY},,,2022-01-01,", f"liaison,{COUNTY},,,2022-01-01,")
    report = read(
        "officers",
        f"o-1,林,dispatcher,{COUNTY},,,2022-01-01,",
        f"o-1,林,liaison,{COUNTY},,,1.1.2022,",
        f"o-2,王,liaison,{CITY},,,2022-01-01,",
        known=held,
    )
    assert [put.key for put in report.entries] == [named_id("person", "o-2")]
    assert whys(report) == [
        (2, "row 3 of this person is invalid, so this row was not imported either"),
        (3, "write the date like 2026-11-23: 1.1.2022"),
    ]


def test_a_line_with_too_many_cells_keeps_its_person_as_they_are() -> None:
    line = f"o-1,林,dispatcher,{COUNTY},,,2022-01-01,"
    report = read("officers", line, f"{line},more")
    assert (report.entries, [n for n, _why in report.errors]) == ([], [2, 3])


def test_a_county_leaves_the_rights_and_seats_that_the_city_gave() -> None:
    seats = f"p,林,city,{CITY}", f"p,林,county,{COUNTY}"
    known = stranger("p", f"liaison,{CITY},,,2022-01-01,")
    held = entered(read("deputies", *seats, known=known), known)
    held = amended(held, named_id("person", "p"), division_code=COUNTY)
    by = AdminScope("admin", (COUNTY,))
    officer = person(read("officers", f"p,林,dispatcher,{COUNTY},,,2022-01-01,", known=held, by=by))
    assert [grant.role for grant in officer.grants] == ["liaison", "dispatcher"]
    deputy = person(read("deputies", f"p,林,township,{TOWNSHIP}", known=held, by=by))
    assert [one.level for one in deputy.mandates] == ["city", "township"]


def test_nobody_gives_rights_to_themself_by_a_file() -> None:
    held = stranger("me", f"admin,{COUNTY},,,2022-01-01,")
    me = AdminScope(to_text(named_id("person", "me")), (COUNTY,))
    same, more = (f"me,林,{role},{COUNTY},,,2022-01-01," for role in ("admin", "dispatcher"))
    assert read("officers", same, known=held, by=me).errors == []
    report = read("officers", same, more, known=held, by=me)
    assert report.entries == []
    own = {"you cannot change the entry of yourself or of anyone you stand in for"}
    assert {why for _line, why in whys(report)} == own
    others: list[tuple[TableKind, str]] = [
        ("deputies", f"me,林,county,{COUNTY},no"),
        ("officers", same.replace("林", "王")),
    ]
    for kind, line in others:
        assert {why for _n, why in whys(read(kind, line, known=held, by=me))} == own, line


@pytest.mark.parametrize("cell", ["", "路桥区", "３３１００４", "33100a", "99"])
def test_a_division_that_is_none_is_explained(cell: str) -> None:
    report = read("officers", f"new,林,dispatcher,{cell},,,2022-01-01,")
    assert (report.entries, [why.column for _n, why in report.errors]) == ([], ["division_code"])


def test_a_deputy_gets_no_station_and_no_contact_person_outside_the_importers_area() -> None:
    far = entered(read("stations", f"FAR,宁溪站,{ELSEWHERE},"), KNOWN)
    far = entered(read("deputies", f"helper,陈,township,{ELSEWHERE}", known=far), far)
    by = AdminScope("admin", (COUNTY,))
    station, helper = f"d,李,township,{TOWNSHIP},no,,FAR", f"d,李,township,{TOWNSHIP},yes,helper,"
    for line, code in ((station, "FAR"), (helper, "helper")):
        report = read("deputies", line, known=far, by=by)
        assert whys(report) == [(2, f"{code} is outside your area")]
        held = entered(read("deputies", line, known=far), far)
        assert taken(read("deputies", line, known=held, by=by)) == 1, "what they have already stays"


def test_a_name_is_changed_by_whoever_may_give_all_rights_of_the_person() -> None:
    held = stranger("p", f"liaison,{CITY},,,2022-01-01,")
    held = amended(held, named_id("person", "p"), division_code=COUNTY)
    county, city = (AdminScope("admin", (code,)) for code in (COUNTY, CITY))
    lines: list[tuple[TableKind, str]] = [
        ("officers", f"p,王,dispatcher,{COUNTY},,,2022-01-01,"),
        ("deputies", f"p,王,county,{COUNTY}"),
    ]
    for kind, line in lines:
        report = read(kind, line, known=held, by=county)
        assert [(why.column, report.entries) for _n, why in report.errors] == [("name", [])]
        assert taken(read(kind, line, known=held, by=city)) == 1


def test_whoever_needs_a_person_who_was_left_out_is_left_out_too() -> None:
    lines = f"lead,陈,city,{CITY},yes,helper", f"helper,李,city,{COUNTY},no,"
    report = read("deputies", *lines)
    assert (report.entries, whys(report)[0]) == (
        [],
        (2, "there is no contact person with the code helper"),
    )


def test_a_file_that_cannot_be_read_to_its_end_brings_nothing() -> None:
    report = read("stations", f"A,甲,{TOWNSHIP},", f"B,{'x' * 140_000},{TOWNSHIP},")
    assert (report.entries, taken(report)) == ([], 0)
    assert [why for _line, why in whys(report)] == [
        "unreadable from here on; nothing in the file was imported"
    ]


@settings(max_examples=60)
@given(st.permutations(range(4)))
def test_the_order_of_a_persons_lines_changes_nothing(order: list[int]) -> None:
    lines = [f"{role},{COUNTY},,,2022-01-01," for role in ("dispatcher", "liaison", "admin", "ops")]
    held = stranger("o", *lines)
    again = read("officers", *(f"o,林,{lines[n]}" for n in order), known=held)
    assert person(again).grants == held.person(named_id("person", "o")).grants  # type: ignore[union-attr]


def known_person(code: str, name: str) -> Directory:
    return entered(read("officers", f"{code},{name},dispatcher,{COUNTY},,,2022-01-01,"))


@pytest.mark.parametrize("kind", ["officers", "deputies"])
def test_a_code_that_lost_its_zeros_in_a_spreadsheet_is_flagged(kind: TableKind) -> None:
    known = known_person("00123", "林")
    rest = {"officers": f"dispatcher,{COUNTY},,,2022-01-01,", "deputies": f"county,{COUNTY}"}
    report = read(kind, f"123,林,{rest[kind]}", known=known)
    assert report.entries == []
    ((line, why),) = report.errors
    assert (line, why.column, "00123" in ENGLISH.say(why.message)) == (2, "code", True)
    assert read(kind, f"124,林,{rest[kind]}", known=known).errors == []


def test_a_station_code_that_lost_its_zeros_is_flagged() -> None:
    known = entered(read("stations", f"007,甲站,{TOWNSHIP},"))
    report = read("stations", f"7,甲站,{TOWNSHIP},", known=known)
    assert [why.column for _, why in report.errors] == ["code"]
    assert read("stations", f"0007,甲站,{TOWNSHIP},", known=known).errors == [], "it has more"


@pytest.mark.parametrize(("name", "asked"), [("林", ["o1"]), (" 林 ", ["o1"]), ("林一", [])])
def test_a_known_name_under_a_new_code_is_asked_about(name: str, asked: list[str]) -> None:
    known = known_person("o1", "林")
    report = read("officers", f"o2,{name},liaison,{COUNTY},,,2022-01-01,", known=known)
    rows = {key: EntryRow(key=key, type=one.type, body=one.model_dump_json())
            for key, one in known.people.read(known.people.bodies)}  # fmt: skip
    state = DirectoryState(rows)
    (planned,) = plan_of(report, state).entries
    assert list(planned.namesakes) == asked


@settings(max_examples=30)
@given(st.permutations([("o1", "林"), ("o1", "李"), ("o2", "王")]))
def test_two_names_under_one_code_are_both_refused_and_named(lines: list[tuple[str, str]]) -> None:
    roles = ("dispatcher", "liaison", "admin")
    written = [f"{code},{name},{role},{COUNTY},,,2022-01-01,"
               for (code, name), role in zip(lines, roles, strict=True)]  # fmt: skip
    report = read("officers", *written)
    assert [person_of.entry.name for person_of in report.entries] == ["王"]  # type: ignore[attr-defined]
    wrong = [n for n, (code, _) in enumerate(lines, 2) if code == "o1"]
    assert [line for line, _ in report.errors] == wrong
    for _, why in report.errors:
        assert all(name in ENGLISH.say(why.message) for name in ("林", "李"))


def test_two_stations_of_one_code_are_both_refused_with_their_points() -> None:
    report = read(
        "stations",
        f"Z1,甲站,{TOWNSHIP},", f"Z2,丙点,{TOWNSHIP},Z1", f"Z1,乙站,{TOWNSHIP},",
    )  # fmt: skip
    assert report.entries == []
    assert [line for line, _ in report.errors] == [2, 3, 4]
