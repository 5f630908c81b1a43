"""A city whose counties go into each other while their reports are under way, without a database.

Reports move through their own decisions; only the reading of facts is done here, in the way the
statement `member` does it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.reporting.domain.context import DecisionContext
from services.reporting.domain.decide import decide
from services.reporting.domain.facts import Column
from services.reporting.domain.freezing import (
    Count,
    CountedCell,
    Frozen,
    LineFigure,
    carried,
    changed,
    joined_hash,
    summed,
)
from services.reporting.domain.ledger import Filer, ReportLedger, ReportState
from services.reporting.domain.model import Report, ReportRow, report_key
from services.reporting.domain.sheets import received_parts, received_sums
from shared.calendar import Period, Periods, start_of_day
from shared.contracts.reporting import CountedPart, CutOffset, FrozenVersion
from shared.ids import named_id
from shared.messaging.subject import ClockDue
from tests.support.reporting import filing
from tests.support.reporting.places import directory

LIAISON, HEAD, OFFICE = (named_id("person", name) for name in ("liaison", "head", "office"))
LONG_AGO = date(1, 1, 1)
Place = tuple[str, date]


@dataclass(frozen=True)
class Happened:
    """Something that counts, the period it happened in, and where in the log it was read."""

    division: str
    column: Column
    period_start: date
    offset: int


@dataclass
class Merging:
    """The facts, the reports and the divisions of a city, and its time."""

    today: date = date(2022, 8, 1)
    ends: dict[str, tuple[date, str | None]] = field(default_factory=dict)
    facts: list[Happened] = field(default_factory=list)
    reports: dict[Place, Report] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return start_of_day(self.today)

    @property
    def book(self) -> ReportLedger:
        reports: dict[str, dict[date, ReportState]] = {}
        for (filer, end), one in self.reports.items():
            parts = one.frozen[-1].version.parts if one.frozen else []
            divisions = frozenset(code for part in parts for code in part.divisions)
            standing = ReportState(one.row.stage, one.row.version, divisions)
            reports.setdefault(filer, {})[end] = standing
        return ReportLedger(directory(self.ends), reports)

    def happens(self, division: str, column: Column, day: date) -> None:
        """Let something happen on a day; it is read now."""
        period = Periods().period_of(start_of_day(day))
        assert period
        self.facts.append(Happened(division, column, period.start, len(self.facts)))

    def ticks(self) -> None:
        """Draft what is due of this period, and what was missed of earlier ones."""
        book, now = self.book, Periods().period_of(self.now)
        assert now
        due = list(book.missed(Periods(), now))
        if self.today >= now.due_on.replace(day=15):
            due += [(filer.code, now) for filer in book.filers(now.due_on)]
        wanted = {report_key(code, period.due_on): (code, period) for code, period in due}
        filing = DecisionContext(self.now, book, wanted, timedelta())
        places = {(code, period.due_on) for code, period in wanted.values()}
        for place in sorted(place for place in places if not book.is_drafted(*place)):
            self._decide(place, ClockDue(report_key(*place)), filing)
        for place in sorted(book.void):
            self._decide(place, ClockDue(report_key(*place)), filing)

    def submit(self, place: Place) -> None:
        """Check, confirm and submit a report; raises Refused."""
        filer = self.book.filers(place[1]).get(place[0])
        if filer is None or self.reports[place].row.stage in ("", "submitted", "received"):
            return
        key = report_key(*place)
        if self.reports[place].row.stage in ("drafted", "returned"):
            count = self.count(filer, place[1])
            self._decide(place, filing.check(LIAISON, count, *place))
        if self.reports[place].row.stage == "checked" or self._is_changed(filer, place):
            self._decide(place, filing.confirm(HEAD, self.count(filer, place[1]), *place))
        self._decide(place, filing.submit(count=self.count(filer, place[1]), key=key))

    def _is_changed(self, filer: Filer, place: Place) -> bool:
        row = self.reports[place].row
        return bool(changed(row.figures, self.count(filer, place[1]).lines))

    def receive(self, place: Place) -> None:
        if self.reports[place].row.stage == "submitted":
            number = self.reports[place].row.version
            self._decide(place, filing.receive(number, key=report_key(*place)))

    def give_back(self, place: Place) -> None:
        if self.reports[place].row.stage == "submitted":
            number = self.reports[place].row.version
            self._decide(place, filing.send_back(number, key=report_key(*place)))

    def _decide(self, place: Place, given: Any, filing: DecisionContext | None = None) -> None:
        state = self.reports.get(place) or Report(ReportRow(key=report_key(*place)))
        self.reports[place], _said = decide(
            state, given, filing or DecisionContext(self.now, self.book, {}, timedelta())
        )

    def count(self, filer: Filer, end: date) -> Count:
        """Count a filer's report as far as the log is read now."""
        period, parts = self.period(end), self.book.parts(filer.divisions, end)
        lines, found = list[LineFigure](), list[Happened]()
        for part in parts:
            lines += carried(part, self._frozen(part.since).lines) if part.since else []
            found += self.counted(part, period.start, len(self.facts))
        counted = [CountedCell(one.division, one.column, 1, 0, 0) for one in found]
        cut = (CutOffset(topic="intake.item.v1", partition=0, offset=len(self.facts)),)
        return Count(cut, parts, summed(counted, lines, filer.code), len(found), joined_hash([]))

    def counted(self, part: CountedPart, through: date, upto: int) -> list[Happened]:
        after, since = LONG_AGO, 0
        if part.since:
            before = self._frozen(part.since).version
            after, since = before.period_start, before.cut[0].offset
        read = [one for one in self.facts if one.division in part.divisions and one.offset < upto]
        return [
            fact
            for fact in read
            if after < fact.period_start <= through
            or (fact.period_start <= after and fact.offset >= since)
        ]

    def period(self, end: date) -> Period:
        found = Periods().ending(end)
        assert found
        return found

    def _frozen(self, name: FrozenVersion) -> Frozen:
        report = self.reports[name.filer, name.period_end]
        return report.frozen[name.version - 1]

    def sent(self, *stages: str) -> dict[Place, list[Happened]]:
        """List what the last version of each report at these stages counted."""
        found: dict[Place, list[Happened]] = {}
        for place, one in self.reports.items():
            if one.row.stage in stages:
                version = one.frozen[-1].version
                found[place] = [
                    fact
                    for part in version.parts
                    for fact in self.counted(part, version.period_start, version.cut[0].offset)
                ]
        return found

    def received_sum(self, end: date) -> int:
        """Add up all the city's sheet of a period says was received since the first one."""
        book = self.book
        parts = received_parts(book, book.filers(end), self.period(end))
        names = {one.since for counted in parts.values() for one in counted if one.since}
        lines = {name: self._frozen(name).lines for name in names}
        sums = received_sums(parts, lines)
        return sum(n for columns in sums.values() for n in columns.values())
