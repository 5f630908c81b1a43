"""Acts that come together are one batch, and each asker hears what became of his own."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from shared.contracts.topics import TRACKER_TEXT
from shared.db.pool import Tx
from shared.errors import Conflict, TooLarge, Unavailable, UnderRepair
from shared.ids import Id
from shared.messaging.messaging import CONCURRENCY, MAX_WAITING
from shared.messaging.subject import Applied, Change
from tests.support.eventually import eventually
from tests.support.fault_points import at
from tests.support.ledger import Ledger as LedgerState
from tests.support.ledger import LedgerSubject, Note, emitted, escalated
from tests.support.ledger_service import Ledger, open_ledger

NewKey = Callable[[], Id]


async def test_acts_that_come_together_are_one_transaction(
    ledger_dsn: str, bootstrap: str, new_key: NewKey
) -> None:
    async with open_ledger(ledger_dsn, bootstrap) as ledger, ledger.running():
        keys = [new_key() for _ in range(100)]
        await asyncio.gather(
            *(ledger.messaging.act(ledger.subject, Note(key, words="now")) for key in keys)
        )
        rows = await ledger.sql("SELECT DISTINCT xmin::text FROM ledger")
        assert len(rows) <= CONCURRENCY + 1
        assert {row["acts"] for row in await ledger.sql("SELECT acts FROM ledger")} == {1}


async def test_a_refused_act_and_a_broken_one_hurt_no_neighbour(
    ledger: Ledger, new_key: NewKey
) -> None:
    key = new_key()
    acts = (key, "refuse"), (new_key(), "break"), (key, "one"), (key, "two")
    done = await ledger.do(*(Note(each, words=words) for each, words in acts))
    assert [type(one) for one in done] == [Conflict, RuntimeError, Applied, Applied]
    assert (await ledger.row(key))["acts"] == 2
    assert await ledger.outbox(key) == [1, 2]


class _Unsaved(LedgerSubject):
    async def save(self, _tx: Tx, _changes: Sequence[Change[LedgerState]]) -> None:
        raise RuntimeError("cannot be saved")


async def test_acts_as_one_are_all_done_or_none(ledger: Ledger, new_key: NewKey) -> None:
    first, second = new_key(), new_key()
    for words, refused in (("refuse", Conflict), ("break", RuntimeError)):
        acts_ = [Note(first, words="one"), Note(second, words=words)]
        with pytest.raises(refused):
            await ledger.messaging.execute_all(ledger.subject, acts_)
    with pytest.raises(RuntimeError, match="cannot be saved"):
        await ledger.messaging.execute_all(_Unsaved(), [Note(first, words="one")])
    assert await ledger.sql("SELECT FROM ledger WHERE key IN ($1, $2)", first, second) == []
    done = await ledger.messaging.execute_all(
        ledger.subject, [Note(first, words="one"), Note(second, words="two")]
    )
    assert [one.state.row.acts for one in done] == [1, 1]
    rows = await ledger.sql("SELECT DISTINCT correlation_id FROM outbox WHERE key IN ($1, $2)",
                            first, second)  # fmt: skip
    assert len(rows) == 1


async def test_an_act_tells_where_a_reader_has_seen_it(ledger: Ledger, key: Id) -> None:
    for seen in (f"tracker.case.v1:{key.hex()}:1", ""):
        (done,) = await ledger.do(Note(key, words="one"))
        assert isinstance(done, Applied)
        assert done.seen == seen


async def test_an_act_on_two_subjects_changes_both_or_none_and_never_deadlocks(
    ledger: Ledger, new_key: NewKey
) -> None:
    one, other, refused = new_key(), new_key(), new_key()
    for n in range(10):
        done = await asyncio.gather(
            *(
                ledger.do(Note(key, words=f"{n} {key.hex()}", others=(second,)))
                for key, second in ((one, other), (other, one))
            )
        )
        assert all(isinstance(result, Applied) for (result,) in done), done
    rows = [await ledger.row(key) for key in (one, other)]
    assert rows[0]["acts"] == rows[1]["acts"] == 20
    assert await ledger.outbox(one) == await ledger.outbox(other)
    (result,) = await ledger.do(Note(refused, words="refuse", others=(one, missing := new_key())))
    assert isinstance(result, Conflict)
    assert await ledger.sql("SELECT FROM ledger WHERE key IN ($1, $2)", refused, missing) == []


async def test_an_act_waits_for_the_repair_of_every_subject_it_concerns(
    ledger: Ledger, new_key: NewKey
) -> None:
    broken, fine = new_key(), new_key()
    await ledger.hear(emitted(broken, 1, escalated("poison")))
    (result,) = await ledger.do(Note(fine, words="one", others=(broken,)))
    assert isinstance(result, UnderRepair)
    assert await ledger.sql("SELECT FROM ledger WHERE key = $1", fine) == []


async def test_an_oversized_event_is_refused_before_it_is_written(
    ledger: Ledger, new_key: NewKey
) -> None:
    huge, fine = new_key(), new_key()
    refused, done = await ledger.do(Note(huge, words="huge"), Note(fine, words="fine"))
    assert isinstance(refused, TooLarge)
    assert isinstance(done, Applied)
    assert await ledger.sql("SELECT 1 FROM ledger WHERE key = $1", huge) == []
    said_texts = await ledger.sql("SELECT 1 FROM outbox WHERE topic = $1", TRACKER_TEXT.name)
    assert said_texts == []
    assert await ledger.outbox(fine) == [1]


async def test_an_act_is_answered_only_after_its_commit(ledger_dsn: str, key: Id) -> None:
    """What fails after the decision and before the commit is no success for anybody."""
    async with open_ledger(ledger_dsn) as ledger:
        work = asyncio.create_task(ledger.messaging.acts.run())

        async def unanswered() -> None:
            done, _ = await asyncio.wait([asking], timeout=0.2)  # an answer that comes too early
            assert not done
            raise ConnectionResetError

        with at("before_commit", unanswered):
            asking = asyncio.create_task(
                ledger.messaging.act(ledger.subject, Note(key, words="one"))
            )
            with pytest.raises(Unavailable):
                await asking
        done = await ledger.messaging.act(ledger.subject, Note(key, words="one"))
        work.cancel()
        assert (done.state.row.acts, await ledger.outbox(key)) == (1, [1])


async def test_an_act_while_the_database_is_away_is_told_so(ledger_dsn: str, key: Id) -> None:
    ledger = Ledger(ledger_dsn, "127.0.0.1:1", LedgerSubject())  # a pool that was never opened
    work = asyncio.create_task(ledger.messaging.acts.run())
    with pytest.raises(Unavailable):
        await ledger.messaging.act(ledger.subject, Note(key, words="x"))
    work.cancel()


async def test_acts_beyond_the_waiting_room_are_turned_away_at_once(
    ledger: Ledger, key: Id
) -> None:
    """Nobody takes acts here, so the queue fills."""
    waiting = [
        asyncio.create_task(ledger.messaging.act(ledger.subject, Note(key, words=str(n))))
        for n in range(MAX_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await ledger.messaging.act(ledger.subject, Note(key, words="one more"))
    for task in waiting:
        task.cancel()


async def test_a_refused_act_leaves_no_row_of_a_subject_it_made(
    ledger: Ledger, new_key: NewKey
) -> None:
    stood, late = new_key(), new_key()
    await ledger.do(Note(stood, words="one"))
    await ledger.do(Note(stood, words="refuse"), Note(new_key(), words="refuse"))
    await ledger.do(
        Note(new_key(), words="break"),
        Note(new_key(), words="huge"),
        Note(late, words="refuse"),
        Note(late, words="one"),
    )
    rows = await ledger.sql("SELECT key, acts FROM ledger")
    assert {row["key"]: row["acts"] for row in rows} == {stood: 1, late: 1}


async def test_who_waits_for_a_row_that_is_not_kept_makes_its_own(ledger_dsn: str, key: Id) -> None:
    """Two processes, one key: the first refuses and takes its row away, the second applies."""
    async with open_ledger(ledger_dsn) as first, open_ledger(ledger_dsn) as second:
        async with first.db.begin() as tx:
            await first.subject.load(tx, [key])
            await first.subject.forget(tx, [key])
            waiting = asyncio.create_task(second.do(Note(key, words="one")))
            await eventually(lambda: first.sql("SELECT FROM pg_locks WHERE NOT granted"))
        (done,) = await waiting
        assert isinstance(done, Applied)
        assert ((await first.row(key))["acts"], await first.outbox(key)) == (1, [1])
