"""Reads stations, deputies and officers from CSV, with a verdict on every row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import get_args

from services.router.domain.entries import PutEntry
from shared.contracts.router import DirectoryPerson, DirectoryStation, Grant, Mandate
from shared.contracts.words import Level, Role
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from shared.table_file import Line, read_lines

STATION_COLUMNS = ("code", "name", "division_code", "parent_code")
DEPUTY_COLUMNS = ("code", "name", "level", "division_code")
OFFICER_COLUMNS = (
    "code", "name", "role", "division_code", "unit_kind", "station_code", "valid_from", "valid_to",
)  # fmt: skip
ORGAN_ROLES = frozenset({"dispatcher", "committee_head", "leader"})
UNIT_ROLES = frozenset({"clerk", "unit_head"})
STATION_ROLES = frozenset({"station_staff", "station_head"})

Fields = Mapping[str, str]


class Wrong(Exception):
    """A row that cannot be taken, and why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Report:
    """What a file brought: entries to put, and each line that was not taken (the head is 1)."""

    entries: Sequence[PutEntry]
    taken: int
    wrong: Sequence[tuple[int, Wrong]] = field(default=())


def read_stations(text: str, directory: Directory, now: datetime) -> Report:
    """Read stations (`code,name,division_code,parent_code`); a parent must be known already.

    Stations are a tree of depth two: a sub-point has no sub-points.
    """
    parents = {one.code: one.parent_id for one in directory.stations().values()}
    put: dict[Id, PutEntry] = {}

    def take(row: Fields) -> None:
        _require_code(row)
        _division(row, directory)
        parent = row["parent_code"]
        _require_parent(row["code"], parent, parents)
        key = named_id("station", row["code"])
        if key in put:
            raise Wrong("文件里已有这个站", "listed above already")
        event = DirectoryStation(
            occurred_at=now,
            division_code=row["division_code"],
            actor="import",
            code=row["code"],
            name=row["name"],
            parent_id=named_id("station", parent) if parent else None,
        )
        put[key] = PutEntry(key, event)
        parents[row["code"]] = event.parent_id

    taken, wrong = _each(text, STATION_COLUMNS, take)
    return Report(list(put.values()), taken, wrong)


def _require_parent(code: str, parent: str, parents: Mapping[str, Id | None]) -> None:
    """See that a station's parent is a main station, and that a parent stays one."""
    if not parent:
        return
    if parent not in parents:
        raise Wrong(f"没有上级站{parent}", f"the parent station {parent} is not known")
    if parent == code or parents[parent] is not None:
        raise Wrong(f"{parent}不是总站", f"{parent} is not a main station")
    if named_id("station", code) in parents.values():
        raise Wrong(f"{code}有下级联络点，应为总站", f"{code} has sub-points; it stays a main one")


def read_deputies(text: str, directory: Directory, now: datetime) -> Report:
    """Read deputies (`code,name,level,division_code`): one line a mandate."""
    people = _People(directory, now)

    def take(row: Fields) -> None:
        _require_code(row)
        division = _division(row, directory)
        if row["level"] not in get_args(Level):
            raise Wrong(
                f"level只能是{'、'.join(get_args(Level))}", f"level: {', '.join(get_args(Level))}"
            )
        found = directory.division(division)
        if found is None or found.level != row["level"]:
            raise Wrong(f"{division}不是这一级", f"{division} is not of the level {row['level']}")
        mandate = Mandate.model_validate({"level": row["level"], "division_code": division})
        person = people.at(row)
        if mandate in person.mandates:
            raise Wrong("上面已有这一行", "listed above already")
        people.keep(row, mandates=(*person.mandates, mandate))

    taken, wrong = _each(text, DEPUTY_COLUMNS, take)
    return Report(people.entries, taken, wrong)


def read_officers(text: str, directory: Directory, now: datetime) -> Report:
    """Read officers: one line a right, in the organ, unit or station that the role needs."""
    people = _People(directory, now)

    def take(row: Fields) -> None:
        _require_code(row)
        grant = _grant(row, directory)
        person = people.at(row)
        if grant in person.grants:
            raise Wrong("上面已有这一行", "listed above already")
        people.keep(row, grants=(*person.grants, grant))

    taken, wrong = _each(text, OFFICER_COLUMNS, take)
    return Report(people.entries, taken, wrong)


class _People:
    """People of one file: what the file says of a person's seats or rights replaces the old."""

    def __init__(self, directory: Directory, now: datetime) -> None:
        self._directory, self._now = directory, now
        self._kept: dict[Id, DirectoryPerson] = {}

    @property
    def entries(self) -> list[PutEntry]:
        return [PutEntry(key, person) for key, person in self._kept.items()]

    def at(self, row: Fields) -> DirectoryPerson:
        """Give the person as far as this file described them."""
        return self._kept.get(named_id("person", row["code"])) or self._new(row)

    def keep(self, row: Fields, **changes: object) -> None:
        key = named_id("person", row["code"])
        person = self._kept.get(key) or self._known(key, row, changes)
        self._kept[key] = person.model_copy(update={**changes, "name": row["name"]})

    def _known(self, key: Id, row: Fields, changes: Mapping[str, object]) -> DirectoryPerson:
        known = self._directory.person(key)
        if known is None:
            return self._new(row)
        return known.model_copy(
            update={"occurred_at": self._now, "actor": "import"} | dict.fromkeys(changes, ())
        )

    def _new(self, row: Fields) -> DirectoryPerson:
        return DirectoryPerson(
            occurred_at=self._now,
            division_code=row["division_code"],
            actor="import",
            name=row["name"],
        )


def _grant(row: Fields, directory: Directory) -> Grant:
    division, role = _division(row, directory), row["role"]
    if role not in get_args(Role):
        raise Wrong(f"没有这个角色：{role}", f"no such role: {role}")
    found: dict[str, object] = {"role": role, "division_code": division}
    if role in ORGAN_ROLES:
        organ = directory.organ(division)
        if organ is None:
            raise Wrong("这个区划没有交办机构", "this division has no organ")
        found["organ_id"] = organ[0]
    if role in UNIT_ROLES:
        found["unit_id"] = _unit(row, directory)
    if role in STATION_ROLES:
        station = directory.station_by_code(row["station_code"])
        if station is None:
            raise Wrong(f"没有联络站{row['station_code']}", "no such station")
        found["station_id"] = station[0]
    found["valid_from"] = _day(row["valid_from"])
    found["valid_to"] = _day(row["valid_to"]) if row["valid_to"] else None
    grant = Grant.model_validate(found)
    if grant.valid_to is not None and grant.valid_to < grant.valid_from:
        raise Wrong("结束日期早于开始日期", "valid_to lies before valid_from")
    return grant


def _unit(row: Fields, directory: Directory) -> Id:
    for key, unit in directory.units_in(row["division_code"]):
        if unit.kind_code == row["unit_kind"]:
            return key
    raise Wrong(
        f"{row['division_code']}没有{row['unit_kind']}这类单位",
        f"{row['division_code']} has no unit of the kind {row['unit_kind']}",
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong(
            f"日期应写作2026-11-23：{text}", f"write a date as 2026-11-23: {text}"
        ) from None


def _require_code(row: Fields) -> None:
    code = row["code"]
    if not code.isascii() or not code.replace("-", "").isalnum() or len(code) > 64:
        raise Wrong("code只能用字母、数字和-", "code: letters, digits and - only")
    if not row["name"] or "\0" in row["name"]:
        raise Wrong("没有名称", "the name is missing")


def _division(row: Fields, directory: Directory) -> str:
    code = row["division_code"]
    if directory.division(code) is None:
        raise Wrong(f"没有这个区划代码：{code}", f"no division has the code {code}")
    return code


def _each(
    text: str, columns: Sequence[str], take: Callable[[Fields], None]
) -> tuple[int, list[tuple[int, Wrong]]]:
    """Take every line, counting those taken and keeping why the others were not."""
    taken, wrong = 0, []
    for line in read_lines(text, columns):
        try:
            _require_whole(line, columns)
            take(line.cells)
        except Wrong as why:
            wrong.append((line.number, why))
        else:
            taken += 1
    return taken, wrong


def _require_whole(line: Line, columns: Sequence[str]) -> None:
    match line.flaw:
        case None:
            return
        case "columns_missing":
            head = ",".join(columns)
            raise Wrong(f"表头应有{head}", f"the head must name {head}")
        case "cells_left_over":
            raise Wrong("这一行的格数多于表头", "more cells than the head has columns")
        case "unreadable":
            raise Wrong("从这里起读不了", "cannot be read from here on")
