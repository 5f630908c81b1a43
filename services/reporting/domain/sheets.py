"""The sheets people see: the city's with a row for each filer, a filer's with its divisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from services.reporting.domain.facts import COLUMNS, Column, Member
from services.reporting.domain.filers import Filer, Filers
from services.reporting.domain.freezing import LineFigure, carried
from services.reporting.domain.ledger import Open, ReportLedger
from services.reporting.domain.reports import ReportRow
from shared.calendar import Period
from shared.contracts.reporting import CountedPart, FrozenVersion

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
    """What stands behind a number: its parts, how many facts, and those of one page.

    `filer` is whose form the number stands in.
    """

    cell: Cell
    facts: int
    members: Sequence[Member]
    filer: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: `received` and `draft` count in the total, the others do not (未报 is not 0).

    `version` is the frozen one its figures stand in, 0 when they are what was read so far;
    `has_sums` tells whether there are cumulative figures. `own` is the filer's own level, `ended`
    the last day of a county that goes or went into another, `left_out` names what was under
    repair.
    """

    code: str
    name: str
    standing: Standing
    figures: Figures = field(default_factory=dict)
    report: ReportRow | None = None
    version: int = 0
    has_sums: bool = True
    own: bool = False
    ended: date | None = None
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
    """One form: its rows in the official order, and the total of those that count.

    `receiver` is the city it goes to; `comes_first` are the earlier reports it must wait for.
    """

    code: str
    name: str
    period: Period
    rows: Sequence[SheetRow]
    report: ReportRow | None = None
    version: int = 0
    left_out: Sequence[str] = ()
    is_city: bool = False
    receiver: str = ""
    comes_first: Sequence[Open] = ()

    @property
    def counties(self) -> int:
        """How many counties have a row; of the city's own sheet."""
        return sum(not row.own for row in self.rows)

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
    """What the city knows of a period: reports, figures of their last versions, received sums.

    `left_out` names what was under repair, by filer and version.
    """

    reports: Mapping[str, ReportRow]
    figures: Mapping[str, Figures]
    sums: Mapping[str, Mapping[Column, int]]
    left_out: Mapping[tuple[str, int], Sequence[str]]


Lines = Mapping[FrozenVersion, Sequence[LineFigure]]


def received_parts(
    book: ReportLedger, filers: Iterable[Filer], period: Period
) -> dict[str, Sequence[CountedPart]]:
    """Give of each filer the received versions, up to a period, its divisions were counted in."""
    return {
        filer.code: [one for one in book.parts(filer.divisions, period.end) if one.since]
        for filer in filers
    }


def received_sums(
    parts: Mapping[str, Sequence[CountedPart]], lines: Lines
) -> dict[str, dict[Column, int]]:
    """Sum what the city has received of each filer since the first period; none: not listed."""
    found: dict[str, dict[Column, int]] = {}
    for filer, counted in parts.items():
        for part in counted:
            sums = found.setdefault(filer, {})
            for line in carried(part, lines[part.since]) if part.since else ():
                sums[line.column] = sums.get(line.column, 0) + line.cumulative
    return found


def city_sheet(filers: Filers, period: Period, filed: Filed) -> Sheet:
    """Lay out the city's sheet: the counties' received versions and the city's own.

    The sums end at the last received report, of a filer and of what went into it.
    """
    rows = [_filer_row(filer, filed) for filer in filers]
    city = filers.city
    code, name = (city.code, city.name) if city else ("", "")
    return Sheet(code, name, period, rows, is_city=True, receiver=code)


def _filer_row(filer: Filer, filed: Filed) -> SheetRow:
    report = filed.reports.get(filer.code)
    version = report.version if report else 0
    now, sums = filed.figures.get(filer.code, {}), filed.sums.get(filer.code, {})
    figures: Figures = {
        column: replace(now.get(column, Cell()), cumulative=sums.get(column, 0))
        for column in COLUMNS
    }
    return SheetRow(
        filer.code, "市本级" if filer.is_city else filer.name, _standing(report), figures, report,
        version, has_sums=filer.code in filed.sums, own=filer.is_city, ended=filer.ends,
        sends_up=not filer.is_city, left_out=filed.left_out.get((filer.code, version), ()),
    )  # fmt: skip


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
    rows = [
        SheetRow(
            line.code, own if line.own else line.name, "draft", by_place.get(line.code, {}),
            version=version, own=line.own, ended=line.ended,
            sends_up=line.own and not filer.is_city,
        )
        for line in filer.lines
    ]  # fmt: skip
    return Sheet(filer.code, filer.name, period, rows, report, version, left_out)
