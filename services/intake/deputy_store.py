"""SQL of deputies' pages: what they raised, may join and are asked to; results of a division.

The lists but those of a year are for a `tx` that sees all rows: under row security PostgreSQL
would walk through the items and activities of the city.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake.activity_store import Days
from services.intake.store import SQL
from shared.db.pool import Tx
from shared.ids import Id


@dataclass(frozen=True, slots=True)
class Results:
    """Figures of items received since a day: how many got how far, and how they were rated.

    `called_back` of the ratings were given on the phone or on a visit.
    """

    received: int
    dispatched: int
    answered: int
    satisfied: int
    basically_satisfied: int
    dissatisfied: int
    called_back: int


async def list_raised(tx: Tx, person: Id, before: Id, state: str, limit: int) -> list[Id]:
    """List what a person raised or joined, newest first: all of it, or what is in one state."""
    return await _keys(tx, SQL["list_raised"], person, before, state, limit)


async def list_raised_unrated(tx: Tx, person: Id, limit: int) -> list[Id]:
    """List what a person raised and may rate but has not, that whose time ends first."""
    return await _keys(tx, SQL["list_raised_unrated"], person, tx.now, limit)


async def list_raised_between(tx: Tx, person: Id, first: datetime, end: datetime) -> list[Id]:
    """List what a person raised or joined that was received from `first` until before `end`."""
    return await _keys(tx, SQL["list_raised_between"], person, first, end)


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


async def list_attended(tx: Tx, person: Id, days: Days) -> list[Id]:
    """List the activities that began on these days and to which a person came, in order."""
    return await _keys(tx, SQL["list_attended"], person, *days)


async def count_results(
    tx: Tx, divisions: Sequence[str], first: datetime, end: datetime
) -> Results:
    """Count what was received in these divisions; `tx` must see all rows."""
    return Results(**dict((await tx.fetch(SQL["count_results"], divisions, first, end))[0]))


async def list_closed(tx: Tx, divisions: Sequence[str], since: datetime, limit: int) -> list[Id]:
    """List closed items of these divisions with an answer, not the confidential ones, last first.

    `tx` must see all rows.
    """
    return await _keys(tx, SQL["list_closed"], divisions, since, limit)


async def _keys(tx: Tx, query: str, *values: object) -> list[Id]:
    return [row["key"] for row in await tx.fetch(query, *values)]
