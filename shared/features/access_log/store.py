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
    """Somebody saw these fields of a subject: an item, a report, or a division's people.

    `words` are the looker's own, or the name of the file they took. At a
    command line nobody signs in, and `person_id` is None.
    """

    person_id: Id | None
    subject: Id
    division_code: str
    fields: Sequence[str]
    reason: str
    words: str = ""


async def log_access(tx: Tx, look: AccessEntry) -> None:
    """Write an entry, in the transaction that reads the data shown."""
    row = AccessRow(
        id=new_id(tx.now),
        looked_at=tx.now,
        person_id=look.person_id,
        subject=look.subject,
        division_code=look.division_code,
        fields=tuple(look.fields),
        reason=look.reason,
        words=masked(look.words),
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
