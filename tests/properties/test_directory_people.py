"""The indexes of people equal a search through all entries, whatever was changed before."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.codes import Role
from shared.contracts.router import DirectoryPerson, Grant, Mandate, StandIn
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from tests.support.shanghai import at

CODES = st.sampled_from(["331000", "331004", "331004101"])
KEYS = st.sampled_from([named_id("any", str(n)) for n in range(4)])
ROLES: st.SearchStrategy[Role] = st.sampled_from(["clerk", "leader", "station_staff"])
SINCE = date(2020, 1, 1)
Found = Mapping[Any, list[Id]]


def several(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(one, max_size=2).map(tuple)


GRANTS = st.builds(
    Grant,
    role=ROLES,
    unit_id=st.none() | KEYS,
    station_id=st.none() | KEYS,
    division_code=CODES,
    valid_from=st.just(SINCE),
)
PEOPLE = st.builds(
    DirectoryPerson,
    occurred_at=st.just(at("2022-01-01")),
    division_code=CODES,
    actor=st.just("seed"),
    code=st.none() | st.just("p1"),
    name=st.just("周明远"),
    mandates=several(st.builds(Mandate, level=st.just("county"), division_code=CODES)),
    grants=several(GRANTS),
    stands_in_for=several(st.builds(StandIn, person_id=KEYS, valid_from=st.just(SINCE))),
    is_street_rep=st.booleans(),
    liaison_id=st.none() | KEYS,
    station_id=st.none() | KEYS,
)
CHANGES = st.lists(st.lists(st.tuples(KEYS, st.none() | PEOPLE), max_size=3), max_size=5)


def seats(one: DirectoryPerson) -> Iterable[str]:
    own = [one.division_code] if one.is_street_rep else []
    return own + [it.division_code for it in one.mandates]


def stations(one: DirectoryPerson) -> Iterable[Id | None]:
    is_deputy = bool(one.mandates) or one.is_street_rep
    return [one.station_id] if one.station_id or is_deputy else []


SCANS: Mapping[str, Callable[[DirectoryPerson], Iterable[Any]]] = {
    "by_division": lambda one: [one.division_code],
    "by_seat": seats,
    "by_station": stations,
    "by_liaison": lambda one: [one.liaison_id] if one.liaison_id else [],
    "by_principal": lambda one: [it.person_id for it in one.stands_in_for],
    "by_role": lambda one: [it.role for it in one.grants],
    "by_area": lambda one: [it.division_code for it in one.grants],
    "by_office": lambda one: [key for it in one.grants for key in (it.unit_id, it.station_id)
                              if key],
}  # fmt: skip


def scanned(people: Mapping[Id, DirectoryPerson], name: str) -> Found:
    found: dict[Any, list[Id]] = {}
    for key in sorted(people):
        for place in set(SCANS[name](people[key])):
            found.setdefault(place, []).append(key)
    return found


@given(changes=CHANGES)
def test_indexes_equal_a_search_through_all_entries(
    changes: list[list[tuple[Id, DirectoryPerson | None]]],
) -> None:
    known, people = Directory(), dict[Id, DirectoryPerson]()
    for some in changes:
        before, expected = known, dict(people)
        known = known.changed(
            (key, DirectoryPerson.type, one.model_dump_json(exclude_none=True) if one else "")
            for key, one in some
        )
        for key, one in some:
            people.pop(key, None)
            people |= {key: one} if one else {}
        assert {key: before.person(key) for key in before.people.bodies} == expected
    assert {key: known.person(key) for key in known.people.bodies} == people
    for name in SCANS:
        index = getattr(known.people, name)
        assert {place: list(keys) for place, keys in index.items()} == scanned(people, name), name
