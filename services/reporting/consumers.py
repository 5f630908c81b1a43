"""The subjects of reporting: items and activities, which are counted, and monthly reports."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.reporting import store
from services.reporting.domain.apply_event import COUNTED, count_activity, count_item
from services.reporting.domain.context import DecisionContext
from services.reporting.domain.decide import decide
from services.reporting.domain.facts import ITEM_TOPICS
from services.reporting.domain.ledger import ReportLedger
from services.reporting.domain.model import Activity, Item, Report, report_key
from services.reporting.settings import ReportingSettings
from shared.calendar import Period, Periods
from shared.contracts.envelope import Event
from shared.contracts.topics import INTAKE_ACTIVITY
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.messaging.subject import Change, ClockedSubject, Input, Subject

COUNT_SECONDS = 5.0
"""How often confirmed reports are counted again; each count reads the facts of its month."""


class ItemSubject(Subject[Item, Periods]):
    name = "item"
    topics = ITEM_TOPICS
    ignores = frozenset(
        event.type for topic in ITEM_TOPICS for event in topic.events if event not in COUNTED
    )

    def __init__(self, periods: Periods) -> None:
        self._periods = periods

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
        return await store.load_items(tx, keys)

    async def context(self, _tx: Tx) -> Periods:
        return self._periods

    def decide(self, state: Item, given: Input, context: Periods) -> tuple[Item, Sequence[Event]]:
        return count_item(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Item]]) -> None:
        await store.save_items(tx, changes)


class ActivitySubject(Subject[Activity, Periods]):
    name = "activity"
    topics = (INTAKE_ACTIVITY,)
    ignores = frozenset(event.type for event in INTAKE_ACTIVITY.events if event not in COUNTED)

    def __init__(self, periods: Periods) -> None:
        self._periods = periods

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Activity]:
        return await store.load_activities(tx, keys)

    async def context(self, _tx: Tx) -> Periods:
        return self._periods

    def decide(
        self, state: Activity, given: Input, context: Periods
    ) -> tuple[Activity, Sequence[Event]]:
        return count_activity(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Activity]]) -> None:
        await store.save_activities(tx, changes)


class ReportSubject(ClockedSubject[Report, DecisionContext]):
    """Monthly reports: people's steps, and the day on which drafts are due."""

    name = "report"
    ends = store.REPORT_ENDS

    def __init__(self, copy: DirectoryCopy, settings: ReportingSettings) -> None:
        self._copy, self._settings, self._next_count = copy, settings, 0.0

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Report]:
        return await store.load_reports(tx, keys)

    async def context(self, tx: Tx) -> DecisionContext:
        ledger = await store.load_ledger(tx, self._copy.snapshot)
        outdated = await store.list_outdated(tx, ledger)
        settle = timedelta(hours=self._settings.accounts_settle_hours)
        return DecisionContext(tx.now, ledger, self._reports_due(tx, ledger), settle, outdated)

    def _reports_due(self, tx: Tx, ledger: ReportLedger) -> Mapping[Id, tuple[str, Period]]:
        """Return what is to be drafted: reports of the present period, and missed ones."""
        periods = self._settings.periods
        now = periods.period_of(tx.now)
        if now is None:
            return {}
        due = list(ledger.missed(periods, now))
        if self._settings.is_to_draft(now, tx.now):
            due += [(filer.code, now) for filer in ledger.filers(now.due_on)]
        return {report_key(code, period.due_on): (code, period) for code, period in due}

    def decide(
        self, state: Report, given: Input, context: DecisionContext
    ) -> tuple[Report, Sequence[Event]]:
        return decide(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Report]]) -> None:
        await store.save_reports(tx, changes)

    async def list_due(self, tx: Tx, limit: int) -> list[Id]:
        """List reports that are to be drafted, to lapse or to be confirmed again."""
        ledger, outdated = await store.load_ledger(tx, self._copy.snapshot), set[Id]()
        missing = [
            key
            for key, (filer, period) in self._reports_due(tx, ledger).items()
            if not ledger.is_drafted(filer, period.due_on)
        ]
        void = [report_key(filer, end) for filer, end in ledger.void]
        if time.monotonic() >= self._next_count:
            outdated = await store.list_outdated(tx, ledger)
            self._next_count = time.monotonic() + COUNT_SECONDS
        return [*missing, *void, *outdated][:limit]
