"""SQL of routing: items with their tasks, reasons and texts, and the queue of each organ."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

from services.router.routing.domain.model import Item, ItemRow, ReasonRow, TaskRow, TextRow
from shared.db.pool import Tx
from shared.db.rows import Table, load_queries, lock_rows, read_rows, write_rows
from shared.ids import Id
from shared.messaging.subject import Change, DatabaseMetric

SQL = load_queries(Path(__file__).with_name("queries.sql"))
ITEM = Table("item", ItemRow)
TASK = Table("task", TaskRow, key=("task_id",))
REASON = Table("reason", ReasonRow, key=("key", "n"))
ITEM_TEXT = Table("item_text", TextRow)
ENDS = SQL["ends_of_item"]
FIGURES = (
    DatabaseMetric(
        "dispatch_oldest_waiting_seconds",
        "待交办的件，最久",
        "Age of the oldest item that waits for a dispatcher.",
        SQL["oldest_duty"],
    ),
)

R = TypeVar("R", TaskRow, ReasonRow)


async def load_items(tx: Tx, keys: Sequence[Id], *, skip_locked: bool = False) -> dict[Id, Item]:
    """Create what is missing and lock all in key order; the texts are not read."""
    lock = SQL["claim_items"] if skip_locked else SQL["load_items"]
    rows = await lock_rows(tx, ItemRow, SQL["create_items"], lock, keys)
    return await _with_children(tx, list(chain(*rows)))


async def _with_children(tx: Tx, rows: Sequence[ItemRow]) -> dict[Id, Item]:
    with_any = [row.key for row in rows if row.dispatch_no or row.seq]
    tasks = await _by_key(tx, TaskRow, SQL["load_tasks"], with_any)
    reasons = await _by_key(tx, ReasonRow, SQL["load_reasons"], with_any)
    return {row.key: Item(row, tuple(tasks[row.key]), tuple(reasons[row.key])) for row in rows}


async def _by_key(
    tx: Tx, model: type[R], statement: str, keys: Sequence[Id]
) -> defaultdict[Id, list[R]]:
    found: defaultdict[Id, list[R]] = defaultdict(list)
    for row in read_rows(model, await tx.fetch(statement, keys)) if keys else []:
        found[row.key].append(row)
    return found


async def save_items(tx: Tx, changes: Sequence[Change[Item]]) -> None:
    """Write the rows, and of their children those that changed."""
    await write_rows(tx, ITEM, [change.after.row for change in changes])
    tasks = [t for c in changes for t in c.after.tasks if t not in c.before.tasks]
    await write_rows(tx, TASK, tasks)
    reasons = [r for c in changes for r in c.after.reasons if r not in c.before.reasons]
    await write_rows(tx, REASON, reasons)
    await write_rows(tx, ITEM_TEXT, [c.after.text for c in changes if c.after.text])


async def forget_items(tx: Tx, keys: Sequence[Id]) -> None:
    """Delete those of these rows that this transaction created."""
    await tx.execute(SQL["forget_items"], keys)


async def list_items_at_ended_units(tx: Tx, ended: Sequence[Id], limit: int) -> list[Id]:
    """List open items with a running task at one of these units, not yet homeless."""
    return [row["key"] for row in await tx.fetch(SQL["list_items_at_ended_units"], ended, limit)]


async def read_items(tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
    """Read items with their texts, without a lock; unknown ones are left out."""
    items = await _with_children(tx, read_rows(ItemRow, await tx.fetch(SQL["read_items"], keys)))
    texts = {row.key: row for row in read_rows(TextRow, await tx.fetch(SQL["load_texts"], keys))}
    return {
        key: Item(item.row, item.tasks, item.reasons, texts.get(key) or TextRow(key=key))
        for key, item in items.items()
        if item.row.intake_state
    }


async def list_queue(tx: Tx, organs: Sequence[Id], limit: int) -> list[Item]:
    """List what waits for these organs' decision, the longest waiting first."""
    keys = [row["key"] for row in await tx.fetch(SQL["list_queue"], organs, limit)]
    found = await read_items(tx, keys)
    return [found[key] for key in keys]


async def count_queue(tx: Tx, organs: Sequence[Id]) -> int:
    return int((await tx.fetch(SQL["count_queue"], organs))[0]["n"])
