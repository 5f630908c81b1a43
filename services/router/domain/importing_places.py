"""Reads units and stations from a table."""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from services.router.domain.entries import PutEntry
from services.router.domain.importing import (
    Fields,
    NotTaken,
    Repeated,
    Report,
    Taken,
    Wrong,
    division_of,
    each,
    require_code,
    require_name,
    require_place,
    whole,
    yes_of,
)
from services.router.domain.keeping import COMMAND_LINE, Keeper
from shared.contracts.router import DirectoryStation, DirectoryUnit
from shared.contracts.words import Level
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from shared.table_file import Line
from shared.text import _

STATION_COLUMNS = ("code", "name", "division_code", "parent_code")
UNIT_COLUMNS = ("division_code", "kind_code", "name", "short_name")
UNIT_OPTIONAL = ("vertical",)


def read_stations(
    text: str, directory: Directory, now: datetime, by: Keeper = COMMAND_LINE
) -> Report:
    """Read stations; a parent must be known already. One that is no more is not brought back.

    Stations are a tree of depth two: a sub-point has no sub-points.
    """
    parents = {one.code: one.parent_id for one in directory.stations().values()}
    put: dict[Id, PutEntry] = {}

    def take(line: Line) -> Id:
        row = whole(line, STATION_COLUMNS)
        require_code(row)
        require_name(row)
        division_of(row, directory, by)
        parent = row["parent_code"]
        _require_parent(row["code"], parent, parents)
        _require_open(row, directory)
        key = named_id("station", row["code"])
        if key in put:
            raise Repeated("code")
        if known := directory.station(key):
            require_place(known.division_code, directory, by)
        else:
            _require_living(row["division_code"], directory)
        event = DirectoryStation(
            occurred_at=now,
            division_code=row["division_code"],
            actor=by.actor,
            code=row["code"],
            name=row["name"],
            parent_id=named_id("station", parent) if parent else None,
        )
        put[key] = PutEntry(key, event)
        parents[row["code"]] = event.parent_id
        return key

    return _report(put, *each(text, STATION_COLUMNS, take))


def _require_living(code: str, directory: Directory) -> None:
    """See that nothing new is entered where a division ends or has ended."""
    division = directory.division(code)
    if division is not None and division.valid_to is not None:
        raise Wrong(
            "division_code",
            _("%(division)s已经撤并，或将要撤并", division=division.name),
            _("请登记在接续的地方。"),
        )


def _require_open(row: Fields, directory: Directory) -> None:
    """See that neither a station nor the main one above it closes or is closed."""
    for column in ("code", "parent_code"):
        station = directory.station(named_id("station", row[column]))
        if station is not None and station.valid_to is not None:
            raise Wrong(
                column,
                _("%(station)s已经撤销，或将要撤销", station=station.name),
                _("请改用接续的联络站。"),
            )


def _report(put: Mapping[Id, PutEntry], taken: Taken, wrong: NotTaken) -> Report:
    return Report([put[key] for key in taken], wrong, taken)


def _require_parent(code: str, parent: str, parents: Mapping[str, Id | None]) -> None:
    """See that a station's parent is a main station, and that a parent stays one."""
    if not parent:
        return
    if parent not in parents:
        raise Wrong(
            "parent_code",
            _("没有上级站%(parent)s", parent=parent),
            _("请先登记总站，写在联络点的上面。"),
        )
    if parent == code or parents[parent] is not None:
        raise Wrong("parent_code", _("%(parent)s不是总站", parent=parent))
    if named_id("station", code) in parents.values():
        raise Wrong("parent_code", _("%(code)s有下级联络点，应为总站", code=code))


def read_units(text: str, directory: Directory, now: datetime, by: Keeper = COMMAND_LINE) -> Report:
    """Read units: one of a kind in a division; one that is no more is not brought back."""
    put: dict[Id, PutEntry] = {}

    def take(line: Line) -> Id:
        row = whole(line, UNIT_COLUMNS)
        code = division_of(row, directory, by)
        require_code(row, "kind_code")
        require_name(row)
        require_name(row, "short_name")
        key = named_id("unit", f"{code}:{row['kind_code']}")
        if key in put:
            raise Repeated("kind_code")
        put[key] = PutEntry(key, _unit(row, directory.unit(key) or _new(row, directory)))
        return key

    def _new(row: Fields, directory: Directory) -> DirectoryUnit:
        division = directory.division(row["division_code"])
        if division is None or division.level not in get_args(Level):
            raise Wrong("division_code", _("功能区没有单位"))
        _require_living(row["division_code"], directory)
        return DirectoryUnit.model_validate(
            {"occurred_at": now, "division_code": row["division_code"], "actor": by.actor}
            | {"name": row["name"], "short_name": row["short_name"]}
            | {"kind_code": row["kind_code"], "level": division.level}
            | {"external": division.level == "province"}
        )

    def _unit(row: Fields, unit: DirectoryUnit) -> DirectoryUnit:
        if unit.valid_to is not None:
            raise Wrong("name", _("%(unit)s已经撤并", unit=unit.name))
        vertical = yes_of(row, "vertical") if "vertical" in row else unit.vertical
        said = {"occurred_at": now, "actor": by.actor, "vertical": vertical}
        return unit.model_copy(update=said | {"name": row["name"], "short_name": row["short_name"]})

    return _report(put, *each(text, UNIT_COLUMNS, take, UNIT_OPTIONAL))
