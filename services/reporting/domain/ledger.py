"""All reports side by side: who files, what each one counts, and which of them come first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.reporting.domain import refusals
from services.reporting.domain.filers import Filer, Filers, filers_of
from shared.contracts.reporting import CountedPart, FrozenVersion
from shared.directory.snapshot import Directory

Stage = Literal[
    "", "drafted", "checked", "confirmed", "submitted", "received", "returned", "lapsed"
]


@dataclass(frozen=True, slots=True)
class ReportState:
    """What other reports must know of one; `divisions` are those its last version counted."""

    stage: Stage
    version: int = 0
    divisions: frozenset[str] = frozenset()

    @property
    def is_sent(self) -> bool:
        """Tell whether its last version counts: it was sent and not given back."""
        return self.stage in ("submitted", "received")


@dataclass(frozen=True, slots=True)
class Open:
    """A report that comes before another one and is not received."""

    filer: Filer
    period_end: date


@dataclass(frozen=True, slots=True)
class ReportLedger:
    """Where all reports stand, by filer and last day, and the divisions as they are now."""

    directory: Directory = field(default_factory=Directory)
    reports: Mapping[str, Mapping[date, ReportState]] = field(default_factory=dict)

    def filers(self, due_on: date) -> Filers:
        """Find who files the form due on a day; what a form that was sent counts stays with it."""
        sent = {
            filer: found.divisions
            for filer, reports in self.reports.items()
            if (found := reports.get(due_on)) and found.is_sent
        }
        return filers_of(self.directory, due_on, sent)

    def is_drafted(self, filer: str, due_on: date) -> bool:
        """Tell whether a report is laid out."""
        one = self.reports.get(filer, {}).get(due_on)
        return one is not None and one.stage != "lapsed"

    @property
    def void(self) -> set[tuple[str, date]]:
        """The reports, by filer and last day, whose county went into another before the due day."""
        return {
            (filer, end)
            for filer, end, one in self._all()
            if one.stage not in ("received", "lapsed") and self.filers(end).get(filer) is None
        }

    def parts(self, divisions: Iterable[str], before: date) -> tuple[CountedPart, ...]:
        """Group divisions by the last version, received for a period before, that counted them.

        So each is counted on from where it was left, whoever filed it then.
        """
        grouped: dict[FrozenVersion | None, list[str]] = {}
        for code in divisions:
            grouped.setdefault(self._last(code, before), []).append(code)
        return tuple(
            CountedPart(divisions=tuple(codes), since=since) for since, codes in grouped.items()
        )

    def in_turn(self, filer: Filer, due_on: date) -> tuple[CountedPart, ...]:
        """Give what a report counts if it is its turn; raises Refused.

        Only what the city received is counted from: a returned version would take a new cut.
        """
        if self._is_overtaken(filer, due_on):
            raise refusals.LaterSubmitted
        for first in self.open_before(filer, due_on):
            if first.filer.code == filer.code:
                raise refusals.EarlierOpen(first.period_end)
            raise refusals.PredecessorOpen(first.filer.code, first.filer.name, first.period_end)
        return self.parts(filer.divisions, due_on)

    def open_before(self, filer: Filer, due_on: date) -> list[Open]:
        """List the earlier reports, own and of counties that went into this one, that come first.

        One that cannot be sent any more holds nothing up: a later form counted what was in it.
        """
        found = []
        for code, end, one in self._all():
            if end < due_on and one.stage != "received":
                other = self.filers(end).get(code)
                if (
                    other is not None
                    and not set(other.divisions).isdisjoint(filer.divisions)
                    and not self._is_overtaken(other, end)
                ):
                    found.append(Open(other, end))
        return sorted(found, key=lambda one: (one.period_end, one.filer.code))

    def _last(self, code: str, before: date) -> FrozenVersion | None:
        counted = [
            (end, filer, one.version)
            for filer, end, one in self._all()
            if end < before and one.stage == "received" and code in one.divisions
        ]
        if not counted:
            return None
        end, filer, version = max(counted)
        return FrozenVersion(filer=filer, period_end=end, version=version)

    def _is_overtaken(self, filer: Filer, due_on: date) -> bool:
        """Tell whether what a report would count is in another form, of this period or later."""
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
