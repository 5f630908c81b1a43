"""The subjects of reporting: what items and activities are worth, and its own reports."""

from collections.abc import Mapping, Sequence

from services.reporting import store
from services.reporting.domain.counting import (
    COUNTED,
    Activity,
    Item,
    count_activity,
    count_item,
)
from services.reporting.domain.facts import ITEM_TOPICS, Rules
from services.reporting.domain.ledger import ReportLedger
from services.reporting.domain.reports import (
    Filing,
    Report,
    decide_report,
    report_key,
)
from services.reporting.settings import ReportingSettings
from shared.calendar import Period
from shared.contracts.envelope import Event
from shared.contracts.topics import INTAKE_ACTIVITY
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.messaging.subject import Change, ClockedSubject, Input, Subject


class ItemSubject(Subject[Item, Rules]):
    """What items are worth."""

    name = "item"
    topics = ITEM_TOPICS
    ignores = frozenset(
        event.type for topic in ITEM_TOPICS for event in topic.events if event not in COUNTED
    )

    def __init__(self, settings: ReportingSettings) -> None:
        self._rules = Rules(settings.periods)

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
        return await store.load_items(tx, keys)

    async def context(self, _tx: Tx) -> Rules:
        return self._rules

    def decide(self, state: Item, given: Input, context: Rules) -> tuple[Item, Sequence[Event]]:
        return count_item(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Item]]) -> None:
        await store.save_items(tx, changes)


class ActivitySubject(Subject[Activity, Rules]):
    """What activities are worth."""

    name = "activity"
    topics = (INTAKE_ACTIVITY,)

    def __init__(self, settings: ReportingSettings) -> None:
        self._rules = Rules(settings.periods)

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Activity]:
        return await store.load_activities(tx, keys)

    async def context(self, _tx: Tx) -> Rules:
        return self._rules

    def decide(
        self, state: Activity, given: Input, context: Rules
    ) -> tuple[Activity, Sequence[Event]]:
        return count_activity(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Activity]]) -> None:
        await store.save_activities(tx, changes)


class ReportSubject(ClockedSubject[Report, Filing]):
    """Monthly reports: people's commands, and the day on which drafts are due."""

    name = "report"
    ends = store.REPORT_ENDS

    def __init__(self, copy: DirectoryCopy, settings: ReportingSettings) -> None:
        self._copy, self._settings = copy, settings

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Report]:
        return await store.load_reports(tx, keys)

    async def context(self, tx: Tx) -> Filing:
        book = await store.load_book(tx, self._copy.snapshot)
        return Filing(tx.now, book, await self._wanted(tx, book))

    async def _wanted(self, tx: Tx, book: ReportLedger) -> Mapping[Id, tuple[str, Period]]:
        periods = self._settings.periods
        now = periods.period_of(tx.now)
        if now is None:
            return {}
        due = [now] if self._settings.is_to_draft(now, tx.now) else []
        used = await store.list_periods(tx)
        earlier = periods.previous(now)
        while earlier is not None:
            due += [earlier] if earlier.start in used else []
            earlier = periods.previous(earlier)
        return {
            report_key(filer.code, period.due_on): (filer.code, period)
            for period in due
            for filer in book.filers(period.due_on)
        }

    def decide(
        self, state: Report, given: Input, context: Filing
    ) -> tuple[Report, Sequence[Event]]:
        return decide_report(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Report]]) -> None:
        await store.save_reports(tx, changes)

    async def list_due(self, tx: Tx, limit: int) -> list[Id]:
        """List reports that are to be drafted, and void ones."""
        filing = await self.context(tx)
        missing = [
            key
            for key, (filer, period) in filing.wanted.items()
            if not filing.book.is_drafted(filer, period.due_on)
        ]
        void = [report_key(filer, end) for filer, end in filing.book.void]
        return [*missing, *void][:limit]
