"""Decision context of a report: the inputs of a decision besides the report."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.reporting.domain import refusals
from services.reporting.domain.ledger import ReportLedger
from shared.calendar import Calendar, Period
from shared.contracts.reporting import CountedPart
from shared.directory.rights import are_independent
from shared.ids import Id


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The time, and all reports together.

    `due` are the reports whose drafting day has come, by key: filer and period. `outdated` are
    those whose figures are no longer the ones that were confirmed. `settle` is how long whoever
    opened or reset two accounts counts as both their people.
    """

    now: datetime
    ledger: ReportLedger
    due: Mapping[Id, tuple[str, Period]]
    settle: timedelta
    outdated: Collection[Id] = ()

    def are_independent(self, one: str, other: str) -> bool:
        """Whether two people, by their codes, are two pairs of eyes."""
        return are_independent(self.ledger.directory, one, other, self.now - self.settle)

    @property
    def calendar(self) -> Calendar:
        return self.ledger.directory.calendar

    def parts(self, filer: str, period_end: date) -> tuple[CountedPart, ...]:
        """Return what a report counts and from where on; raises Refused out of turn."""
        found = self.ledger.filers(period_end).get(filer)
        if found is None:
            raise refusals.no_report()
        return self.ledger.parts_in_turn(found, period_end)
