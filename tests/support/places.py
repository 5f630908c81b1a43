"""A small directory for the tests of who goes on for whom."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from shared.contracts import router
from shared.contracts.codes import Role
from shared.contracts.envelope import Event
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id

TODAY = date(2026, 3, 10)
CITY, COUNTY, OTHER_COUNTY = "331000", "331004", "331003"
OLD_TOWN, NEW_TOWN, NEIGHBOUR = "331004101", "331004102", "331003101"
SAID = {"occurred_at": datetime(2026, 1, 1, tzinfo=UTC), "actor": "seed"}
TREE: Mapping[str, tuple[str, str | None]] = {
    CITY: ("city", None),
    COUNTY: ("county", CITY),
    OTHER_COUNTY: ("county", CITY),
    OLD_TOWN: ("township", COUNTY),
    NEW_TOWN: ("township", COUNTY),
    NEIGHBOUR: ("township", OTHER_COUNTY),
}


def person_id(name: str) -> Id:
    return named_id("person", name)


def organ_id(code: str) -> Id:
    return named_id("organ", code)


def unit_id(name: str) -> Id:
    return named_id("unit", name)


def division(code: str, **more: Any) -> tuple[Id, Event]:
    level, parent = TREE[code]
    values = {"division_code": code, "name": code, "level": level, "parent_code": parent}
    return named_id("division", code), router.DirectoryDivision.model_validate(SAID | values | more)


def unit(name: str, **more: Any) -> tuple[Id, Event]:
    values = {"division_code": COUNTY, "name": name, "short_name": name, "kind_code": name}
    made = router.DirectoryUnit.model_validate(SAID | values | {"level": "county"} | more)
    return unit_id(name), made


def station_id(code: str) -> Id:
    return named_id("station", code)


def station(code: str, **more: Any) -> tuple[Id, Event]:
    values = {"division_code": COUNTY, "code": code, "name": code}
    return station_id(code), router.DirectoryStation.model_validate(SAID | values | more)


def grant(role: Role, code: str = COUNTY, **more: Any) -> router.Grant:
    """Make a right that began long ago."""
    values = {"role": role, "division_code": code, "valid_from": date(2020, 1, 1)}
    return router.Grant.model_validate(values | more)


def person(
    name: str, *grants: router.Grant, home: str = COUNTY, stands_in_for: Any = ()
) -> tuple[Id, router.DirectoryPerson]:
    """Make a person; `stands_in_for` names others, or gives (name, from, to)."""
    links = []
    for link in stands_in_for:
        other, since, until = link if isinstance(link, tuple) else (link, date(2026, 1, 1), None)
        links.append(router.StandIn(person_id=person_id(other), valid_from=since, valid_to=until))
    made = router.DirectoryPerson.model_validate(
        SAID | {"division_code": home, "name": name, "grants": grants, "stands_in_for": links}
    )
    return person_id(name), made


def with_entries(known: Directory, *entries: tuple[Id, Event]) -> Directory:
    """Put entries over those that a directory has."""
    return known.changed(
        (key, event.type, event.model_dump_json(exclude_none=True)) for key, event in entries
    )


def amended(known: Directory, key: Id, **fields: Any) -> Directory:
    """Change fields of the entry of a person, a unit or a station."""
    there = known.person(key) or known.unit(key) or known.station(key)
    assert there is not None
    return with_entries(known, (key, there.model_copy(update=fields)))


def directory(*entries: tuple[Id, Event]) -> Directory:
    organs = [
        (
            organ_id(code),
            router.DirectoryOrgan.model_validate(
                SAID | {"division_code": code, "name": code, "level": level}
            ),
        )
        for code, (level, _) in TREE.items()
    ]
    every = [*(division(code) for code in TREE), *organs, *entries]
    return with_entries(Directory(), *every)
