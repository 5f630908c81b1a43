"""What the router listens to: items, their words, what became of them; and its own directory."""

from collections.abc import Awaitable, Callable

from services.router import store
from services.router.domain import entries
from services.router.domain.acts import Context
from services.router.domain.decide import IGNORED, decide
from services.router.domain.entries import Entry
from services.router.domain.items import Item
from services.router.domain.routing import RoutingTable
from services.router.settings import RouterSettings
from shared.contracts.topics import INTAKE_ITEM, INTAKE_TEXT, TRACKER_CASE
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.errors import Unavailable
from shared.messaging.fold import Fold

TOPICS = (INTAKE_ITEM, INTAKE_TEXT, TRACKER_CASE)


def item_fold(copy: DirectoryCopy, settings: RouterSettings) -> Fold[Item, Context]:
    """Make the fold of the items: what is heard of them, and what dispatchers decide."""
    load, save = store.load_items, store.save_items
    return Fold(
        "item", TOPICS, load, decide, save, _context(copy, settings),
        ignores=IGNORED, forget=store.forget_items, figures=store.FIGURES, ends=store.ITEM_ENDS,
    )  # fmt: skip


def entry_fold() -> Fold[Entry, None]:
    """Make the fold of the directory's own entries."""
    return Fold(
        "entry", (), store.load_entries, entries.decide, store.save_entries, _nothing,
        ends=store.ENTRY_ENDS,
    )  # fmt: skip


async def _nothing(_tx: Tx) -> None:
    return None


def _context(copy: DirectoryCopy, settings: RouterSettings) -> Callable[[Tx], Awaitable[Context]]:
    """Prepare each state of the directory once; nothing can be routed before the first."""
    prepared: list[RoutingTable] = []

    async def context(tx: Tx) -> Context:
        if not copy.snapshot.divisions():
            await copy.refresh()
        if not copy.snapshot.divisions():
            raise Unavailable("directory_empty")
        if not prepared or prepared[0].directory is not copy.snapshot:
            prepared[:] = [RoutingTable(copy.snapshot)]
        return Context(tx.now, prepared[0], settings)

    return context
