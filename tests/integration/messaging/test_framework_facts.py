"""What FastStream and aiokafka really do where we lean on it: an upgrade shows here what moved."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.contracts.topics import INTAKE_ITEM, TRACKER_CASE
from shared.messaging.broker import Cluster, Subscription
from shared.messaging.subject import Record
from tests.support.eventually import eventually

TOPIC, OTHER = INTAKE_ITEM.name, TRACKER_CASE.name


@asynccontextmanager
async def subscribed(
    bootstrap: str, on_records: Callable[[Any], Any], group: str = "facts"
) -> AsyncIterator[Subscription]:
    """Read both topics through our port until the block ends."""
    subscription = Subscription(Cluster(bootstrap), group, [TOPIC], on_records)
    await subscription.start(lambda: None)
    try:
        yield subscription
    finally:
        await subscription.stop()


async def send(bootstrap: str, *values: bytes, headers: Any = (), partition: int = 0) -> None:
    """Send raw values to one partition."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for value in values:
            await producer.send_and_wait(
                TOPIC, value, b"k" * 16, partition=partition, headers=list(headers)
            )


async def committed(bootstrap: str, partition: int = 0, group: str = "facts") -> int:
    """Ask how far a group has come."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    async with consumer:
        return int(await consumer.committed(TopicPartition(TOPIC, partition)) or 0)


def collect() -> tuple[list[bytes | None], Callable[[Any], Any]]:
    """Make a handler that keeps the values it saw."""
    seen: list[bytes | None] = []

    async def on_records(records: Any) -> None:
        seen.extend(record.value for record in records)

    return seen, on_records


async def until(seen: list[bytes | None], values: list[bytes | None]) -> None:
    """Wait until exactly these values were seen."""

    async def is_there() -> bool:
        return sorted(map(repr, seen)) == sorted(map(repr, values))

    await eventually(is_there)


async def test_a_new_group_reads_what_was_told_before_it(bootstrap: str) -> None:
    await send(bootstrap, b"1", b"2")
    seen, on_records = collect()
    async with subscribed(bootstrap, on_records):
        await until(seen, [b"1", b"2"])


async def test_nothing_is_committed_but_what_we_commit(bootstrap: str) -> None:
    await send(bootstrap, b"1", b"2", b"3")
    records: list[Record] = []

    async def keep(batch: Any) -> None:
        records.extend(batch)

    async with subscribed(bootstrap, keep) as subscription:

        async def have_three() -> bool:
            return len(records) == 3

        await eventually(have_three)
        assert await committed(bootstrap) == 0
        subscription.commit(records[:2])

        async def is_told() -> bool:
            return await committed(bootstrap) == 2

        await eventually(is_told)
    assert await committed(bootstrap) == 2, "leaving the group commits nothing more"


async def test_a_handler_cancelled_by_the_shutdown_leaves_its_batch_uncommitted(
    bootstrap: str,
) -> None:
    await send(bootstrap, b"1")
    began = asyncio.Event()

    async def hang(_: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    async with subscribed(bootstrap, hang, "hangs"):
        await asyncio.wait_for(began.wait(), 20)
    assert await committed(bootstrap, group="hangs") == 0


async def test_the_framework_hides_an_error_of_a_handler_and_goes_on(bootstrap: str) -> None:
    """That is why an error which escapes our loop must end the process."""
    await send(bootstrap, b"bad")
    seen: list[bytes | None] = []

    async def fails(records: Any) -> None:
        seen.extend(record.value for record in records)
        if seen == [b"bad"]:
            raise RuntimeError("hidden")

    logging.getLogger("jianyi.kafka").disabled = True
    async with subscribed(bootstrap, fails):
        await until(seen, [b"bad"])
        await send(bootstrap, b"good")
        await until(seen, [b"bad", b"good"])
    logging.getLogger("jianyi.kafka").disabled = False


async def test_null_and_broken_headers_and_empty_bodies_reach_us_raw(bootstrap: str) -> None:
    headers = [("ce_type", b"\xff"), ("x", b"")]
    await send(bootstrap, b"{", headers=headers)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(TOPIC, None, b"k" * 16, partition=0)
        await producer.send_and_wait(TOPIC, b"", None, partition=0)
    kept: list[Record] = []

    async def keep(batch: Any) -> None:
        kept.extend(batch)

    async with subscribed(bootstrap, keep):

        async def have_three() -> bool:
            return len(kept) == 3

        await eventually(have_three)
    assert kept[0].headers == tuple(headers)
    assert [record.value for record in kept] == [b"{", None, b""], "a tombstone is no empty body"
    assert [record.key for record in kept] == [b"k" * 16, b"k" * 16, None]


async def test_a_reply_to_header_makes_us_say_nothing(bootstrap: str) -> None:
    await send(bootstrap, b"1", headers=[("reply_to", OTHER.encode()), ("correlation_id", b"c")])
    seen, on_records = collect()
    async with subscribed(bootstrap, on_records):
        await until(seen, [b"1"])
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        places = [TopicPartition(OTHER, partition) for partition in range(12)]
        assert set((await consumer.end_offsets(places)).values()) == {0}


async def test_a_rewound_batch_comes_again_and_a_paused_partition_is_silent(bootstrap: str) -> None:
    await send(bootstrap, b"1", b"2")
    seen: list[bytes | None] = []
    rewound = asyncio.Event()

    async def first_time_back(records: Any) -> None:
        seen.extend(record.value for record in records)
        if not rewound.is_set():
            subscription.rewind(records)
            rewound.set()

    async with subscribed(bootstrap, first_time_back) as subscription:
        await asyncio.wait_for(rewound.wait(), 20)
        before = list(seen)
        consumer = subscription.consumer
        assert consumer is not None
        assert consumer.paused() == consumer.assignment()
        await send(bootstrap, b"3", partition=1)
        assert seen == before
        subscription.resume()
        await until(seen, [*before, b"1", b"2", b"3"])


async def test_all_partitions_of_a_batch_are_rewound(bootstrap: str) -> None:
    await send(bootstrap, b"a")
    await send(bootstrap, b"b", partition=1)
    seen: list[tuple[int, int]] = []

    async def back_once(records: Any) -> None:
        seen.extend((record.partition, record.offset) for record in records)
        if len(seen) <= 2:
            subscription.rewind(records)
            subscription.resume()

    async with subscribed(bootstrap, back_once) as subscription:

        async def both_again() -> bool:
            return seen.count((0, 0)) >= 2 and seen.count((1, 0)) >= 2

        await eventually(both_again)


async def test_reading_a_topic_that_is_not_there_makes_none(bootstrap: str) -> None:
    subscription = Subscription(Cluster(bootstrap), "facts", ["no.such.topic"], collect()[1])
    starting = asyncio.create_task(subscription.start(lambda: None))
    await asyncio.wait([starting], timeout=1)
    starting.cancel()
    await asyncio.wait([starting])
    await subscription.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    assert "no.such.topic" not in await admin.list_topics()
    await admin.close()


async def test_the_automatic_policy_commits_what_failed(bootstrap: str) -> None:
    """The framework's own way loses a message: why the port commits by itself."""
    await send(bootstrap, b"bad", b"good")
    broker = KafkaBroker(bootstrap, logger=None)
    seen: list[bytes] = []

    @broker.subscriber(
        TOPIC, group_id="loses", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK
    )
    async def fails(body: bytes) -> None:
        seen.append(body)
        if body == b"bad":
            raise RuntimeError("lost")

    await broker.start()

    async def is_past() -> bool:
        return await committed(bootstrap, group="loses") == 2

    await eventually(is_past)
    await broker.stop()
    assert seen == [b"bad", b"good"]


async def test_a_record_kafka_refuses_spoils_an_idempotent_producer(bootstrap: str) -> None:
    """Why size is checked before writing and why the relay throws a producer away."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, max_request_size=4 * 1024 * 1024
    )
    await producer.start()
    await producer.send_and_wait(TOPIC, b"small", partition=0)
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait(TOPIC, b"x" * (2 * 1024 * 1024), partition=0)
    with pytest.raises(KafkaError):
        await producer.send_and_wait(TOPIC, b"small", partition=0)
    await producer.stop()
