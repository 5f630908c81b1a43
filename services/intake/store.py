"""SQL of intake: items, progress, keys, source access."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Literal

from services.intake.domain.attachments import AttachmentRow
from services.intake.domain.call_backs import CallBackRow
from services.intake.domain.contact import Vault
from services.intake.domain.effects import Series
from services.intake.domain.model import (
    Item,
    ItemRow,
    Progress,
    ProgressRow,
    TextRow,
)
from services.intake.domain.proposers import Proposer, ProposerRow
from services.intake.domain.station_keys import StationKey
from shared.contracts.envelope import Key
from shared.contracts.intake import ActivityErased, ItemErased, ItemMerged
from shared.db.pool import Tx
from shared.db.rows import Table, load_queries, lock_rows, read_rows, write_rows
from shared.features.access_log.rows import AccessRow
from shared.ids import Id
from shared.messaging.outbox import OutboxEvent
from shared.messaging.subject import Change, Row
from shared.text import fold, like

SQL = load_queries(Path(__file__).with_name("queries.sql"))
ITEM = Table("item", ItemRow)
ITEM_TEXT = Table("item_text", TextRow)
PROPOSER = Table("proposer", ProposerRow, key=("key", "place"))
CALL_BACK = Table("call_back", CallBackRow, key=("key", "n"))
ATTACHMENT = Table("attachment", AttachmentRow, key=("key", "attachment_id"))
PROGRESS = Table("progress", ProgressRow)


class SearchTitleRow(Row):
    """A title as a search compares it; empty once it is erased."""

    station_id: Key
    key: Key
    folded: str


SEARCH_TITLE = Table("search_title", SearchTitleRow, key=("station_id", "key"))
SEARCHED = 500
"""Characters of a folded title that are searched: folded, one may be many."""
ITEM_ENDS = SQL["ends_of_item"]
AFTER_ALL = b"\xff" * 16
"""Sorts after every id."""


async def load_items(vault: Vault, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
    """Create missing items, lock all in key order, and load their text, progress and proposers."""
    existing, created = await lock_rows(tx, ItemRow, SQL["create_items"], SQL["load_items"], keys)
    known = [row.key for row in existing if row.state]
    texts = await read_texts(tx, known)
    progress = await _progress(tx, known)
    proposers = await read_proposers(vault, tx, known)
    call_backs = await read_call_backs(tx, known)
    attachments = await read_attachments(tx, known)
    members = await read_members(vault, tx, existing)
    return {
        row.key: Item(
            row,
            texts.get(row.key) or TextRow(key=row.key),
            progress.get(row.key),
            proposers.get(row.key, ()),
            call_backs.get(row.key, ()),
            attachments.get(row.key, ()),
            joined=members.get(row.key, ()),
        )
        for row in (*existing, *created)
    }


async def read_with_members(vault: Vault, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
    """Read items and those merged into them without a lock: text and proposers."""
    items = await _read(vault, tx, keys)
    members = await read_members(vault, tx, [one.row for one in items.values()])
    return {key: replace(one, joined=members.get(key, ())) for key, one in items.items()}


async def read_members(vault: Vault, tx: Tx, rows: Sequence[ItemRow]) -> dict[Id, tuple[Item, ...]]:
    """Read what was merged into these items, where `tx` sees it, without a lock."""
    found = await _read(vault, tx, [key for row in rows for key in row.members])
    return {row.key: tuple(found[key] for key in row.members if key in found) for row in rows}


async def _read(vault: Vault, tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
    rows = read_rows(ItemRow, await tx.fetch(SQL["read_items"], keys)) if keys else []
    texts, proposers = await read_texts(tx, keys), await read_proposers(vault, tx, keys)
    return {
        row.key: Item(
            row, texts.get(row.key) or TextRow(key=row.key), proposers=proposers.get(row.key, ())
        )
        for row in rows
    }


async def read_proposers(
    vault: Vault, tx: Tx, keys: Sequence[Id]
) -> dict[Id, tuple[Proposer, ...]]:
    """Read who raised these items, with their contacts and firms, where `tx` sees them."""
    found: dict[Id, tuple[Proposer, ...]] = {}
    for record in await tx.fetch(SQL["read_proposers"], keys) if keys else ():
        columns = dict(record)
        firm = columns.pop("firm")
        row = ProposerRow.model_validate(columns)
        contacts = tuple(vault.unseal(row.key, one) for one in row.sealed)
        found[row.key] = (*found.get(row.key, ()), Proposer(row, contacts, firm))
    return found


async def read_call_backs(tx: Tx, keys: Sequence[Id]) -> dict[Id, tuple[CallBackRow, ...]]:
    """Read what was said on the phone about these items, where `tx` sees it."""
    found: dict[Id, tuple[CallBackRow, ...]] = {}
    rows = await tx.fetch(SQL["read_call_backs"], keys) if keys else ()
    for row in read_rows(CallBackRow, rows):
        found[row.key] = (*found.get(row.key, ()), row)
    return found


async def read_attachments(tx: Tx, keys: Sequence[Id]) -> dict[Id, tuple[AttachmentRow, ...]]:
    """Read what is attached to these items, the first one first, where `tx` sees it."""
    found: dict[Id, tuple[AttachmentRow, ...]] = {}
    rows = await tx.fetch(SQL["read_attachments"], keys) if keys else ()
    for row in read_rows(AttachmentRow, rows):
        found[row.key] = (*found.get(row.key, ()), row)
    return found


async def list_used_files(tx: Tx, files: Sequence[Id]) -> set[Id]:
    """List those files of the attachments' folder that an attachment refers to."""
    return {row["file_id"] for row in await tx.fetch(SQL["list_used_files"], files)}


async def read_texts(tx: Tx, keys: Sequence[Id]) -> dict[Id, TextRow]:
    """Read the texts as they were written, where `tx` sees them."""
    if not keys:
        return {}
    return {row.key: row for row in read_rows(TextRow, await tx.fetch(SQL["load_texts"], keys))}


async def _progress(tx: Tx, keys: Sequence[Id]) -> dict[Id, ProgressRow]:
    if not keys:
        return {}
    rows = read_rows(ProgressRow, await tx.fetch(SQL["read_progress"], keys))
    return {row.key: row for row in rows}


async def save_items(tx: Tx, changes: Sequence[Change[Item]]) -> None:
    """Write rows, and texts and proposers that changed."""
    await write_rows(tx, ITEM, [change.after.row for change in changes])
    texts = [c.after.text for c in changes if c.after.text is not c.before.text]
    await write_rows(tx, ITEM_TEXT, texts)
    await write_rows(tx, SEARCH_TITLE, _searched(changes))
    heard = [c.after for c in changes if c.after.heard_no > c.before.heard_no]
    if heard:
        numbers = [one.heard_no for one in heard]
        await tx.execute(SQL["note_heard"], [one.row.key for one in heard], numbers)
    proposers = [
        one.row
        for c in changes
        if c.after.proposers is not c.before.proposers
        for one in c.after.proposers
    ]
    await write_rows(tx, PROPOSER, proposers)
    calls = [
        one
        for c in changes
        if c.after.call_backs is not c.before.call_backs
        for one in c.after.call_backs
    ]
    await write_rows(tx, CALL_BACK, calls)
    attachments = [
        one
        for c in changes
        if c.after.attachments is not c.before.attachments
        for one in c.after.attachments
    ]
    await write_rows(tx, ATTACHMENT, attachments)


def _searched(changes: Sequence[Change[Item]]) -> list[SearchTitleRow]:
    return [
        SearchTitleRow(station_id=row.station_id, key=row.key, folded=fold(title)[:SEARCHED])
        for c in changes
        for row, title in ((c.after.row, c.after.text.title),)
        if title != c.before.text.title and row.station_id is not None
    ]


async def forget_items(tx: Tx, keys: Sequence[Id]) -> None:
    """Delete those of these rows that this transaction created."""
    await tx.execute(SQL["forget_items"], keys)


async def list_items_of_proposer(tx: Tx, proposer: Id) -> list[ItemRow]:
    """List the items of an enterprise or a person, or the one item with this id."""
    return read_rows(ItemRow, await tx.fetch(SQL["list_items_of_proposer"], proposer))


async def list_erasures(tx: Tx) -> list[tuple[Id, datetime, ItemErased | ActivityErased]]:
    """List erasures in order: item or activity, time recorded, event."""
    erased = {one.type: one for one in (ItemErased, ActivityErased)}
    return [
        (row["key"], row["recorded_at"], erased[row["type"]].model_validate_json(row["payload"]))
        for row in await tx.fetch(SQL["list_erasures"])
    ]


@dataclass(frozen=True, slots=True)
class TrackedItem:
    """An item with its progress in router and tracker: of the item it was merged into, if any."""

    item: ItemRow
    progress: ProgressRow


@dataclass(frozen=True, slots=True)
class ItemHistory:
    """An item with its events, the accesses to its source, and `numbers` of items in its merges.

    Unless `shows_source`, nobody learns who sent which event; unless `shows_texts`, its words.
    """

    item: ItemRow
    events: Sequence[OutboxEvent]
    accesses: Sequence[AccessRow]
    numbers: Mapping[Id, str]
    shows_source: bool
    shows_texts: bool


async def read_items(tx: Tx, keys: Sequence[Id]) -> dict[Id, TrackedItem]:
    """Read submitted items without a lock."""
    rows = read_rows(ItemRow, await tx.fetch(SQL["read_items"], keys))
    progress = await _progress(tx, [row.merged_into or row.key for row in rows])
    return {
        row.key: TrackedItem(row, progress.get(handled) or ProgressRow(key=row.key))
        for row in rows
        for handled in (row.merged_into or row.key,)
        if row.state
    }


async def read_merges(tx: Tx, keys: Sequence[Id]) -> dict[Id, Id]:
    """Map those of these items that were merged to what they were merged into."""
    rows = await tx.fetch(SQL["read_merges"], keys)
    return {row["key"]: row["merged_into"] for row in rows}


async def read_numbers(tx: Tx, events: Sequence[OutboxEvent]) -> dict[Id, str]:
    """Read the numbers of the items that these events merged into, where `tx` sees them."""
    into = [one.event.merged_into for one in events if isinstance(one.event, ItemMerged)]
    found = await read_items(tx, into) if into else {}
    return {key: one.item.number for key, one in found.items()}


async def list_items(
    tx: Tx, stations: Sequence[Id], state: str, before: Id, limit: int
) -> list[TrackedItem]:
    """List items of these stations, newest first; `before` is the last id of the previous page."""
    keys = await list_keys_of_items(tx, stations, state, before, limit)
    items = await read_items(tx, keys)
    return [items[key] for key in keys]


async def list_keys_of_items(
    tx: Tx, stations: Sequence[Id], state: str, before: Id, limit: int
) -> list[Id]:
    rows = await tx.fetch(SQL["list_items"], stations, state, before, limit)
    return [row["key"] for row in rows]


async def list_of_same_firms(tx: Tx, item: Item, stations: Sequence[Id], limit: int) -> list[Id]:
    """List the open items that all enterprises of this one raised too, newest first.

    Where no register names its enterprise, those of any enterprise. They are as confidential as
    this one.
    """
    if item.is_of_unnamed_firm:
        seen = stations, item.row.key, item.row.confidential, limit
        return [row["key"] for row in await tx.fetch(SQL["list_of_unnamed_firms"], *seen)]
    if not item.enterprises:
        return []
    values = [*item.enterprises], stations, item.row.key, item.row.confidential, limit
    return [row["key"] for row in await tx.fetch(SQL["list_of_same_firms"], *values)]


async def firms_that_begin(tx: Tx, name: str, limit: int) -> list[tuple[str, str]]:
    """Find registered firms by the first letters of their names: credit code and name."""
    if "\0" in name:
        return []
    begins = like([fold(name)])[0][1:]
    rows = await tx.fetch(SQL["firms_that_begin"], begins, limit)
    return [(row["credit_code"], row["name"]) for row in rows]


async def draw_numbers(tx: Tx, series: Series, n: int) -> int:
    """Draw so many running numbers of a series and return the first."""
    last: int = (await tx.fetch(SQL["draw_numbers"], *series, n))[0]["last"]
    return last - n + 1


async def load_progress(tx: Tx, keys: Sequence[Id]) -> dict[Id, Progress]:
    """Create missing rows and lock all in key order."""
    create, lock = SQL["create_progress"], SQL["load_progress"]
    known, made = await lock_rows(tx, ProgressRow, create, lock, keys)
    new = [row.key for row in made]
    found = await tx.fetch(SQL["read_stations"], new) if new else ()
    stations = {row["key"]: row["station_id"] for row in found}
    rows = [row.model_copy(update={"station_id": stations.get(row.key)}) for row in made]
    return {row.key: Progress(row) for row in chain(known, rows)}


async def save_progress(tx: Tx, changes: Sequence[Change[Progress]]) -> None:
    await write_rows(tx, PROGRESS, [change.after.row for change in changes])


async def find_key(tx: Tx, kid: str) -> StationKey | None:
    rows = await tx.fetch(SQL["find_key"], kid)
    return StationKey(**dict(rows[0])) if rows else None


async def add_key(
    tx: Tx, key: StationKey, by: Id | None = None
) -> Literal["added", "kid_taken", "two_live"]:
    """Add a key, unless its id is taken or its station or person has two live keys."""
    values = key.kid, key.station_code, key.public_x, key.person_id, tx.now, by
    if await tx.fetch(SQL["add_key"], *values):
        return "added"
    return "kid_taken" if await tx.fetch(SQL["is_key"], key.kid) else "two_live"


async def revoke_key(tx: Tx, kid: str, by: Id | None = None, station_code: str = "") -> bool:
    """Revoke a key now, if one is named of this station; False when there is no such live key."""
    return bool(await tx.fetch(SQL["revoke_key"], kid, tx.now, by, station_code))


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key of a station with the times of its life, and by whom; None for the command line."""

    key: StationKey
    added_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    added_by: Id | None = None
    revoked_by: Id | None = None


async def list_keys(tx: Tx, station_code: str) -> list[StoredKey]:
    """List a station's keys, oldest first."""
    key = "kid", "station_code", "public_x", "person_id"
    return [
        StoredKey(
            StationKey(*(row[name] for name in key)),
            **{name: value for name, value in row.items() if name not in key},
        )
        for row in await tx.fetch(SQL["list_keys"], station_code)
    ]


async def count_keys(tx: Tx) -> dict[str, tuple[int, datetime | None]]:
    """Count the live keys by station, with the last time one was used."""
    rows = await tx.fetch(SQL["count_keys"])
    return {row["station_code"]: (row["n"], row["used_at"]) for row in rows}


async def note_use(tx: Tx, kid: str) -> None:
    """Record that a key signs requests, once an hour."""
    await tx.execute(SQL["note_use"], kid, tx.now)


async def name_firms(tx: Tx, codes: Sequence[str]) -> dict[str, str]:
    """Map credit codes to the names of registered firms."""
    return {row["credit_code"]: row["name"] for row in await tx.fetch(SQL["name_firms"], codes)}
