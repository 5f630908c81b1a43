"""Through real Kafka: published events reach the tables once, emitted ones leave in order."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import psutil
import pytest

from deploy.local.servers import Servers
from shared.contracts.envelope import Envelope
from shared.contracts.topics import TRACKER_CASE
from shared.ids import Id
from shared.messaging import reader, relay
from shared.messaging.broker import Cluster
from shared.messaging.loop import armed
from tests.support.eventually import eventually
from tests.support.ledger import Note, emitted, escalated, item, words
from tests.support.ledger_service import Ledger, open_ledger
from tests.support.topic_log import orders, publish, read_topic

NewKey = Callable[[], Id]
OUTAGES = [3, pytest.param(30, marks=pytest.mark.proof)]
"""Seconds a server is away: short in every run, half a minute in `make proof`."""


async def is_quiet(ledger: Ledger) -> bool:
    """Tell whether nothing is left to send, to read or to fire."""
    return await ledger.messaging.is_idle()


def items_of(keys: list[Id], turns: range) -> list[Envelope]:
    """Make one event a key and turn, in turns."""
    return [emitted(key, turn, item()) for turn in turns for key in keys]


async def counts(ledger: Ledger) -> set[tuple[int, ...]]:
    """Give the different (items, assignments, acts) that occur."""
    rows = await ledger.sql("SELECT DISTINCT items, assignments, acts FROM ledger")
    return {tuple(row) for row in rows}


async def test_what_is_told_arrives_and_what_is_said_leaves_in_order(
    ledger_dsn: str, bootstrap: str, new_key: NewKey
) -> None:
    keys = [new_key() for _ in range(200)]
    async with open_ledger(ledger_dsn, bootstrap) as ledger, ledger.running():
        await publish(bootstrap, items_of(keys, range(1, 6)))
        await publish(bootstrap, [emitted(key, 1, escalated()) for key in keys])

        async def is_whole() -> bool:
            return await counts(ledger) == {(5, 1, 0)} and await is_quiet(ledger)

        await eventually(is_whole)
        assert await ledger.letters() == []
    received = await read_topic(bootstrap, TRACKER_CASE.name)
    assert orders(received) == {key: [1, 2, 3, 4, 5, 6] for key in keys}
    assert len(received) == 1_200, "without a failure nothing is sent twice"


async def test_a_compacted_topic_read_late_gives_the_last_text_of_each_key(
    ledger_dsn: str, bootstrap: str, new_key: NewKey
) -> None:
    """What compaction took away (here seq 1-3 and 5-8) is no gap."""
    keys = [new_key() for _ in range(50)]
    await publish(bootstrap, [emitted(key, seq, words(f"{seq}")) for seq in (4, 9) for key in keys])
    async with open_ledger(ledger_dsn, bootstrap) as ledger, ledger.running():

        async def is_whole() -> bool:
            rows = await ledger.sql("SELECT text FROM ledger")
            return [row["text"] for row in rows] == ["9"] * len(keys)

        await eventually(is_whole)
        assert await ledger.letters() == []


async def test_two_processes_fight_over_the_partitions_and_each_event_counts_once(
    ledger_dsn: str, bootstrap: str, new_key: NewKey
) -> None:
    """One comes and goes while the other reads: every change of hands repeats some events."""
    keys = [new_key() for _ in range(150)]
    async with (
        open_ledger(ledger_dsn, bootstrap) as one,
        open_ledger(ledger_dsn, bootstrap) as two,
        one.running(),
    ):
        for start in (1, 11, 21):
            await publish(bootstrap, items_of(keys, range(start, start + 5)))
            async with two.running():
                await publish(bootstrap, items_of(keys, range(start + 5, start + 10)))
                await eventually(lambda: has_partitions(two))

        async def is_whole() -> bool:
            return await counts(one) == {(30, 0, 0)} and await is_quiet(one)

        await eventually(is_whole, 60)
        assert await one.letters() == []
    received = await read_topic(bootstrap, TRACKER_CASE.name)
    assert orders(received) == {key: list(range(1, 31)) for key in keys}


async def has_partitions(ledger: Ledger) -> bool:
    """Tell whether this process was given something to read."""
    consumer = ledger.messaging.reader.subscription.consumer
    return consumer is not None and bool(consumer.assignment())


async def test_a_process_that_is_stopped_while_it_starts_leaves_nothing_behind(
    ledger_dsn: str, bootstrap: str
) -> None:
    """No task, neither of the framework's clients nor of our own.

    Of a connection that was being opened aiokafka itself may lose the reading task.
    """
    before = asyncio.all_tasks()
    for wait in (0, 0.01, 0.03, 0.1, 0.3, 0.6):
        async with open_ledger(ledger_dsn, bootstrap) as ledger, ledger.running():
            await asyncio.sleep(wait)
    left = {getattr(it.get_coro(), "__qualname__", "") for it in asyncio.all_tasks() - before}
    assert left - {"AIOKafkaConnection._read"} == set()


async def test_relays_of_two_processes_never_reorder(
    ledger_dsn: str, bootstrap: str, new_key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acts on the same keys in both processes, both relays at work, in small rounds."""
    monkeypatch.setattr(relay, "ROUND", 37)
    keys, choice = [new_key() for _ in range(40)], random.Random(7).choice
    async with (
        open_ledger(ledger_dsn, bootstrap) as one,
        open_ledger(ledger_dsn, bootstrap) as two,
        one.running(),
        two.running(),
    ):
        acts = [(choice((one, two)), Note(choice(keys), words=f"{n}")) for n in range(4_000)]
        await asyncio.gather(*(each.messaging.act(each.subject, act) for each, act in acts[:1_900]))
        await asyncio.gather(*(each.messaging.act(each.subject, act) for each, act in acts[1_900:]))
        await eventually(lambda: is_quiet(one))
    received = orders(await read_topic(bootstrap, TRACKER_CASE.name))
    assert sum(map(len, received.values())) == len(acts)
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in received.values())


async def test_one_relay_owns_the_outbox_and_another_stands_by(
    ledger_dsn: str, bootstrap: str, key: Id
) -> None:
    async with open_ledger(ledger_dsn, bootstrap) as ledger:
        await ledger.do(Note(key, words="one"))
        second = relay.Relay(ledger.loop, Cluster(bootstrap))
        async with ledger.db.begin() as tx:
            await tx.fetch("SELECT 1 FROM relay FOR UPDATE")
            assert await second.round() == 0
        assert await second.round() == 1
        assert await second.round() == 0
        await second._drop_producer()


async def test_an_id_drawn_early_and_committed_late_is_sent_in_its_turn(
    ledger_dsn: str, bootstrap: str, new_key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the next event of the same key would be sent before it."""
    slow, other = new_key(), new_key()
    written, may_commit = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        armed.clear()
        written.set()
        await may_commit.wait()

    async with open_ledger(ledger_dsn, bootstrap) as ledger:
        own = relay.Relay(ledger.loop, Cluster(bootstrap))
        await ledger.do(Note(other, words="the month's partition is there"))
        monkeypatch.setitem(armed, "before_commit", hold)
        saying = asyncio.create_task(ledger.do(Note(slow, words="one")))
        await written.wait()
        monkeypatch.setattr(relay, "SWEEP_SECONDS", 0)
        for n in range(4):
            await ledger.do(Note(other, words=f"{n}"))
            await own.round()
        monkeypatch.setattr(relay, "SWEEP_SECONDS", 3600)
        may_commit.set()
        await saying
        await ledger.do(Note(slow, words="two"))
        assert await own.round() == 2
        await own._drop_producer()
    assert orders(await read_topic(bootstrap, TRACKER_CASE.name))[slow] == [1, 2]


async def test_the_first_ids_are_sent_though_the_relay_looked_before_they_were_drawn(
    ledger_dsn: str, bootstrap: str, key: Id, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SWEEP_SECONDS", 0)
    async with open_ledger(ledger_dsn, bootstrap) as ledger:
        own = relay.Relay(ledger.loop, Cluster(bootstrap))
        for _ in range(3):
            assert await own.round() == 0
        monkeypatch.setattr(relay, "SWEEP_SECONDS", 3600)
        await ledger.do(Note(key, words="one"))
        assert await own.round() == 1
        await own._drop_producer()


async def test_while_a_dump_is_held_a_round_does_not_walk_what_was_sent(
    ledger_dsn: str, bootstrap: str, new_key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its snapshot keeps the dead rows of all that was sent since."""
    monkeypatch.setattr(relay, "SWEEP_SECONDS", 0)
    async with open_ledger(ledger_dsn, bootstrap) as ledger, dump(ledger_dsn):
        own = relay.Relay(ledger.loop, Cluster(bootstrap))
        for _ in range(3):
            await ledger.do(*(Note(new_key(), words="one") for _ in range(1_500)))
            while await own.round():
                pass
        await own.round()
        await own.round()
        from_bottom, from_floor = [await pages_read(ledger, at) for at in (0, own.floor.at)]
        await own._drop_producer()
    assert from_bottom > 20
    assert from_floor <= 5


@asynccontextmanager
async def dump(dsn: str) -> AsyncIterator[None]:
    """Hold a snapshot, as a dump or a long export does."""
    connection = await asyncpg.connect(dsn)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.fetch("SELECT 1")
        yield
    await connection.close()


async def pages_read(ledger: Ledger, floor: int) -> int:
    """Count the pages that looking for what waits above a floor touches."""
    async with ledger.db.begin() as tx:
        look = "SELECT id FROM outbox_pending WHERE id > $1 ORDER BY id LIMIT 2000"
        (row,) = await tx.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {look}", floor)
    plan = json.loads(row[0])[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_what_could_not_be_sent_in_time_is_sent_by_a_new_producer(
    ledger_dsn: str, bootstrap: str, key: Id, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A producer that once failed may never send again, so it is thrown away."""
    monkeypatch.setattr(relay, "SEND_SECONDS", 1)
    async with open_ledger(ledger_dsn, bootstrap) as ledger:
        own = relay.Relay(ledger.loop, Cluster(bootstrap))
        await ledger.do(Note(key, words="one"))
        producer = await own._connected()
        await producer.stop()
        assert await own._round_or_nothing() == 0
        assert await own._round_or_nothing() == 1
        assert await own._connected() is not producer
        await own._drop_producer()
    assert orders(await read_topic(bootstrap, TRACKER_CASE.name)) == {key: [1]}


@pytest.fixture
async def restored(servers: Servers) -> AsyncIterator[Servers]:
    """The servers, both running again afterwards whatever the test did."""
    yield servers
    await servers.start()


async def test_nothing_counts_as_said_before_kafka_has_answered(
    ledger_dsn: str, bootstrap: str, key: Id, restored: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = psutil.Process(restored.kafka.pid)
    async with open_ledger(ledger_dsn, bootstrap) as ledger:
        own = relay.Relay(ledger.loop, Cluster(bootstrap))
        await ledger.do(Note(key, words="one"))
        await (await own._connected()).partitions_for(TRACKER_CASE.name)
        broker.suspend()
        try:
            with monkeypatch.context() as impatient:
                impatient.setattr(relay, "SEND_SECONDS", 1)
                assert await own._round_or_nothing() == 0
        finally:
            broker.resume()
        assert await own._round_or_nothing() == 1
        await own._drop_producer()
        await asyncio.gather(*own._leaving)
    assert orders(await read_topic(bootstrap, TRACKER_CASE.name)) == {key: [1]}


@pytest.mark.parametrize("seconds", OUTAGES)
async def test_the_database_is_away_and_nothing_is_lost_or_done_twice(
    ledger_dsn: str,
    bootstrap: str,
    new_key: NewKey,
    restored: Servers,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    """Long enough that the reader gives up in place, goes back and pauses its partitions."""
    monkeypatch.setattr(reader, "IN_PLACE_SECONDS", seconds / 3)
    keys = [new_key() for _ in range(300)]
    async with open_ledger(ledger_dsn, bootstrap) as ledger, ledger.running():
        await publish(bootstrap, items_of(keys, range(1, 3)))
        await restored.postgres.kill()
        await publish(bootstrap, items_of(keys, range(3, 6)))
        consumer = ledger.messaging.reader.subscription.consumer
        assert consumer is not None

        async def is_paused() -> bool:
            return bool(consumer.paused())

        await asyncio.gather(eventually(is_paused, seconds + 30), asyncio.sleep(seconds))
        await restored.postgres.start()

        async def is_whole() -> bool:
            return await counts(ledger) == {(5, 0, 0)} and await is_quiet(ledger)

        await eventually(is_whole, 60)
        assert not consumer.paused()
        assert await ledger.letters() == []
    received = await read_topic(bootstrap, TRACKER_CASE.name)
    assert orders(received) == {key: [1, 2, 3, 4, 5] for key in keys}


@pytest.mark.parametrize("seconds", OUTAGES)
async def test_the_broker_is_away_and_acts_go_on_and_all_is_said_later(
    ledger_dsn: str,
    bootstrap: str,
    new_key: NewKey,
    restored: Servers,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    """Long enough that the relay gives its producer up; one is at work afterwards, none left."""
    monkeypatch.setattr(relay, "SEND_SECONDS", seconds / 3)
    monkeypatch.setattr(relay, "STOP_SECONDS", seconds / 3)
    keys = [new_key() for _ in range(100)]
    async with open_ledger(ledger_dsn, bootstrap) as ledger, ledger.running():
        await publish(bootstrap, items_of(keys, range(1, 3)))
        await restored.kafka.kill()
        for turn in range(3):
            await asyncio.gather(
                *(ledger.messaging.act(ledger.subject, Note(key, words=f"{turn}")) for key in keys)
            )
        await asyncio.sleep(seconds)
        await restored.kafka.start()
        await publish(bootstrap, items_of(keys, range(3, 5)))

        async def is_whole() -> bool:
            return await counts(ledger) == {(4, 0, 3)} and await is_quiet(ledger)

        await eventually(is_whole, 90)
        await eventually(has_one_producer)
        assert await ledger.letters() == []
    received = await read_topic(bootstrap, TRACKER_CASE.name)
    assert orders(received) == {key: [1, 2, 3, 4, 5, 6, 7] for key in keys}


async def has_one_producer() -> bool:
    """Tell whether one producer's sender runs in this process."""
    names = [str(task.get_coro()) for task in asyncio.all_tasks()]
    return sum("Sender._sender_routine" in name for name in names) == 1


async def test_a_process_that_starts_while_the_broker_is_away_takes_acts_and_reads_later(
    ledger_dsn: str, bootstrap: str, new_key: NewKey, restored: Servers
) -> None:
    """The framework's start fails at once when nobody answers; ours waits and tries again."""
    key = new_key()
    await publish(bootstrap, [emitted(key, 1, item())])
    await restored.kafka.kill()
    async with open_ledger(ledger_dsn, bootstrap) as ledger, ledger.running():
        await ledger.messaging.act(ledger.subject, Note(key, words="now"))
        await restored.kafka.start()

        async def is_whole() -> bool:
            return await counts(ledger) == {(1, 0, 1)} and await is_quiet(ledger)

        await eventually(is_whole, 60)
    assert orders(await read_topic(bootstrap, TRACKER_CASE.name)) == {key: [1, 2]}
