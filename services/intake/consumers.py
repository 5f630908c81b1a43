"""What intake keeps by itself, and what it listens to: how far others are with an item."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from services.intake import store
from services.intake.domain import activity, item, progress
from services.intake.domain.contact import Vault
from services.intake.domain.refusals import Ground
from services.intake.domain.rows import Activity, Item
from shared.contracts.topics import ROUTER_ASSIGNMENT, TRACKER_CASE, TRACKER_TEXT
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.messaging.fold import Fold


def item_fold(copy: DirectoryCopy, vault: Vault) -> Fold[Item, Ground]:
    """Make the fold of the items: only stations' acts come to it."""
    load, save = partial(store.load_items, vault), store.save_items
    return Fold(
        "item", (), load, item.decide, save, _ground(copy),
        forget=store.forget_items, ends=store.ITEM_ENDS,
    )  # fmt: skip


def activity_fold(copy: DirectoryCopy) -> Fold[Activity, Ground]:
    """Make the fold of the activities."""
    load, save = store.load_activities, store.save_activities
    return Fold(
        "activity", (), load, activity.decide, save, _ground(copy),
        forget=store.forget_activities, ends=store.ACTIVITY_ENDS,
    )  # fmt: skip


def _ground(copy: DirectoryCopy) -> Callable[[Tx], Awaitable[Ground]]:
    async def ground(tx: Tx) -> Ground:
        return Ground(tx.now, copy.snapshot)

    return ground


async def _nothing(_tx: Tx) -> None:
    return None


def progress_fold() -> Fold[Any, None]:
    """Make the fold that follows dispatches, replies and ratings."""
    return Fold(
        "progress",
        (ROUTER_ASSIGNMENT, TRACKER_CASE, TRACKER_TEXT),
        store.load_progress,
        progress.decide,
        store.save_progress,
        _nothing,
        ignores=progress.IGNORED,
    )
