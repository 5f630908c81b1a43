"""Who holds what at a place of the directory, and who stands in for them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.contracts.router import DirectoryPerson, Grant, StandIn
from shared.directory.snapshot import Directory
from shared.ids import Id

ORGAN_ROLES = frozenset({"dispatcher", "committee_head", "leader"})
UNIT_ROLES = frozenset({"clerk", "unit_head"})
STATION_ROLES = frozenset({"station_staff", "station_head"})
"""Where each role is held; all others in a division, or its organ if it has one."""

State = Literal["now", "later", "over"]


@dataclass(frozen=True, slots=True)
class Holding:
    """One right of a person, and its place among all of that person's."""

    person_id: Id
    person: DirectoryPerson
    grant: Grant
    which: int
    state: State


def state_of(one: Grant | StandIn, today: date) -> State:
    """Tell whether a right or standing in runs that day, is to begin, or is over."""
    if today < one.valid_from:
        return "later"
    return "over" if one.valid_to is not None and one.valid_to < today else "now"


def _held(
    people: Iterator[tuple[Id, DirectoryPerson]], fits: Callable[[Grant], bool], today: date
) -> list[Holding]:
    """List the rights of these people that fit, those that run first, then by role and name."""
    order: Mapping[State, int] = {"now": 0, "later": 1, "over": 2}
    found = [
        one for key, person in people for one in holdings_of(key, person, today) if fits(one.grant)
    ]
    return sorted(found, key=lambda it: (order[it.state], it.grant.role, it.person.name))


def holdings_of(key: Id, person: DirectoryPerson, today: date) -> list[Holding]:
    """List a person's own rights in the order of the entry."""
    return [
        Holding(key, person, grant, which, state_of(grant, today))
        for which, grant in enumerate(person.grants)
    ]


def of_division(directory: Directory, code: str, today: date) -> list[Holding]:
    """List the rights in a division itself or its organ: not in its units and stations."""

    def fits(grant: Grant) -> bool:
        return grant.division_code == code and not (grant.unit_id or grant.station_id)

    people = directory.people
    return _held(people.at(people.by_area, code), fits, today)


def of_unit(directory: Directory, key: Id, today: date) -> list[Holding]:
    """List the rights in a unit."""
    people = directory.people
    return _held(people.at(people.by_office, key), lambda grant: grant.unit_id == key, today)


def of_station(directory: Directory, key: Id, today: date) -> list[Holding]:
    """List the rights in a station."""
    people = directory.people
    return _held(people.at(people.by_office, key), lambda grant: grant.station_id == key, today)


def deputies_of(directory: Directory, code: str) -> list[tuple[Id, DirectoryPerson]]:
    """List the deputies with a seat here and the street representatives of here, by name."""
    people = directory.people
    found = people.at(people.by_seat, code)
    return sorted(found, key=lambda it: (not it[1].is_leadership, it[1].name))


def attached(directory: Directory, station: Id) -> list[tuple[Id, DirectoryPerson]]:
    """List the deputies and street representatives attached to a station, by name."""
    found = directory.people.at(directory.people.by_station, station)
    return sorted(found, key=lambda it: it[1].name)


def standing_in(directory: Directory, key: Id) -> Sequence[tuple[Id, DirectoryPerson, StandIn]]:
    """List who stands in for a person, whenever."""
    people = directory.people
    return [
        (one, person, link)
        for one, person in people.at(people.by_principal, key)
        for link in person.stands_in_for
        if link.person_id == key
    ]
