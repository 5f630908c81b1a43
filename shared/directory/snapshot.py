"""The directory as decisions and pages ask it: divisions, organs, units, stations, people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain
from typing import TypeVar, get_args

from shared.calendar import Calendar, Override
from shared.contracts.codes import OrganKind, Role
from shared.contracts.envelope import EVERYWHERE, Event
from shared.contracts.lists import DirectoryListed
from shared.contracts.router import (
    AccountAct,
    DirectoryAccount,
    DirectoryCalendarDay,
    DirectoryDivision,
    DirectoryLevel,
    DirectoryMatter,
    DirectoryOrgan,
    DirectoryPerson,
    DirectorySessionKey,
    DirectoryStation,
    DirectoryUnit,
    Grant,
)
from shared.contracts.topics import ROUTER_DIRECTORY
from shared.directory.people import People
from shared.ids import Id, named_id, to_text

E = TypeVar("E", bound=Event)
L = TypeVar("L", bound=DirectoryListed)


@dataclass(frozen=True)
class Directory:
    entries: Mapping[str, Mapping[Id, Event]] = field(default_factory=dict)
    people: People = field(default_factory=People)

    def changed(self, entries: Iterable[tuple[Id, str, str]]) -> "Directory":
        """Give the state after these entries (key, type, body; an empty body removes)."""
        kept = {kind: dict(of_kind) for kind, of_kind in self.entries.items()}
        people: list[tuple[Id, str]] = []
        for key, kind, body in entries:
            if kind == DirectoryPerson.type:
                people.append((key, body))
            elif body and kind in ROUTER_DIRECTORY.types:
                event = ROUTER_DIRECTORY.types[kind].model_validate_json(body, extra="ignore")
                kept.setdefault(kind, {})[key] = event
            else:
                for of_kind in kept.values():
                    of_kind.pop(key, None)
                people.append((key, ""))
        return Directory(kept, self.people.changed(people) if people else self.people)

    def _all(self, model: type[E]) -> Mapping[Id, E]:
        return self.entries.get(model.type, {})  # type: ignore[return-value]

    def division(self, code: str) -> DirectoryDivision | None:
        return self.division_by_id(named_id("division", code))

    def division_by_id(self, key: Id) -> DirectoryDivision | None:
        return self._all(DirectoryDivision).get(key)

    def divisions(self) -> list[DirectoryDivision]:
        return sorted(self._all(DirectoryDivision).values(), key=lambda d: d.division_code)

    def level_names(self, level: str) -> tuple[str, str]:
        """Give what a level is called here, in Chinese and in English."""
        named = self._all(DirectoryLevel).get(named_id("level", level))
        return (named.name_zh, named.name_en) if named else (level, level)

    def ancestors(self, code: str) -> Sequence[DirectoryDivision]:
        """List a division and all above it, nearest first; empty for an unknown code."""
        found = self._ancestors.get(code)
        if found is None:
            found = self._ancestors[code] = list(self._climb(code))
        return found

    def _climb(self, code: str) -> Iterator[DirectoryDivision]:
        passed: set[str] = set()
        at = self.division(code)
        while at is not None and at.division_code not in passed:
            passed.add(at.division_code)
            yield at
            at = self.division(at.parent_code) if at.parent_code else None

    def children(self, code: str) -> list[DirectoryDivision]:
        return self._children.get(code, [])

    def below(self, code: str) -> Sequence[str]:
        """List the codes of a division and of all below it; of all that are, for everywhere."""
        found = self._below.get(code)
        if found is None:
            every = (one.division_code for one in self.divisions())
            found = self._below[code] = [one for one in every if self.covers(code, one)]
        return found

    def within(self, code: str) -> frozenset[str]:
        """Give the codes a division lies in: its own, all above it, and everywhere."""
        return frozenset((EVERYWHERE, *(one.division_code for one in self.ancestors(code))))

    def covers(self, above: str, code: str) -> bool:
        """Tell whether `code` is `above` or lies below it."""
        return above in self.within(code)

    def organ(self, division_code: str) -> tuple[Id, DirectoryOrgan] | None:
        """Find the organ that gives out items in a division, its committee office."""
        every = self.organs_in(division_code)
        return next((one for one in every if one[1].kind == "committee_office"), None)

    def organs_in(self, division_code: str) -> Sequence[tuple[Id, DirectoryOrgan]]:
        """List the organs of exactly this division, by kind, the one that gives out first."""
        return self._organs.get(division_code, ())

    def organ_by_id(self, key: Id) -> DirectoryOrgan | None:
        return self._all(DirectoryOrgan).get(key)

    def unit(self, key: Id) -> DirectoryUnit | None:
        return self._all(DirectoryUnit).get(key)

    def units(self) -> Mapping[Id, DirectoryUnit]:
        return self._all(DirectoryUnit)

    def units_in(self, division_code: str) -> list[tuple[Id, DirectoryUnit]]:
        """List the units of exactly this division."""
        return self._units.get(division_code, [])

    def station(self, key: Id) -> DirectoryStation | None:
        return self._all(DirectoryStation).get(key)

    def station_by_code(self, code: str) -> tuple[Id, DirectoryStation] | None:
        return self._stations.get(code)

    def with_main(self, key: Id | None) -> frozenset[Id]:
        """A station and the main station above it, whose head is its head too."""
        station = self.station(key) if key else None
        both = (key, station.parent_id if station else None)
        return frozenset(one for one in both if one is not None)

    def with_points(self, key: Id) -> list[Id]:
        """A station and its sub-points."""
        return [key, *self._points.get(key, ())]

    def stations(self) -> Mapping[Id, DirectoryStation]:
        return self._all(DirectoryStation)

    def matter(self, code: str) -> DirectoryMatter | None:
        return self._all(DirectoryMatter).get(named_id("matter", code))

    def matters(self) -> list[DirectoryMatter]:
        return sorted(self._all(DirectoryMatter).values(), key=lambda m: m.code)

    def listed(self, model: type[L], code: str) -> L | None:
        """Find an entry of a list by its code."""
        return self._all(model).get(listed_key(model, code))

    def listed_by_id(self, key: Id) -> DirectoryListed | None:
        found = (of_kind.get(key) for of_kind in self.entries.values())
        return next((one for one in found if isinstance(one, DirectoryListed)), None)

    def listed_at(self, model: type[L], division_code: str) -> list[L]:
        """List what the offices of a division and of those above it keep in a list, by code."""
        here = self.within(division_code)
        found = (one for one in self._all(model).values() if one.division_code in here)
        return sorted(found, key=lambda one: one.code)

    def choices(self, model: type[L], division_code: str, day: date) -> list[L]:
        """List what may be chosen from a list in a division on a day, by code."""
        every = self.listed_at(model, division_code)
        return [one for one in every if one.valid_to is None or day <= one.valid_to]

    def credentials_act(self, person_id: Id) -> DirectoryAccount | None:
        """Find the last act by which an administrator handed out this person's password."""
        return self._all(DirectoryAccount).get(account_key(person_id, "reset"))

    def second_factor_act(self, person_id: Id) -> DirectoryAccount | None:
        """Find the last act by which an administrator removed this person's second factor."""
        return self._all(DirectoryAccount).get(account_key(person_id, "remove_totp"))

    def person(self, key: Id) -> DirectoryPerson | None:
        return self.people.get(key)

    def people_with(
        self, role: Role, *, unit: Id | None = None, division: str | None = None
    ) -> list[tuple[Id, DirectoryPerson]]:
        """List the holders of a role, narrowed to a unit or division."""
        people = self.people
        keys = people.by_role.get(role, ())
        if unit is not None:
            keys = people.by_office.get(unit, ())
        elif division is not None:
            keys = people.by_area.get(division, ())

        def fits(one: Grant) -> bool:
            here = unit in {None, one.unit_id} and division in {None, one.division_code}
            return one.role == role and here

        return [(key, one) for key, one in people.read(keys) if any(map(fits, one.grants))]

    @cached_property
    def officers(self) -> Sequence[Id]:
        """The keys of everyone who holds a right or stands in for somebody."""
        held = chain(self.people.by_role.values(), self.people.by_principal.values())
        return sorted(set(chain.from_iterable(held)))

    @cached_property
    def names_of_people(self) -> Mapping[Id, tuple[str, str]]:
        """Everybody's name and code, for searching."""
        everyone = self.people.read(self.people.bodies)
        return {key: (person.name, person.code or "") for key, person in everyone}

    @cached_property
    def holders_on(self) -> dict[date, Mapping[tuple[Role, Id], Sequence[Id]]]:
        """Cache of `rights.holders`, by day."""
        return {}

    def session_pems(self) -> list[bytes]:
        """List the public keys that may have signed a session, live ones only."""
        keys = self._all(DirectorySessionKey).values()
        return [key.public_pem.encode() for key in keys if not key.retired]

    @cached_property
    def calendar(self) -> Calendar:
        """The working calendar with the operators' words over it."""
        days = self._all(DirectoryCalendarDay).values()
        return Calendar({day.day: Override(day.is_workday, day.note) for day in days})

    @cached_property
    def _ancestors(self) -> dict[str, list[DirectoryDivision]]:
        """Cache: routing looks up the same places again and again."""
        return {}

    @cached_property
    def _below(self) -> dict[str, Sequence[str]]:
        return {}

    @cached_property
    def _children(self) -> dict[str, list[DirectoryDivision]]:
        found: dict[str, list[DirectoryDivision]] = {}
        for division in self.divisions():
            found.setdefault(division.parent_code or "", []).append(division)
        return found

    @cached_property
    def _organs(self) -> dict[str, list[tuple[Id, DirectoryOrgan]]]:
        kinds, found = get_args(OrganKind), dict[str, list[tuple[Id, DirectoryOrgan]]]()
        order = sorted(
            self._all(DirectoryOrgan).items(), key=lambda o: (kinds.index(o[1].kind), o[1].code)
        )
        for key, organ in order:
            found.setdefault(organ.division_code, []).append((key, organ))
        return found

    @cached_property
    def _units(self) -> dict[str, list[tuple[Id, DirectoryUnit]]]:
        found: dict[str, list[tuple[Id, DirectoryUnit]]] = {}
        for key, unit in sorted(self._all(DirectoryUnit).items(), key=lambda u: u[1].name):
            found.setdefault(unit.division_code, []).append((key, unit))
        return found

    @cached_property
    def _points(self) -> Mapping[Id, Sequence[Id]]:
        """The sub-points of each main station."""
        found: dict[Id, list[Id]] = {}
        for key, station in self.stations().items():
            if station.parent_id:
                found.setdefault(station.parent_id, []).append(key)
        return found

    @cached_property
    def ending_divisions(self) -> Mapping[str, DirectoryDivision]:
        """The divisions with a last day, by code; there are few of them, mostly none."""
        return {one.division_code: one for one in self.divisions() if one.valid_to is not None}

    @cached_property
    def ending_units(self) -> Mapping[Id, DirectoryUnit]:
        """The units with a last day, by key."""
        units = self._all(DirectoryUnit)
        return {key: unit for key, unit in units.items() if unit.valid_to is not None}

    @cached_property
    def _stations(self) -> dict[str, tuple[Id, DirectoryStation]]:
        return {s.code: (key, s) for key, s in self._all(DirectoryStation).items()}


_KINDS: Mapping[AccountAct, str] = {
    "open": "credentials",
    "reset": "credentials",
    "remove_totp": "second_factor",
}


def account_key(person_id: Id, act: AccountAct) -> Id:
    """The directory entry of the acts of this kind on a person's account."""
    return named_id(_KINDS.get(act, "account"), to_text(person_id))


def listed_key(model: type[DirectoryListed], code: str) -> Id:
    return named_id(model.type.removeprefix("directory."), code)


def holds(grant: Grant, today: date) -> bool:
    """Tell whether a grant is in force on a day (both ends included)."""
    return grant.valid_from <= today and (grant.valid_to is None or today <= grant.valid_to)
