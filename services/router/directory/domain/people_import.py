"""Reads deputies, street representatives and officers with their rights from a table."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import BeforeValidator, ValidationInfo

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import (
    CodeCell,
    ImportContext,
    ImportReport,
    NameCell,
    require_no_lost_zeros,
)
from services.router.directory.domain.model import is_street
from services.router.directory.domain.refusals import not_given_here
from services.router.directory.domain.role_holders import (
    STATION_ROLES,
    UNIT_ROLES,
    NoPlace,
    RolePlace,
    holds_as_long,
    place_of_role,
)
from shared.contracts.codes import Level, Role
from shared.contracts.router import DirectoryPerson, Grant, Mandate
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.ids import Id, named_id
from shared.tables.rows import (
    BoolCell,
    DateCell,
    Line,
    Repeated,
    RowError,
    TableRow,
    parse_date,
    read_rows,
    require_complete,
)
from shared.text import _

STREET_REP: Literal["street_rep"] = "street_rep"
SEATS = (*get_args(Level), STREET_REP)


def _seat(cell: str) -> str:
    if cell not in SEATS:
        raise RowError("level", _("level只能是%(levels)s", levels=SEATS))
    return cell


def _role(cell: str) -> str:
    if cell not in get_args(Role):
        raise RowError("role", _("没有这个角色：%(role)s", role=cell))
    return cell


def _date_or_none(cell: str, info: ValidationInfo) -> date | None:
    return parse_date(cell, info) if cell else None


class PersonRow(TableRow):
    """A line that describes a person: one per mandate or right."""

    code: CodeCell
    name: NameCell

    @property
    def key(self) -> Id:
        return named_id("person", self.code)


class DeputyRow(PersonRow):
    """The columns of a table of deputies and street representatives (level `street_rep`)."""

    level: Annotated[Level | Literal["street_rep"], BeforeValidator(_seat)]
    division_code: str
    leadership: BoolCell | None = None
    liaison_code: str | None = None
    station_code: str | None = None


class OfficerRow(PersonRow):
    """The columns of a table of officers: one line a right."""

    role: Annotated[Role, BeforeValidator(_role)]
    division_code: str
    unit_kind: str
    station_code: str
    valid_from: DateCell
    valid_to: Annotated[date | None, BeforeValidator(_date_or_none)]


R = TypeVar("R", DeputyRow, OfficerRow)


def read_deputies(text: str, context: ImportContext) -> ImportReport:
    """Read deputies, one line a mandate, and street representatives.

    A leadership deputy names a liaison person, who is in the directory or in the same file.
    """
    people = _People[DeputyRow](context, "mandates")

    def take(row: DeputyRow) -> None:
        context.require_division(row.division_code)
        more = _attachments(row, context)
        person = people.at(row)
        if not people.has(row):
            more = {"is_street_rep": False} | more
        if row.level == STREET_REP:
            if people.has(row) and person.is_street_rep:
                raise Repeated("code")
            people.keep(row, person, **more | {"is_street_rep": True})
            return
        mandate = _mandate(row.level, row.division_code, context.directory)
        if mandate in person.mandates:
            raise Repeated("division_code")
        people.keep(row, person, **more, mandates=(*person.mandates, mandate))

    return people.read(text, DeputyRow, take)


def _mandate(level: Level, code: str, directory: Directory) -> Mandate:
    found = directory.division(code)
    if found is None or found.level != level:
        raise RowError("division_code", _("%(code)s不是这一级", code=code))
    if is_street(found):
        raise RowError(
            "division_code",
            _("%(name)s是街道，没有自己的人民代表大会，不能有乡镇级代表", name=found.name),
            _(
                "县级代表的level请写county，division_code写县（市、区）的代码；"
                "街道选民代表的level写street_rep。"
            ),
        )
    return Mandate(level=level, division_code=code)


def _attachments(row: DeputyRow, context: ImportContext) -> dict[str, Any]:
    """Read leadership, liaison and station, as far as the file has these columns."""
    found: dict[str, Any] = {}
    if row.leadership is not None:
        found["is_leadership"] = row.leadership
    if row.liaison_code is not None:
        if row.liaison_code == row.code:
            raise RowError("liaison_code", _("联系人不能是本人"))
        found["liaison_id"] = _liaison(row, context) if row.liaison_code else None
    if row.station_code is not None:
        found["station_id"] = _attached(row, context) if row.station_code else None
    return found


def _liaison(row: DeputyRow, context: ImportContext) -> Id:
    """Find a contact person of the importer's area; one that they have already stays."""
    key = named_id("person", row.liaison_code or "")
    liaison, person = context.directory.person(key), context.directory.person(row.key)
    if liaison is not None and not (person and person.liaison_id == key):
        context.require_area(liaison.division_code, "liaison_code", row.liaison_code or "")
    return key


def _attached(row: DeputyRow, context: ImportContext) -> Id:
    """Find the station of a deputy: open and the importer's, unless they are attached already."""
    directory = context.directory
    key = _station(row.station_code or "", directory)
    station, person = directory.station(key), directory.person(row.key)
    if station is None or (person is not None and person.station_id == key):
        return key
    context.require_area(station.division_code, "station_code", station.code)
    if has_ended(station, context.today):
        raise RowError(
            "station_code", _("%(station)s已经撤销", station=station.name), _("请填接续的联络站。")
        )
    return key


def read_officers(text: str, context: ImportContext) -> ImportReport:
    """Read officers: one line a right, in the organ, unit or station that the role needs."""
    people = _People[OfficerRow](context, "grants")

    def take(row: OfficerRow) -> None:
        context.require_division(row.division_code)
        person = people.at(row)
        grant = _grant(row, context)
        if grant in person.grants:
            raise Repeated("role")
        people.keep(row, person, grants=(*person.grants, grant))

    return people.read(text, OfficerRow, take)


class _People(Generic[R]):
    """People of one file: a person's mandates or rights in the file replace the old ones.

    Those outside the importer's area stay. A person is imported whole or not at all, because an
    omitted line would remove a mandate or a right.
    """

    def __init__(self, context: ImportContext, part: Literal["mandates", "grants"]) -> None:
        self._context, self._directory, self._part = context, context.directory, part
        self._kept: dict[Id, DirectoryPerson] = {}
        self._spoilt: dict[Id, RowError] = {}
        self._liaisons: dict[Id, str] = {}
        self._names: dict[Id, dict[str, int]] = {}
        """The names a file writes beside one code, each with its first line."""

    def read(self, text: str, model: type[R], take: Callable[[R], None]) -> ImportReport:
        """Read every line, then leave out the people who cannot be imported whole."""

        def one(line: Line[R]) -> Id:
            code = line.cells.get("code", "")
            key = named_id("person", code)
            if name := line.cells.get("name"):
                self._names.setdefault(key, {}).setdefault(name, line.number)
            try:
                take(line.row())
            except Repeated:
                raise
            except RowError:
                self._spoilt.setdefault(key, _other_line(line.number))
                raise
            if liaison := line.cells.get("liaison_code"):
                self._liaisons[key] = liaison
            return key

        report = require_complete(read_rows(text, model, one))
        taken: dict[Id, list[int]] = {}
        for number, key in report.taken:
            taken.setdefault(key, []).append(number)
        errors = list(report.errors)
        while spoilt := {key: why for key in taken if (why := self._why_not(key, taken))}:
            errors += [(n, why) for key, why in spoilt.items() for n in taken.pop(key)]
        errors.sort(key=lambda it: it[0])
        return ImportReport([PutEntry(key, self._in_order(key)) for key in taken], errors, taken)

    def _why_not(self, key: Id, taken: Collection[Id]) -> RowError | None:
        """Return why a person cannot be entered although their lines are sound."""
        person = self._in_order(key)
        if len(names := self._names.get(key, {})) > 1:
            return _two_names(names)
        if code := self._liaisons.get(key):
            liaison = named_id("person", code)
            if liaison not in taken and self._directory.person(liaison) is None:
                return _no_liaison(code)
        try:
            self._context.require_may_enter(key, person)
        except RowError as why:
            return why
        return self._spoilt.get(key)

    def _in_order(self, key: Id) -> DirectoryPerson:
        """Keep the order of mandates and rights that are the same."""
        person, known = self._kept[key], self._directory.person(key)
        had = getattr(known, self._part) if known else ()
        same = set(had) == set(getattr(person, self._part))
        return person.model_copy(update={self._part: had}) if same else person

    def has(self, row: R) -> bool:
        """Whether an earlier line of this file describes the person."""
        return row.key in self._kept

    def at(self, row: R) -> DirectoryPerson:
        """Return the person as described so far, with the parts outside the importer's area."""
        if row.key in self._kept:
            return self._kept[row.key]
        known = self._directory.person(row.key)
        if known is None:
            require_no_lost_zeros(row.code, self._knows)
            return DirectoryPerson(
                **self._context.stamps,
                division_code=row.division_code,
                code=row.code,
                name=row.name,
            )
        self._context.require_area(known.division_code)
        others = tuple(one for one in getattr(known, self._part) if not self._covers(one))
        return known.model_copy(update={self._part: others} | self._context.stamps)

    def _knows(self, code: str) -> bool:
        return named_id("person", code) in self._directory.people.bodies

    def _covers(self, one: Mandate | Grant) -> bool:
        """Whether the importer may change this part by a file."""
        code = one.division_code
        known = self._directory.division(code) is not None
        return known and self._context.by.may(self._directory, code)

    def keep(self, row: R, person: DirectoryPerson, **changes: object) -> None:
        """Apply a line; an empty cell does not undo an earlier line."""
        if self.has(row):
            changes = {name: value for name, value in changes.items() if value}
        emitted = {"name": row.name, "code": row.code}
        self._kept[row.key] = person.model_copy(update=changes | emitted)


def _other_line(number: int) -> RowError:
    return RowError(
        "code",
        _("这个人的第%(number)s行有错，所以这一行也没有登记", number=number),
        _("请改正第%(number)s行，再把这个人的各行一起导入。", number=number),
    )


def _two_names(names: Mapping[str, int]) -> RowError:
    written = tuple(f"{name}（{line}）" for name, line in names.items())
    return RowError(
        "name",
        _("同一个编号写了不同的姓名（行）：%(names)s，各行都没有登记", names=written),
        _("请核对是不是两个人：各用各的编号，或改成同一个姓名。"),
    )


def _no_liaison(code: str) -> RowError:
    return RowError(
        "liaison_code",
        _("没有联系人%(code)s", code=code),
        _("请先登记联系人，或写在同一个文件里。"),
    )


def _grant(row: OfficerRow, context: ImportContext) -> Grant:
    """Read one right; its organ, unit or station follows from the role; raises RowError.

    A right that is held already may stay where no new one can be given.
    """
    place = _place(row, context.directory)
    dates = {"valid_from": row.valid_from, "valid_to": row.valid_to}
    grant = Grant(role=row.role, **place._asdict(), **dates)
    known = context.directory.person(row.key)
    if not any(holds_as_long(one, grant) for one in (known.grants if known else ())):
        try:
            found = place_of_role(row.role, place, context.directory, context.today)
        except NoPlace as wrong:
            raise _no_place(row, wrong) from None
        grant = grant.model_copy(update=found)
        if not context.by.may_give(context.directory, grant):
            refused = not_given_here()
            raise RowError("role", refused.message, refused.what_to_do)
    if grant.valid_to is not None and grant.valid_to < grant.valid_from:
        raise RowError("valid_to", _("结束日期早于开始日期"))
    return grant


def _place(row: OfficerRow, directory: Directory) -> RolePlace:
    """Find the place a line names; a role of a unit reads no station, and the reverse."""
    reads_unit = row.role in UNIT_ROLES or (row.unit_kind and row.role not in STATION_ROLES)
    reads_station = row.role in STATION_ROLES or (row.station_code and row.role not in UNIT_ROLES)
    return RolePlace(
        row.division_code,
        _unit(row.division_code, row.unit_kind, directory) if reads_unit else None,
        _station(row.station_code, directory) if reads_station else None,
    )


def _no_place(row: OfficerRow, wrong: NoPlace) -> RowError:
    """Name the cell that makes the place wrong."""
    column = {"unit": "unit_kind", "station": "station_code"}.get(wrong.part, "division_code")
    cell = getattr(row, column)
    match wrong.why:
        case "elsewhere":
            message = _("%(cell)s不在%(division)s", cell=cell, division=row.division_code)
        case "ended":
            message = _("%(cell)s已经撤并，请填接续的", cell=cell)
        case "unused":
            message = _("%(role)s不放在单位或联络站，这一格应为空", role=row.role)
        case _:
            message = _("这个区划没有交办机构")
    return RowError(column, message)


def _station(code: str, directory: Directory) -> Id:
    station = directory.station_by_code(code)
    if station is None:
        raise RowError("station_code", _("没有联络站%(station_code)s", station_code=code))
    return station[0]


def _unit(division: str, kind: str, directory: Directory) -> Id:
    for key, unit in directory.units_in(division):
        if unit.kind_code == kind:
            return key
    raise RowError(
        "unit_kind",
        _("%(division_code)s没有%(unit_kind)s这类单位", division_code=division, unit_kind=kind),
    )
