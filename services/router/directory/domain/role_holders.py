"""Role holders: who holds a role, where it may be held, and where it is vacant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple

from shared.contracts.codes import OrganKind, Role
from shared.contracts.router import (
    DirectoryOrgan,
    DirectoryPerson,
    DirectoryStation,
    DirectoryUnit,
    Grant,
    StandIn,
)
from shared.directory.rights import Holders, grants_of, holders
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.ids import Id

ORGAN_ROLES = frozenset({"dispatcher", "committee_head", "leader"})
"""Held in the organ that dispatches: their rights are over what it gives out."""
UNIT_ROLES = frozenset({"clerk", "unit_head"})
STATION_ROLES = frozenset({"station_staff", "station_head"})
"""Where each role is held; all others in a division, or in one of its organs if it has any."""
_ORGANS_OF: Mapping[Role, Sequence[OrganKind]] = {
    "city_office": ("general_office", "work_group", "committee_office"),
    "research_office": ("research_office", "work_group", "committee_office"),
}
"""The kinds of organs of roles that not every one has; named none, it is the first there is."""

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
    """List the rights in a division itself or its organs: not in its units and stations."""

    def fits(grant: Grant) -> bool:
        return grant.division_code == code and not (grant.unit_id or grant.station_id)

    people = directory.people
    return _held(people.at(people.by_area, code), fits, today)


def of_organ(directory: Directory, key: Id, today: date) -> list[Holding]:
    people = directory.people
    return _held(people.at(people.by_office, key), lambda grant: grant.organ_id == key, today)


def of_unit(directory: Directory, key: Id, today: date) -> list[Holding]:
    people = directory.people
    return _held(people.at(people.by_office, key), lambda grant: grant.unit_id == key, today)


def of_station(directory: Directory, key: Id, today: date) -> list[Holding]:
    people = directory.people
    return _held(people.at(people.by_office, key), lambda grant: grant.station_id == key, today)


def deputies_of(directory: Directory, code: str) -> list[tuple[Id, DirectoryPerson]]:
    """List the deputies with a mandate here and the street representatives here, by name."""
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


def stand_ins_of(directory: Directory, key: Id, day: date) -> Mapping[Id, DirectoryPerson]:
    """Find who stands in for a person that day or later, also through others."""
    found: dict[Id, DirectoryPerson] = {}
    waiting = [key]
    while waiting:
        for one, person, link in standing_in(directory, waiting.pop()):
            if one not in found and state_of(link, day) != "over":
                found[one] = person
                waiting.append(one)
    return found


class RolePlace(NamedTuple):
    division_code: str
    unit_id: Id | None = None
    station_id: Id | None = None
    organ_id: Id | None = None


class NoPlace(Exception):
    """The role cannot be held there: which part of the place is wrong, and why."""

    def __init__(
        self,
        part: Literal["division", "unit", "station", "organ"],
        why: Literal["missing", "elsewhere", "ended", "unused", "unfit"],
    ) -> None:
        super().__init__(f"{part}: {why}")
        self.part, self.why = part, why


def place_of_role(
    role: Role, place: RolePlace, directory: Directory, today: date
) -> dict[str, Id | None]:
    """Return the organ, unit or station of a grant; raises NoPlace.

    An organ, unit or station must lie in exactly this division and not have ended. All other roles
    are held in the division, or in one of its organs if it has any; named none, in the usual one.
    """
    if place.organ_id and role in UNIT_ROLES | STATION_ROLES:
        raise NoPlace("organ", "unused")
    if role in UNIT_ROLES:
        unit = directory.unit(place.unit_id) if place.unit_id else None
        _require(unit, "unit", place, today)
        return {"unit_id": place.unit_id}
    if role in STATION_ROLES:
        station = directory.station(place.station_id) if place.station_id else None
        _require(station, "station", place, today)
        return {"station_id": place.station_id}
    if place.unit_id or place.station_id:
        raise NoPlace("unit" if place.unit_id else "station", "unused")
    if directory.organ(place.division_code) is None and role in ORGAN_ROLES:
        raise NoPlace("division", "missing")
    if place.organ_id is None:
        return {"organ_id": _usual_organ(role, directory.organs_in(place.division_code))}
    organ = directory.organ_by_id(place.organ_id)
    _require(organ, "organ", place, today)
    if organ and organ.kind not in _kinds_of(role, organ.kind):
        raise NoPlace("organ", "unfit")
    return {"organ_id": place.organ_id}


def _kinds_of(role: Role, any_kind: OrganKind) -> Sequence[OrganKind]:
    """The kinds of organs in which a role is held; mostly any."""
    return ("committee_office",) if role in ORGAN_ROLES else _ORGANS_OF.get(role, (any_kind,))


def _usual_organ(role: Role, organs: Sequence[tuple[Id, DirectoryOrgan]]) -> Id | None:
    """The only lasting organ of the kind that a role is named for, else the one that dispatches."""
    kind = _kinds_of(role, "committee_office")[0]
    found = [key for key, one in organs if one.kind == kind and one.valid_to is None]
    return found[0] if len(found) == 1 else organs[0][0] if organs else None


def _require(
    entry: DirectoryOrgan | DirectoryUnit | DirectoryStation | None,
    part: Literal["organ", "unit", "station"],
    place: RolePlace,
    today: date,
) -> None:
    if entry is None:
        raise NoPlace(part, "missing")
    if entry.division_code != place.division_code:
        raise NoPlace(part, "elsewhere")
    is_ending = isinstance(entry, DirectoryOrgan) and entry.valid_to is not None
    if is_ending or has_ended(entry, today):
        raise NoPlace(part, "ended")


def holds_as_long(held: Grant, grant: Grant) -> bool:
    """Whether a held grant covers another one, in the same place."""
    return (
        _where(held) == _where(grant)
        and held.valid_from <= grant.valid_from
        and (held.valid_to is None or (grant.valid_to or date.max) <= held.valid_to)
    )


def _where(one: Grant) -> tuple[object, ...]:
    return one.role, one.division_code, one.organ_id, one.unit_id, one.station_id


May = Callable[[str], bool]
Waiting = Mapping[Id, int]


@dataclass(frozen=True, slots=True)
class Empty:
    """A unit or organ that lacks people, or a leader who has left; how much work waits there."""

    key: Id
    waiting: int
    missing: Sequence[Role] = ()


@dataclass(frozen=True, slots=True)
class Unmanned:
    """A station with its vacant roles."""

    key: Id
    station: DirectoryStation
    missing: Sequence[Role]


@dataclass(frozen=True, slots=True)
class Vacancies:
    """Everything without a responsible person, most work first."""

    units: Sequence[Empty]
    organs: Sequence[Empty]
    leaders: Sequence[Empty]
    forms: Sequence[Empty]
    """Organs of the city and its counties that nobody checks or confirms the monthly form for."""
    stations: Sequence[Unmanned]
    deputies: Sequence[tuple[Id, DirectoryPerson]]


def vacancies(
    directory: Directory, today: date, may: May, waiting: tuple[Waiting, Waiting, Waiting]
) -> Vacancies:
    """Find the vacancies on a day, in the divisions that `may` allows.

    A stand-in counts. `waiting` are the open tasks by unit, the items that wait for an
    organ's decision by organ, and the open items that a leader supervises by that person.
    """
    acting = holders(directory, today)
    tasks, duties, supervised = waiting
    return Vacancies(
        [
            replace(one, missing=_missing(_UNIT_STAFF, one.key, acting))
            for one in _by_waiting(_units(directory, today, may, acting), tasks)
        ],
        _by_waiting(_organs(directory, today, may, acting), duties),
        _by_waiting(_leaders(directory, today, may, supervised), supervised),
        list(_forms(directory, today, may, acting)),
        list(_stations(directory, today, may, acting)),
        sorted(_deputies(directory, today, may), key=lambda it: (it[1].division_code, it[1].name)),
    )


def _by_waiting(keys: Iterator[Id], waiting: Waiting) -> list[Empty]:
    found = [Empty(key, waiting.get(key, 0)) for key in keys]
    return sorted(found, key=lambda it: -it.waiting)


_UNIT_STAFF: tuple[Role, ...] = ("unit_head", "clerk")
_STATION_STAFF: tuple[Role, ...] = ("station_head", "station_staff")
_FORM_STAFF: tuple[Role, ...] = ("liaison", "committee_head")


def _missing(roles: Sequence[Role], key: Id, acting: Holders) -> list[Role]:
    return [role for role in roles if (role, key) not in acting]


def _units(directory: Directory, today: date, may: May, acting: Holders) -> Iterator[Id]:
    """List the city's units without a head, who signs, or without clerks; not external ones."""
    for division in directory.divisions():
        code = division.division_code
        for key, unit in directory.units_in(code) if may(code) else ():
            lacks = _missing(_UNIT_STAFF, key, acting)
            if lacks and not (unit.external or has_ended(unit, today)):
                yield key


def _organs(directory: Directory, today: date, may: May, acting: Holders) -> Iterator[Id]:
    """List the organs of active divisions without a dispatcher."""
    for division in directory.divisions():
        organ = directory.organ(division.division_code)
        if organ is None or not may(division.division_code) or has_ended(division, today):
            continue
        if ("dispatcher", organ[0]) not in acting:
            yield organ[0]


def _forms(directory: Directory, today: date, may: May, acting: Holders) -> Iterator[Empty]:
    """List the organs of the city and its counties without liaison or committee head."""
    for division in directory.divisions():
        organ = directory.organ(division.division_code)
        if organ is None or division.level not in ("city", "county"):
            continue
        if not may(division.division_code) or has_ended(division, today):
            continue
        organs = [key for key, _one in directory.organs_in(division.division_code)]
        lacks = [_missing(_FORM_STAFF, key, acting) for key in organs]
        if missing := [role for role in _FORM_STAFF if all(role in one for one in lacks)]:
            yield Empty(organ[0], 0, missing)


def _leaders(directory: Directory, today: date, may: May, supervised: Waiting) -> Iterator[Id]:
    """List those who lead supervisions and are no leaders any more."""
    for key in supervised:
        person = directory.person(key)
        leads = any(grant.role == "leader" for grant in grants_of(directory, key, today))
        if person is not None and may(person.division_code) and not leads:
            yield key


def _stations(directory: Directory, today: date, may: May, acting: Holders) -> Iterator[Unmanned]:
    """List the stations without head or staff; sub-points are served by their main station."""
    for key, station in sorted(directory.stations().items(), key=lambda it: it[1].code):
        if station.parent_id is not None or not may(station.division_code):
            continue
        if has_ended(station, today):
            continue
        if missing := _missing(_STATION_STAFF, key, acting):
            yield Unmanned(key, station, missing)


def _deputies(directory: Directory, today: date, may: May) -> Iterator[tuple[Id, DirectoryPerson]]:
    """List deputies and street representatives without an open station."""
    people = directory.people
    shown = {key for code, keys in people.by_division.items() if may(code) for key in keys}
    for key, attached in people.by_station.items():
        station = directory.station(key) if key else None
        if station is not None and not has_ended(station, today):
            continue
        for person_id, person in people.read(one for one in attached if one in shown):
            if person.mandates or person.is_street_rep:
                yield person_id, person
