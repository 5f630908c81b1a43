"""What the router listens to: items, their words, what became of them; and its own directory."""

from collections.abc import Awaitable, Callable

from services.router import store
from services.router.domain import entries
from services.router.domain.acts import Context
from services.router.domain.decide import IGNORED, decide
from services.router.domain.entries import Entry, EntryContext
from services.router.domain.items import Item
from services.router.domain.routing import RoutingTable
from services.router.settings import RouterSettings
from shared.calendar import local_day
from shared.contracts.topics import INTAKE_ITEM, INTAKE_TEXT, TRACKER_CASE
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.directory.succession import ended_units
from shared.errors import Unavailable
from shared.ids import Id
from shared.messaging.fold import Fold

TOPICS = (INTAKE_ITEM, INTAKE_TEXT, TRACKER_CASE)


def item_fold(copy: DirectoryCopy, settings: RouterSettings) -> Fold[Item, Context]:
    """Make the fold of the items: what is heard of them, and what dispatchers decide."""
    load, save = store.load_items, store.save_items
    return Fold(
        "item", TOPICS, load, decide, save, _context(copy, settings), ignores=IGNORED,
        due=_unhomed(copy), forget=store.forget_items, figures=store.FIGURES, ends=store.ITEM_ENDS,
    )  # fmt: skip


def _unhomed(copy: DirectoryCopy) -> Callable[[Tx, int], Awaitable[list[Id]]]:
    """Look for items at units that are no more; mostly there are none."""

    async def unhomed(tx: Tx, limit: int) -> list[Id]:
        ended = ended_units(copy.snapshot, local_day(tx.now))
        return await store.list_unhomed(tx, ended, limit) if ended else []

    return unhomed


def entry_fold(copy: DirectoryCopy) -> Fold[Entry, EntryContext]:
    """Make the fold of the directory's own entries."""

    async def context(tx: Tx) -> EntryContext:
        return EntryContext(tx.now, local_day(tx.now), copy.snapshot)

    return Fold(
        "entry", (), store.load_entries, entries.decide, store.save_entries, context,
        forget=store.forget_entries, ends=store.ENTRY_ENDS,
    )  # fmt: skip


def _context(copy: DirectoryCopy, settings: RouterSettings) -> Callable[[Tx], Awaitable[Context]]:
    """Prepare each state of the directory once; nothing can be routed before the first."""
    prepared: list[RoutingTable] = []

    async def context(tx: Tx) -> Context:
        if not copy.snapshot.divisions():
            await copy.refresh()
        if not copy.snapshot.divisions():
            raise Unavailable("directory_empty")
        today = local_day(tx.now)
        if not prepared or (prepared[0].directory, prepared[0].today) != (copy.snapshot, today):
            prepared[:] = [RoutingTable(copy.snapshot, today)]
        return Context(tx.now, prepared[0], settings)

    return context
