"""Replays the topics from their first event on, without a consumer group."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts.topics import Topic
from shared.db.pool import Database
from shared.errors import Unavailable
from shared.ids import Id
from shared.messaging.broker import MAX_RECORDS, Cluster, record_of
from shared.messaging.dead_letters import DeadLetter
from shared.messaging.fence import PositionKey
from shared.messaging.loop import AnySubject, Loop
from shared.messaging.reader import kafka_away, read_all
from shared.messaging.sql import SQL
from shared.messaging.subject import ReceivedEvent, Record

POLL_MS = 200
SILENT_POLLS = 150
"""Empty polls (half a minute) after which a read that should return records fails."""
FEW = 1_000
"""The lag, in events, at which the running service may be paused."""

EndOffsets = Mapping[TopicPartition, int]
DiscardedEvents = Collection[tuple[str, Id]]


class TopicHistory:
    """Topics, read from their first event on, without changing anyone's offsets."""

    def __init__(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, group: str) -> None:
        self._consumer, self._admin, self._group = consumer, admin, group
        self.events = 0

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, cluster: Cluster, service: str, topics: Sequence[Topic]
    ) -> AsyncIterator[Self]:
        """Connect as a service; raises Unavailable."""
        options = cluster.options(service) | {"client_id": f"{service}-rebuild"}
        admin = AIOKafkaAdminClient(**options)
        consumer = AIOKafkaConsumer(
            **options, enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=100
        )
        try:
            with kafka_away():
                await consumer.start()
                await admin.start()
                consumer.assign(
                    [TopicPartition(it.name, n) for it in topics for n in range(it.partitions)]
                )
                await consumer.seek_to_beginning()
            yield cls(consumer, admin, service)
        finally:
            await admin.close()
            await consumer.stop()

    async def committed(self) -> EndOffsets:
        """Fetch the committed offsets of the service's own group; raises Unavailable."""
        with kafka_away():
            offsets = await self._admin.list_consumer_group_offsets(self._group)
        return {at: one.offset for at, one in offsets.items() if at in self._consumer.assignment()}

    async def ends(self) -> EndOffsets:
        """Fetch the end offset of every partition; raises Unavailable."""
        with kafka_away():
            ends: EndOffsets = await self._consumer.end_offsets(self._consumer.assignment())
        return ends

    async def read(self, ends: EndOffsets) -> Sequence[Record]:
        """Read the next batch before these ends, empty at the ends; raises Unavailable."""
        for _ in range(SILENT_POLLS):
            behind = [at for at, end in ends.items() if await self._consumer.position(at) < end]
            if not behind:
                return ()
            found = await self._consumer.getmany(
                *behind, timeout_ms=POLL_MS, max_records=MAX_RECORDS
            )
            for at in found:
                if await self._consumer.position(at) > ends[at]:
                    self._consumer.seek(at, ends[at])
            raw = [one for at, batch in found.items() for one in batch if one.offset < ends[at]]
            if raw:
                self.events += len(raw)
                return [record_of(one) for one in raw]
        raise Unavailable("kafka_unavailable")


class Replayer:
    """Replays history into a shadow service up to the running one's offsets; sends nothing."""

    def __init__(
        self, history: TopicHistory, live: Database, loop: Loop, subjects: Sequence[AnySubject]
    ) -> None:
        self._history, self._live, self._loop = history, live, loop
        self._subject_of = {topic.name: subject for subject in subjects for topic in subject.topics}

    async def follow(self) -> None:
        """Replay up to the running service's committed offsets until few records are left."""
        read = FEW
        while read >= FEW:
            ends, given_up, read = await self._history.committed(), await self._given_up(), 0
            while records := await self._history.read(ends):
                await self._hear(*read_all(records, self._subject_of), given_up)
                read += len(records)

    async def catch_up(self, owed: Mapping[PositionKey, int]) -> None:
        """Replay what the running service, now paused, read since: `owed`, by topic and key."""
        left, ends, given_up = dict(owed), await self._history.ends(), await self._given_up()
        while left and (records := await self._history.read(ends)):
            inputs, _ = read_all(records, self._subject_of)
            within = [it for it in inputs if it[1].seq <= owed.get((it[1].topic, it[1].key), 0)]
            await self._hear(within, [], given_up)
            for _, received in within:
                place = (received.topic, received.key)
                if received.seq == owed[place]:
                    left.pop(place, None)

    async def _given_up(self) -> DiscardedEvents:
        """Read the topics and ids of the discarded events."""
        async with self._live.begin() as tx:
            return {(topic, event_id) for topic, event_id in await tx.fetch(SQL["list_given_up"])}

    async def _hear(
        self,
        inputs: Sequence[tuple[AnySubject, ReceivedEvent]],
        dead: Sequence[DeadLetter],
        given_up: DiscardedEvents,
    ) -> None:
        """Apply a batch without the discarded events."""
        together: list[tuple[AnySubject, ReceivedEvent]] = []
        for subject, received in inputs:
            if (received.topic, received.event_id) in given_up:
                await self._loop.apply(together)
                together = []
                async with self._loop.db.begin() as tx:
                    await tx.execute(
                        SQL["pass_over"],
                        received.topic,
                        received.key,
                        received.seq,
                        received.event_id,
                    )
            else:
                together.append((subject, received))
        await self._loop.apply(together, dead)
