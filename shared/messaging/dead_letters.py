"""Dead letters: a message that failed and all later ones of its key wait for an operator."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from shared.db.pool import Tx
from shared.errors import NotFound
from shared.ids import Id
from shared.messaging.sql import SQL
from shared.messaging.subject import DeadLetterReason, ReceivedEvent, Record
from shared.text import _

CLOCK_TOPIC = ".clock"
"""Suffix of the pseudo topic of clocks that failed to fire."""

ALL = 100_000
"""A limit above the length of any queue."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that could not be applied, or a clock that could not fire."""

    record: Record
    reason: DeadLetterReason
    traceback: str
    received: ReceivedEvent | None


def clock_letter(topic: str, key: Id, trace: str) -> DeadLetter:
    """Dead letter for a subject whose due clocks could not fire.

    Its position is derived from the key: letters in one batch differ, and each is stored once.
    """
    place = int.from_bytes(key[8:], "big") >> 1
    return DeadLetter(Record(topic, -1, place, key), "clock", trace, None)


async def save_dead_letters(tx: Tx, letters: Sequence[DeadLetter]) -> None:
    """Write the letters and block the positions of their keys.

    A queued tombstone immediately erases the letters queued before it.
    """
    for letter in letters:
        record, received = letter.record, letter.received
        headers = [(name, None if value is None else value.hex()) for name, value in record.headers]
        await tx.execute(
            SQL["save_dead_letters"],
            record.topic,
            record.partition,
            record.offset,
            received.key if received else record.key if letter.reason == "clock" else None,
            received.seq if received else None,
            received.event_id if received else None,
            received.type if received else None,
            letter.reason,
            letter.traceback.replace("\0", "\\0"),
            json.dumps(headers).encode(),
            record.value,
            tx.now,
        )
        if letter.reason == "clock":
            await tx.execute(SQL["block_clock"], record.topic, record.key)
        elif received and record.value is None:
            await tx.execute(SQL["erase_dead_letters"], received.topic, received.key, received.seq)


@dataclass(frozen=True, slots=True)
class DiscardRequest:
    """A requested discard that awaits another person's confirmation."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A stored letter; `key` is None when it was unreadable."""

    id: int
    topic: str
    key: Id | None
    seq: int | None
    event_id: Id | None
    type: str | None
    reason: DeadLetterReason
    traceback: str
    dead_at: datetime
    record: Record
    asked: DiscardRequest | None


@dataclass(frozen=True, slots=True)
class BlockedQueue:
    """The dead letters of one key: the first, why it stopped, and how many there are."""

    id: int
    topic: str
    key: Id | None
    seq: int | None
    type: str | None
    reason: DeadLetterReason
    dead_at: datetime
    letters: int
    is_asked: bool


async def list_queues(tx: Tx, limit: int) -> list[BlockedQueue]:
    """List the blocked keys, oldest dead letter first."""
    return [BlockedQueue(**dict(row)) for row in await tx.fetch(SQL["list_queues"], limit)]


async def list_dead_letters(
    tx: Tx, topic: str, key: Id, limit: int = ALL
) -> list[StoredDeadLetter]:
    """List the letters of one key, in order."""
    return [_stored(row) for row in await tx.fetch(SQL["list_dead_letters"], topic, key, limit)]


async def count_dead_letters(tx: Tx, topic: str, key: Id) -> int:
    return int((await tx.fetch(SQL["count_dead_letters"], topic, key))[0]["n"])


async def find_dead_letter(tx: Tx, letter_id: int) -> StoredDeadLetter:
    """Find one letter; raises NotFound."""
    rows = await tx.fetch(SQL["find_dead_letter"], letter_id)
    if not rows:
        raise no_dead_letter()
    return _stored(rows[0])


def no_dead_letter() -> NotFound:
    """The refusal of an action on something that is not (or no longer) dead-lettered."""
    return NotFound("not_a_dead_letter", _("这一条没有被搁置。"), _("请核对主题和编号。"))


def _stored(row: asyncpg.Record) -> StoredDeadLetter:
    headers = tuple(
        (name, None if value is None else bytes.fromhex(value))
        for name, value in json.loads(row["headers"])
    )
    place = (row["topic"], row["partition"], row["offset"], row["key"])
    asked = (row["discard_asked_by"], row["discard_reason"], row["discard_asked_at"])
    return StoredDeadLetter(
        id=row["id"],
        topic=row["topic"],
        key=row["key"],
        seq=row["seq"],
        event_id=row["event_id"],
        type=row["type"],
        reason=row["reason"],
        traceback=row["traceback"],
        dead_at=row["dead_at"],
        record=Record(*place, headers, row["payload"]),
        asked=DiscardRequest(*asked) if row["discard_asked_by"] else None,
    )
