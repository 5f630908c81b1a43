"""The people of the directory, indexed by where they belong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from shared.contracts.codes import Role
from shared.contracts.router import DirectoryPerson, Grant
from shared.ids import Id

P = TypeVar("P")
Index = Mapping[P, Sequence[Id]]
"""The keys of the people of each place, in ascending order."""


@dataclass(frozen=True, slots=True)
class People:
    """People by key, kept as UTF-8 JSON without defaults and parsed on demand, to save memory."""

    bodies: Mapping[Id, bytes] = field(default_factory=dict)
    by_division: Index[str] = field(default_factory=dict)
    """The division of the entry itself."""
    by_seat: Index[str] = field(default_factory=dict)
    """The divisions of a deputy's mandates, and that of a street representative."""
    by_station: Index[Id | None] = field(default_factory=dict)
    """The station they are attached to; None: deputies and street representatives of none."""
    by_liaison: Index[Id] = field(default_factory=dict)
    by_principal: Index[Id] = field(default_factory=dict)
    """The people for whom they stand in."""
    by_role: Index[Role] = field(default_factory=dict)
    by_area: Index[str] = field(default_factory=dict)
    """The divisions of their grants."""
    by_office: Index[Id] = field(default_factory=dict)
    """The organs, units and stations of their grants."""

    def get(self, key: Id) -> DirectoryPerson | None:
        body = self.bodies.get(key)
        return DirectoryPerson.model_validate_json(body) if body else None

    def at(self, index: Index[P], place: P) -> Iterator[tuple[Id, DirectoryPerson]]:
        return self.read(index.get(place, ()))

    def read(self, keys: Iterable[Id]) -> Iterator[tuple[Id, DirectoryPerson]]:
        """Read the people of these keys, leaving out the unknown."""
        return ((key, person) for key in keys if (person := self.get(key)))

    def changed(self, entries: Iterable[tuple[Id, str]]) -> "People":
        """Return these people after entries (key, JSON) were replaced; an empty one is removed."""
        kept = {one.name: dict(getattr(self, one.name)) for one in fields(self)}
        bodies, moved = kept["bodies"], _Moved(kept)
        for key, body in entries:
            before = bodies.pop(key, None)
            after = DirectoryPerson.model_validate_json(body, extra="ignore") if body else None
            if after is not None:
                bodies[key] = after.model_dump_json(exclude_defaults=True).encode()
            moved.move(key, DirectoryPerson.model_validate_json(before) if before else None, after)
        moved.finish()
        return People(**kept)


class _Moved:
    """Moves people between the places of the indexes, each place written once."""

    def __init__(self, indexes: Mapping[str, dict[Any, Any]]) -> None:
        self._indexes = indexes
        self._touched: dict[tuple[str, Any], set[Id]] = {}

    def move(self, key: Id, before: DirectoryPerson | None, after: DirectoryPerson | None) -> None:
        """Take a person from the places they left and put them to those they came to."""
        old = set(_places_of(before)) if before else set()
        new = set(_places_of(after)) if after else set()
        for name, place in old ^ new:
            keys = self._touched.get((name, place))
            if keys is None:
                keys = self._touched[name, place] = set(self._indexes[name].get(place, ()))
            (keys.add if (name, place) in new else keys.remove)(key)

    def finish(self) -> None:
        """Write the places that changed; an empty one is removed."""
        for (name, place), keys in self._touched.items():
            if keys:
                self._indexes[name][place] = tuple(sorted(keys))
            else:
                self._indexes[name].pop(place, None)


def seats_of(person: DirectoryPerson) -> Sequence[str]:
    """List the divisions that elected a deputy, or for whose voters a representative speaks."""
    seats = [one.division_code for one in person.mandates]
    return [*seats, person.division_code] if person.is_street_rep else seats


def _places_of(person: DirectoryPerson) -> Iterator[tuple[str, Any]]:
    """List where a person belongs: the name of an index and the place in it."""
    yield "by_division", person.division_code
    for code in seats_of(person):
        yield "by_seat", code
    if person.station_id or person.mandates or person.is_street_rep:
        yield "by_station", person.station_id
    if person.liaison_id:
        yield "by_liaison", person.liaison_id
    for link in person.stands_in_for:
        yield "by_principal", link.person_id
    for grant in person.grants:
        yield from _places_of_grant(grant)


def _places_of_grant(grant: Grant) -> Iterator[tuple[str, Any]]:
    yield "by_role", grant.role
    yield "by_area", grant.division_code
    for office in (grant.organ_id, grant.unit_id, grant.station_id):
        if office:
            yield "by_office", office
