"""The subjects of the router: items with their words and outcomes, and its own directory."""

from collections.abc import Sequence
from datetime import date

from services.router.directory import store as directory
from services.router.directory.domain.commands import decide as decide_entry
from services.router.directory.domain.model import Entry
from services.router.directory.domain.rights import EntryContext
from services.router.routing import store as routing_store
from services.router.routing.domain.apply_event import IGNORED
from services.router.routing.domain.context import DecisionContext
from services.router.routing.domain.decide import decide
from services.router.routing.domain.model import Item
from services.router.routing.domain.routing_table import RoutingTable
from services.router.settings import RouterSettings
from shared.calendar import local_day
from shared.contracts.envelope import Event
from shared.contracts.topics import INTAKE_ITEM, INTAKE_TEXT, TRACKER_CASE
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.directory.succession import ended_units
from shared.errors import Unavailable
from shared.ids import Id
from shared.messaging.subject import Change, ClockedSubject, Input, Subject


class ItemSubject(ClockedSubject[Item, DecisionContext]):
    """Items: events about them, dispatchers' decisions, and the end of units that handle them."""

    name = "item"
    topics = (INTAKE_ITEM, INTAKE_TEXT, TRACKER_CASE)
    ignores = IGNORED
    figures = routing_store.FIGURES
    ends = routing_store.ENDS

    def __init__(self, copy: DirectoryCopy, settings: RouterSettings) -> None:
        self._copy, self._settings = copy, settings
        self._table: RoutingTable | None = None

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
        return await routing_store.load_items(tx, keys)

    async def claim(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
        return await routing_store.load_items(tx, keys, skip_locked=True)

    async def context(self, tx: Tx) -> DecisionContext:
        """Raises Unavailable before the first directory: nothing can be routed by an empty one."""
        if not self._copy.snapshot.divisions():
            await self._copy.refresh()
        if not self._copy.snapshot.divisions():
            raise Unavailable("directory_empty")
        return DecisionContext(tx.now, self._routing_table(local_day(tx.now)), self._settings)

    def _routing_table(self, today: date) -> RoutingTable:
        """Return the table of this day and directory, prepared once."""
        table, directory = self._table, self._copy.snapshot
        if table is None or table.directory is not directory or table.today != today:
            self._table = table = RoutingTable(directory, today)
        return table

    def decide(
        self, state: Item, given: Input, context: DecisionContext
    ) -> tuple[Item, Sequence[Event]]:
        return decide(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Item]]) -> None:
        await routing_store.save_items(tx, changes)

    async def forget(self, tx: Tx, keys: Sequence[Id]) -> None:
        await routing_store.forget_items(tx, keys)

    async def list_due(self, tx: Tx, limit: int) -> list[Id]:
        """List items at units that have ended; mostly there are none."""
        ended = ended_units(self._copy.snapshot, local_day(tx.now))
        return await routing_store.list_items_at_ended_units(tx, ended, limit) if ended else []


class EntrySubject(Subject[Entry, EntryContext]):
    """Entries of the directory, which the router owns."""

    name = "entry"
    ends = directory.ENTRY_ENDS

    def __init__(self, copy: DirectoryCopy) -> None:
        self._copy = copy

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Entry]:
        return await directory.load_entries(tx, keys)

    async def context(self, tx: Tx) -> EntryContext:
        current = await directory.read_current(tx, self._copy)
        return EntryContext(tx.now, local_day(tx.now), current)

    def decide(
        self, state: Entry, given: Input, context: EntryContext
    ) -> tuple[Entry, Sequence[Event]]:
        return decide_entry(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Entry]]) -> None:
        await directory.save_entries(tx, changes)

    async def forget(self, tx: Tx, keys: Sequence[Id]) -> None:
        await directory.forget_entries(tx, keys)
