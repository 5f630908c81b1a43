"""A topic: published to by tests as its owner would, and read back from its beginning."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.contracts.envelope import Envelope
from shared.contracts.topics import PARTITIONS
from shared.ids import Id
from shared.messaging.reader import read
from shared.messaging.subject import ReceivedEvent, Record


async def publish(bootstrap: str, envelopes: Iterable[Envelope]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        sent = [
            await producer.send(one.topic, one.payload, one.key, headers=list(one.headers("/test")))
            for one in envelopes
        ]
        await asyncio.gather(*sent)


async def read_topic(bootstrap: str, topic: str) -> list[ReceivedEvent]:
    """Read a topic from its beginning to its present end; order holds per key."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    async with consumer:
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        received: list[ReceivedEvent] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for raw in records:
                    record = Record(
                        raw.topic, raw.partition, raw.offset, raw.key, tuple(raw.headers), raw.value
                    )
                    one = read(record)
                    assert isinstance(one, ReceivedEvent), one
                    received.append(one)
        return received


def orders(received: Iterable[ReceivedEvent]) -> dict[Id, list[int]]:
    """Give each key's seqs as a reader that drops exact copies sees them.

    Raises AssertionError when one place was ever published with two event ids.
    """
    seqs: dict[Id, list[int]] = {}
    ids: dict[tuple[Id, int], Id] = {}
    for one in received:
        place = (one.key, one.seq)
        if place not in ids:
            seqs.setdefault(one.key, []).append(one.seq)
        assert ids.setdefault(place, one.event_id) == one.event_id, "one place, two events"
    return seqs
