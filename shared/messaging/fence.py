"""Which events of a set are new: duplicate, gap, fork or next, per topic and key."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.db.pool import Tx
from shared.ids import Id
from shared.messaging.fold import Heard, Reason
from shared.messaging.sql import SQL

Place = tuple[str, Id]


class Position(NamedTuple):
    """How far one key of one topic was read; `parked` holds all that follows."""

    seq: int = 0
    event_id: Id | None = None
    parked: bool = False


NOWHERE = Position()


class Judged(NamedTuple):
    """One key's events sorted out, `fresh` by seq, and the position once these are applied."""

    stored: Position
    after: Position
    fresh: Mapping[int, Heard] = {}
    parked: tuple[tuple[Heard, Reason], ...] = ()
    duplicates: int = 0
    existed: bool = False

    def stop_before(self, failed: Heard) -> Position:
        """Give the position that parks this key at the event that failed."""
        previous = self.stored
        for seq, heard in self.fresh.items():
            if seq == failed.seq:
                break
            previous = Position(seq, heard.event_id)
        return previous._replace(parked=True)


def judge(stored: Position, events: Sequence[Heard], *, compacted: bool) -> Judged:
    """Sort one key's events, in arrival order, against its stored position.

    On a fact topic seq rises by one: less is a duplicate, more a gap, the same with another id a
    fork (a database was restored). A compacted record is the whole state: anything larger applies.
    """
    fresh: dict[int, Heard] = {}
    parked: list[tuple[Heard, Reason]] = []
    after, duplicates = stored, 0
    for heard in events:
        forked = heard.seq == after.seq and heard.event_id != after.event_id
        if forked and not compacted and not after.parked:
            after = after._replace(parked=True)
            parked.append((heard, "fork"))
        elif heard.seq <= after.seq:
            duplicates += 1
        elif after.parked:
            parked.append((heard, "behind"))
        elif compacted or heard.seq == after.seq + 1:
            after = Position(heard.seq, heard.event_id)
            fresh[heard.seq] = heard
        else:
            after = after._replace(parked=True)
            parked.append((heard, "gap"))
    return Judged(stored, after, fresh, tuple(parked), duplicates)


async def fence(
    tx: Tx, heard: Sequence[Heard], compacted: frozenset[str], *, reopened: bool = False
) -> dict[Place, Judged]:
    """Create or lock the positions of these events, sorted, and judge every key.

    New rows are written with their final place in one statement; only when some stood already are
    all of them locked and read. `reopened` rows stand and were written by this transaction.
    """
    events: dict[Place, list[Heard]] = {}
    for one in heard:
        events.setdefault((one.topic, one.key), []).append(one)
    places = sorted(events)
    judged = {
        place: judge(NOWHERE, events[place], compacted=place[0] in compacted) for place in places
    }
    if not reopened:
        created = await tx.fetch(SQL["create_positions"], *columns(places, judged))
        if created[0]["n"] == len(places):
            return judged
    rows = await tx.fetch(
        SQL["lock_positions"], [topic for topic, _ in places], [key for _, key in places]
    )
    for row in rows:
        if reopened or not row["own"]:
            place = (row["topic"], row["key"])
            stored = Position(row["seq"], row["event_id"], row["parked"])
            again = judge(stored, events[place], compacted=place[0] in compacted)
            judged[place] = again._replace(existed=True)
    return judged


def columns(places: Sequence[Place], judged: dict[Place, Judged]) -> tuple[list[object], ...]:
    """Lay positions out as the arrays of the position statements."""
    after = [judged[place].after for place in places]
    return (
        [topic for topic, _ in places],
        [key for _, key in places],
        [position.seq for position in after],
        [position.event_id for position in after],
        [position.parked for position in after],
    )
