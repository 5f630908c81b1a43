"""Verifies a service's outbox: each event is chained to the one before it, and none is missing."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shared.contracts.envelope import chained
from shared.db.pool import Database, Tx
from shared.ids import Id
from shared.messaging.loop import AnySubject
from shared.messaging.subject import COMPACTED

PREFETCH = 1_000
WALK = """SELECT topic, key, o.seq, event_id, type, prev_hash, hash, payload,
    coalesce(e.seq, 0), coalesce(e.head, ''), coalesce(e.text_seq, 0)
FROM outbox o FULL JOIN ({ends}) e USING (key) ORDER BY key, topic, o.seq"""
"""Every event emitted, with what its subject's row records; a subject without events is one row."""

Fault = Literal["changed", "missing", "unchained", "cut_off"]
"""What is wrong: the content was changed; an event before this one is missing; it is not chained to
the one before it; its subject's row records later or different events."""


class ChainedEvent(NamedTuple):
    """One event as the outbox keeps it; a tombstone, and a text erased by one, has no payload."""

    topic: str
    key: Id
    seq: int
    event_id: Id
    type: str
    prev_hash: str
    hash: str
    payload: bytes | None

    @property
    def holds(self) -> bool:
        """Whether the content matches its hash; without content, whether it was erased."""
        sealed = chained(self.prev_hash, self.event_id, self.seq, self.type, self.payload)
        return sealed == self.hash

    @property
    def erases(self) -> bool:
        return self.topic in COMPACTED and self.payload is None and self.holds


class End(NamedTuple):
    """The last event according to a subject's state row; zeros when the row is gone."""

    seq: int
    head: str
    text_seq: int


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first place of a subject's chain that does not hold."""

    topic: str
    key: Id
    seq: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Verified:
    """The number of events checked, and the first broken link of each subject."""

    events: int
    broken: Sequence[BrokenLink]


def judge(key: Id, chain: Sequence[ChainedEvent], end: End) -> BrokenLink | None:
    """Find the first broken link of one subject: its events by topic and seq, and its memory.

    On a compacted topic each event is whole by itself, so only its content and its end are judged.
    A text may be without its content only if a tombstone follows it.
    """
    seq, head, text_seq = 0, "", 0
    erased = {link.topic: link.seq for link in chain if link.erases}
    for link in chain:
        is_erased = link.payload is None and link.seq <= erased.get(link.topic, 0)
        fault: Fault | None = None if is_erased or link.holds else "changed"
        if link.topic in COMPACTED:
            text_seq = max(text_seq, link.seq)
        elif link.seq != seq + 1:
            fault = "missing"
        elif link.prev_hash != head:
            fault = "unchained"
        else:
            seq, head = link.seq, link.hash
        if fault:
            return BrokenLink(link.topic, key, link.seq, fault)
    if end == End(seq, head, text_seq):
        return None
    topic = chain[-1].topic if chain else "-"
    return BrokenLink(topic, key, max(seq, text_seq), "cut_off")


async def verify(db: Database, subjects: Sequence[AnySubject]) -> Verified:
    """Verify the whole outbox, subject by subject; raises Unavailable."""
    events, broken = 0, []
    walk = WALK.format(
        ends=" UNION ALL ".join(subject.ends for subject in subjects if subject.ends)
    )
    async with db.begin() as tx:
        await tx.execute("SET LOCAL statement_timeout = 0")
        async for key, chain, end in _subjects(tx, walk):
            events += len(chain)
            broken.append(judge(key, chain, end))
    return Verified(events, [link for link in broken if link is not None])


async def _subjects(tx: Tx, walk: str) -> AsyncIterator[tuple[Id, list[ChainedEvent], End]]:
    key, end = b"", End(0, "", 0)
    chain: list[ChainedEvent] = []
    async for record in tx.connection.cursor(walk, prefetch=PREFETCH):
        if record["key"] != key:
            if key:
                yield key, chain, end
            key, chain, end = record["key"], [], End(*record[8:])
        if record["topic"] is not None:
            chain.append(ChainedEvent(*record[:8]))
    if key:
        yield key, chain, end
