"""SQL of who raised an item, what a firm raised, and who looked at that."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.domain.contact import Vault
from services.intake.domain.source_access import ItemSource
from services.intake.store import SQL, read_items, read_proposers
from shared.db.pool import Tx
from shared.db.rows import read_rows
from shared.features.access_log.rows import AccessRow
from shared.ids import Id
from shared.text import like


async def read_source(vault: Vault, tx: Tx, key: Id) -> ItemSource | None:
    """Read who raised an item; None unless it was submitted and is visible to the reader."""
    return next(iter(await read_sources(vault, tx, [key])), None)


async def read_sources(vault: Vault, tx: Tx, keys: Sequence[Id]) -> list[ItemSource]:
    """Read who raised these items, as far as they are submitted and visible to the reader."""
    tracked = await read_items(tx, keys)
    proposers = await read_proposers(vault, tx, keys)
    return [
        ItemSource(tracked[key].item, tracked[key].progress, proposers.get(key, ()))
        for key in keys
        if key in tracked
    ]


async def find_firms(tx: Tx, words: Sequence[str]) -> list[Id]:
    """Find the registered firms whose names hold these folded words; `tx` must see all rows."""
    return [row["key"] for row in await tx.fetch(SQL["find_firms"], like(words))]


async def list_items_of_firms(
    vault: Vault, tx: Tx, firms: Sequence[Id], before: Id, limit: int
) -> list[ItemSource]:
    """List what these firms raised, the newest first, erased items left out."""
    rows = await tx.fetch(SQL["list_items_of_firms"], firms, before, limit)
    return await read_sources(vault, tx, [row["key"] for row in rows])


async def lock_source_views(tx: Tx, person_id: Id) -> None:
    """Let one transaction at a time count and log the source views of a person."""
    await tx.execute(SQL["lock_source_views"], person_id.hex())


async def list_source_views(tx: Tx, person_id: Id, since: datetime) -> list[datetime]:
    """List when a person viewed sources, oldest first."""
    rows = await tx.fetch(SQL["list_source_views"], person_id, since)
    return [row["accessed_at"] for row in rows]


async def list_accesses(tx: Tx, key: Id) -> list[AccessRow]:
    return read_rows(AccessRow, await tx.fetch(SQL["list_accesses"], key))
