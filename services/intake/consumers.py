"""Subjects of intake: its items and activities, and an item's progress in other services."""

from collections.abc import Mapping, Sequence

from services.intake import activity_store, notice_store, store
from services.intake.domain import activity
from services.intake.domain.apply_event import IGNORED, apply_event
from services.intake.domain.contact import Vault
from services.intake.domain.context import DecisionContext
from services.intake.domain.decide import decide
from services.intake.domain.merging import decide_together
from services.intake.domain.model import Activity, Item, Progress
from shared.contracts.envelope import Event
from shared.contracts.topics import ROUTER_ASSIGNMENT, TRACKER_CASE, TRACKER_TEXT
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.messaging.subject import Change, Command, Input, Mirror, Subject
from shared.notices.channel import Channel


class ItemSubject(Subject[Item, DecisionContext]):
    """Items: they follow the commands of stations, and no events.

    Proposers and stations are told of them through `channels`.
    """

    name = "item"
    ends = store.ITEM_ENDS
    figures = notice_store.FIGURES

    def __init__(self, copy: DirectoryCopy, vault: Vault, channels: Sequence[Channel] = ()) -> None:
        self._copy, self._vault, self._channels = copy, vault, channels

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
        return await store.load_items(self._vault, tx, keys)

    async def context(self, tx: Tx) -> DecisionContext:
        return DecisionContext(tx.now, self._copy.snapshot)

    def decide(
        self, state: Item, given: Input, context: DecisionContext
    ) -> tuple[Item, Sequence[Event]]:
        return decide(state, given, context)

    def decide_together(
        self, states: Mapping[Id, Item], given: Command, context: DecisionContext
    ) -> Mapping[Id, tuple[Item, Sequence[Event]]]:
        return decide_together(states, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Item]]) -> None:
        await store.save_items(tx, changes)
        happened = {change.after.row.key: change.after.happened for change in changes}
        await notice_store.add_notices(tx, self._vault, self._channels, happened)

    async def forget(self, tx: Tx, keys: Sequence[Id]) -> None:
        await store.forget_items(tx, keys)


class ActivitySubject(Subject[Activity, DecisionContext]):
    name = "activity"
    ends = activity_store.ENDS

    def __init__(self, copy: DirectoryCopy) -> None:
        self._copy = copy

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Activity]:
        return await activity_store.load(tx, keys)

    async def context(self, tx: Tx) -> DecisionContext:
        return DecisionContext(tx.now, self._copy.snapshot)

    def decide(
        self, state: Activity, given: Input, context: DecisionContext
    ) -> tuple[Activity, Sequence[Event]]:
        return activity.decide(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Activity]]) -> None:
        await activity_store.save(tx, changes)

    async def forget(self, tx: Tx, keys: Sequence[Id]) -> None:
        await activity_store.forget(tx, keys)


class ProgressSubject(Mirror[Progress]):
    """Dispatches, replies and ratings of an item, as its station sees them."""

    name = "progress"
    topics = (ROUTER_ASSIGNMENT, TRACKER_CASE, TRACKER_TEXT)
    ignores = IGNORED

    def __init__(self, vault: Vault, channels: Sequence[Channel] = ()) -> None:
        self._vault, self._channels = vault, channels

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Progress]:
        return await store.load_progress(tx, keys)

    def decide(
        self, state: Progress, given: Input, _context: None
    ) -> tuple[Progress, Sequence[Event]]:
        return apply_event(state, given)

    async def save(self, tx: Tx, changes: Sequence[Change[Progress]]) -> None:
        await store.save_progress(tx, changes)
        happened = {change.after.row.key: change.after.happened for change in changes}
        await notice_store.add_notices(tx, self._vault, self._channels, happened)
