"""What could not be applied waits here, with everything behind it, until a person decides."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.db.pool import Tx
from shared.errors import Invalid, NotFound
from shared.ids import Id
from shared.messaging.fold import Heard, Record
from shared.messaging.sql import SQL
from shared.messaging.wire import read

CLOCK_TOPIC = ".clock"
"""Suffix of the pseudo topic under which a clock that failed to fire is parked."""

ALL = 100_000
"""A limit beyond any queue of one key."""


class QueueGrew(Exception):
    """An event was parked between reading a queue and locking it."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that was parked, or a clock that could not fire."""

    record: Record
    reason: str
    traceback: str
    heard: Heard | None
    id: int = 0
    parked_at: datetime | None = None


def clock_letter(topic: str, key: Id, now: datetime, trace: str) -> DeadLetter:
    """Make the letter of a subject whose due clocks could not fire."""
    place = int(now.timestamp() * 1_000_000)
    return DeadLetter(Record(topic, -1, place, key), "clock", trace, None)


async def save_dead_letters(tx: Tx, letters: Sequence[DeadLetter]) -> None:
    """Write the letters beside the positions that hold their keys."""
    for letter in letters:
        record, heard = letter.record, letter.heard
        headers = [(name, None if value is None else value.hex()) for name, value in record.headers]
        await tx.execute(
            SQL["save_dead_letters"],
            record.topic,
            record.partition,
            record.offset,
            heard.key if heard else record.key if letter.reason == "clock" else None,
            heard.seq if heard else None,
            heard.event_id if heard else None,
            heard.type if heard else None,
            letter.reason,
            letter.traceback.replace("\0", "\\0"),
            json.dumps(headers).encode(),
            record.value,
            tx.now,
        )
        if letter.reason == "clock":
            await tx.execute(SQL["park_clock"], record.topic, record.key)


@dataclass(frozen=True, slots=True)
class Parked:
    """A stored letter as lists show it."""

    id: int
    topic: str
    key: Id | None
    seq: int | None
    type: str | None
    reason: str
    traceback: str
    parked_at: datetime
    record: Record


async def list_parked(
    tx: Tx, topic: str | None = None, key: Id | None = None, limit: int = 500
) -> list[Parked]:
    """List the letters of one key in order, or of all."""
    rows = await tx.fetch(SQL["list_dead_letters"], topic, key, limit)
    return [
        Parked(
            id=row["id"],
            topic=row["topic"],
            key=row["key"],
            seq=row["seq"],
            type=row["type"],
            reason=row["reason"],
            traceback=row["traceback"],
            parked_at=row["parked_at"],
            record=Record(
                row["topic"],
                row["partition"],
                row["offset"],
                row["key"],
                tuple(
                    (name, None if value is None else bytes.fromhex(value))
                    for name, value in json.loads(row["headers"])
                ),
                row["payload"],
            ),
        )
        for row in rows
    ]


async def take_queue(tx: Tx, topic: str, key: Id) -> list[Parked]:
    """Lock the key, take its letters off the table and let it flow; raises NotFound."""
    locked = await tx.fetch(SQL["lock_positions"], [topic], [key])
    letters = await list_parked(tx, topic, key, limit=ALL)
    if not locked or not locked[0]["parked"] or not letters:
        raise NotFound("not_parked", "这一条没有被搁置。", "This key is not parked.")
    for letter in letters:
        await tx.execute(SQL["delete_dead_letter"], letter.id)
    await tx.execute(
        SQL["save_positions"], [topic], [key], [locked[0]["seq"]], [locked[0]["event_id"]], [False]
    )
    return letters


async def discard_first(tx: Tx, topic: str, key: Id, by: str, second: str, reason: str) -> None:
    """Give the first letter of a key up for good, so that what waits behind it can follow.

    Raises Invalid without a reason and a second person, NotFound when nothing is parked.
    """
    require_two(by, second, reason)
    locked = await tx.fetch(SQL["lock_positions"], [topic], [key])
    letters = await list_parked(tx, topic, key, limit=1)
    if not locked or not letters:
        raise NotFound("not_parked", "这一条没有被搁置。", "This key is not parked.")
    first = letters[0]
    seq, event_id = locked[0]["seq"], locked[0]["event_id"]
    if first.seq is not None and first.seq > seq:
        seq, event_id = first.seq, _event_id(first)
    await tx.execute(SQL["delete_dead_letter"], first.id)
    await tx.execute(SQL["save_positions"], [topic], [key], [seq], [event_id], [True])
    await save_decision(tx, "discarded", first, by, second, reason)


async def discard_unreadable(tx: Tx, letter_id: int, by: str, second: str, reason: str) -> None:
    """Give a message up that not even had a readable key; raises Invalid or NotFound."""
    require_two(by, second, reason)
    for letter in await list_parked(tx):
        if letter.id == letter_id and letter.key is None:
            await tx.execute(SQL["delete_dead_letter"], letter_id)
            await save_decision(tx, "discarded", letter, by, second, reason)
            return
    raise NotFound("not_parked", "没有这条搁置的消息。", "There is no such parked message.")


def require_two(by: str, second: str, reason: str) -> None:
    """Refuse a discard without a reason or without a second person."""
    if not reason.strip() or not second.strip() or second == by:
        raise Invalid(
            "second_person_needed",
            "丢弃须写明理由，并由另一人确认。",
            "Discarding needs a reason and another person's confirmation.",
            todo_zh="请填写理由和第二位确认人。",
            todo_en="Give a reason and name a second person.",
        )


async def save_decision(
    tx: Tx, action: str, letter: Parked, by: str, second: str | None, reason: str
) -> None:
    """Record who released or discarded what, and why."""
    await tx.execute(
        SQL["save_decision"],
        tx.now,
        action,
        letter.topic,
        letter.key,
        letter.seq,
        _event_id(letter),
        reason,
        by,
        second,
    )


def _event_id(letter: Parked) -> Id | None:
    heard = read(letter.record)
    return heard.event_id if isinstance(heard, Heard) else None
