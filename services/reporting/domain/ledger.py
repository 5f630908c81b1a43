"""All reports together: who files, what each report counts, and in which order.

The counties file, each with its townships, and the city for its own level (市本级). A merged
county files every form that is due by its last day. From then on its divisions are lines of its
successor. A county without a successor continues to file.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType

from services.reporting.domain import refusals
from shared.calendar import Period, Periods
from shared.contracts.codes import ReportStage
from shared.contracts.reporting import CountedPart, FrozenVersion
from shared.contracts.router import DirectoryDivision
from shared.directory.snapshot import Directory
from shared.directory.succession import living_division

NOTHING_SENT: Mapping[str, Collection[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FilerLine:
    """One division's line in a filer's form; `own` is the filer's own level (县本级).

    `ended` is the last day of a county merged into the filer, on the line of its own level.
    """

    code: str
    name: str
    own: bool = False
    ended: date | None = None


@dataclass(frozen=True)
class Filer:
    """One row of the city's form and the divisions it is the sum of; `ends` is its last day."""

    code: str
    name: str
    lines: tuple[FilerLine, ...]
    is_city: bool = False
    ends: date | None = None

    @property
    def divisions(self) -> list[str]:
        """The codes of its divisions, townships first, its own level last."""
        return [line.code for line in self.lines]


@dataclass(frozen=True)
class Filers:
    """The counties in the order of their codes, then the city's own."""

    counties: tuple[Filer, ...] = ()
    city: Filer | None = None

    def __iter__(self) -> Iterator[Filer]:
        yield from self.counties
        if self.city is not None:
            yield self.city

    @property
    def receiver(self) -> str:
        """The city all reports go to."""
        return self.city.code if self.city else ""

    def get(self, code: str) -> Filer | None:
        return self._by_code.get(code)

    @cached_property
    def _by_code(self) -> dict[str, Filer]:
        return {filer.code: filer for filer in self}

    @cached_property
    def heirs(self) -> dict[str, str]:
        """The successor of each merged county."""
        return {line.code: filer.code for filer in self for line in filer.lines if line.ended}

    @cached_property
    def filer_of(self) -> dict[str, str]:
        """The filer of every division that is counted anywhere."""
        return {line.code: filer.code for filer in self for line in filer.lines}


@dataclass(frozen=True, slots=True)
class _Root:
    """A county, or the city without its counties, with everything below it; `heir` files for it."""

    division: DirectoryDivision
    below: Sequence[DirectoryDivision]
    heir: str


def filers_of(
    directory: Directory, due_on: date, sent: Mapping[str, Collection[str]] = NOTHING_SENT
) -> Filers:
    """Return who files the form due on a day, and which divisions each filer counts.

    `sent` are the submitted forms of that day, each with the divisions it counts, which it keeps
    whatever happens to them later.
    """
    for city in (one for one in directory.divisions() if one.level == "city"):
        below = directory.children(city.division_code)
        counties = [one for one in below if one.level == "county"]
        if counties:
            heirs = _heirs(directory, [one.division_code for one in counties], due_on)
            roots = [
                _Root(one, _below(directory, one), heirs[one.division_code]) for one in counties
            ]
            own = [one for one in below if one.level != "county"]
            roots.append(_Root(city, own, city.division_code))
            return _filers(roots, sent)
    return Filers()


def _heirs(directory: Directory, counties: Sequence[str], due_on: date) -> dict[str, str]:
    """Map each county to who files for it on a due day; only a county can be a successor."""
    found = {code: living_division(directory, code, due_on) for code in counties}
    return {code: heir if heir in found else code for code, heir in found.items()}


def _filers(roots: Sequence[_Root], sent: Mapping[str, Collection[str]]) -> Filers:
    owner = {one.division_code: root.heir for root in roots for one in (*root.below, root.division)}
    for filer, divisions in sent.items():
        owner |= dict.fromkeys(divisions, filer)
    *counties, city = roots
    files = {*owner.values()}
    return Filers(
        tuple(_filer(one, roots, owner) for one in counties if one.division.division_code in files),
        _filer(city, roots, owner, is_city=True),
    )


def _filer(
    root: _Root, roots: Sequence[_Root], owner: Mapping[str, str], *, is_city: bool = False
) -> Filer:
    """Build a filer's lines: its townships, merged counties, its own level."""
    division = root.division
    code, others = division.division_code, [one for one in roots if one is not root]
    lines = [FilerLine(one.division_code, one.name) for one in root.below]
    for other in others:
        gone = other.division
        lines += [FilerLine(one.division_code, one.name) for one in other.below]
        lines.append(FilerLine(gone.division_code, f"原{gone.name}本级", ended=gone.valid_to))
    lines.append(FilerLine(code, division.name, own=True))
    kept = tuple(line for line in lines if owner[line.code] == code)
    return Filer(code, division.name, kept, is_city, division.valid_to)


def _below(directory: Directory, division: DirectoryDivision) -> list[DirectoryDivision]:
    found = []
    for child in directory.children(division.division_code):
        found += [child, *_below(directory, child)]
    return found


@dataclass(frozen=True, slots=True)
class ReportState:
    """The state of a report for other reports; `divisions` are those its last version counted."""

    stage: ReportStage
    version: int = 0
    divisions: frozenset[str] = frozenset()

    @property
    def is_sent(self) -> bool:
        """Whether its last version counts: it was sent and not returned."""
        return self.stage in ("submitted", "received")


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """A report that must be received before another one is submitted.

    `is_sent`: it waits for the city, and later drafts already continue from it.
    """

    filer: Filer
    period_end: date
    is_sent: bool


@dataclass(frozen=True, slots=True)
class ReportLedger:
    """The states of all reports, by filer and last day, and the divisions as they are now."""

    directory: Directory = field(default_factory=Directory)
    reports: Mapping[str, Mapping[date, ReportState]] = field(default_factory=dict)

    def filers(self, due_on: date) -> Filers:
        """Return who files the form due on a day; a submitted form keeps its divisions."""
        sent = {
            filer: found.divisions
            for filer, reports in self.reports.items()
            if (found := reports.get(due_on)) and found.is_sent
        }
        return filers_of(self.directory, due_on, sent)

    def is_due(self, filer: str, due_on: date, today: date) -> bool:
        """Whether a filer reports a period: none that was over before its first report."""
        return due_on >= min(self.first_due(filer) or today, today)

    def first_due(self, filer: str) -> date | None:
        return min(self.reports.get(filer, {}), default=None)

    def is_drafted(self, filer: str, due_on: date) -> bool:
        one = self.reports.get(filer, {}).get(due_on)
        return one is not None and one.stage != "lapsed"

    def missed(self, periods: Periods, now: Period) -> Iterator[tuple[str, Period]]:
        """Yield by filer the periods before `now` since its first report, drafted or not.

        No fact opens a period: an earlier fact is counted in the first report after it.
        """
        first = {filer: min(reports) for filer, reports in self.reports.items() if reports}
        at = periods.previous(now)
        while at and at.due_on >= min(first.values(), default=date.max):
            for filer in self.filers(at.due_on):
                if first.get(filer.code, date.max) <= at.due_on:
                    yield filer.code, at
            at = periods.previous(at)

    def sent_version(self, filer: str, due_on: date) -> int:
        """Return the version that was sent and not returned, 0 if there is none."""
        one = self.reports.get(filer, {}).get(due_on)
        return one.version if one and one.is_sent else 0

    @property
    def void(self) -> set[tuple[str, date]]:
        """The reports, by filer and last day, whose county was merged before the due day."""
        return {
            (filer, end)
            for filer, end, one in self._all()
            if one.stage not in ("received", "lapsed") and self.filers(end).get(filer) is None
        }

    def parts(self, divisions: Iterable[str], before: date) -> tuple[CountedPart, ...]:
        """Group divisions by the last version, sent for a period before, that counted them.

        So each continues from its last version, whoever filed that.
        """
        return self._parts(divisions, before, ["submitted", "received"])

    def received_parts(self, divisions: Iterable[str], before: date) -> tuple[CountedPart, ...]:
        """Group divisions as `parts` does, by versions that the city has received."""
        return self._parts(divisions, before, ["received"])

    def _parts(
        self, divisions: Iterable[str], before: date, stages: Collection[ReportStage]
    ) -> tuple[CountedPart, ...]:
        grouped: dict[FrozenVersion | None, list[str]] = {}
        for code in divisions:
            grouped.setdefault(self._last(code, before, stages), []).append(code)
        return tuple(
            CountedPart(divisions=tuple(codes), since=since) for since, codes in grouped.items()
        )

    def parts_in_turn(self, filer: Filer, due_on: date) -> tuple[CountedPart, ...]:
        """Return what a report counts, and from where on, if it is its turn; raises Refused.

        All earlier reports are received by then: a returned one would take a new cut.
        """
        if self.is_overtaken(filer, due_on):
            raise refusals.later_report_submitted()
        for first in self.open_before(filer, due_on):
            if first.filer.code == filer.code:
                raise refusals.earlier_report_open(first.period_end)
            raise refusals.predecessor_report_open(
                first.filer.code, first.filer.name, first.period_end
            )
        return self.parts(filer.divisions, due_on)

    def open_before(self, filer: Filer, due_on: date) -> list[EarlierReport]:
        """List the earlier reports, its own and those of merged counties, that must come first.

        One that can no longer be sent blocks nothing: a later form has counted its content.
        """
        found = []
        for code, end, one in self._all():
            if end < due_on and one.stage != "received":
                other = self.filers(end).get(code)
                if (
                    other is not None
                    and not set(other.divisions).isdisjoint(filer.divisions)
                    and not self.is_overtaken(other, end)
                ):
                    found.append(EarlierReport(other, end, one.is_sent))
        return sorted(found, key=lambda one: (one.period_end, one.filer.code))

    def _last(
        self, code: str, before: date, stages: Collection[ReportStage]
    ) -> FrozenVersion | None:
        counted = [
            (end, filer, one.version)
            for filer, end, one in self._all()
            if end < before and one.stage in stages and code in one.divisions
        ]
        if not counted:
            return None
        end, filer, version = max(counted)
        return FrozenVersion(filer=filer, period_end=end, version=version)

    def is_overtaken(self, filer: Filer, due_on: date) -> bool:
        """Whether another form, of this period or later, has counted the same divisions."""
        return any(
            one.is_sent
            and (end > due_on or (end == due_on and code != filer.code))
            and not one.divisions.isdisjoint(filer.divisions)
            for code, end, one in self._all()
        )

    def _all(self) -> Iterator[tuple[str, date, ReportState]]:
        for filer, reports in self.reports.items():
            for end, one in reports.items():
                yield filer, end, one
