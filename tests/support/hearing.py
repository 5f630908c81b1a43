"""A service under test and what it hears: by hand, or by Kafka, as its owners would say it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

import services
from shared.contracts.envelope import Envelope, Event
from shared.contracts.topics import BY_NAME, TOPIC_OF
from shared.ids import Id
from shared.messaging.reader import read
from shared.messaging.subject import ReceivedEvent, Record
from shared.service import Service, migrate_service
from shared.settings import SharedSettings
from tests.support.ledger import emitted, record
from tests.support.servers import NO_KAFKA, administrator, schema_settings

SERVICES = Path(services.__file__).parent


@dataclass(kw_only=True)
class Hearing:
    """Gives events of other services their place and brings them to the service."""

    settings: SharedSettings = field(init=False)
    service: Service = field(init=False)
    bootstrap: str = NO_KAFKA
    seqs: Counter[tuple[str, Id]] = field(default_factory=Counter)
    offsets: Counter[str] = field(default_factory=Counter)

    async def migrate(self) -> None:
        name = self.service.name
        dsn = administrator(self.settings.database_url.get_secret_value())
        await migrate_service(schema_settings(dsn), name, SERVICES / name / "migrations")

    @asynccontextmanager
    async def by_hand(self, directory: Sequence[tuple[Id, Event]]) -> AsyncIterator[None]:
        """Let acts run until the block ends; events are heard when the test says so."""
        await self.service.db.open()
        acting = asyncio.create_task(self.service.messaging.acts.run())
        try:
            await self.hear_all(directory)
            await self.service.copy.refresh()
            yield
        finally:
            acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting
            await self.service.db.close()

    def envelope(self, event: Event, key: Id, recorded_at: datetime) -> Envelope:
        """Put an event of another service into its envelope, at the next place of its key."""
        topic = TOPIC_OF[type(event)].name
        self.seqs[topic, key] += 1
        return emitted(key, self.seqs[topic, key], event)._replace(recorded_at=recorded_at)

    async def hear_all(self, pairs: Sequence[tuple[Id, Event]]) -> None:
        """Hear events of many keys in one set, as if Kafka had brought them."""
        subjects = {
            topic.name: subject
            for subject in self.service.messaging.subjects
            for topic in subject.topics
        }
        inputs = []
        for key, event in pairs:
            envelope = self.envelope(event, key, event.occurred_at)
            received = read(self._record(envelope))
            assert isinstance(received, ReceivedEvent)
            inputs.append((subjects[envelope.topic], received))
        await self.service.messaging.loop.apply(inputs)

    def _record(self, envelope: Envelope) -> Record:
        self.offsets[envelope.topic] += 1
        return record(envelope, self.offsets[envelope.topic] - 1)

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
        async with self.service.db.begin() as tx:
            return await tx.fetch(statement, *args)

    async def emitted(self, key: Id) -> list[str]:
        """List the types said of one subject, in order."""
        rows = await self.sql("SELECT type FROM outbox WHERE key = $1 ORDER BY id", key)
        return [row["type"] for row in rows]

    async def count(self, *tables: str) -> Mapping[str, int]:
        counts = [f"SELECT '{table}' AS name, count(*) AS n FROM {table}" for table in tables]  # noqa: S608
        return {row["name"]: row["n"] for row in await self.sql(" UNION ALL ".join(counts))}
