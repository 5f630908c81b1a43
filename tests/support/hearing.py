"""A service under test and what it hears: by hand, or by Kafka, as its owners would say it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.contracts.envelope import Envelope, Event
from shared.contracts.topics import BY_NAME, TOPIC_OF
from shared.ids import Id, derived_id
from shared.messaging.fold import Heard, Record
from shared.messaging.wire import read
from shared.service import Service
from tests.support.servers import NO_KAFKA


@dataclass(kw_only=True)
class Hearing:
    """Gives events of other services their place and brings them to the service."""

    service: Service = field(init=False)
    bootstrap: str = NO_KAFKA
    seqs: Counter[tuple[str, Id]] = field(default_factory=Counter)
    offsets: Counter[str] = field(default_factory=Counter)

    def envelope(self, event: Event, key: Id, recorded_at: datetime) -> Envelope:
        """Put an event of another service into its envelope, at the next place of its key."""
        topic = TOPIC_OF[type(event)].name
        self.seqs[topic, key] += 1
        seq = self.seqs[topic, key]
        return Envelope(
            topic=topic,
            key=key,
            seq=seq,
            event_id=derived_id(key, topic, str(seq)),
            type=event.type,
            occurred_at=event.occurred_at,
            recorded_at=recorded_at,
            correlation_id=key,
            prev_hash="",
            hash="",
            payload=event.model_dump_json(exclude_none=True).encode(),
        )

    async def hear_all(self, pairs: Sequence[tuple[Id, Event]]) -> None:
        """Hear events of many keys in one set, as if Kafka had brought them."""
        folds = {topic.name: fold for fold in self.service.messaging.folds for topic in fold.topics}
        inputs = []
        for key, event in pairs:
            envelope = self.envelope(event, key, event.occurred_at)
            heard = read(self._record(envelope))
            assert isinstance(heard, Heard)
            inputs.append((folds[envelope.topic], heard))
        await self.service.messaging.loop.apply(inputs)

    def _record(self, envelope: Envelope) -> Record:
        offset = self.offsets[envelope.topic]
        self.offsets[envelope.topic] += 1
        headers = tuple(envelope.headers(f"/{BY_NAME[envelope.topic].owner}"))
        return Record(envelope.topic, 0, offset, envelope.key, headers, envelope.payload)

    async def publish(self, pairs: Sequence[tuple[Id, Event]]) -> None:
        """Say events on Kafka, as their owners would."""
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            for key, event in pairs:
                one = self.envelope(event, key, event.occurred_at)
                headers = one.headers(f"/{BY_NAME[one.topic].owner}")
                await producer.send_and_wait(
                    one.topic, one.payload, key=one.key, headers=list(headers)
                )

    async def sql(self, statement: str, *args: object) -> list[Any]:
        """Run one statement in the service's schema."""
        async with self.service.db.begin() as tx:
            return await tx.fetch(statement, *args)
