"""Reads deputies, street representatives and officers with their rights from a table."""

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, ValidationInfo

from services.router.directory.domain.import_plan import (
    ImportContext,
    ImportReport,
)
from services.router.directory.domain.model import is_street
from services.router.directory.domain.people_table import People, PersonRow
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
    Repeated,
    RowError,
    parse_date,
)
from shared.text import _

STREET_REP: Literal["street_rep"] = "street_rep"
SEATS = (*get_args(Level), STREET_REP)


def _seat(cell: str) -> str:
    if not cell:
        raise RowError("level", _("级别没有填"))
    if cell not in SEATS:
        raise RowError("level", _("级别只能填%(levels)s", levels=SEATS))
    return cell


def _role(cell: str) -> str:
    if cell not in get_args(Role):
        raise RowError("role", _("没有这个角色：%(role)s", role=cell))
    return cell


def _date_or_none(cell: str, info: ValidationInfo) -> date | None:
    return parse_date(cell, info) if cell else None


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
    organ_code: str | None = None


def read_deputies(text: str, context: ImportContext) -> ImportReport:
    """Read deputies, one line a mandate, and street representatives.

    A leadership deputy names a liaison person, who is in the directory or in the same file.
    """
    people = People[DeputyRow](context, "mandates")

    def take(row: DeputyRow) -> None:
        context.require_division(row.division_code)
        more = _attachments(row, context)
        person = people.at(row, row.division_code)
        if not people.has(row):
            more = {"is_street_rep": False} | more
        elif person.station_id and more.get("station_id") not in (None, person.station_id):
            raise _two_stations()
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


def _two_stations() -> RowError:
    return RowError(
        "station_code",
        _("同一个人写了两个联络站，各行都没有登记"),
        _("一位代表只进一个联络站：请核对后只写一个。"),
    )


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
    people = People[OfficerRow](context, "grants")

    def take(row: OfficerRow) -> None:
        context.require_division(row.division_code)
        person = people.at(row, row.division_code)
        grant = _grant(row, people.known(row.key), context)
        if grant in person.grants:
            raise Repeated("role")
        people.keep(row, person, grants=(*person.grants, grant))

    return people.read(text, OfficerRow, take)


def _grant(row: OfficerRow, known: DirectoryPerson | None, context: ImportContext) -> Grant:
    """Read one right; its organ, unit or station follows from the role; raises RowError.

    A right that is held already may stay where no new one can be given.
    """
    place = _place(row, context.directory)
    dates = {"valid_from": row.valid_from, "valid_to": row.valid_to}
    grant = Grant(role=row.role, **place._asdict(), **dates)
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
        _organ(row.division_code, row.organ_code, directory) if row.organ_code else None,
    )


def _no_place(row: OfficerRow, wrong: NoPlace) -> RowError:
    """Name the cell that makes the place wrong."""
    columns = {"unit": "unit_kind", "station": "station_code", "organ": "organ_code"}
    column = columns.get(wrong.part, "division_code")
    cell = getattr(row, column)
    match wrong.why:
        case "elsewhere":
            message = _("%(cell)s不在%(division)s", cell=cell, division=row.division_code)
        case "ended":
            message = _("%(cell)s已经撤并，请填接续的", cell=cell)
        case "unused" if wrong.part == "organ":
            message = _("%(role)s不放在机构，这一格应为空", role=row.role)
        case "unused":
            message = _("%(role)s不放在单位或联络站，这一格应为空", role=row.role)
        case "unfit":
            message = _("%(role)s不能放在%(cell)s", role=row.role, cell=cell)
        case _:
            message = _("这个区划没有交办机构")
    return RowError(column, message)


def _station(code: str, directory: Directory) -> Id:
    station = directory.station_by_code(code)
    if station is None:
        raise RowError("station_code", _("没有联络站%(station_code)s", station_code=code))
    return station[0]


def _organ(division: str, code: str, directory: Directory) -> Id:
    for key, organ in directory.organs_in(division):
        if organ.code == code:
            return key
    raise RowError(
        "organ_code",
        _("%(division_code)s没有机构%(organ_code)s", division_code=division, organ_code=code),
    )


def _unit(division: str, kind: str, directory: Directory) -> Id:
    for key, unit in directory.units_in(division):
        if unit.kind_code == kind:
            return key
    raise RowError(
        "unit_kind",
        _("%(division_code)s没有%(unit_kind)s这类单位", division_code=division, unit_kind=kind),
    )
