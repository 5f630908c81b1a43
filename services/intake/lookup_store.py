"""SQL of what stations look up: their earlier items, and what has changed since."""

from collections.abc import Sequence

from services.intake.domain.cursor import Cursor, CursorOutdated
from services.intake.store import SQL
from shared.db.pool import Tx
from shared.ids import Id


async def list_of_firm(tx: Tx, enterprise_id: Id, stations: Sequence[Id], limit: int) -> list[Id]:
    """List what these stations raised for an enterprise, newest first."""
    rows = await tx.fetch(SQL["list_of_firm"], enterprise_id, stations, limit)
    return [row["key"] for row in rows]


async def list_recent_titles(tx: Tx, stations: Sequence[Id], limit: int) -> list[tuple[Id, str]]:
    """List the titles of the newest items of these stations."""
    rows = await tx.fetch(SQL["list_recent_titles"], stations, limit)
    return [(row["key"], row["title"]) for row in rows]


async def list_changes(
    tx: Tx, stations: Sequence[Id], since: Cursor, limit: int
) -> list[tuple[Id, Cursor]]:
    """List changed items after a cursor, in the order of their last changes, each with its cursor.

    A change is left out while any transaction that began before it is running. Raises
    CursorOutdated for a cursor of a transaction that has not begun yet.
    """
    (head,) = await tx.fetch(SQL["next_transaction"])
    if since.transaction >= head["next"]:
        raise CursorOutdated
    values = stations, since.transaction, since.item, limit
    rows = await tx.fetch(SQL["list_changes"], *values)
    return [
        (row["key"], since._replace(transaction=row["changed"], item=row["key"])) for row in rows
    ]
