"""Which events of a batch are new: duplicate, gap, fork or next, per topic and key."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.db.pool import Tx
from shared.ids import Id
from shared.messaging.sql import SQL
from shared.messaging.subject import DeadLetterReason, ReceivedEvent

PositionKey = tuple[str, Id]


class Position(NamedTuple):
    """Last event read for one key of one topic; `blocked` queues all later ones."""

    seq: int = 0
    event_id: Id | None = None
    blocked: bool = False


UNREAD = Position()


class Verdict(NamedTuple):
    """One key's classified events, `fresh` by seq, and the position after they are applied."""

    stored: Position
    after: Position
    fresh: Mapping[int, ReceivedEvent] = {}
    blocked: tuple[tuple[ReceivedEvent, DeadLetterReason], ...] = ()
    duplicates: int = 0
    existed: bool = False

    def stop_before(self, failed: ReceivedEvent) -> Position:
        """Return the position that blocks this key at the event that failed."""
        previous = self.stored
        for seq, received in self.fresh.items():
            if seq == failed.seq:
                break
            previous = Position(seq, received.event_id)
        return previous._replace(blocked=True)


def judge(stored: Position, events: Sequence[ReceivedEvent], *, compacted: bool) -> Verdict:
    """Sort one key's events, in arrival order, against its stored position.

    On a permanent topic seq rises by one: less is a duplicate, more a gap, the same with another id
    a fork (a database was restored). A compacted record is the whole state: any larger one applies.
    """
    fresh: dict[int, ReceivedEvent] = {}
    blocked: list[tuple[ReceivedEvent, DeadLetterReason]] = []
    after, duplicates = stored, 0
    for received in events:
        forked = received.seq == after.seq and received.event_id != after.event_id
        if forked and not compacted and not after.blocked:
            after = after._replace(blocked=True)
            blocked.append((received, "fork"))
        elif received.seq <= after.seq:
            duplicates += 1
        elif after.blocked:
            blocked.append((received, "behind"))
        elif compacted or received.seq == after.seq + 1:
            after = Position(received.seq, received.event_id)
            fresh[received.seq] = received
        else:
            after = after._replace(blocked=True)
            blocked.append((received, "gap"))
    return Verdict(stored, after, fresh, tuple(blocked), duplicates)


async def fence(
    tx: Tx, received: Sequence[ReceivedEvent], compacted: frozenset[str], *, exists: bool = False
) -> dict[PositionKey, Verdict]:
    """Create or lock the positions of these events, sorted, and judge every key.

    New rows are inserted with their final position in one statement; only if some exist already
    are all of them locked and read. With `exists` all rows exist, perhaps from this transaction.
    """
    events: dict[PositionKey, list[ReceivedEvent]] = {}
    for one in received:
        events.setdefault((one.topic, one.key), []).append(one)
    places = sorted(events)
    judged = {
        place: judge(UNREAD, events[place], compacted=place[0] in compacted) for place in places
    }
    if not exists:
        created = await tx.fetch(SQL["create_positions"], *columns(places, judged))
        if created[0]["n"] == len(places):
            return judged
    rows = await tx.fetch(
        SQL["lock_positions"], [topic for topic, _ in places], [key for _, key in places]
    )
    for row in rows:
        if exists or not row["own"]:
            place = (row["topic"], row["key"])
            stored = Position(row["seq"], row["event_id"], row["blocked"])
            again = judge(stored, events[place], compacted=place[0] in compacted)
            judged[place] = again._replace(existed=True)
    return judged


def columns(
    places: Sequence[PositionKey], judged: dict[PositionKey, Verdict]
) -> tuple[list[object], ...]:
    """Convert positions to the array parameters of the position statements."""
    after = [judged[place].after for place in places]
    return (
        [topic for topic, _ in places],
        [key for _, key in places],
        [position.seq for position in after],
        [position.event_id for position in after],
        [position.blocked for position in after],
    )
