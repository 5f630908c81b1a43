"""Connection to Kafka, and FastStream: batches of raw records in, offsets out."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram512
from pydantic import SecretStr

from shared.clock import doubling
from shared.db.migrate import role_of
from shared.messaging.subject import Record
from shared.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Cluster:
    """Kafka's addresses and, if the cluster requires authentication, the service's password.

    A service has the same name as in PostgreSQL and authenticates by SCRAM-SHA-512.
    """

    bootstrap: str
    password: SecretStr | None = None
    tls: ssl.SSLContext | None = None

    @classmethod
    def from_settings(cls, settings: KafkaSettings) -> Self:
        """Read the settings; a password is sent only over TLS, unless that is switched off."""
        bootstrap, password = settings.kafka_bootstrap_servers, settings.kafka_password
        if password is None or not settings.kafka_tls:
            return cls(bootstrap, password)
        return cls(bootstrap, password, ssl.create_default_context(cafile=settings.kafka_ca_file))

    def options(self, service: str) -> dict[str, Any]:
        return self.options_of(role_of(service))

    def options_of(self, name: str) -> dict[str, Any]:
        """Return aiokafka's connection options for the user of this name."""
        if self.password is None:
            return {"bootstrap_servers": self.bootstrap}
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_SSL" if self.tls else "SASL_PLAINTEXT",
            "ssl_context": self.tls,
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": name,
            "sasl_plain_password": self.password.get_secret_value(),
        }


log = structlog.get_logger()

MAX_RECORDS = 1_000
POLL_MS, IDLE_MS = 1_000, 10
"""How long a poll waits for records, and how long FastStream sleeps after an empty one."""
IN_HAND_SECONDS, STOP_SECONDS = 3.0, 8.0
"""Time a stop waits for the current batch, and the limit for the whole stop."""

OnRecords = Callable[[Sequence[Record]], Awaitable[None]]


class Subscription:
    """All topics a service consumes, read as one group in batches; auto-commit is off."""

    def __init__(
        self, cluster: Cluster, group: str, topics: Sequence[str], on_records: OnRecords
    ) -> None:
        self._on_records, self._options = on_records, cluster.options(group)
        self._offsets: AIOKafkaConsumer | None = None
        self._is_connected = False
        self._commit: asyncio.Task[None] | None = None
        self._applied: dict[TopicPartition, int] = {}
        self._broker = KafkaBroker(
            cluster.bootstrap,
            security=_security(cluster, group),
            client_id=group,
            consumer_only=True,
            graceful_timeout=IN_HAND_SECONDS,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=logging.getLogger("jianyi.kafka"),
            log_level=logging.DEBUG,
        )
        self._subscriber = self._broker.subscriber(
            *topics,
            batch=True,
            max_records=MAX_RECORDS,
            batch_timeout_ms=IDLE_MS,
            group_id=group,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            no_reply=True,
        )
        self._subscriber(self._on_batch, parser=_parse, decoder=_decode)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The running consumer, for offsets and pauses."""
        return self._subscriber.consumer

    @property
    def runs(self) -> bool:
        """Whether the framework's polling loop is running."""
        return any(not task.done() for task in self._subscriber.tasks)

    async def start(self, on_try: Callable[[], None]) -> None:
        """Connect, waiting for the broker; `on_try` is called before each attempt."""
        waits = doubling(0.2, 10.0)
        while True:
            on_try()
            try:
                await self._broker.start()
                _wait_for_records(self.consumer)
                self._offsets = AIOKafkaConsumer(**self._options)
                await self._offsets.start()
                self._is_connected = True
            except (KafkaError, OSError) as error:
                log.warning("kafka.waiting", error=repr(error))
                await self.stop()
                await asyncio.sleep(next(waits))
            else:
                return

    async def stop(self) -> None:
        """Leave the group within a time limit, because a client without its broker may hang."""
        self._is_connected = False
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._broker.stop()
                if self._offsets is not None:
                    await self._offsets.stop()
        except (TimeoutError, KafkaError) as error:
            log.warning("kafka.abandoned", error=repr(error))

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Fetch end offsets, not over the connection that waits for records; raises KafkaError."""
        if self._offsets is None or not self._is_connected:
            raise KafkaConnectionError
        return dict(await self._offsets.end_offsets(places))

    async def _on_batch(self, records: tuple[ConsumerRecord[bytes, bytes], ...]) -> None:
        await self._on_records([record_of(record) for record in records])

    def commit(self, records: Sequence[Record]) -> None:
        """Commit offsets without waiting, one request at a time; only a hint for lag tools."""
        for record in records:
            self._applied[TopicPartition(record.topic, record.partition)] = record.offset + 1
        if self.consumer is not None and (self._commit is None or self._commit.done()):
            self._commit = asyncio.create_task(self._commit_applied(self.consumer))

    async def _commit_applied(self, consumer: AIOKafkaConsumer) -> None:
        while self._applied:
            offsets, self._applied = self._applied, {}
            try:
                await consumer.commit(offsets)
            except (KafkaError, ValueError) as error:  # a partition may have been reassigned
                log.debug("kafka.commit_failed", error=repr(error))

    def rewind(self, records: Sequence[Record]) -> None:
        """Go back to the first of these records and stop fetching until `resume`."""
        if self.consumer is None:
            return
        first: dict[TopicPartition, int] = {}
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            first[place] = min(record.offset, first.get(place, record.offset))
        assigned = self.consumer.assignment()
        for place, offset in first.items():
            if place in assigned:
                self.consumer.seek(place, offset)
        self.consumer.pause(*assigned)

    def resume(self) -> None:
        if self.consumer is not None:
            self.consumer.resume(*self.consumer.paused())


def _wait_for_records(consumer: AIOKafkaConsumer | None) -> None:
    """Let polls wait for records: FastStream polls no longer than it sleeps after an empty one."""
    if consumer is None:
        return
    poll = consumer.getmany

    async def getmany(*places: TopicPartition, timeout_ms: int, max_records: int | None) -> Any:
        return await poll(*places, timeout_ms=max(POLL_MS, timeout_ms), max_records=max_records)

    consumer.getmany = getmany


def _security(cluster: Cluster, service: str) -> SASLScram512 | None:
    if cluster.password is None:
        return None
    return SASLScram512(
        role_of(service),
        cluster.password.get_secret_value(),
        use_ssl=cluster.tls is not None,
        ssl_context=cluster.tls,
    )


async def _parse(raw: Any) -> KafkaMessage:
    """Keep the raw records; headers may contain anything, so nothing is decoded here."""
    return KafkaMessage(body=b"", raw_message=raw, headers={}, consumer=None)  # type: ignore[arg-type]


async def _decode(message: Any) -> Any:
    return message.raw_message


def record_of(raw: ConsumerRecord[bytes, bytes]) -> Record:
    """Copy a Kafka message undecoded."""
    return Record(
        raw.topic,
        raw.partition,
        raw.offset,
        raw.key,
        tuple(raw.headers),
        raw.value,
        raw.timestamp / 1000,
    )
