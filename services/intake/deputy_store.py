"""SQL of deputies' pages: what they raised, may join and are asked to."""

from collections.abc import Sequence
from datetime import date

from services.intake.store import SQL
from shared.db.pool import Tx
from shared.ids import Id


async def list_raised(tx: Tx, person: Id, before: Id, state: str, limit: int) -> list[Id]:
    """List what a person raised or joined, newest first: all of it, or what is in one state."""
    return await _keys(tx, SQL["list_raised"], person, before, state, limit)


async def list_raised_unrated(tx: Tx, person: Id, limit: int) -> list[Id]:
    """List what a person raised and may rate but has not, that whose time ends first."""
    return await _keys(tx, SQL["list_raised_unrated"], person, tx.now, limit)


async def list_joinable(tx: Tx, stations: Sequence[Id], person: Id, limit: int) -> list[Id]:
    """List what waits at these stations and a person may join, newest first."""
    return await _keys(tx, SQL["list_joinable"], stations, person, limit)


async def list_invitations(tx: Tx, person: Id, today: date, limit: int) -> list[Id]:
    """List the planned activities that a person is asked to and has not answered, next first."""
    return await _keys(tx, SQL["list_invitations"], person, today, limit)


async def list_coming(
    tx: Tx, stations: Sequence[Id], person: Id, today: date, limit: int
) -> list[Id]:
    """List what is planned at these stations, and what a person is asked to, next first."""
    return await _keys(tx, SQL["list_coming"], stations, person, today, limit)


async def _keys(tx: Tx, query: str, *values: object) -> list[Id]:
    return [row["key"] for row in await tx.fetch(query, *values)]
