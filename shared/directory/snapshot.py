"""The directory as decisions and pages ask it: divisions, organs, units, stations, people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain
from typing import TypeVar

from shared.calendar import Calendar, Override
from shared.contracts.codes import Role
from shared.contracts.envelope import EVERYWHERE, Event
from shared.contracts.router import (
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
from shared.ids import Id, named_id

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Directory:
    """One state of the whole directory."""

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
        """Find a division by its code."""
        return self.division_by_id(named_id("division", code))

    def division_by_id(self, key: Id) -> DirectoryDivision | None:
        """Find a division by its key."""
        return self._all(DirectoryDivision).get(key)

    def divisions(self) -> list[DirectoryDivision]:
        """List all divisions by code."""
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
        """List the divisions directly below one."""
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
        """Find the organ that gives out items in a division."""
        return self._organs.get(division_code)

    def organ_by_id(self, key: Id) -> DirectoryOrgan | None:
        """Find an organ by its key."""
        return self._all(DirectoryOrgan).get(key)

    def unit(self, key: Id) -> DirectoryUnit | None:
        """Find a unit by its key."""
        return self._all(DirectoryUnit).get(key)

    def units_in(self, division_code: str) -> list[tuple[Id, DirectoryUnit]]:
        """List the units of exactly this division."""
        return self._units.get(division_code, [])

    def station(self, key: Id) -> DirectoryStation | None:
        """Find a station by its key."""
        return self._all(DirectoryStation).get(key)

    def station_by_code(self, code: str) -> tuple[Id, DirectoryStation] | None:
        return self._stations.get(code)

    def stations(self) -> Mapping[Id, DirectoryStation]:
        """All stations by key."""
        return self._all(DirectoryStation)

    def matter(self, code: str) -> DirectoryMatter | None:
        """Find a matter by its code."""
        return self._all(DirectoryMatter).get(named_id("matter", code))

    def matters(self) -> list[DirectoryMatter]:
        """List the matter table by code."""
        return sorted(self._all(DirectoryMatter).values(), key=lambda m: m.code)

    def person(self, key: Id) -> DirectoryPerson | None:
        """Find a person by key."""
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
    def _organs(self) -> dict[str, tuple[Id, DirectoryOrgan]]:
        return {o.division_code: (key, o) for key, o in self._all(DirectoryOrgan).items()}

    @cached_property
    def _units(self) -> dict[str, list[tuple[Id, DirectoryUnit]]]:
        found: dict[str, list[tuple[Id, DirectoryUnit]]] = {}
        for key, unit in sorted(self._all(DirectoryUnit).items(), key=lambda u: u[1].name):
            found.setdefault(unit.division_code, []).append((key, unit))
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


def holds(grant: Grant, today: date) -> bool:
    """Tell whether a grant is in force on a day (both ends included)."""
    return grant.valid_from <= today and (grant.valid_to is None or today <= grant.valid_to)
