"""The form and the table give the same verdict on where a role may be held."""

from datetime import timedelta
from functools import cache
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.router.directory.domain import seeds
from services.router.directory.domain.commands import edited
from services.router.directory.domain.exports import Row, rows_of
from services.router.directory.domain.grant_edits import AddGrant
from services.router.directory.domain.import_plan import ImportContext, ImportReport
from services.router.directory.domain.model import DISPATCHING, organ_key
from services.router.directory.domain.people_import import read_officers
from services.router.directory.domain.rights import AdminScope, EditContext
from services.router.directory.domain.tables import COLUMNS
from shared.calendar import local_day
from shared.contracts.codes import Role
from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryPerson, Grant
from shared.directory.snapshot import Directory
from shared.errors import Refused
from shared.ids import named_id, to_text
from shared.tables.files import decoded, written
from tests.support.places import amended, with_entries
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, TOWNSHIP, unit

OTHER_COUNTY, FUNCTIONAL_AREA = "331002", "331004400"
TODAY = local_day(NOW)
OPEN, CLOSED, CLOSING = (f"{TOWNSHIP}-0{n}" for n in (1, 8, 9))


def the_directory() -> Directory:
    """The shipped divisions with stations and a unit that have ended, and people to give to."""
    full = with_entries(DIRECTORY, *((put.key, put.entry) for put in seeds.demo(DIRECTORY, NOW)))
    full = amended(full, unit(COUNTY, "finance"), valid_to=TODAY - timedelta(days=1))
    group = full.organ_by_id(organ_key(CITY, "organization"))
    assert group is not None
    ending = group.model_copy(update={"valid_to": TODAY + timedelta(days=9)})
    full = with_entries(full, (organ_key(CITY, "organization"), ending))
    station = full.station(named_id("station", OPEN))
    assert station is not None
    for code, last in ((CLOSED, TODAY - timedelta(days=1)), (CLOSING, TODAY)):
        ended = station.model_copy(update={"code": code, "valid_to": last})
        full = with_entries(full, (named_id("station", code), ended))
    for code, division in (("p1", COUNTY), ("p2", OTHER_COUNTY)):
        person = DirectoryPerson(
            occurred_at=NOW, actor="seed", division_code=division, code=code, name="Zhang"
        )
        full = with_entries(full, (named_id("person", code), person))
    return full


KNOWN = the_directory()
LIKELY = [
    (COUNTY, "", "", ""), (COUNTY, "water_res", "", ""), (COUNTY, "finance", "", ""),
    (TOWNSHIP, "", OPEN, ""), (TOWNSHIP, "", CLOSED, ""), (TOWNSHIP, "", CLOSING, ""),
    (COUNTY, "", "", "general_office"), (CITY, "", "", "research_office"),
    (CITY, "", "", "publicity"), (CITY, "", "", DISPATCHING), (CITY, "", "", "organization"),
]  # fmt: skip
PLACES = st.one_of(
    st.sampled_from(LIKELY),
    st.tuples(
        st.sampled_from([CITY, COUNTY, OTHER_COUNTY, TOWNSHIP, FUNCTIONAL_AREA, "999999"]),
        st.sampled_from(["", "finance", "water_res", "zoo"]),
        st.sampled_from(["", OPEN, CLOSED, CLOSING, f"{OTHER_COUNTY}001-01", "?"]),
        st.sampled_from(["", "", DISPATCHING, "general_office", "publicity", "zoo"]),
    ),
)
CELLS = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["p1", "p2", f"{COUNTY}-dispatcher"]),
        "role": st.sampled_from(get_args(Role)),
        "place": PLACES,
        "valid_from": st.sampled_from(["2022-01-01", "2026-01-01"]),
        "valid_to": st.sampled_from(["", "2021-01-01", "2022-01-01", "2027-01-01"]),
    }
)
ADMINISTRATORS = st.builds(
    AdminScope,
    st.sampled_from(["admin", to_text(named_id("person", "p1"))]),
    st.sampled_from([None, (), (CITY,), (COUNTY,), (OTHER_COUNTY,), (TOWNSHIP,)]),
)
COLUMNS_OF = {
    "no_entry": {"division_code"},
    "no_place_for_role": {"division_code", "unit_kind", "station_code", "organ_code"},
    "has_ended": {"unit_kind", "station_code", "organ_code"},
    "not_given_here": {"role"},
    "ends_before_it_begins": {"valid_to"},
}
"""In which columns the table may find what the form refuses with this code."""


def by_form(cells: dict[str, str], by: AdminScope) -> Event | str:
    """Give the entry as the form leaves it, or the code of the refusal."""
    key = named_id("person", cells["code"])
    parts = ("division_code", "unit_kind", "station_code", "organ_code")
    division, kind, station, organ = (cells[name] for name in parts)
    grant = AddGrant.model_validate(
        {name: cells[name] for name in ("role", "division_code", "valid_from")}
        | {"do": "add_grant", "basis": 1, "valid_to": cells["valid_to"] or None}
        | {"unit_id": UUID(bytes=unit(division, kind)) if kind else None}
        | {"station_id": UUID(bytes=named_id("station", station)) if station else None}
        | {"organ_id": UUID(bytes=organ_key(division, organ)) if organ else None}
    )
    try:
        return edited(key, KNOWN.person(key), grant, EditContext(NOW, TODAY, KNOWN, by))
    except Refused as refused:
        return refused.code


@cache
def rows_of_officers(places: tuple[str, ...] | None) -> list[Row]:
    """Write the table of officers as an administrator of these places takes it away."""
    return rows_of("officers", KNOWN, lambda code: AdminScope("", places).may(KNOWN, code))


def by_table(cells: dict[str, str], by: AdminScope) -> ImportReport:
    """Read a table of the roles that the administrator sees of the person, and one more."""
    known = [row for row in rows_of_officers(by.places) if row[0] == cells["code"]]
    line = [cells[column] for column in COLUMNS["officers"]]
    return read_officers(
        decoded(written("csv", COLUMNS["officers"], [*known, line])), ImportContext(KNOWN, NOW, by)
    )


@settings(max_examples=300)  # the first of each place writes all officers
@given(CELLS, ADMINISTRATORS)
def test_the_form_and_the_table_give_the_same_verdict(
    asked: dict[str, Any], by: AdminScope
) -> None:
    person = KNOWN.person(named_id("person", asked["code"]))
    assert person is not None
    parts = ("division_code", "unit_kind", "station_code", "organ_code")
    place = dict(zip(parts, asked["place"], strict=True))
    cells = asked | place | {"name": person.name}
    made, report = by_form(cells, by), by_table(cells, by)
    assume(made != "holds_already")  # a table lists all roles of a person, so it may repeat one
    if isinstance(made, str):
        line, why = report.errors[-1]
        assert (report.entries, line) == ([], len(report.errors) + 1)
        assert made == "own_rights" or why.column in COLUMNS_OF[made], (made, why)
    else:
        assert [put.entry for put in report.entries] == [made]


@pytest.mark.parametrize("station", [OPEN, CLOSED])
def test_no_role_at_a_station_of_another_county_comes_by_a_table(station: str) -> None:
    table = f"{','.join(COLUMNS['officers'])}\np2,Zhang,station_staff,331002,,{station},2026-01-01,"
    report = read_officers(
        table, ImportContext(KNOWN, NOW, AdminScope("admin-of-331002", (OTHER_COUNTY,)))
    )
    assert report.entries == []
    assert [(line, why.column) for line, why in report.errors] == [(2, "station_code")]


@pytest.mark.parametrize(
    ("dates", "taken"),
    [("2022-01-01,", True), ("2022-01-01,2022-09-30", True), ("2021-01-01,", False)],
)
def test_a_role_held_at_a_station_that_closed_may_stay_or_end_but_not_grow(
    dates: str, taken: bool
) -> None:
    held = Grant.model_validate(
        {"role": "station_head", "station_id": named_id("station", CLOSED)}
        | {"division_code": TOWNSHIP, "valid_from": "2022-01-01"}
    )
    known = amended(KNOWN, named_id("person", "p1"), grants=(held,))
    line = f"p1,Zhang,station_head,{TOWNSHIP},,{CLOSED},{dates}"
    report = read_officers(f"{','.join(COLUMNS['officers'])}\n{line}", ImportContext(known, NOW))
    wrong = [] if taken else ["station_code"]
    assert (bool(report.lines), [why.column for _, why in report.errors]) == (taken, wrong)
