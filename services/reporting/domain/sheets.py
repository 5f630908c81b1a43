"""The sheets people see: the city's with a row for each filer, a filer's with its divisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.reporting.domain.facts import COLUMNS, Column
from services.reporting.domain.filers import Filer, Filers
from services.reporting.domain.freezing import LineFigure
from services.reporting.domain.reports import ReportRow
from shared.calendar import Period

Figures = Mapping[Column, "Cell"]
Standing = Literal["received", "waiting", "missing", "draft"]


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
class SheetRow:
    """One row: `received` counts in the total, `waiting` and `missing` do not (未报 is not 0)."""

    code: str
    name: str
    standing: Standing
    figures: Figures = field(default_factory=dict)
    report: ReportRow | None = None
    own: bool = False

    def cell(self, column: Column) -> Cell:
        """Give a cell, 0 where nothing happened."""
        return self.figures.get(column, Cell())


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form: its rows in the official order, and the total of those that count."""

    code: str
    name: str
    period: Period
    rows: Sequence[SheetRow]
    report: ReportRow | None = None

    @property
    def counted(self) -> list[SheetRow]:
        """The rows in the total."""
        return [row for row in self.rows if row.standing in ("received", "draft")]

    def total(self, column: Column) -> Cell:
        """Sum a column; what every row had before stays in the sum since the first period."""
        counted = sum((row.cell(column) for row in self.counted), Cell())
        rest = [row for row in self.rows if row not in self.counted]
        before = sum(row.cell(column).cumulative for row in rest)
        return counted + Cell(cumulative=before)


def city_sheet(
    filers: Filers,
    period: Period,
    reports: Mapping[str, ReportRow],
    figures: Mapping[str, Figures],
    before: Mapping[str, Mapping[Column, int]],
) -> Sheet:
    """Lay out the city's sheet: the counties' received versions and the city's own.

    The sums of a filer that is not received end at its last received report (`before`).
    """
    rows = [
        _filer_row(filer, reports.get(filer.code), figures.get(filer.code, {}), before)
        for filer in filers
    ]
    city = filers.city
    return Sheet(city.code if city else "", city.name if city else "", period, rows)


def _filer_row(
    filer: Filer,
    report: ReportRow | None,
    figures: Figures,
    before: Mapping[str, Mapping[Column, int]],
) -> SheetRow:
    sent = report is not None and report.stage in ("submitted", "received")
    received = report is not None and report.stage == "received"
    name = "市本级" if filer.is_city else filer.name
    if not received:
        sums = before.get(filer.code, {})
        shown = {column: (figures.get(column, Cell()) if sent else Cell()) for column in COLUMNS}
        figures = {
            column: Cell(
                cell.counted, cell.corrected, cell.adjusted, cell.late, sums.get(column, 0)
            )
            for column, cell in shown.items()
        }
    standing: Standing = "received" if received else "waiting" if sent else "missing"
    return SheetRow(filer.code, name, standing, figures, report, filer.is_city)


def filer_sheet(
    filer: Filer, period: Period, report: ReportRow | None, lines: Sequence[LineFigure]
) -> Sheet:
    """Lay out a filer's sheet: its townships and its own level (县本级)."""
    by_place: dict[str, dict[Column, Cell]] = {}
    for line in lines:
        cell = Cell(line.counted, line.corrected, line.adjusted, line.late, line.cumulative)
        by_place.setdefault(line.division_code, {})[line.column] = cell
    own = "市本级" if filer.is_city else "县本级"
    rows = [
        SheetRow(
            line.code, own if line.own else line.name, "draft",
            by_place.get(line.code, {}), own=line.own,
        )
        for line in filer.lines
    ]  # fmt: skip
    return Sheet(filer.code, filer.name, period, rows, report)
