"""SQL of the directory: entries, counts of open work."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from services.router.directory.domain.model import (
    JUDGED_BY,
    DirectoryState,
    Entry,
    EntryRow,
    EntryVersion,
)
from shared.contracts.topics import ROUTER_DIRECTORY
from shared.db.pool import Tx
from shared.db.rows import Table, load_queries, lock_rows, read_rows, write_rows
from shared.directory import DirectoryCopy
from shared.directory.snapshot import Directory
from shared.ids import Id, from_text
from shared.messaging.subject import Change, State

SQL = load_queries(Path(__file__).with_name("queries.sql"))
ENTRY = Table("entry", EntryRow)
ENTRY_ENDS = SQL["ends_of_entry"]


async def load_entries(tx: Tx, keys: Sequence[Id]) -> dict[Id, Entry]:
    """Create what is missing and lock all in key order."""
    rows = await lock_rows(tx, EntryRow, SQL["create_entries"], SQL["load_entries"], keys)
    return {row.key: State(row) for row in chain(*rows)}


async def save_entries(tx: Tx, changes: Sequence[Change[Entry]]) -> None:
    await write_rows(tx, ENTRY, [change.after.row for change in changes])


async def forget_entries(tx: Tx, keys: Sequence[Id]) -> None:
    """Delete those that this transaction created."""
    await tx.execute(SQL["forget_entries"], keys)


async def lock_directory(tx: Tx) -> None:
    """Wait until no other edit is under way: each is judged by what all before it left."""
    await tx.execute(SQL["lock_directory"])


async def read_current(tx: Tx, copy: DirectoryCopy) -> Directory:
    """Return the directory as committed: the copy, with the entries it does not have yet."""
    snapshot, last = copy.snapshot, copy.last
    newer = await tx.fetch(SQL["list_newer"], ROUTER_DIRECTORY.name, JUDGED_BY, *last)
    return snapshot.changed(map(tuple, newer)) if newer else snapshot


async def count_changes(tx: Tx) -> int:
    """Return the `version` of the directory as committed."""
    return int((await tx.fetch(SQL["count_changes"], JUDGED_BY))[0]["n"])


async def read_entry(tx: Tx, key: Id) -> EntryRow | None:
    rows = read_rows(EntryRow, await tx.fetch(SQL["read_entry"], key))
    return rows[0] if rows else None


async def list_changes(tx: Tx, keys: Sequence[Id], limit: int) -> list[EntryVersion]:
    """List the last events of these entries, newest first, each with the one before it."""
    rows = await tx.fetch(SQL["list_changes"], keys, limit)
    return [EntryVersion(**row) for row in rows]


async def count_open_tasks(tx: Tx) -> dict[Id, int]:
    """Count the running tasks of open items by unit."""
    return {row["unit_id"]: row["n"] for row in await tx.fetch(SQL["count_open_tasks"])}


async def count_duties(tx: Tx) -> dict[Id, int]:
    """Count the items that wait for an organ's decision by organ."""
    return {row["organ_id"]: row["n"] for row in await tx.fetch(SQL["count_duties"])}


async def count_supervised(tx: Tx) -> dict[Id, int]:
    """Count the open items that a leader supervises by that person."""
    rows = await tx.fetch(SQL["count_supervised"])
    return {from_text(row["leader"]): row["n"] for row in rows}


async def read_directory(tx: Tx) -> DirectoryState:
    rows = read_rows(EntryRow, await tx.fetch(SQL["list_entries"], JUDGED_BY))
    return DirectoryState({row.key: row for row in rows})
