"""Sends the events of the outbox in id order; one process at a time owns this work."""

import asyncio
import os
import socket
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaProducer
from asyncpg import Record

from shared.contracts.envelope import Envelope
from shared.db.pool import Tx
from shared.errors import Unavailable
from shared.messaging.broker import Cluster
from shared.messaging.heartbeat import Heartbeat
from shared.messaging.loop import Loop, reached
from shared.messaging.outbox import BLOCK
from shared.messaging.relay_floor import Floor
from shared.messaging.sql import SQL

log = structlog.get_logger()

ROUND = 2_000
POLL_SECONDS = 0.2
SEND_SECONDS = 10.0
STOP_SECONDS = 3.0
SWEEP_SECONDS = 1.0


class SendFailed(Exception):
    """Kafka did not accept a round in time; the producer must be replaced."""


class Relay:
    """The only sender of a service's events.

    Every round locks the owner's row, so a relay without a database connection is not the owner.
    The outcome of a timed-out send is unknown: it is sent again, and readers drop the duplicate.
    """

    def __init__(self, loop: Loop, cluster: Cluster) -> None:
        self._loop, self._cluster = loop, cluster
        self.heartbeat = Heartbeat("relay")
        self.floor = Floor()
        self._swept_at = 0.0
        self._producer: AIOKafkaProducer | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    async def run(self) -> None:
        """Send rounds until cancelled."""
        try:
            while True:
                self.heartbeat.beat()
                self._loop.emitted.clear()
                if await self._round_or_nothing() == 0:
                    await self._wait()
        finally:
            await self._drop_producer()

    async def _wait(self) -> None:
        """Wait for a new outbox event; `wait_for` of Python 3.11 may lose a cancellation here."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._loop.emitted.wait()

    async def _round_or_nothing(self) -> int:
        try:
            return await self.round()
        except Unavailable:
            log.warning("relay.database_away")
            self.floor = Floor()  # another server may answer next, which lacks the last ids
        except SendFailed as error:
            log.warning("relay.send_failed", error=repr(error))
            await self._drop_producer()
        await asyncio.sleep(POLL_SECONDS)
        return 0

    async def round(self) -> int:
        """Send the oldest pending events and return how many; 0 when another relay owns them."""
        async with self._loop.db.begin() as tx:
            await tx.execute("SET LOCAL synchronous_commit = off")
            owner = await tx.fetch(SQL["own_relay"])
            if not owner:
                return 0
            if owner[0]["owner"] != self._name:
                await tx.execute(SQL["take_relay"], self._name, tx.now)
            floor = await self._floor(tx, owner[0]["last_block"])
            rows = await tx.fetch(SQL["load_pending"], ROUND, floor)
            if rows:
                await self._send_in_time(rows)
                await reached("after_send")
                await self._mark(tx, rows)
        self.floor.sent([row["id"] for row in rows])
        if rows:
            await reached("after_round")
        return len(rows)

    async def _floor(self, tx: Tx, last_block: int | None) -> int:
        """Return the id above which to search; once a second search everything."""
        if time.monotonic() - self._swept_at < SWEEP_SECONDS:
            return self.floor.at
        (running,) = await tx.fetch(SQL["read_horizon"])
        drawn = 0 if last_block is None else last_block + BLOCK - 1
        self.floor.observe(drawn, running["oldest"], running["next"])
        self._swept_at = time.monotonic()
        return 0

    async def _send_in_time(self, rows: Sequence[Record]) -> None:
        """Send; every failure becomes SendFailed, so it is not mistaken for a database error."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(rows)
        except Exception as error:
            raise SendFailed(repr(error)) from error

    async def _send(self, rows: Sequence[Record]) -> None:
        producer = await self._connected()
        source = f"/{self._loop.service}"
        futures = []
        for row in rows:
            envelope = Envelope(*row[1:])
            futures.append(
                await producer.send(
                    envelope.topic,
                    envelope.payload,
                    envelope.key,
                    headers=list(envelope.headers(source)),
                )
            )
        await asyncio.gather(*futures)

    async def _mark(self, tx: Tx, rows: Sequence[Record]) -> None:
        await tx.execute(SQL["delete_pending"], [row["id"] for row in rows])

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                **self._cluster.options(self._loop.service),
                client_id=f"{self._loop.service}-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=0,  # a round is sent as a whole: lingering would only delay it
                max_batch_size=256 * 1024,
                max_request_size=1024 * 1024,
                request_timeout_ms=8_000,
            )
            await self._producer.start()
        return self._producer

    async def _drop_producer(self) -> None:
        """Discard the producer; without its broker it closes only when the broker is back.

        It then sends what it still holds: duplicates, which readers drop.
        """
        producer, self._producer = self._producer, None
        if producer is not None:
            leaving = asyncio.create_task(_leave(producer))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
            await asyncio.wait([leaving], timeout=STOP_SECONDS)


async def _leave(producer: AIOKafkaProducer) -> None:
    try:
        await producer.stop()
    except Exception as error:
        log.warning("relay.producer_abandoned", error=repr(error))
