"""Who goes on for a division, a unit or a station that is no more."""

from datetime import date, timedelta

from shared.directory.succession import ended_units, living_division, living_station, living_unit
from tests.support.places import (
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
)

YESTERDAY = TODAY - timedelta(1)


def test_a_code_leads_to_the_division_that_goes_on_however_often_it_changed() -> None:
    known = directory(
        division(OLD_TOWN, valid_to=date(2025, 1, 1), successor_code=NEW_TOWN),
        division(NEW_TOWN, valid_to=YESTERDAY, successor_code=NEIGHBOUR),
    )
    assert living_division(known, OLD_TOWN, TODAY) == NEIGHBOUR
    assert living_division(known, OLD_TOWN, YESTERDAY) == NEW_TOWN
    assert living_division(known, NEIGHBOUR, TODAY) == NEIGHBOUR
    assert living_division(known, "999999", TODAY) == "999999"


def test_without_a_successor_a_division_stays_itself_and_a_circle_ends_somewhere() -> None:
    known = directory(division(OLD_TOWN, valid_to=YESTERDAY))
    assert living_division(known, OLD_TOWN, TODAY) == OLD_TOWN
    known = directory(
        division(OLD_TOWN, valid_to=YESTERDAY, successor_code=NEW_TOWN),
        division(NEW_TOWN, valid_to=YESTERDAY, successor_code=OLD_TOWN),
    )
    assert living_division(known, OLD_TOWN, TODAY) in {OLD_TOWN, NEW_TOWN}


def test_a_unit_leads_to_its_living_successor_or_to_nobody() -> None:
    known = directory(
        unit("trade", valid_to=YESTERDAY, successor_id=unit_id("economy")),
        unit("economy", valid_to=YESTERDAY, successor_id=unit_id("industry")),
        unit("industry"),
        unit("fishery", valid_to=YESTERDAY),
    )
    assert living_unit(known, unit_id("trade"), TODAY) == unit_id("industry")
    assert living_unit(known, unit_id("industry"), TODAY) == unit_id("industry")
    assert living_unit(known, unit_id("fishery"), TODAY) is None
    assert set(ended_units(known, TODAY)) == {unit_id(n) for n in ("trade", "economy", "fishery")}
    assert ended_units(known, YESTERDAY) == []


def test_a_station_leads_to_its_living_successor_or_to_none() -> None:
    known = directory(
        station("old", valid_to=YESTERDAY, successor_id=station_id("middle")),
        station("middle", valid_to=YESTERDAY, successor_id=station_id("new")),
        station("new", valid_to=TODAY),
        station("alone", valid_to=YESTERDAY),
    )
    assert living_station(known, station_id("old"), TODAY) == station_id("new")
    assert living_station(known, station_id("old"), YESTERDAY) == station_id("old")
    assert living_station(known, station_id("new"), TODAY) == station_id("new")
    assert living_station(known, station_id("alone"), TODAY) is None
