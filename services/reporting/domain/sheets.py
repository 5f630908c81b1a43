"""Forms as displayed: the city's with one row per filer, a filer's with one row per division."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from services.reporting.domain.facts import COLUMNS, Column, FactDetail
from services.reporting.domain.freezing import LineFigure, carried
from services.reporting.domain.ledger import EarlierReport, Filer, Filers, ReportLedger
from services.reporting.domain.model import ReportRow
from shared.calendar import Calendar, Period
from shared.contracts.reporting import CountedPart, FrozenVersion
from shared.messaging.subject import Row

Shown = int | Literal["未报", "–"]
"""The content of a cell, on the page and on paper; – where there is no number."""

FilingStatus = Literal["received", "waiting", "returned", "missing", "not_due", "draft"]


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
        return self.counted + self.corrected + self.adjusted

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(
            self.counted + other.counted,
            self.corrected + other.corrected,
            self.adjusted + other.adjusted,
            self.late + other.late,
            self.cumulative + other.cumulative,
        )


class Memo(Row):
    """Figures beside the form, which enter no column (domain rules §4), as they are now.

    `visits` are firms by activity (走访家次), `joint` activities that others organised together
    with these divisions, `guests` deputies who came to activities of others held here,
    `street_reps` representatives of streets who came to own ones.
    """

    visits: int
    joint: int
    guests: int
    street_reps: int


@dataclass(frozen=True, slots=True)
class FactPage:
    """The facts behind a number: their sum, how many there are, and one page of them.

    `filer` is the one whose form contains the number.
    """

    cell: Cell
    count: int
    facts: Sequence[FactDetail]
    filer: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: `received` and `draft` count in the total, the others do not (未报 is not 0).

    `version` is the frozen one that its figures come from, 0 if they are what was read so far.
    `has_sums`: there are cumulative figures. `own` is the filer's own level, `ended` the last day
    of a county that is or will be merged, `left_out` names what was under repair.
    """

    code: str
    name: str
    status: FilingStatus
    figures: Mapping[Column, Cell] = field(default_factory=dict)
    report: ReportRow | None = None
    version: int = 0
    has_sums: bool = True
    own: bool = False
    ended: date | None = None
    sends_up: bool = True
    left_out: Sequence[str] = ()

    def cell(self, column: Column) -> Cell:
        return self.figures.get(column, Cell())

    def applies(self, column: Column) -> bool:
        """Whether a column has a meaning here: only a county escalates items to the city."""
        return column != "C5" or self.sends_up

    def shown(self, column: Column) -> tuple[Shown, Shown]:
        """Return what the two cells of a column show: this period, and since the first one."""
        if not self.applies(column) or self.status == "not_due":
            return "–", "–"
        cell = self.cell(column)
        now: Shown = "未报" if self.status == "missing" else cell.printed
        return now, cell.cumulative if self.has_sums else "–"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form: its rows in the official order, and the total of those that count.

    `is_city`: the sum of all filers; `is_own`: what the city files itself (市本级). `receiver` is
    the city it goes to. Of a draft: `figures_sha256` is the hash of its figures, `changes` are the
    cells that differ from those last confirmed, `must_precede` the earlier reports it waits for,
    `uncounted` how many facts of each column happened before the first period; `is_overtaken`: a
    later report has counted the same. A county has no report of a period that was over before
    `first_due_on`, the last day of its first one (`is_due` is false).
    """

    code: str
    name: str
    period: Period
    rows: Sequence[SheetRow]
    report: ReportRow | None = None
    version: int = 0
    left_out: Sequence[str] = ()
    is_city: bool = False
    is_own: bool = False
    receiver: str = ""
    today: date = date.min
    calendar: Calendar = field(default_factory=lambda: Calendar({}))
    figures_sha256: str = ""
    changes: Sequence[tuple[LineFigure, LineFigure]] = ()
    must_precede: Sequence[EarlierReport] = ()
    uncounted: Mapping[Column, int] = field(default_factory=dict)
    is_overtaken: bool = False
    is_due: bool = True
    first_due_on: date | None = None
    memo: Memo | None = None

    @property
    def days_missing(self) -> int:
        """The number of whole days left in the period."""
        return max(0, (self.period.due_on - self.today).days)

    @property
    def counties(self) -> int:
        """The number of counties in the city's form."""
        return sum(not row.own for row in self.rows)

    @property
    def received(self) -> int:
        """The number of counties in the total; the city's own row is not one."""
        return sum(row.status == "received" and not row.own for row in self.rows)

    def total(self, column: Column) -> Cell:
        """Sum a column; rows that do not count still add their earlier sums."""
        counted = [row for row in self.rows if row.status in ("received", "draft")]
        before = sum(row.cell(column).cumulative for row in self.rows if row not in counted)
        return sum((row.cell(column) for row in counted), Cell()) + Cell(cumulative=before)

    def shown_total(self, column: Column) -> tuple[Shown, Shown]:
        """Return what the total's cells show; none where no row has the column."""
        if not self.is_due or not any(row.applies(column) for row in self.rows):
            return "–", "–"
        cell = self.total(column)
        return cell.printed, cell.cumulative


@dataclass(frozen=True, slots=True)
class FiledReports:
    """The reports of a period, the figures of their last versions, the sums received so far.

    `left_out` names what was under repair, by filer and version; `not_due` who has no report of it.
    """

    reports: Mapping[str, ReportRow]
    figures: Mapping[str, Mapping[Column, Cell]]
    sums: Mapping[str, Mapping[Column, int]]
    left_out: Mapping[tuple[str, int], Sequence[str]]
    not_due: Collection[str] = ()


def received_parts(
    ledger: ReportLedger, filers: Iterable[Filer], period: Period
) -> dict[str, Sequence[CountedPart]]:
    """Return, by filer, the versions received up to a period that counted its divisions."""
    return {
        filer.code: [one for one in ledger.received_parts(filer.divisions, period.end) if one.since]
        for filer in filers
    }


def received_sums(
    parts: Mapping[str, Sequence[CountedPart]], lines: Mapping[FrozenVersion, Sequence[LineFigure]]
) -> dict[str, dict[Column, int]]:
    """Sum what was received from each filer since the first period; without any it is absent."""
    found: dict[str, dict[Column, int]] = {}
    for filer, counted in parts.items():
        for part in counted:
            sums = found.setdefault(filer, {})
            for line in carried(part, lines[part.since]) if part.since else ():
                sums[line.column] = sums.get(line.column, 0) + line.cumulative
    return found


def city_sheet(filers: Filers, period: Period, filed: FiledReports) -> Sheet:
    """Build the city's form: the counties' received versions and the city's own.

    The sums end at the last report received from a filer, or from a county merged into it.
    """
    rows = [_filer_row(filer, filed) for filer in filers]
    city = filers.city
    code, name = (city.code, city.name) if city else ("", "")
    return Sheet(code, name, period, rows, is_city=True, receiver=code)


def _filer_row(filer: Filer, filed: FiledReports) -> SheetRow:
    report = filed.reports.get(filer.code)
    version = report.version if report else 0
    now, sums = filed.figures.get(filer.code, {}), filed.sums.get(filer.code, {})
    figures: Mapping[Column, Cell] = {
        column: replace(now.get(column, Cell()), cumulative=sums.get(column, 0))
        for column in COLUMNS
    }
    return SheetRow(
        filer.code, "市本级" if filer.is_city else filer.name,
        _status(report, filed, filer.code), figures, report, version,
        has_sums=filer.code in filed.sums, own=filer.is_city, ended=filer.ends,
        sends_up=not filer.is_city, left_out=filed.left_out.get((filer.code, version), ()),
    )  # fmt: skip


def _status(report: ReportRow | None, filed: FiledReports, filer: str) -> FilingStatus:
    """Return the status of a filer's row; a returned version stays visible until the next one."""
    if report is None or report.version == 0:
        return "not_due" if filer in filed.not_due else "missing"
    if report.stage in ("submitted", "received"):
        return "waiting" if report.stage == "submitted" else "received"
    return "returned"


def own_level(filer: Filer) -> str:
    """The name of a filer's own row: 市本级, 县本级, 区本级, by the last character of its name."""
    kind = filer.name[-1:]
    return f"{kind}本级" if kind in ("市", "县", "区") else "本级"


def filer_sheet(
    filer: Filer,
    period: Period,
    report: ReportRow | None,
    lines: Sequence[LineFigure],
    *,
    version: int = 0,
    left_out: Sequence[str] = (),
) -> Sheet:
    """Build a filer's form: its townships and its own level (县本级)."""
    by_place: dict[str, dict[Column, Cell]] = {}
    for line in lines:
        cell = Cell(line.counted, line.corrected, line.adjusted, line.late, line.cumulative)
        by_place.setdefault(line.division_code, {})[line.column] = cell
    own = own_level(filer)
    name = f"{filer.name}本级" if filer.is_city else filer.name
    rows = [
        SheetRow(
            line.code, own if line.own else line.name, "draft", by_place.get(line.code, {}),
            version=version, own=line.own, ended=line.ended,
            sends_up=line.own and not filer.is_city,
        )
        for line in filer.lines
    ]  # fmt: skip
    return Sheet(filer.code, name, period, rows, report, version, left_out, is_own=filer.is_city)


def before_first_report(sheet: Sheet, first_due_on: date | None) -> Sheet:
    """Give the form of a period that was over before a filer's first report: it has no numbers."""
    rows = [replace(row, status="not_due", figures={}) for row in sheet.rows]
    return replace(sheet, rows=rows, is_due=False, first_due_on=first_due_on)
