"""Reads Kafka: decode, apply, wait for the database, commit; a bad message never raises."""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from shared.clock import doubling
from shared.contracts.dates import in_utc
from shared.contracts.envelope import Event
from shared.contracts.topics import BY_NAME, Topic
from shared.errors import Unavailable
from shared.ids import from_text
from shared.messaging.broker import Cluster, Subscription
from shared.messaging.dead_letters import DeadLetter
from shared.messaging.heartbeat import Heartbeat
from shared.messaging.loop import AnySubject, Loop, reached
from shared.messaging.subject import ReceivedEvent, Record, Unreadable
from shared.observability.logging import end_process, masked_traceback

log = structlog.get_logger()

IN_PLACE_SECONDS = 60.0
NO_PROGRESS_SECONDS = 60.0
WATCH_SECONDS = 5.0
MEASURE_SECONDS = 3.0
EX_SOFTWARE, EX_TEMPFAIL = 70, 75
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_SEQ_DIGITS = 19


class Reader:
    """Passes the records of this process's partitions to the loop."""

    def __init__(self, loop: Loop, subjects: Sequence[AnySubject], cluster: Cluster) -> None:
        self._loop = loop
        self._subject_of = {topic.name: subject for subject in subjects for topic in subject.topics}
        if len(self._subject_of) != sum(len(subject.topics) for subject in subjects):
            raise ValueError("a topic belongs to one subject only")
        self.subscription = Subscription(
            cluster, loop.service, sorted(self._subject_of), self._on_records
        )
        self.heartbeat = Heartbeat("reader")
        self._probe: asyncio.Task[None] | None = None
        self._in_hand = 0
        self._reached = time.time()
        self.lag_seconds = 0.0

    async def run(self) -> None:
        if not self._subject_of:
            return
        try:
            await self.subscription.start(self.heartbeat.beat)
            await self._watch()
        finally:
            await self.subscription.stop()

    async def _on_records(self, records: Sequence[Record]) -> None:
        """Apply one batch; an exception here is a bug, which the framework would hide."""
        try:
            self._in_hand = len(records)
            self._reached = max(self._reached, min(record.sent_at for record in records))
            await self._apply(records)
            self._in_hand = 0
        except asyncio.CancelledError:
            raise
        except BaseException:
            end_process(EX_SOFTWARE, "reader.failed", exc_info=True)

    async def _apply(self, records: Sequence[Record]) -> None:
        inputs, dead = read_all(records, self._subject_of)
        if await self._apply_in_place(inputs, dead):
            await reached("before_offset_commit")
            self.subscription.commit(records)
        else:
            self.subscription.rewind(records)
            self._wait_for_database()

    async def _apply_in_place(
        self, inputs: Sequence[tuple[AnySubject, ReceivedEvent]], dead: Sequence[DeadLetter]
    ) -> bool:
        """Apply, backing off while the database is unavailable; False when that took too long."""
        give_up, waits = time.monotonic() + IN_PLACE_SECONDS, doubling(0.1, 5.0)
        while True:
            try:
                await self._loop.apply(inputs, dead)
            except Unavailable:
                wait = next(waits)
                log.warning("reader.waiting", seconds=wait)
                if time.monotonic() + wait > give_up:
                    return False
                self._loop.metrics.waiting.set(1)
                await asyncio.sleep(wait)
            else:
                self._loop.metrics.waiting.set(0)
                return True

    def _wait_for_database(self) -> None:
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._resume_when_back())

    async def _resume_when_back(self) -> None:
        while not await self._database_answers():  # noqa: ASYNC110  a server sets no event
            await asyncio.sleep(1)
        self.subscription.resume()

    async def _database_answers(self) -> bool:
        try:
            async with self._loop.db.connection() as connection:
                return bool(await connection.fetchval("SELECT true"))
        except Unavailable:
            return False

    async def _watch(self) -> None:
        """End the process if it has work and a database but makes no progress."""
        stuck_since: float | None = None
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.subscription.runs:
                self.heartbeat.beat()
            behind = await self.measure()
            moved = self._loop.progress_at > (stuck_since or 0.0)
            if behind <= 0 or moved:
                stuck_since = time.monotonic()
            elif (
                time.monotonic() - (stuck_since or 0.0) > NO_PROGRESS_SECONDS
                and await self._database_answers()
            ):
                end_process(EX_TEMPFAIL, "reader.no_progress", events_behind=behind)

    @property
    def reads(self) -> bool:
        """Whether partitions are assigned to this process."""
        consumer = self.subscription.consumer
        return consumer is not None and bool(consumer.assignment())

    async def measure(self) -> int:
        """Count the events of the assigned partitions that are not applied yet.

        -1 while Kafka does not respond; 0 when other processes have all partitions.
        """
        consumer = self.subscription.consumer
        if consumer is None:
            return -1 if self._subject_of else 0
        places = consumer.assignment()
        try:
            async with asyncio.timeout(MEASURE_SECONDS):
                ends = await self.subscription.end_offsets(list(places))
            behind: int = sum([end - await consumer.position(at) for at, end in ends.items()])
        except (KafkaError, TimeoutError) as error:
            log.warning("reader.kafka_away", error=repr(error))
            return -1
        behind += self._in_hand
        self._loop.metrics.lag_events.set(behind)
        self.lag_seconds = self._lag(behind)
        self._loop.metrics.lag_seconds.set(self.lag_seconds)
        return behind

    def _lag(self, behind: int) -> float:
        """Return the age of the oldest event being read, or the time since all was read."""
        now = time.time()
        if not behind:
            self._reached = now
        return max(0.0, now - self._reached)

    async def end_offsets(self) -> dict[tuple[str, int], int]:
        """Fetch the end offsets of all partitions of this service; raises Unavailable."""
        places = [
            TopicPartition(topic.name, partition)
            for subject in set(self._subject_of.values())
            for topic in subject.topics
            for partition in range(topic.partitions)
        ]
        with kafka_away():
            async with asyncio.timeout(10):
                ends = await self.subscription.end_offsets(places)
        return {(place.topic, place.partition): offset for place, offset in ends.items()}

    async def committed(self) -> dict[tuple[str, int], int]:
        """Fetch the committed offsets of the whole group (also partitions of other processes).

        Raises Unavailable.
        """
        consumer = self.subscription.consumer
        if consumer is None:
            raise Unavailable("kafka_unavailable")
        ends = await self.end_offsets()
        with kafka_away():
            return {at: (await consumer.committed(TopicPartition(*at))) or 0 for at in ends}


def read_all(
    records: Sequence[Record], subject_of: Mapping[str, AnySubject]
) -> tuple[list[tuple[AnySubject, ReceivedEvent]], list[DeadLetter]]:
    """Decode a batch: each record with its topic's subject, and separately the unreadable ones."""
    inputs: list[tuple[AnySubject, ReceivedEvent]] = []
    dead: list[DeadLetter] = []
    for record in records:
        subject = subject_of[record.topic]
        received = read(record, subject.ignores)
        if isinstance(received, ReceivedEvent):
            inputs.append((subject, received))
        else:
            dead.append(DeadLetter(record, received.reason, received.traceback, None))
    return inputs, dead


@contextmanager
def kafka_away() -> Iterator[None]:
    """Convert errors of an unresponsive Kafka to Unavailable."""
    try:
        yield
    except (KafkaError, TimeoutError) as error:
        raise Unavailable("kafka_unavailable") from error


def read(record: Record, ignores: frozenset[str] = frozenset()) -> ReceivedEvent | Unreadable:
    """Decode one message; Unreadable alone when its key and position cannot be read.

    The bodies of types in `ignores` are not decoded.
    """
    try:
        headers: dict[str, Any] = dict(record.headers)
        if record.key is None or len(record.key) != 16:
            return Unreadable("no_key")
        kind = headers["ce_type"].decode()
        if not _TYPE.fullmatch(kind):
            return Unreadable("envelope", "the type is no code of at most 64 characters")
        return ReceivedEvent(
            topic=record.topic,
            key=record.key,
            seq=_seq(headers["ce_seq"]),
            event_id=from_text(headers["ce_id"].decode()),
            type=kind,
            recorded_at=in_utc(datetime.fromisoformat(headers["ce_recordedat"].decode())),
            correlation_id=from_text(headers["ce_correlationid"].decode()),
            event=None if kind in ignores else _event(BY_NAME[record.topic], kind, record.value),
            record=record,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:  # also a null header
        return Unreadable("envelope", masked_traceback(error))


def _seq(value: bytes) -> int:
    """Read decimal ASCII digits; int() alone also takes signs, spaces and underscores."""
    if not value.isdigit() or len(value) > _SEQ_DIGITS or not 1 <= (seq := int(value)) < 2**63:
        raise ValueError("no position")
    return seq


def _event(topic: Topic, kind: str, value: bytes | None) -> Event | Unreadable | None:
    if value is None:
        return None if topic.compacted else Unreadable("no_body")
    model = topic.types.get(kind)
    if model is None:
        return Unreadable("unknown_type")
    try:
        return model.model_validate_json(value, extra="ignore")
    except ValidationError as error:
        return Unreadable("undecodable", masked_traceback(error))
