"""The sheets people see: the city's with a row for each filer, a filer's with its divisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from services.reporting.domain.facts import COLUMNS, Column, Member
from services.reporting.domain.filers import Filer, Filers
from services.reporting.domain.freezing import Basis, LineFigure
from services.reporting.domain.reports import ReportRow
from shared.calendar import Period

Figures = Mapping[Column, "Cell"]
Standing = Literal["received", "waiting", "returned", "missing", "draft"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number with its parts; `cumulative` is the sum since the first period."""

    counted: int = 0
    corrected: int = 0
    adjusted: int = 0
    late: int = 0
    cumulative: int = 0

    @property
    def printed(self) -> int:
        """The number on the form."""
        return self.counted + self.corrected + self.adjusted

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(
            self.counted + other.counted,
            self.corrected + other.corrected,
            self.adjusted + other.adjusted,
            self.late + other.late,
            self.cumulative + other.cumulative,
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """What stands behind a number: its parts, how many facts, and those of one page."""

    cell: Cell
    facts: int
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Received:
    """A version the city has received, and the sums since the first period in it."""

    basis: Basis
    sums: dict[Column, int]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: `received` and `draft` count in the total, the others do not (未报 is not 0).

    `version` is the frozen one its figures stand in, 0 when they are what was read so far;
    `sums` the one its cumulative figures stand in, None where there is none. `own` is the
    filer's own level, `left_out` names what was under repair.
    """

    code: str
    name: str
    standing: Standing
    figures: Figures = field(default_factory=dict)
    report: ReportRow | None = None
    version: int = 0
    sums: Basis | None = None
    own: bool = False
    sends_up: bool = True
    left_out: Sequence[str] = ()

    def cell(self, column: Column) -> Cell:
        """Give a cell, 0 where nothing happened."""
        return self.figures.get(column, Cell())

    def applies(self, column: Column) -> bool:
        """Tell whether a column has a meaning here: only a county sends items up to the city."""
        return column != "C5" or self.sends_up


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form: its rows in the official order, and the total of those that count."""

    code: str
    name: str
    period: Period
    rows: Sequence[SheetRow]
    report: ReportRow | None = None
    version: int = 0
    left_out: Sequence[str] = ()
    is_city: bool = False

    @property
    def received(self) -> int:
        """How many counties the total holds; the city's own row is not one of them."""
        return sum(row.standing == "received" and not row.own for row in self.rows)

    def total(self, column: Column) -> Cell:
        """Sum a column; what every row had before stays in the sum since the first period."""
        counted = [row for row in self.rows if row.standing in ("received", "draft")]
        before = sum(row.cell(column).cumulative for row in self.rows if row not in counted)
        return sum((row.cell(column) for row in counted), Cell()) + Cell(cumulative=before)


@dataclass(frozen=True, slots=True)
class Filed:
    """What the city knows of a period: reports, figures of their last versions, sums before.

    `left_out` names what was under repair, by filer and version.
    """

    reports: Mapping[str, ReportRow]
    figures: Mapping[str, Figures]
    before: Mapping[str, Received]
    left_out: Mapping[tuple[str, int], Sequence[str]]


def city_sheet(filers: Filers, period: Period, filed: Filed) -> Sheet:
    """Lay out the city's sheet: the counties' received versions and the city's own.

    The sums of a filer that is not received end at its last received report.
    """
    rows = [_filer_row(filer, period, filed) for filer in filers]
    city = filers.city
    return Sheet(city.code if city else "", city.name if city else "", period, rows, is_city=True)


def _filer_row(filer: Filer, period: Period, filed: Filed) -> SheetRow:
    report = filed.reports.get(filer.code)
    version = report.version if report else 0
    figures = filed.figures.get(filer.code, {})
    sums: Basis | None = Basis(period.due_on, version)
    standing = _standing(report)
    if standing != "received":
        before = filed.before.get(filer.code)
        figures = {column: _summed_before(figures, column, before) for column in COLUMNS}
        sums = before.basis if before else None
    return SheetRow(
        filer.code, "市本级" if filer.is_city else filer.name, standing, figures, report,
        version, sums, own=filer.is_city, sends_up=not filer.is_city,
        left_out=filed.left_out.get((filer.code, version), ()),
    )  # fmt: skip


def _summed_before(figures: Figures, column: Column, before: Received | None) -> Cell:
    sums = before.sums if before else {}
    return replace(figures.get(column, Cell()), cumulative=sums.get(column, 0))


def _standing(report: ReportRow | None) -> Standing:
    """Tell how a filer's row stands; a returned version stays visible until the next comes."""
    if report is None or report.version == 0:
        return "missing"
    if report.stage in ("submitted", "received"):
        return "waiting" if report.stage == "submitted" else "received"
    return "returned"


def filer_sheet(
    filer: Filer,
    period: Period,
    report: ReportRow | None,
    lines: Sequence[LineFigure],
    *,
    version: int = 0,
    left_out: Sequence[str] = (),
) -> Sheet:
    """Lay out a filer's sheet: its townships and its own level (县本级)."""
    by_place: dict[str, dict[Column, Cell]] = {}
    for line in lines:
        cell = Cell(line.counted, line.corrected, line.adjusted, line.late, line.cumulative)
        by_place.setdefault(line.division_code, {})[line.column] = cell
    own = "市本级" if filer.is_city else "县本级"
    sums = Basis(period.due_on, version)
    rows = [
        SheetRow(
            line.code, own if line.own else line.name, "draft", by_place.get(line.code, {}),
            version=version, sums=sums, own=line.own, sends_up=line.own and not filer.is_city,
        )
        for line in filer.lines
    ]  # fmt: skip
    return Sheet(filer.code, filer.name, period, rows, report, version, left_out)
