"""The only file of intake that runs SQL: items, progress, activities, keys, enterprises."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Literal

from services.intake.domain.contact import Vault
from services.intake.domain.enterprise_import import EnterpriseRow
from services.intake.domain.model import (
    Activity,
    ActivityRow,
    AttendanceRow,
    ContactRow,
    Item,
    ItemRow,
    Progress,
    ProgressRow,
    TextRow,
)
from services.intake.domain.number import Series
from services.intake.domain.rights import Asker, may_look, may_see, not_seen
from services.intake.domain.signature import StationKey
from services.intake.domain.source_access import Look, Source, Sourced, TooManyLooks, open_source
from shared.contracts.intake import ItemErased
from shared.db.pool import Tx
from shared.db.queries import load_queries
from shared.db.rows import lock_rows, read_rows, write_rows
from shared.db.upsert import Table
from shared.directory import Directory
from shared.features.access_log.rows import AccessRow
from shared.features.access_log.store import AccessEntry, log_access
from shared.ids import Id
from shared.messaging.subject import Change, State

SQL = load_queries(Path(__file__).with_name("queries.sql"))
ITEM = Table("item", ItemRow)
ITEM_TEXT = Table("item_text", TextRow)
CONTACT = Table("contact", ContactRow)
PROGRESS = Table("progress", ProgressRow)
ACTIVITY = Table("activity", ActivityRow)
ATTENDANCE = Table("attendance", AttendanceRow, key=())
ENTERPRISE = Table("enterprise", EnterpriseRow)
ITEM_ENDS, ACTIVITY_ENDS = SQL["ends_of_item"], SQL["ends_of_activity"]
NEWEST = b"\xff" * 16
LOOK_WINDOW = timedelta(hours=1)


async def load_items(vault: Vault | None, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
    """Create what is missing and lock all in key order; words only of those that have some.

    Of confidential ones also the names that stay here.
    """
    stood, made = await lock_rows(tx, ItemRow, SQL["create_items"], SQL["load_items"], keys)
    known = [row.key for row in stood if row.state]
    texts = await _texts(tx, known)
    replies = await tx.fetch(SQL["count_replies"], known) if known else []
    received = {row["key"]: row["reply_no"] for row in replies}
    items = {
        row.key: Item(row, texts.get(row.key) or TextRow(key=row.key), received.get(row.key, 0))
        for row in (*stood, *made)
    }
    secret = [row.key for row in stood if row.confidential]
    for row in await tx.fetch(SQL["read_sources"], secret) if secret else ():
        contact = vault.opened(row["key"], row["sealed"]) if vault else None
        items[row["key"]] = replace(
            items[row["key"]], firm=row["firm"], proposer=contact.name if contact else ""
        )
    return items


async def _texts(tx: Tx, keys: Sequence[Id]) -> dict[Id, TextRow]:
    if not keys:
        return {}
    return {row.key: row for row in read_rows(TextRow, await tx.fetch(SQL["load_texts"], keys))}


async def save_items(tx: Tx, changes: Sequence[Change[Item]]) -> None:
    """Write the rows, and the words where they changed."""
    await write_rows(tx, ITEM, [change.after.row for change in changes])
    words = [c.after.text for c in changes if c.after.text is not c.before.text]
    await write_rows(tx, ITEM_TEXT, words)
    contacts = [
        ContactRow(key=c.after.row.key, sealed=c.after.contact) for c in changes if c.after.contact
    ]
    await write_rows(tx, CONTACT, contacts)
    erased = [c.after.row.key for c in changes if c.after.row.erased_at != c.before.row.erased_at]
    if erased:
        await tx.execute(SQL["erase_contacts"], erased)


async def forget_items(tx: Tx, keys: Sequence[Id]) -> None:
    """Delete of these what this transaction made."""
    await tx.execute(SQL["forget_items"], keys)


async def list_items_of_proposer(tx: Tx, proposer: Id) -> list[ItemRow]:
    """List the items of an enterprise or a person, or the one item with this id."""
    return read_rows(ItemRow, await tx.fetch(SQL["list_items_of_proposer"], proposer))


async def list_erasures(tx: Tx) -> list[tuple[Id, datetime, ItemErased]]:
    """List what was erased: item, when it was recorded, by whom and why; in their order."""
    return [
        (row["key"], row["recorded_at"], ItemErased.model_validate_json(row["payload"]))
        for row in await tx.fetch(SQL["list_erasures"])
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """An item as its station may see it."""

    item: ItemRow
    progress: ProgressRow


async def read_items(tx: Tx, keys: Sequence[Id]) -> dict[Id, Standing]:
    """Read items without a lock; one nobody submitted is left out."""
    rows = read_rows(ItemRow, await tx.fetch(SQL["read_items"], keys))
    received = read_rows(ProgressRow, await tx.fetch(SQL["read_progress"], keys))
    progress = {row.key: row for row in received}
    return {
        row.key: Standing(row, progress.get(row.key) or ProgressRow(key=row.key))
        for row in rows
        if row.state
    }


async def list_items(
    tx: Tx, stations: Sequence[Id], state: str, before: Id, limit: int
) -> list[Standing]:
    """List items of these stations, the newest first; `before` is the last of the page seen."""
    found = await tx.fetch(SQL["list_items"], stations, state, before, limit)
    keys = [row["key"] for row in found]
    standing = await read_items(tx, keys)
    return [standing[key] for key in keys]


async def draw_numbers(tx: Tx, series: Series, n: int) -> int:
    """Draw so many running numbers of a series and return the first."""
    last: int = (await tx.fetch(SQL["draw_numbers"], *series, n))[0]["last"]
    return last - n + 1


async def load_progress(tx: Tx, keys: Sequence[Id]) -> dict[Id, Progress]:
    """Create what is missing and lock all in key order."""
    rows = await lock_rows(tx, ProgressRow, SQL["create_progress"], SQL["load_progress"], keys)
    return {row.key: State(row) for row in chain(*rows)}


async def save_progress(tx: Tx, changes: Sequence[Change[Progress]]) -> None:
    """Write what was heard."""
    await write_rows(tx, PROGRESS, [change.after.row for change in changes])


async def load_activities(tx: Tx, keys: Sequence[Id]) -> dict[Id, Activity]:
    """Create what is missing and lock all in key order."""
    create, load = SQL["create_activities"], SQL["load_activities"]
    rows = await lock_rows(tx, ActivityRow, create, load, keys)
    return {row.key: Activity(row) for row in chain(*rows)}


async def save_activities(tx: Tx, changes: Sequence[Change[Activity]]) -> None:
    """Write activities and who took part."""
    await write_rows(tx, ACTIVITY, [change.after.row for change in changes])
    attendance = [one for change in changes for one in change.after.attendance]
    await write_rows(tx, ATTENDANCE, attendance)


async def forget_activities(tx: Tx, keys: Sequence[Id]) -> None:
    """Delete of these what this transaction made."""
    await tx.execute(SQL["forget_activities"], keys)


async def find_key(tx: Tx, kid: str) -> StationKey | None:
    """Find a living key."""
    rows = await tx.fetch(SQL["find_key"], kid)
    return StationKey(**dict(rows[0])) if rows else None


async def add_key(tx: Tx, key: StationKey) -> Literal["added", "kid_taken", "two_live"]:
    """Add a key, or say what hinders: its id stands already, or its station has two live keys."""
    if await tx.fetch(SQL["add_key"], key.kid, key.station_code, key.public_x, tx.now):
        return "added"
    return "kid_taken" if await tx.fetch(SQL["is_key"], key.kid) else "two_live"


async def revoke_key(tx: Tx, kid: str) -> bool:
    """Revoke a key from now on; False when there is no such living key."""
    return bool(await tx.fetch(SQL["revoke_key"], kid, tx.now))


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key of a station with its life."""

    key: StationKey
    added_at: datetime
    revoked_at: datetime | None


async def list_keys(tx: Tx, station_code: str) -> list[KeyLine]:
    """List a station's keys, the oldest first."""
    return [
        KeyLine(
            StationKey(row["kid"], row["station_code"], row["public_x"]),
            row["added_at"],
            row["revoked_at"],
        )
        for row in await tx.fetch(SQL["list_keys"], station_code)
    ]


async def find_source(tx: Tx, key: Id, by: Asker, directory: Directory) -> Sourced:
    """Read who raised an item, the contact still sealed; raises NotFound, also if not to look."""
    standing = (await read_items(tx, [key])).get(key)
    if standing is None or not may_look(by, standing.item, standing.progress, directory):
        raise not_seen()
    row = (await tx.fetch(SQL["read_sources"], [key]))[0]
    return Sourced(standing.item, standing.progress, row["firm"], row["sealed"])


async def see_trail(tx: Tx, key: Id, by: Asker, directory: Directory) -> Standing:
    """Read an item for somebody who may see its case; raises NotFound."""
    standing = (await read_items(tx, [key])).get(key)
    if standing is None or not may_see(by, standing.item, standing.progress, directory):
        raise not_seen()
    return standing


async def name_firms(tx: Tx, codes: Sequence[str]) -> dict[str, str]:
    """Name the firms of the register by their credit codes."""
    return {row["credit_code"]: row["name"] for row in await tx.fetch(SQL["name_firms"], codes)}


async def look_at(tx: Tx, look: Look, directory: Directory, vault: Vault, most: int) -> Source:
    """Open who raised an item and keep in the log who saw which fields and why, for 12 months.

    Raises NotFound, and TooManyLooks when this person looked `most` times within the hour.
    """
    found = await find_source(tx, look.key, look.by, directory)
    earlier = await tx.fetch(SQL["looks_since"], look.by.person_id, tx.now - LOOK_WINDOW)
    if len(earlier) >= most:
        wait = earlier[-most]["looked_at"] + LOOK_WINDOW - tx.now
        raise TooManyLooks(math.ceil(wait.total_seconds()))
    source = open_source(found, directory, vault)
    by, place = look.by.person_id, found.item.division_code
    why = look.body.reason, look.body.words
    await log_access(tx, AccessEntry(by, look.key, place, source.fields, *why))
    return source


async def list_looks(tx: Tx, key: Id) -> list[AccessRow]:
    """List the looks at one item's source, the newest first."""
    return read_rows(AccessRow, await tx.fetch(SQL["list_looks"], key))


async def save_enterprises(tx: Tx, rows: Sequence[EnterpriseRow]) -> None:
    """Enter or correct enterprises of the register."""
    await write_rows(tx, ENTERPRISE, rows)
