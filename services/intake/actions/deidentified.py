"""Words of items for everybody's eyes: no enterprise, nobody who raised it, no phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake import activity_store, deputy_store, store
from services.intake.actions.activities import ActivityActions
from services.intake.actions.stations import StationActions, raised_scope
from services.intake.activity_store import Days
from services.intake.deputy_store import Results
from services.intake.domain.asker import Asker
from services.intake.domain.events import secrets_for_all
from services.intake.domain.model import Activity, ItemRow, ProgressRow, TextRow
from shared.calendar import local_day, start_of_day
from shared.db.pool import Tx
from shared.ids import Id, from_text

SHOWN = 20
"""Closed items shown of a division; so many more are looked through as have to be left out."""


@dataclass(frozen=True, slots=True)
class PublicItem:
    """An item of which nobody outside learns who raised it."""

    item: ItemRow
    progress: ProgressRow
    title: str
    plain: str


@dataclass(frozen=True, slots=True)
class DivisionResults:
    """Results of a division's items of a year, and the last answers of those that are closed."""

    division_code: str
    results: Results
    closed: Sequence[PublicItem]


@dataclass(frozen=True, slots=True)
class DeputyYear:
    """Activities and items of a deputy in a year; `left_out` items are for nobody's eyes."""

    year: int
    activities: Sequence[Activity]
    items: Sequence[PublicItem]
    own_proposers: frozenset[Id]
    left_out: int
    is_past: bool


@dataclass(frozen=True, slots=True)
class DeidentifiedActions:
    """Reads figures and words without the people and enterprises behind them."""

    stations: StationActions
    held: ActivityActions

    async def read_results(self, divisions: Sequence[str]) -> list[DivisionResults]:
        """Read this year's results of divisions, each with those below it."""
        directory = self.stations.copy.snapshot
        found = []
        async with self.stations.messaging.db.begin() as tx:
            first, end = span_of(local_day(tx.now).year)
            for code in divisions:
                below = list(directory.below(code))
                results = await deputy_store.count_results(tx, below, first, end)
                keys = await deputy_store.list_closed(tx, below, first, 2 * SHOWN)
                closed = (await self._public(tx, keys))[:SHOWN]
                found.append(DivisionResults(code, results, closed))
        return found

    async def read_year(self, by: Asker, year: int | None) -> DeputyYear:
        """Read what a deputy did in a year, by default and at most this one."""
        person, db = from_text(by.code), self.stations.messaging.db
        async with db.begin_as(raised_scope(by)) as tx:
            this_year = local_day(tx.now).year
            year = min(year or this_year, this_year)
            keys = await deputy_store.list_raised_between(tx, person, *span_of(year))
            own = await store.read_proposers(self.stations.vault, tx, keys)
        async with db.begin_as(self.held.row_scope_of(by)) as tx:
            days = Days(date(year, 1, 1), date(year, 12, 31))
            attended = await deputy_store.list_attended(tx, person, days)
            activities = await activity_store.read(tx, attended)
        async with db.begin() as tx:
            items = await self._public(tx, keys, person)
        mine = frozenset(one.row.proposer_id for of_item in own.values() for one in of_item)
        came = [activities[key] for key in attended]
        left_out = len(keys) - len(items)
        return DeputyYear(year, came, items, mine, left_out, is_past=year < this_year)

    async def _public(self, tx: Tx, keys: Sequence[Id], own: Id | None = None) -> list[PublicItem]:
        """Leave out what is confidential, erased, or of an enterprise whose name is not known.

        What was merged is one with all that is handled together: one reply speaks of them all.
        """
        context = await self.stations.items.context(tx)
        tracked = await store.read_items(tx, keys)
        texts = await store.read_texts(tx, keys)
        handled = [tracked[key].item.merged_into or key for key in keys]
        whole = await store.read_with_members(self.stations.vault, tx, handled)
        found = []
        for key, into in zip(keys, handled, strict=True):
            one, text, item = tracked[key], texts.get(key) or TextRow(key=key), whole[into]
            if not item.is_for_all:
                continue
            secrets = secrets_for_all(item, context, own)
            plain = secrets.redact(one.progress.reply_plain)
            found.append(PublicItem(one.item, one.progress, secrets.redact(text.title), plain))
        return found


def span_of(year: int) -> tuple[datetime, datetime]:
    """The instants at which a year begins and the next one does."""
    return start_of_day(date(year, 1, 1)), start_of_day(date(year + 1, 1, 1))
