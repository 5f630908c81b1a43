"""Sets of events reach the tables exactly once and in order, whatever comes twice or together."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import permutations

import asyncpg
import pytest

from shared.contracts.envelope import Envelope
from shared.contracts.topics import INTAKE_ITEM, INTAKE_TEXT, ROUTER_ASSIGNMENT
from shared.errors import Unavailable
from shared.ids import Id
from shared.messaging.outbox import BLOCK
from tests.support.eventually import eventually
from tests.support.fault_points import at, lose_connection
from tests.support.ledger import LedgerSubject, emitted, escalated, item, record, words
from tests.support.ledger_service import Ledger, open_ledger


async def test_a_duplicate_changes_nothing(ledger: Ledger, key: Id) -> None:
    """In the same batch or in a later one."""
    events = [emitted(key, 1, item()), emitted(key, 2, item()), emitted(key, 1, escalated())]
    await ledger.hear(events[0], *events)
    before = await ledger.row(key)
    await ledger.hear(*events)
    await ledger.hear(events[1], events[1], events[0])
    assert await ledger.row(key) == before
    assert (before["items"], before["assignments"]) == (2, 1)
    assert await ledger.outbox(key) == [1, 2, 3]
    assert await ledger.letters() == []


async def test_two_events_of_one_item_in_one_batch_build_on_each_other(
    ledger: Ledger, key: Id
) -> None:
    await ledger.hear(
        emitted(key, 1, item()), emitted(key, 1, escalated()), emitted(key, 2, item())
    )
    row = await ledger.row(key)
    assert (row["items"], row["assignments"], row["seq"]) == (2, 1, 3)
    chain = await ledger.sql(
        "SELECT seq, prev_hash, hash FROM outbox WHERE key = $1 ORDER BY id", key
    )
    assert [one["seq"] for one in chain] == [1, 2, 3]
    assert [one["prev_hash"] for one in chain] == ["", chain[0]["hash"], chain[1]["hash"]]
    assert row["head"] == chain[2]["hash"]


async def test_a_batch_that_says_more_than_one_block_of_ids_is_said_whole_and_in_order(
    ledger: Ledger, key: Id
) -> None:
    many = BLOCK + 1
    await ledger.hear(*(emitted(key, n, item()) for n in range(1, many + 1)))
    assert await ledger.outbox(key) == list(range(1, many + 1))


async def test_two_processes_that_hear_the_first_events_of_one_item_lose_nothing(
    ledger_dsn: str, new_key: Callable[[], Id]
) -> None:
    """Neither topic's process finds a row to lock, so each must make it before it locks.

    Both lock in the order of the keys, so neither runs into a deadlock.
    """
    keys = [new_key() for _ in range(2_000)]
    async with open_ledger(ledger_dsn) as one, open_ledger(ledger_dsn) as two:
        await asyncio.gather(
            _apply_shuffled(one, [emitted(key, 1, item()) for key in keys], seed=1),
            _apply_shuffled(two, [emitted(key, 1, words("title")) for key in keys], seed=2),
        )
        rows = await one.sql("SELECT items, text FROM ledger")
        assert len(rows) == len(keys)
        assert {(row["items"], row["text"]) for row in rows} == {(1, "title")}
        assert await one.letters() == []


async def _apply_shuffled(ledger: Ledger, events: list[Envelope], seed: int) -> None:
    """Apply in batches of 100; neighbours share a batch in both processes, in another order."""
    shuffle = random.Random(seed).shuffle
    for start in range(0, len(events), 100):
        batch = events[start : start + 100]
        shuffle(batch)
        while not await _is_applied(ledger, batch):
            pass


async def _is_applied(ledger: Ledger, batch: list[Envelope]) -> bool:
    """Apply a batch; False if a busy machine took too long; raises Unavailable after a deadlock."""
    try:
        await ledger.apply(*batch)
    except Unavailable as error:
        if isinstance(error.__cause__, asyncpg.DeadlockDetectedError):
            raise
        return False
    return True


class _Undone(Exception):
    """Ends a transaction that leaves nothing behind."""


HELD = {
    "position": "INSERT INTO position VALUES ('intake.item.v1', $1, 1, $1)",
    "ledger": "INSERT INTO ledger (key) VALUES ($1)",
}


@pytest.mark.parametrize("table", HELD)
async def test_rows_are_locked_in_the_order_of_their_keys(
    ledger_dsn: str, new_key: Callable[[], Id], table: str
) -> None:
    """Whoever waits for the first key holds no later one, whatever came first: no deadlock."""
    first, last = sorted((new_key(), new_key()))
    async with open_ledger(ledger_dsn) as one, open_ledger(ledger_dsn) as two:
        with suppress(_Undone):
            async with two.db.begin() as tx:
                await tx.execute(HELD[table], first)
                events = [emitted(last, 1, item()), emitted(first, 1, item())]
                applying = asyncio.create_task(one.apply(*events))
                await eventually(lambda: _somebody_waits(two))
                await tx.execute("SET LOCAL lock_timeout = '500ms'")
                await tx.execute(HELD[table], last)
                raise _Undone
        await applying
        assert (await one.row(last))["items"] == 1


async def _somebody_waits(ledger: Ledger) -> bool:
    return bool(
        await ledger.sql(
            """SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        )
    )


async def test_every_interleaving_of_the_topics_gives_the_same_row(
    ledger_dsn: str, new_key: Callable[[], Id]
) -> None:
    """Whichever topic comes first creates the row; each column has one source topic."""
    topics = ([item(), item()], [escalated(), escalated()], [words("first"), words("last")])
    orders = sorted({*permutations([0, 0, 1, 1, 2, 2])})
    events = []
    for order in orders:
        key, seqs = new_key(), Counter[int]()
        for topic in order:
            seqs[topic] += 1
            events.append(emitted(key, seqs[topic], topics[topic][seqs[topic] - 1]))
    async with open_ledger(ledger_dsn) as ledger:
        for start in range(0, len(events), 7):
            await ledger.hear(*events[start : start + 7])
        rows = await ledger.sql("SELECT items, assignments, text FROM ledger")
        assert [tuple(row) for row in rows] == [(2, 2, "last")] * len(orders)
        assert await ledger.letters() == []


async def test_two_processes_that_hear_the_same_events_apply_each_once(
    ledger_dsn: str, new_key: Callable[[], Id]
) -> None:
    """A process that lost its partition and does not know it yet is held off by the position."""
    keys = [new_key() for _ in range(300)]
    events = [emitted(key, seq, item()) for seq in (1, 2, 3) for key in keys]

    async def hear_in_order(ledger: Ledger) -> None:
        for start in range(0, len(events), 90):
            await ledger.hear(*events[start : start + 90])

    async with open_ledger(ledger_dsn) as one, open_ledger(ledger_dsn) as two:
        await asyncio.gather(hear_in_order(one), hear_in_order(two))
        rows = await one.sql("SELECT items, seq FROM ledger")
        assert {(row["items"], row["seq"]) for row in rows} == {(3, 3)}
        assert (await one.sql("SELECT count(*) AS n FROM outbox"))[0]["n"] == len(events)
        assert await one.letters() == []


async def test_a_compacted_topic_read_late_applies_only_what_is_newer(
    ledger: Ledger, key: Id
) -> None:
    for heard, text in (([7], "7"), ([3, 7], "7"), ([12], "12")):
        await ledger.hear(*(emitted(key, seq, words(f"{seq}")) for seq in heard))
        assert (await ledger.row(key))["text"] == text
    assert await ledger.position(INTAKE_TEXT.name, key) == (12, False)
    assert await ledger.letters() == []


async def test_a_tombstone_erases_the_text_and_an_older_text_does_not_return(
    ledger: Ledger, key: Id
) -> None:
    older, text = ledger.records(emitted(key, 1, words("told")), emitted(key, 2, words("gone")))
    for one in (older, text._replace(value=None), older):
        await ledger.hear_records(one)
    assert (await ledger.row(key))["text"] == ""
    assert await ledger.letters() == []


async def test_a_tombstone_behind_parked_words_erases_them_there(ledger: Ledger, key: Id) -> None:
    (broken, behind, erased) = ledger.records(*(emitted(key, n, words(f"{n}")) for n in (1, 2, 3)))
    await ledger.hear_records(broken._replace(value=b"told in confidence"), behind)
    await ledger.hear_records(erased._replace(value=None))
    assert await ledger.letters(key) == [(1, "undecodable"), (2, "behind"), (3, "behind")]
    assert await ledger.sql("SELECT FROM dead_letter WHERE payload IS NOT NULL") == []
    await ledger.messaging.repairs.release(INTAKE_TEXT.name, key, "one", "erased")
    assert (await ledger.row(key))["text"] == ""
    assert await ledger.letters(key) == []


async def test_an_ignored_type_moves_the_position_only(ledger_dsn: str, key: Id) -> None:
    class Ignoring(LedgerSubject):
        ignores = frozenset({escalated().type, "item.dreamt"})

    async with open_ledger(ledger_dsn, subject=Ignoring()) as ledger:
        await ledger.hear(emitted(key, 1, escalated()), emitted(key, 2, escalated()))
        assert await ledger.sql("SELECT FROM ledger WHERE key = $1", key) == []
        assert await ledger.position(ROUTER_ASSIGNMENT.name, key) == (2, False)
        unknown = emitted(key, 1, item())._replace(type="item.dreamt")
        await ledger.hear(unknown, emitted(key, 2, item()))
        assert (await ledger.row(key))["items"] == 1
        assert await ledger.letters() == []


async def test_a_batch_is_whole_or_not_at_all(ledger: Ledger, key: Id) -> None:
    """What fails between effects and commit leaves no trace, so the batch can come again."""
    with at("before_commit", lose_connection), pytest.raises(Unavailable):
        await ledger.apply(emitted(key, 1, item()))
    assert await ledger.position(INTAKE_ITEM.name, key) is None
    assert await ledger.sql("SELECT * FROM ledger") == []
    assert await ledger.sql("SELECT * FROM outbox_pending") == []
    await ledger.hear_records(record(emitted(key, 1, item()), 0))
    assert await ledger.outbox(key) == [1]
