"""The directory as tables: units and stations read, each kind written, new entries by form."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

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
    list_writer,
    listed_put,
    numbers_of,
    row_model,
)
from services.router.directory.domain.model import UnitNames
from services.router.directory.domain.people_import import (
    STREET_REP,
    DeputyRow,
    OfficerRow,
    read_deputies,
    read_officers,
)
from services.router.directory.domain.refusals import same_unit_name
from services.router.directory.domain.rights import StationTree, is_in_one_county
from shared.contracts.codes import Level
from shared.contracts.router import DirectoryPerson, DirectoryStation, DirectoryUnit
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from shared.tables.rows import (
    BoolCell,
    RowError,
    TableRow,
    cell_errors,
    parse_row,
)
from shared.text import _

NewKind = Literal["units", "stations", ListKind]
PersonKind = Literal["deputies", "officers"]
TableKind = Literal[NewKind, PersonKind]
TABLE_KINDS: tuple[TableKind, ...] = ("units", "stations", "deputies", "officers", *LISTS)
"""In the order in which they build on each other."""


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
    "units": UnitRow,
    "stations": StationRow,
    **{kind: row_model(kind) for kind in LISTS},
}
Units = dict[str, UnitNames]


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


May = Callable[[str], bool]
Row = Sequence[str]


READERS: Mapping[TableKind, Callable[[str, ImportContext], ImportReport]] = {
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


def rows_of(kind: TableKind, directory: Directory, may: May) -> list[Row]:
    """Write a table of the entries in the area of `may`; importing it again changes nothing."""
    return list(_WRITERS[kind](directory, may))


def _units(directory: Directory, may: May) -> Iterator[Row]:
    """Write the units that neither have ended nor will end."""
    for division in directory.divisions():
        code = division.division_code
        for _key, unit in directory.units_in(code) if may(code) else ():
            if unit.valid_to is None:
                yield code, unit.kind_code, unit.name, unit.short_name, _yes(unit.vertical)


def _stations(directory: Directory, may: May) -> Iterator[Row]:
    """Write the stations that neither have closed nor will close."""
    every = directory.stations().values()
    found = [one for one in every if may(one.division_code) and one.valid_to is None]
    for one in sorted(found, key=lambda it: (it.parent_id is not None, it.code)):
        parent = directory.station(one.parent_id) if one.parent_id else None
        yield one.code, one.name, one.division_code, parent.code if parent else ""


def _people(directory: Directory, may: May) -> list[DirectoryPerson]:
    everyone = directory.people.read(directory.people.bodies)
    found = [one for _key, one in everyone if one.code and may(one.division_code)]
    return sorted(found, key=lambda it: it.code or "")


def _deputies(directory: Directory, may: May) -> Iterator[Row]:
    for person in _people(directory, may):
        liaison = directory.person(person.liaison_id) if person.liaison_id else None
        station = directory.station(person.station_id) if person.station_id else None
        more = (
            _yes(person.is_leadership),
            (liaison.code or "") if liaison else "",
            station.code if station else "",
        )
        for one in (it for it in person.mandates if may(it.division_code)):
            yield person.code or "", person.name, one.level, one.division_code, *more
        if person.is_street_rep:
            yield person.code or "", person.name, STREET_REP, person.division_code, *more


def _officers(directory: Directory, may: May) -> Iterator[Row]:
    for person in _people(directory, may):
        for grant in person.grants:
            if not may(grant.division_code) or directory.division(grant.division_code) is None:
                continue
            unit = directory.unit(grant.unit_id) if grant.unit_id else None
            yield (
                person.code or "",
                person.name,
                grant.role,
                grant.division_code,
                unit.kind_code if unit else "",
                _station_code(directory, grant.station_id),
                grant.valid_from.isoformat(),
                grant.valid_to.isoformat() if grant.valid_to else "",
            )


def _station_code(directory: Directory, key: Id | None) -> str:
    station = directory.station(key) if key else None
    return station.code if station else ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"


_WRITERS: Mapping[TableKind, Callable[[Directory, May], Iterator[Row]]] = {
    "units": _units,
    "stations": _stations,
    "deputies": _deputies,
    "officers": _officers,
    **{kind: list_writer(kind) for kind in LISTS},
}
