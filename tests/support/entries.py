"""Entries of the directory, as the router writes them."""

from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryDivision, DirectoryPerson, Grant
from shared.ids import Id, named_id

LONG_AGO = datetime(2022, 1, 1, tzinfo=UTC)
Entry = tuple[Id, Event]


def written(division: str) -> dict[str, Any]:
    return {"occurred_at": LONG_AGO, "division_code": division, "actor": "seed"}


def division(code: str, name: str, level: str, above: str | None, **more: Any) -> Entry:
    values = {"name": name, "level": level, "parent_code": above, **more}
    return named_id("division", code), DirectoryDivision.model_validate(written(code) | values)


def person(key: Id, name: str, home: str, *grants: Grant, **more: Any) -> Entry:
    return key, DirectoryPerson(**written(home), name=name, grants=grants, **more)


def grant(role: str, division: str, **place: Any) -> Grant:
    """Make a right since 2022."""
    values = {"role": role, "division_code": division, "valid_from": date(2022, 1, 1)}
    return Grant.model_validate(values | place)
