"""What reporting listens to: items and activities; and the reports it lays out by itself."""

from collections.abc import Mapping

from services.reporting import store
from services.reporting.domain.book import Book
from services.reporting.domain.counting import (
    COUNTED,
    Activity,
    Item,
    count_activity,
    count_item,
)
from services.reporting.domain.facts import ITEM_TOPICS, Rules
from services.reporting.domain.reports import (
    Filing,
    Report,
    decide_report,
    report_key,
)
from services.reporting.settings import ReportingSettings
from shared.calendar import Period
from shared.contracts.topics import INTAKE_ACTIVITY
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.messaging.fold import Fold

IGNORED = frozenset(
    event.type for topic in ITEM_TOPICS for event in topic.events if event not in COUNTED
)


def item_fold(settings: ReportingSettings) -> Fold[Item, Rules]:
    """Make the fold of what items are worth."""
    rules = Rules(settings.periods)

    async def context(_tx: Tx) -> Rules:
        return rules

    load, save = store.load_items, store.save_items
    return Fold("item", ITEM_TOPICS, load, count_item, save, context, ignores=IGNORED)


def activity_fold(settings: ReportingSettings) -> Fold[Activity, Rules]:
    """Make the fold of what activities are worth."""
    rules = Rules(settings.periods)

    async def context(_tx: Tx) -> Rules:
        return rules

    load, save = store.load_activities, store.save_activities
    topics = (INTAKE_ACTIVITY,)
    return Fold("activity", topics, load, count_activity, save, context)


def report_fold(copy: DirectoryCopy, settings: ReportingSettings) -> Fold[Report, Filing]:
    """Make the fold of the reports: people's acts, and the day on which drafts are due."""

    async def wanted(tx: Tx, book: Book) -> Mapping[Id, tuple[str, Period]]:
        now, periods = settings.periods.period_of(tx.now), settings.periods
        if now is None:
            return {}
        due = [now] if settings.is_to_draft(now, tx.now) else []
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

    async def context(tx: Tx) -> Filing:
        book = await store.load_book(tx, copy.snapshot)
        return Filing(tx.now, book, await wanted(tx, book))

    async def undrafted(tx: Tx, limit: int) -> list[Id]:
        filing = await context(tx)
        missing = [
            key
            for key, (filer, period) in filing.wanted.items()
            if not filing.book.is_drafted(filer, period.due_on)
        ]
        void = [report_key(filer, end) for filer, end in filing.book.void]
        return [*missing, *void][:limit]

    load, save = store.load_reports, store.save_reports
    ends = store.REPORT_ENDS
    return Fold("report", (), load, decide_report, save, context, due=undrafted, ends=ends)
