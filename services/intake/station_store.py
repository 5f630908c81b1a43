"""SQL of a station's pages: what waits there, and the search.

Each gives keys only, to a `tx` that sees all rows: under row security PostgreSQL would not use the
indexes.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from services.intake.domain.model import ItemState
from services.intake.store import SQL
from shared.db.pool import Tx
from shared.ids import Id
from shared.text import folded_words, like


class Waiting(NamedTuple):
    """The first items of a list, and how many it has in all."""

    keys: Sequence[Id]
    total: int


def waiting_of(rows: Sequence[Any]) -> Waiting:
    return Waiting([row["key"] for row in rows], rows[0]["total"] if rows else 0)


async def list_waiting(tx: Tx, stations: Sequence[Id], state: ItemState, limit: int) -> Waiting:
    """List the items that wait at these stations in a state, the longest first."""
    return waiting_of(await tx.fetch(SQL["list_waiting"], stations, state, limit))


async def list_unrated(tx: Tx, stations: Sequence[Id], limit: int) -> Waiting:
    """List the answered items that may still be rated, those whose time ends first."""
    return waiting_of(await tx.fetch(SQL["list_unrated"], stations, tx.now, limit))


async def list_untold(tx: Tx, stations: Sequence[Id], limit: int) -> Waiting:
    """List the answered items whose proposers were not told and have not rated, longest first."""
    return waiting_of(await tx.fetch(SQL["list_untold"], stations, limit))


async def list_unchecked(tx: Tx, stations: Sequence[Id], limit: int) -> Waiting:
    """List the items with call-backs that a second person has to check."""
    return waiting_of(await tx.fetch(SQL["list_unchecked"], stations, limit))


async def list_unrated_items(tx: Tx, stations: Sequence[Id], before: Id, limit: int) -> list[Id]:
    """List the same, the newest first."""
    rows = await tx.fetch(SQL["list_unrated_items"], stations, tx.now, before, limit)
    return [row["key"] for row in rows]


async def search_items(
    tx: Tx, stations: Sequence[Id], state: str, typed: str, before: Id, limit: int
) -> list[Id]:
    """Find items by the beginning of their number or by words of their title, newest first."""
    if "\0" in typed:
        return []
    number, words = like([typed])[0][1:], like(folded_words(typed))
    rows = await tx.fetch(SQL["search_items"], stations, state, number, words, before, limit)
    return [row["key"] for row in rows]
