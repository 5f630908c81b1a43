"""One service's messaging as a whole: loop, commands, reader, relay, clocks, repairs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from shared.db.pool import Database, Tx
from shared.errors import Unavailable
from shared.ids import Id
from shared.messaging import audit
from shared.messaging.broker import Cluster
from shared.messaging.dead_letter_actions import DeadLetterActions
from shared.messaging.heartbeat import Heartbeat
from shared.messaging.loop import AnySubject, Loop, OnBegin
from shared.messaging.metrics import Measured, Metrics
from shared.messaging.outages import Pulse
from shared.messaging.reader import Reader
from shared.messaging.relay import Relay
from shared.messaging.sql import SQL
from shared.messaging.subject import Applied, ClockDue, ClockedSubject, Command
from shared.observability.logging import correlation_id

log = structlog.get_logger()


class Part(Protocol):
    """Work of a service beside its events: a loop that runs until cancelled."""

    heartbeat: Heartbeat

    async def run(self) -> None: ...

    async def is_idle(self, tx: Tx) -> bool: ...


BATCH = 500
POLL_SECONDS = 0.5


class Messaging:
    """Everything that moves events in one process of one service."""

    def __init__(
        self,
        service: str,
        db: Database,
        subjects: Sequence[AnySubject],
        cluster: Cluster,
        parts: Sequence[Part] = (),
    ) -> None:
        self.service, self.db, self.subjects = service, db, tuple(subjects)
        self.parts = parts
        self.metrics = Metrics(
            service, [figure for subject in subjects for figure in subject.figures]
        )
        self.loop = Loop(service, db, self.metrics)
        self.acts = CommandQueue(self.loop)
        self.reader = Reader(self.loop, self.subjects, cluster)
        self.repairs = DeadLetterActions(self.loop, self.subjects)
        self._relay = Relay(self.loop, cluster)
        self._clocks = Clocks(self.loop, self.subjects)

    async def run(self) -> None:
        """Run all parts until cancelled; an error in one part ends the process."""
        every: Sequence[Any] = (
            self.acts, self.reader, self._relay, self._clocks, *self.parts
        )  # fmt: skip
        async with asyncio.TaskGroup() as group:
            for part in every:
                group.create_task(part.run(), name=type(part).__name__)

    async def act(self, subject: AnySubject, act: Command) -> Applied[Any]:
        """Execute one command, committed together with concurrent ones."""
        if act.correlation_id is None:
            act = replace(act, correlation_id=correlation_id())
        return await self.acts.act(subject, act)

    async def execute_all(
        self, subject: AnySubject, acts: Sequence[Command], on_begin: OnBegin | None = None
    ) -> list[Applied[Any]]:
        """Execute `on_begin` and all commands in one transaction, or none of them.

        Raises the first refusal.
        """
        cause = correlation_id()
        given = [(subject, replace(act, correlation_id=cause)) for act in acts]
        results = await self.loop.apply(given, on_begin=on_begin, whole=True)
        return [result for result in results if isinstance(result, Applied)]

    async def received(self, tx: Tx, topic: str, key: Id) -> int:
        """Return how far one key of a topic has been read here (for `?seen=`)."""
        rows = await tx.fetch("SELECT seq FROM position WHERE topic = $1 AND key = $2", topic, key)
        return int(rows[0]["seq"]) if rows else 0

    async def count_held(self, tx: Tx, keys: Sequence[Id]) -> Mapping[Id, int]:
        """Count by subject the clocks that do not fire while the subject is blocked."""
        held: dict[Id, int] = {}
        for subject in self.subjects:
            if isinstance(subject, ClockedSubject):
                held |= await subject.count_clocks(tx, keys)
        return held

    async def is_blocked(self, tx: Tx, key: Id) -> bool:
        """Whether this subject is under repair."""
        return bool(await tx.fetch(SQL["list_blocked_keys"], [key]))

    async def measure(self) -> Measured:
        """Refresh the figures that are read from the database and from Kafka."""
        async with self.db.begin() as tx:
            row = (await tx.fetch(SQL["measure"], tx.now))[0]
            await self.metrics.read_figures(tx)
            at = tx.now
        behind, seconds = await self.reader.measure(), self.reader.lag_seconds
        measured = Measured(at=at, lag_events=behind, lag_seconds=seconds, **dict(row))
        self.metrics.show(measured)
        return measured

    def standing_still(self) -> list[str]:
        """Name the loops of this process whose round has been running for too long."""
        own = (self.reader.heartbeat, self._relay.heartbeat, self._clocks.heartbeat)
        beats = (*own, *self.acts.heartbeats, *(part.heartbeat for part in self.parts))
        return [one.name for one in beats if one.stands_still]

    async def anchor(self, tx: Tx) -> None:
        """Anchor the record once a day, in the process whose relay is active."""
        await audit.anchor(tx, self.service, self._relay.floor.at)

    async def is_idle(self) -> bool:
        """Whether nothing is left to send, read or fire, and Kafka can be read."""
        async with self.db.begin() as tx:
            row = (await tx.fetch(SQL["measure"], tx.now))[0]
            clocked = [subject for subject in self.subjects if isinstance(subject, ClockedSubject)]
            due = [await subject.list_due(tx, 1) for subject in clocked]
            idle = [await part.is_idle(tx) for part in self.parts]
        reads = self.reader.reads and await self.reader.measure() == 0
        return int(row["pending"]) == 0 and not any(due) and all(idle) and reads


class Clocks:
    """Fires the due clocks of every subject that has clocks."""

    def __init__(self, loop: Loop, subjects: Sequence[AnySubject]) -> None:
        self._loop, self._pulse = loop, Pulse(loop.db)
        self.heartbeat = Heartbeat("clocks")
        self._subjects = [subject for subject in subjects if isinstance(subject, ClockedSubject)]

    async def run(self) -> None:
        """Fire what is due until cancelled."""
        while self._subjects:
            self.heartbeat.beat()
            try:
                await self._pulse.beat()
                fired = [await self.fire(subject) for subject in self._subjects]
            except Unavailable:
                log.warning("clocks.waiting")
                fired = []
            if not any(fired):
                await asyncio.sleep(POLL_SECONDS)

    async def fire(self, subject: ClockedSubject[Any, Any]) -> int:
        """Fire one batch of due clocks of a subject and return how many.

        Due subjects are read without a lock; their state rows are claimed with SKIP LOCKED when
        the batch is loaded, and the clocks are read again under that lock.
        """
        async with self._loop.db.begin() as tx:
            keys = await subject.list_due(tx, BATCH)
        if keys:
            await self._loop.apply([(subject, ClockDue(key)) for key in sorted(keys)])
        return len(keys)


MAX_SET = 200
MAX_WAITING = 2_000
CONCURRENCY = 2


class CommandQueue:
    """The queue between requests and the loop of one process."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.heartbeats = [Heartbeat(f"commands_{n}") for n in range(CONCURRENCY)]
        self._waiting: asyncio.Queue[tuple[AnySubject, Command, asyncio.Future[Applied[Any]]]] = (
            asyncio.Queue(MAX_WAITING)
        )

    async def act(self, subject: AnySubject, act: Command) -> Applied[Any]:
        """Execute one command and return its committed result.

        Raises Refused from the decision, Unavailable when the system is busy or has no database;
        after Unavailable the command may have been executed, so retry it with the same id.
        """
        future: asyncio.Future[Applied[Any]] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((subject, act, future))
        except asyncio.QueueFull:
            raise Unavailable("overloaded") from None
        return await future

    async def run(self) -> None:
        """Commit batches until cancelled."""
        async with asyncio.TaskGroup() as group:
            for heartbeat in self.heartbeats:
                group.create_task(self._commit_batches(heartbeat))

    async def _commit_batches(self, heartbeat: Heartbeat) -> None:
        while True:
            heartbeat.rest()
            taken = [await self._waiting.get()]
            heartbeat.beat()
            while len(taken) < MAX_SET and not self._waiting.empty():
                taken.append(self._waiting.get_nowait())
            try:
                results = await self._loop.apply([(subject, act) for subject, act, _ in taken])
            except Exception as error:  # every caller gets the error
                results = [error] * len(taken)
            for (_, _, future), result in zip(taken, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Applied):
                    future.set_result(result)
                else:
                    future.set_exception(result or RuntimeError("an act without a result"))
