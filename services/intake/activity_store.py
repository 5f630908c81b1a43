"""SQL of activities: with their texts and attendance, and who visits which enterprise."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from services.intake.domain.activity_refusals import MOST_DAYS
from services.intake.domain.model import (
    FORGOTTEN_DAYS,
    Activity,
    ActivityRow,
    ActivityTextRow,
    AttendanceRow,
    InvitationRow,
)
from services.intake.domain.visits import Visit
from services.intake.station_store import Waiting, waiting_of
from services.intake.store import SQL
from shared.db.pool import Tx
from shared.db.rows import Table, lock_rows, read_rows, write_rows
from shared.ids import Id
from shared.messaging.subject import Change

ACTIVITY = Table("activity", ActivityRow)
ACTIVITY_TEXT = Table("activity_text", ActivityTextRow)
ATTENDANCE = Table("attendance", AttendanceRow, key=("activity_id", "person_id"))
INVITATION = Table("invitation", InvitationRow, key=("activity_id", "person_id"))
ENDS = SQL["ends_of_activity"]


class Organisers(NamedTuple):
    """The stations and organs whose activities are meant."""

    stations: Sequence[Id]
    organs: Sequence[Id]


class Days(NamedTuple):
    """A span of days, both ends included."""

    first: date
    last: date


async def load(tx: Tx, keys: Sequence[Id]) -> dict[Id, Activity]:
    """Create missing rows and lock all in key order, then read texts and attendance."""
    create, lock = SQL["create_activities"], SQL["load_activities"]
    stood, made = await lock_rows(tx, ActivityRow, create, lock, keys)
    known = await _with_parts(tx, stood)
    return known | {row.key: Activity(row, ActivityTextRow(key=row.key)) for row in made}


async def read(tx: Tx, keys: Sequence[Id]) -> dict[Id, Activity]:
    """Read these activities without a lock, as far as the reader sees them."""
    return await _with_parts(
        tx, read_rows(ActivityRow, await tx.fetch(SQL["read_activities"], keys))
    )


async def _with_parts(tx: Tx, rows: Sequence[ActivityRow]) -> dict[Id, Activity]:
    keys = [row.key for row in rows]
    if not keys:
        return {}
    found = read_rows(ActivityTextRow, await tx.fetch(SQL["load_activity_texts"], keys))
    texts = {row.key: row for row in found}
    people: dict[Id, dict[Id, AttendanceRow]] = {key: {} for key in keys}
    for one in read_rows(AttendanceRow, await tx.fetch(SQL["load_attendance"], keys)):
        people[one.activity_id][one.person_id] = one
    answers: dict[Id, dict[Id, InvitationRow]] = {key: {} for key in keys}
    for answer in read_rows(InvitationRow, await tx.fetch(SQL["load_invitations"], keys)):
        answers[answer.activity_id][answer.person_id] = answer
    return {
        row.key: Activity(
            row,
            texts.get(row.key) or ActivityTextRow(key=row.key),
            people[row.key],
            answers[row.key],
        )
        for row in rows
    }


async def save(tx: Tx, changes: Sequence[Change[Activity]]) -> None:
    """Write rows, and the texts and the attendance that changed."""
    await write_rows(tx, ACTIVITY, [change.after.row for change in changes])
    texts = [c.after.text for c in changes if c.after.text is not c.before.text]
    await write_rows(tx, ACTIVITY_TEXT, texts)
    people = (
        [one for key, one in c.after.attendance.items() if c.before.attendance.get(key) != one]
        for c in changes
    )
    await write_rows(tx, ATTENDANCE, list(chain.from_iterable(people)))
    answers = (
        [one for key, one in c.after.given.items() if c.before.given.get(key) != one]
        for c in changes
    )
    await write_rows(tx, INVITATION, list(chain.from_iterable(answers)))


async def forget(tx: Tx, keys: Sequence[Id]) -> None:
    """Delete those of these rows that this transaction created."""
    await tx.execute(SQL["forget_activities"], keys)


async def list_about(tx: Tx, one: Id) -> list[ActivityRow]:
    """List the activities that keep words of an enterprise or a person, or the one with this id."""
    return read_rows(ActivityRow, await tx.fetch(SQL["list_activities_about"], one))


async def list_between(
    tx: Tx, of: Organisers, state: str, days: Days, limit: int
) -> list[Activity]:
    """List activities on these days, in one state unless that is empty, the latest first."""
    values = (*of, state, *days, limit, MOST_DAYS)
    keys = [row["key"] for row in await tx.fetch(SQL["list_activities"], *values)]
    found = await read(tx, keys)
    return [found[key] for key in keys]


async def list_to_complete(tx: Tx, of: Organisers, today: date, limit: int) -> Waiting:
    """List planned activities whose last day has come, and held ones where nobody came yet.

    Today's come first, then the oldest.
    """
    since = today - timedelta(FORGOTTEN_DAYS)
    rows = await tx.fetch(SQL["list_activities_to_complete"], *of, today, since, limit)
    return waiting_of(rows)


async def list_visits(
    tx: Tx, firms: Collection[Id], days: Days, but: Id, limit: int
) -> list[Visit]:
    """List the activities with these enterprises on these days, of whomever, but for one."""
    rows = await tx.fetch(SQL["list_visits"], list(firms), *days, but, limit)
    return [Visit(**dict(row)) for row in rows]


async def count_at(tx: Tx, division: str, days: Days) -> int:
    """Count the activities planned or held in a place on these days."""
    n: int = (await tx.fetch(SQL["count_activities_at"], division, *days))[0]["n"]
    return n
