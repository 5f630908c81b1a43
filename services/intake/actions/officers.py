"""Use cases of officers: who raised an item, what a firm raised, the history of an item."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.intake import source_store, store
from services.intake.domain import rights
from services.intake.domain.contact import Vault
from services.intake.domain.source_access import (
    FirmSearchBody,
    ItemSource,
    SourceAccessBody,
    SourceView,
    TooManySourceViews,
)
from shared.db.pool import Database, Tx
from shared.directory import DirectoryCopy
from shared.features.access_log.rows import AccessRow, overseen
from shared.features.access_log.store import AccessEntry, log_access
from shared.ids import Id
from shared.messaging.outbox import list_emitted
from shared.text import folded_words

VIEWS_WINDOW = timedelta(hours=1)
FIRM_ITEMS, CANDIDATES = 20, 200


@dataclass(frozen=True, slots=True)
class OfficerActions:
    """Actions of officers on an item; all raise NotFound for an item the officer may not see."""

    db: Database
    copy: DirectoryCopy
    vault: Vault
    source_views_per_hour: int

    async def view_source(self, by: rights.Officer, key: Id, body: SourceAccessBody) -> SourceView:
        """Show who raised an item and log which fields were shown and why, for 12 months.

        Raises TooManySourceViews beyond the hourly quota of this officer.
        """
        directory = self.copy.snapshot
        async with self.db.begin_as(rights.row_scope_of(by, directory)) as tx:
            source = await self._find_source(tx, by, key)
            await self._views_left(tx, by.person_id)
            view = source.view(directory)
            code, why = source.item.division_code, (body.reason, body.words)
            await log_access(tx, AccessEntry(by.person_id, key, code, view.fields, *why))
        return view

    async def _views_left(self, tx: Tx, person_id: Id) -> int:
        limit = self.source_views_per_hour
        await source_store.lock_source_views(tx, person_id)
        earlier = await source_store.list_source_views(tx, person_id, tx.now - VIEWS_WINDOW)
        if len(earlier) >= limit:
            wait = earlier[-limit] + VIEWS_WINDOW - tx.now
            raise TooManySourceViews(math.ceil(wait.total_seconds()))
        return limit - len(earlier)

    async def find_by_firm(
        self, by: rights.Officer, body: FirmSearchBody
    ) -> tuple[Sequence[ItemSource], bool]:
        """Find what firms of this name raised, of what the officer may know; and whether all.

        Each item found, or a search in vain, is a view: logged, and counted in the hourly quota.
        """
        async with self.db.begin() as tx:
            firms = await source_store.find_firms(tx, folded_words(body.firm))
        async with self.db.begin_as(rights.row_scope_of(by, self.copy.snapshot)) as tx:
            most = min(FIRM_ITEMS, await self._views_left(tx, by.person_id))
            found = await self._list_known(tx, by, firms, most + 1)
            views = [(one.item.key, one.item.division_code, "firm") for one in found[:most]]
            for subject, code, seen in views or [rights.nothing_found(by)]:
                entry = AccessEntry(by.person_id, subject, code, [seen], body.reason, body.words)
                await log_access(tx, entry)
        return found[:most], len(found) <= most

    async def _list_known(
        self, tx: Tx, by: rights.Officer, firms: Sequence[Id], limit: int
    ) -> list[ItemSource]:
        found, before = list[ItemSource](), store.AFTER_ALL
        while len(found) < limit and (
            some := await source_store.list_items_of_firms(
                self.vault, tx, firms, before, CANDIDATES
            )
        ):
            before = some[-1].item.key
            found += [
                one
                for one in some
                if rights.may_see_source(by, one.item, one.progress, self.copy.snapshot)
            ]
        return found[:limit]

    async def read_source(
        self, by: rights.Officer, key: Id
    ) -> tuple[ItemSource, SourceView, Sequence[AccessRow]]:
        """Read an item, the masked view of who raised it, and the accesses to that."""
        directory = self.copy.snapshot
        async with self.db.begin_as(rights.row_scope_of(by, directory)) as tx:
            source = await self._find_source(tx, by, key)
            accesses = await source_store.list_accesses(tx, key)
        return source, source.view(directory).masked(), accesses

    async def _find_source(self, tx: Tx, by: rights.Officer, key: Id) -> ItemSource:
        source = await source_store.read_source(self.vault, tx, key)
        if source is None or not rights.may_see_source(
            by, source.item, source.progress, self.copy.snapshot
        ):
            raise rights.not_visible()
        return source

    async def read_history(self, by: rights.Officer, key: Id, limit: int) -> store.ItemHistory:
        """Read the last `limit` events; accesses only for viewers of the source and supervisors."""
        directory = self.copy.snapshot
        async with self.db.begin_as(rights.row_scope_of(by, directory)) as tx:
            tracked = (await store.read_items(tx, [key])).get(key)
            if tracked is None or not rights.may_see(by, tracked.item, tracked.progress, directory):
                raise rights.not_visible()
            item, events = tracked.item, await list_emitted(tx, key, limit)
            shows_source = rights.may_see_source(by, item, tracked.progress, directory)
            audits = shows_source or item.division_code in overseen(by, directory)
            return store.ItemHistory(
                item,
                events,
                await source_store.list_accesses(tx, key) if audits else (),
                await store.read_numbers(tx, events),
                shows_source,
                rights.may_read_texts(by, item, tracked.progress, directory),
            )
