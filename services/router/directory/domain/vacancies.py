"""What nobody is there for: offices, organs, stations and supervisions, deputies without one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from shared.contracts.codes import Role
from shared.contracts.router import DirectoryPerson, DirectoryStation
from shared.directory.rights import Holders, grants_of, holders, stood_in_for
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.ids import Id

May = Callable[[str], bool]
Waiting = Mapping[Id, int]


@dataclass(frozen=True, slots=True)
class Empty:
    """An office or organ in which nobody acts, or a leader who is gone; how much waits there."""

    key: Id
    waiting: int


@dataclass(frozen=True, slots=True)
class Unmanned:
    """A station with the roles that nobody holds there."""

    key: Id
    station: DirectoryStation
    missing: Sequence[Role]


@dataclass(frozen=True, slots=True)
class Vacancies:
    """All that nobody is there for, what waits longest for somebody first."""

    units: Sequence[Empty]
    organs: Sequence[Empty]
    leaders: Sequence[Empty]
    stations: Sequence[Unmanned]
    deputies: Sequence[tuple[Id, DirectoryPerson]]


def vacancies(
    directory: Directory, today: date, may: May, waiting: tuple[Waiting, Waiting, Waiting]
) -> Vacancies:
    """Find what nobody is there for on a day, where `may` says.

    Whoever stands in for somebody is there. `waiting` are the open tasks by unit, what waits for an
    organ's decision, and the open matters that a leader supervises, by that person.
    """
    acting = holders(directory, today)
    tasks, duties, supervised = waiting
    return Vacancies(
        _by_waiting(_units(directory, today, may, acting), tasks),
        _by_waiting(_organs(directory, today, may, acting), duties),
        _by_waiting(_leaders(directory, today, may, supervised), supervised),
        list(_stations(directory, today, may, acting)),
        sorted(_deputies(directory, today, may), key=lambda it: (it[1].division_code, it[1].name)),
    )


def _by_waiting(keys: Iterator[Id], waiting: Waiting) -> list[Empty]:
    found = [Empty(key, waiting.get(key, 0)) for key in keys]
    return sorted(found, key=lambda it: -it.waiting)


def _units(directory: Directory, today: date, may: May, acting: Holders) -> Iterator[Id]:
    """List the offices of the city without head and clerks; outside ones are not ours to fill."""
    for division in directory.divisions():
        code = division.division_code
        for key, unit in directory.units_in(code) if may(code) else ():
            there = ("unit_head", key) in acting or ("clerk", key) in acting
            if not (unit.external or there or has_ended(unit, today)):
                yield key


def _organs(directory: Directory, today: date, may: May, acting: Holders) -> Iterator[Id]:
    """List the organs for which nobody gives items out, of divisions that are there."""
    for division in directory.divisions():
        organ = directory.organ(division.division_code)
        if organ is None or not may(division.division_code) or has_ended(division, today):
            continue
        if ("dispatcher", organ[0]) not in acting:
            yield organ[0]


def _leaders(directory: Directory, today: date, may: May, supervised: Waiting) -> Iterator[Id]:
    """List those whose supervisions no leader goes on with, themselves or standing in for them."""
    people = directory.people
    led = {
        one
        for person_id in {*people.by_role.get("leader", ()), *chain(*people.by_principal.values())}
        if any(grant.role == "leader" for grant in grants_of(directory, person_id, today))
        for one in stood_in_for(directory, person_id, today)
    }
    for key in supervised.keys() - led:
        person = directory.person(key)
        if person is not None and may(person.division_code):
            yield key


def _stations(directory: Directory, today: date, may: May, acting: Holders) -> Iterator[Unmanned]:
    """List the stations without head or staff; sub-points are served by their main station."""
    roles: tuple[Role, ...] = ("station_head", "station_staff")
    for key, station in sorted(directory.stations().items(), key=lambda it: it[1].code):
        if station.parent_id is not None or not may(station.division_code):
            continue
        if has_ended(station, today):
            continue
        if missing := [role for role in roles if (role, key) not in acting]:
            yield Unmanned(key, station, missing)


def _deputies(directory: Directory, today: date, may: May) -> Iterator[tuple[Id, DirectoryPerson]]:
    """List deputies and street representatives who belong to no station that is there."""
    people = directory.people
    shown = {key for code, keys in people.by_division.items() if may(code) for key in keys}
    for key, attached in people.by_station.items():
        station = directory.station(key) if key else None
        if station is not None and not has_ended(station, today):
            continue
        for person_id, person in people.read(one for one in attached if one in shown):
            if person.mandates or person.is_street_rep:
                yield person_id, person
