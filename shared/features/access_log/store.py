"""Access log: who viewed or exported personal data and why; kept for 12 months, by trigger."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.db.pool import Tx
from shared.db.rows import Table, load_queries, read_rows, write_rows
from shared.features.access_log.rows import AccessRow
from shared.ids import Id, new_id
from shared.observability.logging import correlation_id
from shared.observability.masking import masked

SQL = load_queries(Path(__file__).with_name("queries.sql"))
ACCESS_LOG = Table("access_log", AccessRow, key=())
EXPORT = "export"
"""Reason code of an export."""


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One view or export of these fields of an item, a report or a division's people.

    `words` is the stated reason, or the name of the exported file. On the command line nobody
    signs in, and `person_id` is None.
    """

    person_id: Id | None
    subject: Id
    division_code: str
    fields: Sequence[str]
    reason: str
    words: str = ""


async def log_access(tx: Tx, entry: AccessEntry) -> None:
    """Write an entry, in the transaction that reads the data shown."""
    row = AccessRow(
        id=new_id(tx.now),
        accessed_at=tx.now,
        person_id=entry.person_id,
        subject=entry.subject,
        division_code=entry.division_code,
        fields=tuple(entry.fields),
        reason=entry.reason,
        words=masked(entry.words),
        correlation_id=correlation_id(),
    )
    await write_rows(tx, ACCESS_LOG, [row])


async def list_access(
    tx: Tx, divisions: Sequence[str], before: Id | None, limit: int
) -> list[AccessRow]:
    """List the entries of these divisions, newest first, optionally before a given one."""
    return read_rows(AccessRow, await tx.fetch(SQL["list_access"], divisions, before, limit))


async def drop_old_entries(tx: Tx) -> None:
    """Delete entries older than a year."""
    await tx.execute(SQL["drop_old_entries"])
