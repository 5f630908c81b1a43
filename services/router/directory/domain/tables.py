"""The directory as tables: what each holds, how it is read, how it is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, get_args

from services.router.directory.domain.import_checks import ImportContext, ImportReport
from services.router.directory.domain.people_import import (
    STREET_REP,
    DeputyRow,
    OfficerRow,
    read_deputies,
    read_officers,
)
from services.router.directory.domain.place_import import (
    StationRow,
    UnitRow,
    read_stations,
    read_units,
)
from shared.contracts.router import DirectoryPerson
from shared.directory.snapshot import Directory
from shared.ids import Id

TableKind = Literal["units", "stations", "deputies", "officers"]
TABLE_KINDS: tuple[TableKind, ...] = get_args(TableKind)
"""In the order in which they build on each other."""

May = Callable[[str], bool]
Row = Sequence[str]


READERS: Mapping[TableKind, Callable[[str, ImportContext], ImportReport]] = {
    "units": read_units,
    "stations": read_stations,
    "deputies": read_deputies,
    "officers": read_officers,
}
COLUMNS: Mapping[TableKind, Sequence[str]] = {
    "units": UnitRow.columns(),
    "stations": StationRow.columns(),
    "deputies": DeputyRow.columns(),
    "officers": OfficerRow.columns(),
}


def rows_of(kind: TableKind, directory: Directory, may: May) -> list[Row]:
    """Write a table of what lies where `may` says; read in again it changes nothing."""
    return list(_WRITERS[kind](directory, may))


def _units(directory: Directory, may: May) -> Iterator[Row]:
    """Leave out what is no more or ends."""
    for division in directory.divisions():
        code = division.division_code
        for _key, unit in directory.units_in(code) if may(code) else ():
            if unit.valid_to is None:
                yield code, unit.kind_code, unit.name, unit.short_name, _yes(unit.vertical)


def _stations(directory: Directory, may: May) -> Iterator[Row]:
    """Leave out what is no more or closes."""
    every = directory.stations().values()
    found = [one for one in every if may(one.division_code) and one.valid_to is None]
    for one in sorted(found, key=lambda it: (it.parent_id is not None, it.code)):
        parent = directory.station(one.parent_id) if one.parent_id else None
        yield one.code, one.name, one.division_code, parent.code if parent else ""


def _people(directory: Directory, may: May) -> list[DirectoryPerson]:
    everyone = directory.people.read(directory.people.bodies)
    found = [one for _key, one in everyone if one.code and may(one.division_code)]
    return sorted(found, key=lambda it: it.code or "")


def _deputies(directory: Directory, may: May) -> Iterator[Row]:
    for person in _people(directory, may):
        liaison = directory.person(person.liaison_id) if person.liaison_id else None
        station = directory.station(person.station_id) if person.station_id else None
        more = (
            _yes(person.is_leadership),
            (liaison.code or "") if liaison else "",
            station.code if station else "",
        )
        for one in (it for it in person.mandates if may(it.division_code)):
            yield person.code or "", person.name, one.level, one.division_code, *more
        if person.is_street_rep:
            yield person.code or "", person.name, STREET_REP, person.division_code, *more


def _officers(directory: Directory, may: May) -> Iterator[Row]:
    for person in _people(directory, may):
        for grant in person.grants:
            if not may(grant.division_code) or directory.division(grant.division_code) is None:
                continue
            unit = directory.unit(grant.unit_id) if grant.unit_id else None
            yield (
                person.code or "",
                person.name,
                grant.role,
                grant.division_code,
                unit.kind_code if unit else "",
                _station_code(directory, grant.station_id),
                grant.valid_from.isoformat(),
                grant.valid_to.isoformat() if grant.valid_to else "",
            )


def _station_code(directory: Directory, key: Id | None) -> str:
    station = directory.station(key) if key else None
    return station.code if station else ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"


_WRITERS: Mapping[TableKind, Callable[[Directory, May], Iterator[Row]]] = {
    "units": _units,
    "stations": _stations,
    "deputies": _deputies,
    "officers": _officers,
}
