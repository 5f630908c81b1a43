"""Administrators change and end divisions, units and stations: who may, when, and back again."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.router.directory.console.forms import Offer, edit_forms
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain.commands import edited
from services.router.directory.domain.edits import EDITS
from services.router.directory.domain.model import EntryRow
from services.router.directory.domain.rights import AdminScope, EditContext
from shared.contracts.envelope import EVERYWHERE
from shared.directory import Directory
from shared.errors import Refused
from shared.ids import Id, named_id
from tests.support.places import (
    CITY,
    COUNTY,
    NEIGHBOUR,
    NEW_TOWN,
    OLD_TOWN,
    TODAY,
    directory,
    division,
    station,
    station_id,
    unit,
    unit_id,
    with_entries,
)
from tests.support.shanghai import at

MAIN, POINT, OTHER = station_id("M"), station_id("M-1"), station_id("O")
KNOWN = directory(unit("finance"), station("M"), station("M-1", parent_id=MAIN), station("O"))
YESTERDAY = TODAY - timedelta(1)
ENDED = {"valid_to": YESTERDAY}
TOWN = named_id("division", OLD_TOWN)


def asked(
    key: Id, do: str, known: Directory = KNOWN, by: str | tuple[str, ...] = CITY, **body: Any
) -> Any:
    """Give the entry after an edit, or the code of its refusal."""
    scope = AdminScope("a", (by,) if isinstance(by, str) else by)
    there = known.division_by_id(key) or known.unit(key) or known.station(key)
    edit = EDITS[do].model_validate({"do": do, "basis": 0} | body)
    try:
        return edited(key, there, edit, EditContext(at(TODAY.isoformat()), TODAY, known, scope))
    except Refused as refused:
        return refused.code


REASON = {"reason": "机构改革"}
ENDS: dict[str, Any] = {"last_day": TODAY, "without_successor": True} | REASON


@pytest.mark.parametrize(
    ("do", "body"),
    [("rename_division", {"name": "新名"}), ("end_division", ENDS), ("cancel_end", {})],
)
@pytest.mark.parametrize(
    ("code", "by", "may"),
    [
        (COUNTY, COUNTY, False),
        (COUNTY, CITY, True),
        (OLD_TOWN, OLD_TOWN, False),
        (OLD_TOWN, COUNTY, True),
        (CITY, CITY, False),
        (CITY, EVERYWHERE, True),
    ],
)
def test_a_division_is_changed_by_who_administers_the_one_above(
    do: str, body: dict[str, Any], code: str, by: str, *, may: bool
) -> None:
    after = asked(named_id("division", code), do, by=by, **body)
    assert (after != "division_above") == may, after


def test_a_division_is_merged_into_none_that_only_itself_is_ones_own() -> None:
    into: dict[str, Any] = {"last_day": TODAY, "successor_code": NEIGHBOUR} | REASON
    assert asked(TOWN, "end_division", by=(COUNTY, NEIGHBOUR), **into) == "division_above"
    assert asked(TOWN, "end_division", **into).successor_code == NEIGHBOUR


@pytest.mark.parametrize(
    ("key", "do"),
    [(TOWN, "end_division"), (unit_id("finance"), "end_unit"), (POINT, "end_station")],
)
@pytest.mark.parametrize(
    ("last_day", "may"),
    [
        (date(2000, 1, 1), False),
        (TODAY - timedelta(367), False),
        (TODAY - timedelta(366), True),
        (TODAY + timedelta(1826), True),
        (TODAY + timedelta(1827), False),
    ],
)
def test_a_last_day_is_at_most_a_year_back_and_five_ahead(
    key: Id, do: str, last_day: date, *, may: bool
) -> None:
    assert (asked(key, do, **ENDS | {"last_day": last_day}) != "last_day_too_far") == may


@pytest.mark.parametrize(
    ("ended", "heir"),
    [
        (division(OLD_TOWN, **ENDED), {"successor_code": NEW_TOWN}),
        (unit("finance", **ENDED), {"successor_id": unit_id("police")}),
        (station("M", **ENDED), {"successor_id": OTHER}),
    ],
)
def test_an_end_is_undone_unless_a_successor_has_taken_over(
    ended: tuple[Id, Any], heir: dict[str, Any]
) -> None:
    key, entry = ended
    taken = entry.model_copy(update=heir)
    later = taken.model_copy(update={"valid_to": TODAY})
    back, over, soon = (
        asked(key, "cancel_end", with_entries(KNOWN, (key, one))) for one in (entry, taken, later)
    )
    assert (back.valid_to, over) == (None, "has_ended")
    assert soon.model_dump(include={"valid_to", *heir}) == dict.fromkeys(("valid_to", *heir))


def test_a_unit_neither_takes_nor_comes_back_to_the_name_of_another() -> None:
    finance, names = unit_id("finance"), {"name": "区公安局", "short_name": "公安"}

    def named(kind: str, **more: Any) -> tuple[Id, Any]:
        key, entry = unit(kind, **more)
        return key, entry.model_copy(update=names)

    known = directory(named("police"), unit("finance"))
    for name, short_name in (("区 公安局", "别的"), ("别的", "公安")):
        renamed = asked(finance, "rename_unit", known, name=name, short_name=short_name)
        assert renamed == "same_unit_name"
    assert asked(unit_id("police"), "rename_unit", known, **names).name == "区公安局"
    back = asked(finance, "cancel_end", with_entries(known, named("finance", **ENDED)))
    assert back == "same_unit_name"


def test_no_sub_point_comes_back_before_its_main_station() -> None:
    ended = with_entries(KNOWN, station("M", **ENDED), station("M-1", parent_id=MAIN, **ENDED))
    assert asked(POINT, "cancel_end", ended) == "outlives_main"


def test_no_station_moves_into_another_county_than_its_points_or_main_station() -> None:
    def moved(key: Id, code: str) -> Any:
        return asked(key, "change_station", name="站", division_code=code)

    assert [moved(key, NEIGHBOUR) for key in (MAIN, POINT)] == ["station_apart"] * 2
    assert moved(POINT, OLD_TOWN).division_code == OLD_TOWN
    assert moved(OTHER, NEIGHBOUR).division_code == NEIGHBOUR
    linked = with_entries(KNOWN, station("M", division_code=NEIGHBOUR))
    renamed = asked(POINT, "change_station", linked, name="新名", division_code=COUNTY)
    assert renamed.name == "新名"


@pytest.mark.parametrize("key", [MAIN, POINT, OTHER])
@pytest.mark.parametrize(("by", "places"), [(COUNTY, {COUNTY}), (CITY, {COUNTY, "331003"})])
def test_no_form_offers_a_place_that_is_refused(key: Id, by: str, places: set[str]) -> None:
    station = KNOWN.station(key)
    assert station is not None
    row = EntryRow(key=key, type=station.type, body=station.model_dump_json(exclude_none=True))
    offer = Offer(ViewContext(KNOWN, AdminScope("a", (by,)), TODAY, {}, {}), key)
    (form,) = (form for form in edit_forms(offer, row, None) if form.do == "change_station")
    offered = {one.value for field in form.fields for one in field.options}
    assert offered == (places if key == OTHER else {COUNTY})
    for code in offered:
        assert asked(key, "change_station", by=by, name="站", division_code=code) != "station_apart"
