"""Reads deputies, street representatives and officers with their rights from a table."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_args

from services.router.domain.entries import PutEntry
from services.router.domain.holding import ORGAN_ROLES, STATION_ROLES, UNIT_ROLES
from services.router.domain.importing import (
    Fields,
    Repeated,
    Report,
    Wrong,
    day_of,
    division_of,
    each,
    require_code,
    require_name,
    require_place,
    whole,
    yes_of,
)
from services.router.domain.keeping import COMMAND_LINE, Keeper
from shared.calendar import local_day
from shared.contracts.router import DirectoryPerson, Grant, Mandate
from shared.contracts.words import Level, Role
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.ids import Id, named_id, to_text
from shared.table_file import Line
from shared.text import _

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

    def take(row: Fields) -> None:
        code = division_of(row, directory, by)
        more = _attachments(row, directory, local_day(now))
        person = people.at(row)
        if not people.has(row):
            more = {"is_street_rep": False} | more
        if row["level"] == STREET_REP:
            if people.has(row) and person.is_street_rep:
                raise Repeated("code")
            people.keep(row, **more | {"is_street_rep": True}, mandates=person.mandates)
            return
        mandate = _mandate(row["level"], code, directory)
        if mandate in person.mandates:
            raise Repeated("division_code")
        people.keep(row, **more, mandates=(*person.mandates, mandate))

    return people.read(text, DEPUTY_COLUMNS, take, DEPUTY_OPTIONAL)


def _mandate(level: str, code: str, directory: Directory) -> Mandate:
    if level not in get_args(Level):
        raise Wrong("level", _("level只能是%(levels)s", levels=(*get_args(Level), STREET_REP)))
    found = directory.division(code)
    if found is None or found.level != level:
        raise Wrong("division_code", _("%(code)s不是这一级", code=code))
    return Mandate.model_validate({"level": level, "division_code": code})


def _attachments(row: Fields, directory: Directory, today: date) -> dict[str, Any]:
    """Read leadership, liaison and station as far as the file has these columns."""
    found: dict[str, Any] = {}
    if "leadership" in row:
        found["is_leadership"] = yes_of(row, "leadership")
    if "liaison_code" in row:
        code = row["liaison_code"]
        if code and code == row["code"]:
            raise Wrong("liaison_code", _("联系人不能是本人"))
        found["liaison_id"] = named_id("person", code) if code else None
    if "station_code" in row:
        found["station_id"] = _attached(row, directory, today) if row["station_code"] else None
    return found


def _attached(row: Fields, directory: Directory, today: date) -> Id:
    """Find the station of a deputy; nobody comes to one that is no more, who is there may stay."""
    key = station_of(row, directory)
    station, person = directory.station(key), directory.person(named_id("person", row["code"]))
    stays = person is not None and person.station_id == key
    if station is not None and has_ended(station, today) and not stays:
        raise Wrong(
            "station_code", _("%(station)s已经撤销", station=station.name), _("请填接续的联络站。")
        )
    return key


def read_officers(
    text: str, directory: Directory, now: datetime, by: Keeper = COMMAND_LINE
) -> Report:
    """Read officers: one line a right, in the organ, unit or station that the role needs."""
    people = _People(directory, now, by)

    def take(row: Fields) -> None:
        grant = grant_of(row, directory, by)
        person = people.at(row)
        if grant in person.grants:
            raise Repeated("role")
        people.keep(row, grants=(*person.grants, grant))

    return people.read(text, OFFICER_COLUMNS, take)


class _People:
    """People of one file: what the file says of a person's seats or rights replaces the old.

    Those outside the importer's area stay. A person is taken whole or not at all: a line left out
    would take a seat or a right away.
    """

    def __init__(self, directory: Directory, now: datetime, by: Keeper) -> None:
        self._directory, self._now, self._by = directory, now, by
        self._kept: dict[Id, DirectoryPerson] = {}
        self._spoilt: dict[Id, Wrong] = {}
        self._liaisons: dict[Id, str] = {}

    def read(
        self,
        text: str,
        columns: Sequence[str],
        take: Callable[[Fields], None],
        optional: Sequence[str] = (),
    ) -> Report:
        """Take every line, then leave out whoever cannot be taken whole."""

        def one(line: Line) -> Id:
            key = named_id("person", line.cells.get("code", ""))
            try:
                row = whole(line, columns)
                require_code(row)
                require_name(row)
                take(row)
            except Wrong as why:
                if not isinstance(why, Repeated):
                    self._spoilt.setdefault(key, _other_line(line.number))
                raise
            if code := row.get("liaison_code"):
                self._liaisons[key] = code
            return key

        taken, wrong = each(text, columns, one, optional)
        while spoilt := {key: why for key in taken if (why := self._why_not(key, taken))}:
            wrong += [(n, why) for key, why in spoilt.items() for n in taken.pop(key)]
        wrong.sort(key=lambda it: it[0])
        return Report([PutEntry(key, self._in_order(key)) for key in taken], wrong, taken)

    def _why_not(self, key: Id, taken: Collection[Id]) -> Wrong | None:
        """Tell why a person of the file is not taken although their lines read well."""
        person, known = self._in_order(key), self._directory.person(key)
        if code := self._liaisons.get(key):
            liaison = named_id("person", code)
            if liaison not in taken and self._directory.person(liaison) is None:
                return _no_liaison(code)
        had = known.grants if known else ()
        if to_text(key) == self._by.actor and person.grants != had:
            return _own_rights()
        return self._spoilt.get(key)

    def _in_order(self, key: Id) -> DirectoryPerson:
        """Give a person with seats and rights in the order they had, when these are the same."""
        person, known = self._kept[key], self._directory.person(key)
        if known is None:
            return person
        same = {
            name: getattr(known, name)
            for name in ("mandates", "grants")
            if set(getattr(known, name)) == set(getattr(person, name))
        }
        return person.model_copy(update=same)

    def has(self, row: Fields) -> bool:
        """Tell whether an earlier line of this file described the person."""
        return named_id("person", row["code"]) in self._kept

    def at(self, row: Fields) -> DirectoryPerson:
        """Give the person as far as this file described them, with what is not the importer's."""
        key = named_id("person", row["code"])
        if key in self._kept:
            return self._kept[key]
        known = self._directory.person(key)
        if known is None:
            return self._new(row)
        require_place(known.division_code, self._directory, self._by)
        others = {
            name: tuple(one for one in getattr(known, name) if not self._covers(one))
            for name in ("mandates", "grants")
        }
        return self._new(row).model_copy(update=others)

    def _covers(self, one: Mandate | Grant) -> bool:
        """Tell whether a line of the importer could have said this."""
        code = one.division_code
        known = self._directory.division(code) is not None
        return known and self._by.may(self._directory, code)

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
        return known.model_copy(update={"occurred_at": self._now, "actor": self._by.actor})

    def _new(self, row: Fields) -> DirectoryPerson:
        return DirectoryPerson(
            occurred_at=self._now,
            division_code=row["division_code"],
            actor=self._by.actor,
            code=row["code"],
            name=row["name"],
        )


def _other_line(number: int) -> Wrong:
    return Wrong(
        "code",
        _("这个人的第%(number)s行有错，所以这一行也没有登记", number=number),
        _("请改正第%(number)s行，再把这个人的各行一起导入。", number=number),
    )


def _no_liaison(code: str) -> Wrong:
    return Wrong(
        "liaison_code",
        _("没有联系人%(code)s", code=code),
        _("请先登记联系人，或写在同一个文件里。"),
    )


def _own_rights() -> Wrong:
    return Wrong(
        "code",
        _("本人的任职不能由本人修改"),
        _("请由另一位系统管理员导入这一行。"),
    )


def grant_of(row: Fields, directory: Directory, by: Keeper) -> Grant:
    """Read one right; its organ, unit or station follows from the role; raises Wrong."""
    division, role = division_of(row, directory, by), row["role"]
    if role not in get_args(Role):
        raise Wrong("role", _("没有这个角色：%(role)s", role=role))
    found: dict[str, object] = {"role": role, "division_code": division}
    if role in UNIT_ROLES:
        found["unit_id"] = _unit(row, directory)
    elif role in STATION_ROLES:
        found["station_id"] = station_of(row, directory)
    else:
        organ = directory.organ(division)
        if organ is None and role in ORGAN_ROLES:
            raise Wrong("division_code", _("这个区划没有交办机构"))
        found["organ_id"] = organ[0] if organ else None
    found["valid_from"] = day_of(row, "valid_from")
    found["valid_to"] = day_of(row, "valid_to") if row["valid_to"] else None
    grant = Grant.model_validate(found)
    if grant.valid_to is not None and grant.valid_to < grant.valid_from:
        raise Wrong("valid_to", _("结束日期早于开始日期"))
    return grant


def station_of(row: Fields, directory: Directory) -> Id:
    """Find a line's station; raises Wrong."""
    station = directory.station_by_code(row["station_code"])
    if station is None:
        raise Wrong(
            "station_code", _("没有联络站%(station_code)s", station_code=row["station_code"])
        )
    return station[0]


def _unit(row: Mapping[str, str], directory: Directory) -> Id:
    for key, unit in directory.units_in(row["division_code"]):
        if unit.kind_code == row["unit_kind"]:
            return key
    raise Wrong(
        "unit_kind",
        _(
            "%(division_code)s没有%(unit_kind)s这类单位",
            division_code=row["division_code"],
            unit_kind=row["unit_kind"],
        ),
    )
