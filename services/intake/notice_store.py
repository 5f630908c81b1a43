"""SQL of notices: written with the event they tell of, sent one by one, kept as a log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.contact import Vault
from services.intake.domain.model import ItemRow
from services.intake.domain.notices import NoticeRow, Told, notices_of
from services.intake.domain.occasions import Happened
from services.intake.store import SQL, read_items, read_proposers
from shared.db.pool import Tx
from shared.db.rows import as_json, read_rows
from shared.ids import Id
from shared.messaging.subject import DatabaseMetric
from shared.notices.channel import GIVE_UP, Channel, ChannelName, Failure, Outcome

FIGURES = (
    DatabaseMetric(
        "notices_waiting",
        "等着发的告知",
        "Notices that wait to be sent, by channel.",
        SQL["notices_waiting"],
        "channel",
    ),
    DatabaseMetric(
        "notices_oldest_waiting_seconds",
        "等着发的告知，最久",
        "Age of the oldest notice that waits to be sent.",
        SQL["notices_oldest_waiting"],
    ),
    DatabaseMetric(
        "notices_failed",
        "七天内没有发成的告知",
        "Notices that were rejected or given up within seven days, by channel.",
        SQL["notices_failed"],
        "channel",
    ),
)


async def add_notices(
    tx: Tx, vault: Vault, channels: Sequence[Channel], happened: Mapping[Id, Sequence[Happened]]
) -> None:
    """Add the notices of what happened to these items; one that exists already stays as it is.

    Called in the transaction that stores what happened, after it.
    """
    about = [key for key, some in happened.items() if some]
    if not channels or not about:
        return
    items = read_rows(ItemRow, await tx.fetch(SQL["list_with_members"], about))
    proposers = await read_proposers(vault, tx, [one.key for one in items])
    told = [Told(one, proposers.get(one.key, ())) for one in items]
    rows = [
        row
        for key in about
        for event in happened[key]
        for row in notices_of(
            event, key, [one for one in told if key in (one.item.key, one.item.merged_into)],
            channels, tx.now,
        )
    ]  # fmt: skip
    if rows:
        await tx.execute(SQL["add_notices"], as_json(rows))


async def lock_due(tx: Tx, channel: ChannelName) -> NoticeRow | None:
    """Lock the notice that is due longest and that no other process has locked; None if none is."""
    rows = read_rows(NoticeRow, await tx.fetch(SQL["lock_due_notice"], channel, tx.now))
    return rows[0] if rows else None


async def note_try(tx: Tx, row: NoticeRow) -> None:
    await tx.execute(SQL["try_notice"], row.id, row.tries, row.next_at)


async def end(tx: Tx, notice: Id, outcome: Outcome) -> None:
    await tx.execute(SQL["end_notice"], notice, outcome, tx.now)


async def give_up(tx: Tx) -> None:
    """End what has waited too long, also on a channel that the city has no more."""
    await tx.execute(SQL["give_up_notices"], tx.now, tx.now - GIVE_UP)


async def note_failure(tx: Tx, notice: Id, why: Failure) -> None:
    await tx.execute(SQL["note_failure"], notice, why)


async def is_due(tx: Tx, channel: ChannelName) -> bool:
    return bool(await tx.fetch(SQL["is_notice_due"], channel, tx.now))


async def read_told(tx: Tx, vault: Vault, key: Id) -> tuple[Told, str] | None:
    """Read an item whose people are told, and its number or that of what it was merged into.

    None once it is erased.
    """
    item = (await read_items(tx, [key]))[key].item
    if item.erased_at is not None:
        return None
    number = item.number
    if not number and item.merged_into:
        number = (await read_items(tx, [item.merged_into]))[item.merged_into].item.number
    return Told(item, (await read_proposers(vault, tx, [key])).get(key, ())), number


async def list_sent(tx: Tx, item: Id) -> list[NoticeRow]:
    """List what was sent about an item, as far as `tx` sees it, the first one first."""
    return read_rows(NoticeRow, await tx.fetch(SQL["list_sent_notices"], item))


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """How many notices wait on a channel, since when, and how many failed within seven days."""

    waiting: int = 0
    since: datetime | None = None
    failed: int = 0


async def count_notices(tx: Tx) -> dict[str, ChannelCount]:
    """Count by channel what waits and what failed lately; channels without any are left out."""
    rows = await tx.fetch(SQL["count_notices"], tx.now - GIVE_UP)
    return {
        row["channel"]: ChannelCount(row["waiting"], row["since"], row["failed"]) for row in rows
    }


async def list_troubled(tx: Tx, limit: int) -> list[NoticeRow]:
    """List what was tried in vain and still waits, and what failed within seven days."""
    rows = await tx.fetch(SQL["list_troubled_notices"], tx.now - GIVE_UP, limit)
    return read_rows(NoticeRow, rows)
