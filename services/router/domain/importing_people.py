"""Reads deputies, street representatives and officers with their rights from a table."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from services.router.domain.entries import PutEntry
from services.router.domain.holding import ORGAN_ROLES, STATION_ROLES, UNIT_ROLES
from services.router.domain.importing import (
    Fields,
    Report,
    Wrong,
    day_of,
    division_of,
    each,
    require_code,
    require_name,
    require_place,
    yes_of,
)
from services.router.domain.keeping import COMMAND_LINE, Keeper
from shared.contracts.router import DirectoryPerson, Grant, Mandate
from shared.contracts.words import Level, Role
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from shared.table_file import read_lines

DEPUTY_COLUMNS = ("code", "name", "level", "division_code")
DEPUTY_OPTIONAL = ("leadership", "liaison_code", "station_code")
OFFICER_COLUMNS = (
    "code", "name", "role", "division_code", "unit_kind", "station_code", "valid_from", "valid_to",
)  # fmt: skip
STREET_REP = "street_rep"


def read_deputies(
    text: str, directory: Directory, now: datetime, by: Keeper = COMMAND_LINE
) -> Report:
    """Read deputies, one line a mandate, and street representatives (level `street_rep`).

    A leadership deputy names a liaison person, who is known or stands in the same file.
    """
    people = _People(directory, now, by)
    named = {line.cells.get("code", "") for line in read_lines(text, ("code",))}

    def take(row: Fields) -> None:
        require_code(row)
        require_name(row)
        code = division_of(row, directory, by)
        more = _attachments(row, directory, named)
        person, listed = people.at(row), people.has(row)
        if not listed:
            more = {"is_street_rep": False} | more
        if row["level"] == STREET_REP:
            if listed and person.is_street_rep:
                raise Wrong("code", "上面已有这一行", "listed above already")
            people.keep(row, **more | {"is_street_rep": True}, mandates=person.mandates)
            return
        mandate = _mandate(row["level"], code, directory)
        if mandate in person.mandates:
            raise Wrong("division_code", "上面已有这一行", "listed above already")
        people.keep(row, **more, mandates=(*person.mandates, mandate))

    taken, wrong = each(text, DEPUTY_COLUMNS, take, DEPUTY_OPTIONAL)
    return Report(people.entries, taken, wrong)


def _mandate(level: str, code: str, directory: Directory) -> Mandate:
    if level not in get_args(Level):
        raise Wrong(
            "level", f"level只能是{'、'.join((*get_args(Level), STREET_REP))}",
            f"level: {', '.join((*get_args(Level), STREET_REP))}",
        )  # fmt: skip
    found = directory.division(code)
    if found is None or found.level != level:
        raise Wrong("division_code", f"{code}不是这一级", f"{code} is not of the level {level}")
    return Mandate.model_validate({"level": level, "division_code": code})


def _attachments(row: Fields, directory: Directory, named: set[str]) -> dict[str, Any]:
    """Read leadership, liaison and station as far as the file has these columns."""
    found: dict[str, Any] = {}
    if "leadership" in row:
        found["is_leadership"] = yes_of(row, "leadership")
    if "liaison_code" in row:
        code = row["liaison_code"]
        key = named_id("person", code) if code else None
        if key and code not in named and directory.person(key) is None:
            raise Wrong(
                "liaison_code", f"没有联系人{code}", f"no person has the code {code}",
                todo_zh="请先登记联系人，或写在同一个文件里。",
                todo_en="Enter the liaison person first, or in the same file.",
            )  # fmt: skip
        if code and code == row["code"]:
            raise Wrong("liaison_code", "联系人不能是本人", "nobody is their own liaison person")
        found["liaison_id"] = key
    if "station_code" in row:
        found["station_id"] = station_of(row, directory) if row["station_code"] else None
    return found


def read_officers(
    text: str, directory: Directory, now: datetime, by: Keeper = COMMAND_LINE
) -> Report:
    """Read officers: one line a right, in the organ, unit or station that the role needs."""
    people = _People(directory, now, by)

    def take(row: Fields) -> None:
        require_code(row)
        require_name(row)
        grant = grant_of(row, directory, by)
        person = people.at(row)
        if grant in person.grants:
            raise Wrong("role", "上面已有这一行", "listed above already")
        people.keep(row, grants=(*person.grants, grant))

    taken, wrong = each(text, OFFICER_COLUMNS, take)
    return Report(people.entries, taken, wrong)


class _People:
    """People of one file: what the file says of a person's seats or rights replaces the old."""

    def __init__(self, directory: Directory, now: datetime, by: Keeper) -> None:
        self._directory, self._now, self._by = directory, now, by
        self._kept: dict[Id, DirectoryPerson] = {}

    @property
    def entries(self) -> list[PutEntry]:
        return [PutEntry(key, person) for key, person in self._kept.items()]

    def has(self, row: Fields) -> bool:
        """Tell whether an earlier line of this file described the person."""
        return named_id("person", row["code"]) in self._kept

    def at(self, row: Fields) -> DirectoryPerson:
        """Give the person as far as this file described them."""
        return self._kept.get(named_id("person", row["code"])) or self._new(row)

    def keep(self, row: Fields, **changes: object) -> None:
        """Keep what a line says; an empty cell takes back nothing an earlier line said."""
        key = named_id("person", row["code"])
        before = self._kept.get(key)
        if before is not None:
            changes = {name: value for name, value in changes.items() if value}
        person = before or self._known(key, row)
        said = {"name": row["name"], "code": row["code"]}
        self._kept[key] = person.model_copy(update=changes | said)

    def _known(self, key: Id, row: Fields) -> DirectoryPerson:
        known = self._directory.person(key)
        if known is None:
            return self._new(row)
        require_place(known.division_code, self._directory, self._by)
        return known.model_copy(update={"occurred_at": self._now, "actor": self._by.actor})

    def _new(self, row: Fields) -> DirectoryPerson:
        return DirectoryPerson(
            occurred_at=self._now,
            division_code=row["division_code"],
            actor=self._by.actor,
            code=row["code"],
            name=row["name"],
        )


def grant_of(row: Fields, directory: Directory, by: Keeper) -> Grant:
    """Read one right; its organ, unit or station follows from the role; raises Wrong."""
    division, role = division_of(row, directory, by), row["role"]
    if role not in get_args(Role):
        raise Wrong("role", f"没有这个角色：{role}", f"no such role: {role}")
    found: dict[str, object] = {"role": role, "division_code": division}
    if role in UNIT_ROLES:
        found["unit_id"] = _unit(row, directory)
    elif role in STATION_ROLES:
        found["station_id"] = station_of(row, directory)
    else:
        organ = directory.organ(division)
        if organ is None and role in ORGAN_ROLES:
            raise Wrong("division_code", "这个区划没有交办机构", "this division has no organ")
        found["organ_id"] = organ[0] if organ else None
    found["valid_from"] = day_of(row, "valid_from")
    found["valid_to"] = day_of(row, "valid_to") if row["valid_to"] else None
    grant = Grant.model_validate(found)
    if grant.valid_to is not None and grant.valid_to < grant.valid_from:
        raise Wrong("valid_to", "结束日期早于开始日期", "valid_to lies before valid_from")
    return grant


def station_of(row: Fields, directory: Directory) -> Id:
    """Find a line's station; raises Wrong."""
    station = directory.station_by_code(row["station_code"])
    if station is None:
        raise Wrong("station_code", f"没有联络站{row['station_code']}", "no such station")
    return station[0]


def _unit(row: Mapping[str, str], directory: Directory) -> Id:
    for key, unit in directory.units_in(row["division_code"]):
        if unit.kind_code == row["unit_kind"]:
            return key
    raise Wrong(
        "unit_kind",
        f"{row['division_code']}没有{row['unit_kind']}这类单位",
        f"{row['division_code']} has no unit of the kind {row['unit_kind']}",
    )
