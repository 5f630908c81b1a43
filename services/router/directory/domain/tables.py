"""The directory as tables: units and stations read, each kind written, new entries by form."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import (
    CodeCell,
    ImportContext,
    ImportReport,
    NameCell,
    NumbersLedByZeros,
    read_entries,
)
from services.router.directory.domain.lists import (
    LISTS,
    ListKind,
    list_reader,
    listed_put,
    numbers_of,
    row_model,
)
from services.router.directory.domain.model import (
    DISPATCHING,
    UnitNames,
    is_namesake,
    organ_key,
)
from services.router.directory.domain.people_import import (
    DeputyRow,
    OfficerRow,
    read_deputies,
    read_officers,
)
from services.router.directory.domain.refusals import same_organ_name, same_unit_name
from services.router.directory.domain.rights import StationTree, is_in_one_county
from shared.contracts.codes import Level, OrganKind
from shared.contracts.router import (
    DirectoryOrgan,
    DirectoryStation,
    DirectoryUnit,
)
from shared.ids import Id, named_id
from shared.tables.rows import (
    BoolCell,
    RowError,
    TableRow,
    cell_errors,
    parse_row,
)
from shared.text import _

NewKind = Literal["organs", "units", "stations", ListKind]
PersonKind = Literal["deputies", "officers"]
TableKind = Literal[NewKind, PersonKind]
TABLE_KINDS: tuple[TableKind, ...] = (
    *("organs", "units", "stations", "deputies", "officers"),
    *LISTS,
)
"""In the order in which they build on each other."""


def _organ_kind(cell: str) -> str:
    if cell not in get_args(OrganKind):
        raise RowError("kind", _("类别只能填%(kinds)s", kinds=get_args(OrganKind)))
    return cell


class OrganRow(TableRow):
    division_code: str
    code: CodeCell
    kind: Annotated[OrganKind, BeforeValidator(_organ_kind)]
    name: NameCell


class UnitRow(TableRow):
    division_code: str
    kind_code: CodeCell
    name: NameCell
    short_name: NameCell
    vertical: BoolCell | None = None


class StationRow(TableRow):
    code: CodeCell
    name: NameCell
    division_code: str
    parent_code: str


_ROWS: Mapping[NewKind, type[TableRow]] = {
    "organs": OrganRow,
    "units": UnitRow,
    "stations": StationRow,
    **{kind: row_model(kind) for kind in LISTS},
}
Units = dict[str, UnitNames]
Organs = dict[Id, DirectoryOrgan]


def read_organs(text: str, context: ImportContext) -> ImportReport:
    """Read organs; each division has one that dispatches, and an ended one cannot be reopened."""
    made: Organs = {}
    return read_entries(text, OrganRow, "code", lambda row: _organ(row, context, made), made)


def read_units(text: str, context: ImportContext) -> ImportReport:
    """Read units, one of a kind in a division; an ended one cannot be reopened."""
    beside: Units = {}
    return read_entries(text, UnitRow, "kind_code", lambda row: _unit(row, context, beside), {})


def read_stations(text: str, context: ImportContext) -> ImportReport:
    """Read stations; a parent must come before. A closed one cannot be reopened.

    Stations are a tree of depth two: a sub-point has no sub-points.
    """
    stations, numbers = StationTree(context.directory), _numbers(context)

    def enter(row: StationRow) -> PutEntry:
        return _station(row, stations, context, numbers)

    return read_entries(text, StationRow, "code", enter, {})


def _numbers(context: ImportContext) -> NumbersLedByZeros:
    every = context.directory.stations().values()
    return NumbersLedByZeros(lambda: (one.code for one in every))


class NewEntryErrors(Exception):
    """A form that cannot be entered: the first error of each column."""

    def __init__(self, errors: Mapping[str, RowError]) -> None:
        super().__init__(f"wrong: {', '.join(errors)}")
        self.errors = errors


def new_entry(
    kind: NewKind, cells: Mapping[str, str], context: ImportContext, known: Container[Id] = ()
) -> PutEntry:
    """Make an entry from a form, by the rules of a line; raises NewEntryErrors."""
    if errors := cell_errors(_ROWS[kind], cells):
        raise NewEntryErrors(errors)
    try:
        put = _new(kind, cells, context)
    except RowError as error:
        raise NewEntryErrors({error.column: error}) from None
    if put.key in known:
        raise in_directory_already("kind_code" if kind == "units" else "code")
    return replace(put, basis=0)


def _new(kind: NewKind, cells: Mapping[str, str], context: ImportContext) -> PutEntry:
    match kind:
        case "organs":
            return _organ(parse_row(OrganRow, cells), context, {})
        case "units":
            return _unit(parse_row(UnitRow, cells), context, {})
        case "stations":
            station, tree = parse_row(StationRow, cells), StationTree(context.directory)
            return _station(station, tree, context, _numbers(context))
        case _:
            row = parse_row(row_model(kind), cells)
            return listed_put(kind, row, context, numbers_of(kind, context))


def in_directory_already(column: str) -> NewEntryErrors:
    message = _("名录里已经有了，没有重复登记")
    return NewEntryErrors({column: RowError(column, message, _("请在它自己的页面上修改。"))})


def _organ(row: OrganRow, context: ImportContext, above: Organs) -> PutEntry:
    """Make an organ; `above` are those of the lines above."""
    context.require_division(row.division_code)
    key = organ_key(row.division_code, row.code)
    known = context.directory.organ_by_id(key)
    if (row.code == DISPATCHING) != (row.kind == DISPATCHING):
        raise _one_dispatches()
    organ = known or _unnamed_organ(row, context)
    if organ.valid_to is not None:
        raise RowError("name", _("%(organ)s已经撤销，或将要撤销", organ=organ.name))
    if organ.kind != row.kind:
        raise RowError("kind", _("机构的类别以后不变"), _("请另用一个代码登记新的机构。"))
    beside = [it for it in above.items() if it[1].division_code == row.division_code]
    if is_namesake(row.name, key, [*context.directory.organs_in(row.division_code), *beside]):
        refused = same_organ_name(row.name)
        raise RowError("name", refused.message, refused.what_to_do)
    return PutEntry(key, organ.model_copy(update={"name": row.name} | context.stamps))


def _one_dispatches() -> RowError:
    return RowError(
        "kind",
        _("一个地方只有一个交办机构，代码和类别都是%(code)s", code=DISPATCHING),
        _("别的机构请另填代码和类别。"),
    )


def _unnamed_organ(row: OrganRow, context: ImportContext) -> DirectoryOrgan:
    """Make a further organ where one dispatches; that one comes with the city's own tables."""
    dispatching = context.directory.organ(row.division_code)
    if dispatching is None:
        raise RowError("division_code", _("这个区划没有交办机构"))
    context.require_lasting(row.division_code)
    return DirectoryOrgan(
        **context.stamps,
        division_code=row.division_code,
        level=dispatching[1].level,
        **row.model_dump(include={"code", "kind", "name"}),
    )


def _unit(row: UnitRow, context: ImportContext, beside: Units) -> PutEntry:
    """Make a unit; `beside` holds the names in each division, those of the lines above included."""
    context.require_division(row.division_code)
    key = named_id("unit", f"{row.division_code}:{row.kind_code}")
    known = context.directory.unit(key)
    unit = known or _unnamed_unit(row, context)
    if unit.valid_to is not None:
        raise RowError("name", _("%(unit)s已经撤并", unit=unit.name))
    emitted = row.model_dump(include={"name", "short_name", "vertical"}, exclude_none=True)
    put = unit.model_copy(update=emitted | context.stamps)
    code = row.division_code
    if code not in beside:
        beside[code] = UnitNames(context.directory.units_in(code))
    is_named = known is None or (known.name, known.short_name) != (put.name, put.short_name)
    if is_named and (name := beside[code].namesake(key, put)):
        refused = same_unit_name(name)
        raise RowError("name", refused.message, refused.what_to_do)
    beside[code].put(key, put)
    return PutEntry(key, put)


def _unnamed_unit(row: UnitRow, context: ImportContext) -> DirectoryUnit:
    division = context.directory.division(row.division_code)
    if division is None or division.level not in get_args(Level):
        raise RowError("division_code", _("功能区没有单位"))
    context.require_lasting(row.division_code)
    return DirectoryUnit(
        **context.stamps,
        division_code=row.division_code,
        name=row.name,
        short_name=row.short_name,
        kind_code=row.kind_code,
        level=division.level,
        external=division.level == "province",
    )


def _station(
    row: StationRow, stations: StationTree, context: ImportContext, numbers: NumbersLedByZeros
) -> PutEntry:
    context.require_division(row.division_code)
    key = named_id("station", row.code)
    parent = named_id("station", row.parent_code) if row.parent_code else None
    if parent:
        _require_main(row, key, stations.get(parent), stations)
        _require_open("parent_code", parent, context)
    _require_open("code", key, context)
    known = context.directory.station(key)
    if known:
        context.require_area(known.division_code)
    else:
        numbers.require_not(row.code)
        context.require_lasting(row.division_code)
    station = DirectoryStation(
        **context.stamps,
        division_code=row.division_code,
        code=row.code,
        name=row.name,
        parent_id=parent,
    )
    if known is None or (known.parent_id, known.division_code) != (parent, row.division_code):
        _require_links(key, station, stations, context)
    stations.put(key, station)
    return PutEntry(key, station)


def _require_open(column: str, key: Id, context: ImportContext) -> None:
    """Check that a station neither closes nor is closed."""
    station = context.directory.station(key)
    if station is not None and station.valid_to is not None:
        raise RowError(
            column,
            _("%(station)s已经撤销，或将要撤销", station=station.name),
            _("请改用接续的联络站。"),
        )


def _require_links(
    key: Id, station: DirectoryStation, stations: StationTree, context: ImportContext
) -> None:
    """Check that a new or moved station has a main station of the importer's, in one county."""
    main = stations.get(station.parent_id) if station.parent_id else None
    if main is not None:
        context.require_area(main.division_code, "parent_code", main.code)
    if not is_in_one_county(context.directory, key, station, stations):
        raise RowError(
            "parent_code" if main else "division_code",
            _("总站和联络点应在同一个县（市、区）"),
            _("请先改联络点的总站，再改地方。"),
        )


def _require_main(
    row: StationRow, key: Id, parent: DirectoryStation | None, stations: StationTree
) -> None:
    """Check that a station's parent is a main station, and that a parent stays one."""
    code = row.parent_code
    if parent is None:
        raise RowError(
            "parent_code",
            _("没有上级站%(parent)s", parent=code),
            _("请先登记总站，写在联络点的上面。"),
        )
    if code == row.code or parent.parent_id is not None:
        raise RowError("parent_code", _("%(parent)s不是总站", parent=code))
    if stations.points(key):
        raise RowError("parent_code", _("%(code)s有下级联络点，应为总站", code=row.code))


READERS: Mapping[TableKind, Callable[[str, ImportContext], ImportReport]] = {
    "organs": read_organs,
    "units": read_units,
    "stations": read_stations,
    "deputies": read_deputies,
    "officers": read_officers,
    **{kind: list_reader(kind) for kind in LISTS},
}
COLUMNS: Mapping[TableKind, Sequence[str]] = {
    "deputies": DeputyRow.columns(),
    "officers": OfficerRow.columns(),
    **{kind: model.columns() for kind, model in _ROWS.items()},
}
