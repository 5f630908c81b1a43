"""Verification of a service's outbox: the events of a subject form a chain, and none is missing.

A subject that is removed completely breaks no chain. So once a day a hash over all events of the
day is stored and written to the log, which no login of the database can change.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import structlog

from shared.contracts.envelope import Envelope
from shared.db.pool import Database, Tx
from shared.ids import Id
from shared.messaging.loop import AnySubject
from shared.messaging.sql import SQL
from shared.messaging.subject import COMPACTED

PREFETCH = 1_000
WALK = """SELECT topic, key, o.seq, event_id, type, occurred_at, recorded_at, correlation_id,
    prev_hash, hash, payload, coalesce(e.seq, 0), coalesce(e.head, ''), coalesce(e.text_seq, 0)
FROM outbox o FULL JOIN ({ends}) e USING (key) ORDER BY key, topic, o.seq"""
"""Every event emitted, with what its subject's row records; a subject without events is one row."""

RANGE = """SELECT hash FROM outbox WHERE id > $1 AND id <= $2 AND recorded_at >= $3 ORDER BY id"""
ANCHORED = "audit.anchored"
_EVERY = timedelta(days=1)

log = structlog.get_logger()

Fault = Literal["changed", "missing", "unchained", "cut_off"]
"""What is wrong: the content was changed; an event before this one is missing; it is not chained to
the one before it; its subject's row records later or different events."""


class End(NamedTuple):
    """The last event according to a subject's state row; zeros when the row is gone."""

    seq: int
    head: str
    text_seq: int


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first invalid place in a subject's chain."""

    topic: str
    key: Id
    seq: int
    fault: Fault


class Anchor(NamedTuple):
    """Merkle root over the hashes of the events of a range of ids.

    The ids are above `after` and at most `upto`; nothing recorded before `since` is among them.
    """

    after: int
    upto: int
    since: datetime
    events: int
    root: str
    anchored_at: datetime


_BEFORE_ALL = Anchor(0, 0, datetime(2000, 1, 1, tzinfo=UTC), 0, "", datetime(1, 1, 2, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Verified:
    """The number of events and anchors checked, and the faults found.

    `broken` holds the first broken link of each subject, `lost` the anchors that do not hold.
    """

    events: int
    broken: Sequence[BrokenLink]
    anchors: int = 0
    lost: Sequence[Anchor] = ()


def judge(key: Id, chain: Sequence[Envelope], end: End) -> BrokenLink | None:
    """Find the first broken link of one subject: its events by topic and seq, and its state row.

    On a compacted topic each event is complete, so only its content and the end are checked.
    A text may be without its content only if a tombstone follows it.
    """
    seq, head, text_seq = 0, "", 0
    erased = {link.topic: link.seq for link in chain if _is_tombstone(link)}
    for link in chain:
        is_erased = link.payload is None and link.seq <= erased.get(link.topic, 0)
        fault: Fault | None = None if is_erased or link.seal == link.hash else "changed"
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


def _is_tombstone(link: Envelope) -> bool:
    return link.topic in COMPACTED and link.erases and link.seal == link.hash


async def verify(
    db: Database, subjects: Sequence[AnySubject], logged: Sequence[Anchor] = ()
) -> Verified:
    """Verify the outbox, subject by subject, and all anchors, including those `logged` elsewhere.

    Raises Unavailable.
    """
    events, broken = 0, []
    walk = WALK.format(
        ends=" UNION ALL ".join(subject.ends for subject in subjects if subject.ends)
    )
    async with db.begin() as tx:
        await tx.execute("SET LOCAL statement_timeout = 0")
        async for key, chain, end in _subjects(tx, walk):
            events += len(chain)
            broken.append(judge(key, chain, end))
        kept = [Anchor(*row) for row in await tx.fetch(SQL["list_anchors"])]
        anchors = sorted({*kept, *logged}, key=lambda one: (one.upto, one.root))
        lost = [one for one in anchors if await _root(tx, one) != (one.events, one.root)]
    return Verified(
        events, [link for link in broken if link is not None], len(anchors), tuple(lost)
    )


async def anchor(tx: Tx, service: str, settled: int) -> None:
    """Anchor the events recorded since the last anchor, unless that is less than a day old.

    No event will come with an id up to `settled` any more (the relay's floor).
    """
    rows = await tx.fetch(SQL["last_anchor"])
    last = Anchor(*rows[0]) if rows else _BEFORE_ALL
    if settled <= last.upto or abs(tx.now - last.anchored_at) < _EVERY:
        return
    since = last.anchored_at - _EVERY if rows else last.since
    range_ = Anchor(last.upto, settled, since, 0, "", tx.now)
    events, root = await _root(tx, range_)
    made = range_._replace(events=events, root=root)
    await tx.execute(SQL["save_anchor"], *made)
    log.info(ANCHORED, of=service, **_log_fields(made))


def _log_fields(one: Anchor) -> dict[str, str | int]:
    """Format an anchor for the log; ids in hex, as long numbers are masked as phone numbers."""
    return {
        "range": f"{one.after:016x}-{one.upto:016x}",
        "since": one.since.isoformat(),
        "events": one.events,
        "root": one.root,
        "anchored_at": one.anchored_at.isoformat(),
    }


def anchors_in_log(lines: Iterable[str], service: str) -> tuple[list[Anchor], int]:
    """Read a service's anchors from the lines of a log, and count those that cannot be read.

    Other lines are skipped, and so is what a collector of logs put before a line.
    """
    anchors, unreadable = [], 0
    for line in lines:
        if f'"{ANCHORED}"' in line:
            try:
                said = json.loads(line[line.index("{") :])
                if said["event"] == ANCHORED and said["of"] == service:
                    anchors.append(_read(said))
            except (ValueError, KeyError, TypeError, AttributeError):
                unreadable += 1
    return anchors, unreadable


def gaps(anchors: Sequence[Anchor]) -> int:
    """Count the places where an anchor does not begin where the one before it ended."""
    ranges = sorted({(one.after, one.upto) for one in anchors})
    return sum(before[1] != after[0] for before, after in pairwise(ranges))


def _read(said: Mapping[str, Any]) -> Anchor:
    after, upto = (int(id_, 16) for id_ in said["range"].split("-"))
    if not 0 <= after <= upto < 2**63:
        raise ValueError("no range of ids")
    since, at = (datetime.fromisoformat(said[name]) for name in ("since", "anchored_at"))
    return Anchor(after, upto, since, said["events"], said["root"], at)


async def _root(tx: Tx, one: Anchor) -> tuple[int, str]:
    """Count the events of a range as they are now, and compute their root."""
    await tx.execute("SET LOCAL statement_timeout = 0")
    hashes = [
        bytes.fromhex(record["hash"])
        async for record in tx.connection.cursor(RANGE, *one[:3], prefetch=PREFETCH)
    ]
    return len(hashes), merkle_root(hashes).hex()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Compute the root of a Merkle tree (RFC 6962, 2.1) over hashes."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\1" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + level[len(pairs) * 2 :]
    return level[0] if level else hashlib.sha256().digest()


async def _subjects(tx: Tx, walk: str) -> AsyncIterator[tuple[Id, list[Envelope], End]]:
    key, end = b"", End(0, "", 0)
    chain: list[Envelope] = []
    async for record in tx.connection.cursor(walk, prefetch=PREFETCH):
        if record["key"] != key:
            if key:
                yield key, chain, end
            key, chain, end = record["key"], [], End(*record[11:])
        if record["topic"] is not None:
            chain.append(Envelope(*record[:11]))
    if key:
        yield key, chain, end
