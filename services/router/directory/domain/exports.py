"""The tables of the directory as they are exported: rows that can be imported again."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from services.router.directory.domain.lists import (
    LISTS,
    list_writer,
)
from services.router.directory.domain.people_import import (
    STREET_REP,
)
from services.router.directory.domain.tables import TableKind
from shared.contracts.router import (
    DirectoryPerson,
)
from shared.directory.snapshot import Directory
from shared.ids import Id

May = Callable[[str], bool]
Row = Sequence[str]


def rows_of(kind: TableKind, directory: Directory, may: May) -> list[Row]:
    """Write a table of the entries in the area of `may`; importing it again changes nothing."""
    return list(_WRITERS[kind](directory, may))


def _organs(directory: Directory, may: May) -> Iterator[Row]:
    """Write the organs that neither have ended nor will end."""
    for division in directory.divisions():
        code = division.division_code
        for _key, organ in directory.organs_in(code) if may(code) else ():
            if organ.valid_to is None and division.valid_to is None:
                yield code, organ.code, organ.kind, organ.name


def _units(directory: Directory, may: May) -> Iterator[Row]:
    """Write the units that neither have ended nor will end."""
    for division in directory.divisions():
        code = division.division_code
        for _key, unit in directory.units_in(code) if may(code) else ():
            if unit.valid_to is None:
                yield code, unit.kind_code, unit.name, unit.short_name, _yes(unit.vertical)


def _stations(directory: Directory, may: May) -> Iterator[Row]:
    """Write the stations that neither have closed nor will close."""
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
            organ = directory.organ_by_id(grant.organ_id) if grant.organ_id else None
            yield (
                person.code or "",
                person.name,
                grant.role,
                grant.division_code,
                unit.kind_code if unit else "",
                _station_code(directory, grant.station_id),
                grant.valid_from.isoformat(),
                grant.valid_to.isoformat() if grant.valid_to else "",
                organ.code if organ else "",
            )


def _station_code(directory: Directory, key: Id | None) -> str:
    station = directory.station(key) if key else None
    return station.code if station else ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"


_WRITERS: Mapping[TableKind, Callable[[Directory, May], Iterator[Row]]] = {
    "organs": _organs,
    "units": _units,
    "stations": _stations,
    "deputies": _deputies,
    "officers": _officers,
    **{kind: list_writer(kind) for kind in LISTS},
}
