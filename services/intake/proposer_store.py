"""SQL around proposers: their links, and what strangers report at a station."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.asker import THE_PROPOSER
from services.intake.domain.proposer_links import digest_of
from services.intake.store import SQL
from shared.db.pool import Tx
from shared.ids import Id


async def find_proposer(tx: Tx, secret: str) -> tuple[Id, Id] | None:
    """Find the item and the proposer whose link holds this secret; None unless it is in force.

    What was never a secret, an unknown one and one that was ended take the same one query.
    """
    rows = await tx.fetch(SQL["find_proposer_by_secret"], digest_of(secret))
    return (rows[0]["key"], rows[0]["proposer_id"]) if rows else None


async def is_of_another(tx: Tx, key: Id, secret: str) -> bool:
    """Whether an item has links, and this secret is not that of one in force."""
    found = await find_proposer(tx, secret)
    return (found is None or found[0] != key) and bool(await list_links(tx, key))


async def add_first_secret(tx: Tx, proposer: Id, secret: str) -> None:
    """Store the secret that came with a report, unless the proposer has or had a link."""
    values = digest_of(secret), proposer, tx.now, THE_PROPOSER, "scan"
    await tx.execute(SQL["add_first_secret"], *values)


async def renew_secret(tx: Tx, proposer: Id, secret: str, by: str, why: str) -> None:
    """Replace the link of a proposer: the earlier one opens nothing any more."""
    await revoke_secret(tx, proposer, by, why)
    await tx.execute(SQL["add_secret"], digest_of(secret), proposer, tx.now, by, why)


async def revoke_secret(tx: Tx, proposer: Id, by: str, why: str) -> bool:
    """End the link of a proposer; False when none was in force."""
    await tx.fetch(SQL["lock_proposer"], proposer)
    return bool(await tx.fetch(SQL["revoke_secret"], proposer, tx.now, by, why))


@dataclass(frozen=True, slots=True)
class LinkGiven:
    """When a link was given to a proposer, by whom and why, and how it ended."""

    proposer_id: Id
    made_at: datetime
    made_by: str
    why: str
    revoked_at: datetime | None
    revoked_by: str | None
    why_revoked: str | None


async def list_links(tx: Tx, key: Id) -> list[LinkGiven]:
    """List the links to an item, the oldest first."""
    return [LinkGiven(**dict(row)) for row in await tx.fetch(SQL["list_secrets"], key)]


async def count_proposers(tx: Tx, key: Id) -> int:
    """Count who raised an item, whom no other of them sees."""
    (row,) = await tx.fetch(SQL["count_proposers"], key)
    n: int = row["n"]
    return n


async def count_scanned(tx: Tx, station: Id, since: datetime) -> int:
    """Count what strangers have reported at a station since."""
    n: int = (await tx.fetch(SQL["count_scanned"], station, since))[0]["n"]
    return n
