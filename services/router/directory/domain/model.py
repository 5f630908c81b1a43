"""Entries of the directory: rows, the whole directory, and the changes of an entry."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from shared.contracts.envelope import Event
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryEndedSessions,
    DirectoryOrgan,
    DirectoryUnit,
    FormerName,
)
from shared.contracts.topics import ROUTER_DIRECTORY
from shared.directory.snapshot import Directory
from shared.directory.succession import Named, label_of
from shared.ids import Id, named_id
from shared.messaging.subject import State, StateRow

OUTSIDE_KIND = "province"
"""The kind of the one unit of a province: all offices outside the city."""
OFFICE_KIND = "township_gov"
"""The kind of the one office of a township or street."""
DISPATCHING = "committee_office"
"""The kind and the code of the one organ of a division that dispatches."""
JUDGED_BY = [one for one in ROUTER_DIRECTORY.types if one != DirectoryEndedSessions.type]
"""The types of entries that edits are judged by; somebody signing out changes none of them."""
_STAMPS = frozenset({"occurred_at", "actor", "former_names"})


class EntryRow(StateRow):
    """One entry of the directory; `type` is empty until it is first put."""

    type: str = ""
    body: str = ""

    @property
    def event(self) -> Event:
        return read_entry(self.type, self.body)

    def holds(self, entry: Event) -> bool:
        """Whether the entry is the same already, whoever put it and when."""
        return self.type == entry.type and not any(changes_of(self.event, entry))


Entry = State[EntryRow]


def folded(name: str) -> str:
    """Write a name as it is compared: full and half width, case and spaces are the same."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def organ_key(division_code: str, code: str) -> Id:
    """The key of an organ; the one that dispatches is found by its division alone."""
    is_dispatching = code == DISPATCHING
    return named_id("organ", division_code if is_dispatching else f"{division_code}:{code}")


def is_namesake(name: str, key: Id, organs: Iterable[tuple[Id, DirectoryOrgan]]) -> bool:
    """Whether another lasting organ is called so."""
    others = (one for at, one in organs if at != key and one.valid_to is None)
    return any(folded(one.name) == folded(name) for one in others)


class UnitNames:
    """The names of the lasting units of a division, each with the units that bear it."""

    def __init__(self, units: Iterable[tuple[Id, DirectoryUnit]]) -> None:
        self._units: dict[Id, DirectoryUnit] = {}
        self._bearers: dict[str, set[Id]] = {}
        for key, unit in units:
            self.put(key, unit)

    def put(self, key: Id, unit: DirectoryUnit) -> None:
        """Add a unit, or give it the names it has now."""
        for name in _names_of(self._units[key]) if key in self._units else ():
            self._bearers.get(name, set()).discard(key)
        self._units[key] = unit
        for name in _names_of(unit) if unit.valid_to is None else ():
            self._bearers.setdefault(name, set()).add(key)

    def namesake(self, key: Id, unit: DirectoryUnit) -> str:
        """Name another unit that bears a name of this one; empty if none does."""
        found = (self._bearers.get(name, ()) for name in _names_of(unit))
        other = next((one for bearers in found for one in bearers if one != key), None)
        return self._units[other].name if other else ""


def _names_of(unit: DirectoryUnit) -> set[str]:
    return {folded(unit.name), folded(unit.short_name)}


def is_street(division: DirectoryDivision) -> bool:
    """Whether a division of township level is a street, which has no congress of its own."""
    return division.level == "township" and division.name.endswith("街道")


@dataclass(frozen=True)
class DirectoryState:
    """The whole directory as last put: each entry with the state edits rest on."""

    rows: Mapping[Id, EntryRow]

    @cached_property
    def directory(self) -> Directory:
        return Directory().changed((row.key, row.type, row.body) for row in self.rows.values())

    @property
    def version(self) -> int:
        """How many changes there have been."""
        return sum(row.text_seq for row in self.rows.values())


def read_entry(kind: str, body: str | bytes) -> Event:
    """Parse a stored entry; fields of an older schema are ignored."""
    return ROUTER_DIRECTORY.types[kind].model_validate_json(body, extra="ignore")


def with_former_names(before: Event, after: Event, now: datetime) -> Event:
    """Keep the former names of an entry, including the one that a change replaces."""
    if not isinstance(before, Named) or not isinstance(after, Named):
        return after
    former = before.former_names
    if label_of(before) != label_of(after):
        former = (*former, FormerName(name=label_of(before), until=now))
    return after.model_copy(update={"former_names": former})


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """An event of an entry and the one before it; erased ones have no body."""

    key: Id
    seq: int
    type: str
    at: datetime
    body: bytes | None
    before: bytes | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after; of a list, the parts removed and the parts added."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of an entry; the first one, which entered it, has no `changes`."""

    key: Id
    seq: int
    at: datetime
    actor: str
    entry: Event
    changes: Sequence[FieldChange]


def revisions(versions: Iterable[EntryVersion]) -> list[Revision]:
    """Compare each version with the one before it, in the given order; erased ones are left out."""
    found: list[Revision] = []
    for one in versions:
        if one.body is None:
            continue
        entry = read_entry(one.type, one.body)
        before = read_entry(one.type, one.before) if one.before else None
        changes = list(changes_of(before, entry)) if before else []
        found.append(Revision(one.key, one.seq, one.at, entry.actor, entry, changes))
    return found


def changes_of(before: Event, after: Event) -> Iterator[FieldChange]:
    """Compare two states of an entry field by field, without author, time and former names."""
    for name in type(after).model_fields:
        old, new = getattr(before, name, None), getattr(after, name)
        if name in _STAMPS or old == new:
            continue
        if isinstance(new, tuple) and isinstance(old, tuple):
            had, has = set(old), set(new)
            gone = tuple(one for one in old if one not in has)
            come = tuple(one for one in new if one not in had)
            yield FieldChange(name, gone, come)
        else:
            yield FieldChange(name, old, new)
