"""One service's messaging as a whole: loop, acts, reader, relay, clocks, repairs."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from shared.db.pool import Database, Tx
from shared.ids import Id
from shared.messaging import parking
from shared.messaging.acts import Acts
from shared.messaging.clocks import Clocks
from shared.messaging.fold import Act, Applied, Heard
from shared.messaging.loop import AnyFold, Loop
from shared.messaging.metrics import Metrics
from shared.messaging.reader import Reader
from shared.messaging.relay import Relay
from shared.messaging.sql import SQL
from shared.messaging.wire import read
from shared.observability.correlation import correlation_id

log = structlog.get_logger()


class Messaging:
    """Everything that moves events in one process of one service."""

    def __init__(
        self, service: str, db: Database, folds: Sequence[AnyFold], bootstrap: str
    ) -> None:
        self.service, self.db, self.folds = service, db, tuple(folds)
        self.metrics = Metrics(service, [figure for fold in folds for figure in fold.figures])
        self.loop = Loop(service, db, self.metrics)
        self.acts = Acts(self.loop)
        self.reader = Reader(self.loop, self.folds, bootstrap)
        self._relay = Relay(self.loop, bootstrap)
        self._clocks = Clocks(self.loop, self.folds)

    async def run(self) -> None:
        """Run all parts until cancelled; a part that ends with an error ends the process."""
        async with asyncio.TaskGroup() as group:
            for part in (self.acts, self.reader, self._relay, self._clocks):
                group.create_task(part.run(), name=type(part).__name__)

    async def act(self, fold: AnyFold, act: Act) -> Applied[Any]:
        """Do one act, committed together with those that came at the same time."""
        if act.correlation_id is None:
            act = replace(act, correlation_id=correlation_id())
        return await self.acts.act(fold, act)

    async def heard(self, tx: Tx, topic: str, key: Id) -> int:
        """Tell how far one key of a topic has been read here (for `?seen=`)."""
        rows = await tx.fetch("SELECT seq FROM position WHERE topic = $1 AND key = $2", topic, key)
        return int(rows[0]["seq"]) if rows else 0

    async def is_parked(self, tx: Tx, key: Id) -> bool:
        """Tell whether this subject is under repair."""
        return bool(await tx.fetch(SQL["list_parked_keys"], [key]))

    async def release(self, topic: str, key: Id, by: str, reason: str) -> int:
        """Replay a parked key's queue in order; returns how many letters are parked again.

        Raises NotFound when this key of this topic is not parked.
        """
        while not await self._replay(topic, key, by, reason):
            log.info("release.again", topic=topic, key=key.hex())
        async with self.db.begin() as tx:
            return len(await parking.list_parked(tx, topic, key))

    async def _replay(self, topic: str, key: Id, by: str, reason: str) -> bool:
        """Replay the queue in one transaction; False when it grew before it was locked."""
        async with self.db.begin() as tx:
            letters = await parking.list_parked(tx, topic, key, limit=parking.ALL)
        fold = self._fold_of(topic)
        replay = [read(letter.record) for letter in letters if letter.reason != "clock"]
        inputs = [(fold, heard) for heard in replay if fold and isinstance(heard, Heard)]

        async def opening(tx: Tx) -> None:
            taken = await parking.take_queue(tx, topic, key)
            if [letter.id for letter in taken] != [letter.id for letter in letters]:
                raise parking.QueueGrew
            await parking.save_decision(tx, "released", taken[0], by, None, reason)

        try:
            await self.loop.apply(inputs, opening=opening)
        except parking.QueueGrew:
            return False
        return True

    def _fold_of(self, topic: str) -> AnyFold | None:
        for fold in self.folds:
            if topic in {heard.name for heard in fold.topics}:
                return fold
        return None

    async def discard(self, topic: str, key: Id, by: str, second: str, reason: str) -> int:
        """Give up the first parked letter of a key and replay what waits behind it."""
        async with self.db.begin() as tx:
            await parking.discard_first(tx, topic, key, by, second, reason)
            left = await parking.list_parked(tx, topic, key)
        if left:
            return await self.release(topic, key, by, reason)
        async with self.db.begin() as tx:
            await tx.execute(SQL["unpark"], topic, key)
        return 0

    async def measure(self) -> None:
        """Refresh the figures that are read from the database and from Kafka."""
        async with self.db.begin() as tx:
            row = (await tx.fetch(SQL["measure"], tx.now))[0]
            await self.metrics.read_figures(tx)
        gauges = self.metrics
        gauges.parked_keys.set(row["parked_keys"])
        gauges.unreadable.set(row["unreadable"])
        gauges.forks.set(row["forks"])
        gauges.unsaid.set(row["unsaid"])
        gauges.unsaid_age.set(row["oldest_unsaid_seconds"])
        gauges.relay_age.set(row["relay_owner_seconds"])
        await self.reader.measure()

    async def is_idle(self) -> bool:
        """Tell whether nothing is left to send, to read or to fire."""
        async with self.db.begin() as tx:
            row = (await tx.fetch(SQL["measure"], tx.now))[0]
            due = [await fold.due(tx, 1) for fold in self.folds if fold.due is not None]
        return int(row["unsaid"]) == 0 and not any(due) and await self.reader.measure() == 0
