"""Transactional outbox: events stamped under the key's lock, saved with effects, then sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, TypeVar

from shared.contracts.envelope import Envelope, Event, Tombstone
from shared.contracts.topics import BY_NAME, TOPIC_OF
from shared.db.pool import Database, Tx
from shared.errors import TooLarge
from shared.ids import Id, new_id
from shared.messaging.sql import SQL
from shared.messaging.subject import State
from shared.text import _

MAX_EVENT_BYTES = 512 * 1024
BLOCK = 10_000

S = TypeVar("S", bound=State[Any])


def stamp(
    owner: str, state: S, events: Iterable[Event], now: datetime, correlation_id: Id
) -> tuple[S, list[Envelope]]:
    """Number events after the last one of this subject.

    Raises TooLarge for an event Kafka would refuse, ValueError for another service's topic.
    """
    row, emitted = state.row, []
    seq, head, text_seq = row.seq, row.head, row.text_seq
    for event in events:
        published_as = event.text if isinstance(event, Tombstone) else type(event)
        topic = TOPIC_OF[published_as]
        if topic.owner != owner or (isinstance(event, Tombstone) and not topic.compacted):
            raise ValueError(f"{owner} may not publish {event.type} {published_as.type}")
        if topic.compacted:
            text_seq += 1
        else:
            seq += 1
        place, before = (text_seq, "") if topic.compacted else (seq, head)
        one = Envelope(
            topic.name, row.key, place, new_id(now), published_as.type, event.occurred_at, now,
            correlation_id, before, "", _payload(event),
        )  # fmt: skip
        emitted.append(one._replace(hash=one.seal))
        if not topic.compacted:
            head = emitted[-1].hash
    if not emitted:
        return state, emitted
    stamped = row.model_copy(update={"seq": seq, "head": head, "text_seq": text_seq})
    return replace(state, row=stamped), emitted


def _payload(event: Event) -> bytes | None:
    if isinstance(event, Tombstone):
        return None
    payload = event.__pydantic_serializer__.to_json(event, exclude_none=True)
    if len(payload) > MAX_EVENT_BYTES:
        raise TooLarge(
            "event_too_large",
            _(
                "内容过长（%(count)s字节），最多%(max_event_bytes)s字节。",
                count=len(payload),
                max_event_bytes=MAX_EVENT_BYTES,
            ),
            _("请缩短文字，附件另行上传。"),
        )
    return payload


async def save(tx: Tx, emitted: Sequence[Envelope]) -> None:
    """Write the events and their pending rows; ids are drawn only now, under the locks.

    A tombstone also deletes the erased bodies from the record; their hashes stay.
    """
    blocks = await tx.fetch(SQL["next_outbox_blocks"], -(-len(emitted) // BLOCK))
    ids = chain.from_iterable(range(one["first"], one["first"] + BLOCK) for one in blocks)
    await tx.execute(
        SQL["save_outbox"],
        list(islice(ids, len(emitted))),
        tx.now,
        [e.topic for e in emitted],
        [e.key for e in emitted],
        [e.seq for e in emitted],
        [e.event_id for e in emitted],
        [e.type for e in emitted],
        [e.occurred_at for e in emitted],
        [e.correlation_id for e in emitted],
        [e.prev_hash for e in emitted],
        [e.hash for e in emitted],
        [e.payload for e in emitted],
    )
    erasing = [e for e in emitted if e.erases]
    if erasing:
        places = [e.topic for e in erasing], [e.key for e in erasing], [e.seq for e in erasing]
        await tx.execute(SQL["erase_outbox"], *places)


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """One event of this service's record; `event` is None for a tombstone and for erased text."""

    topic: str
    seq: int
    event_id: Id
    type: str
    occurred_at: datetime
    hash: str
    event: Event | None
    erases: bool


async def list_emitted(tx: Tx, key: Id, most: int) -> list[OutboxEvent]:
    """List the last events of a subject, at most `limit`, in order."""
    rows = await tx.fetch(SQL["list_emitted"], key, most)
    return [_outbox_event(Envelope(*row)) for row in reversed(rows)]


def _outbox_event(one: Envelope) -> OutboxEvent:
    model = BY_NAME[one.topic].types[one.type]
    is_erased = one.payload is None
    event = None if is_erased else model.model_validate_json(one.payload or b"", extra="ignore")
    erases = is_erased and one.hash == one.seal
    return OutboxEvent(
        one.topic, one.seq, one.event_id, one.type, one.occurred_at, one.hash, event, erases
    )


class Months:
    """Creates the outbox partition of a month before the first write to it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: set[date] = set()

    async def ensure(self, now: datetime) -> None:
        """Create this and the next month's partition unless this process has already done so.

        Runs outside the caller's transaction, which may be rolled back.
        """
        month = now.date().replace(day=1)
        if month in self._known:
            return
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        async with self._db.connection() as connection:
            for one in (month, following):
                await connection.execute("SELECT ensure_outbox_month($1)", one)
        self._known.add(month)
