"""Sends the notices that wait, one channel a loop; any number of processes share the work."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog

from shared.clock import doubling
from shared.db.pool import Tx
from shared.errors import Unavailable
from shared.messaging.heartbeat import Heartbeat
from shared.notices.channel import (
    Addressee,
    Channel,
    ChannelName,
    Failure,
    Message,
    NotSent,
    Outcome,
)

log = structlog.get_logger()

POLL_SECONDS, LONGEST_POLL = 0.5, 60.0
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Claimed(Generic[K]):
    """A notice that this process sends now; others take it once its next try is due."""

    key: K
    to: Addressee
    message: Message


class NoticeQueue(ABC, Generic[K]):
    """The notices of a service, as its store keeps them."""

    @abstractmethod
    async def claim(self, channel: Channel) -> Claimed[K] | None:
        """Take the notice that waits longest, and put its next try off by `wait_after`.

        One that is too old, or whose recipient is gone, is ended instead. None if none is due.
        """

    @abstractmethod
    async def end(self, key: K, outcome: Outcome) -> None:
        """Record how a notice ended."""

    @abstractmethod
    async def note_failure(self, key: K, why: Failure) -> None:
        """Record why the last try failed, for operators."""

    @abstractmethod
    async def is_due(self, tx: Tx, channel: ChannelName) -> bool:
        """Whether a notice could be sent now."""


class Sender:
    """Sends what is due on one channel.

    Nothing is locked while a gateway is asked: a process that dies then leaves a notice that is
    sent again under the same id. So everything is said at least once.
    """

    def __init__(self, queue: NoticeQueue[Any], channel: Channel) -> None:
        self.queue, self.channel = queue, channel
        self.heartbeat = Heartbeat(f"notices_{channel.name}")

    async def run(self) -> None:
        """Send until cancelled; while the gateway fails, wait longer after each failure."""
        waits = doubling(POLL_SECONDS, LONGEST_POLL)
        while True:
            self.heartbeat.beat()
            try:
                sent = await self.send_next()
            except Unavailable:
                log.warning("notices.waiting", channel=self.channel.name)
                sent = None
            except NotSent as failed:
                log.warning("notices.not_sent", channel=self.channel.name, why=failed.why)
                self.heartbeat.rest()
                await asyncio.sleep(next(waits))
                continue
            waits = doubling(POLL_SECONDS, LONGEST_POLL)
            if not sent:
                await asyncio.sleep(POLL_SECONDS)

    async def send_next(self) -> bool:
        """Send one notice; False when none is due. Raises NotSent if it is to be tried again."""
        claimed = await self.queue.claim(self.channel)
        if claimed is None:
            return False
        try:
            await self.channel.send(claimed.to, claimed.message)
        except NotSent as failed:
            if failed.why == "rejected":
                await self.queue.end(claimed.key, "rejected")
                return True
            await self.queue.note_failure(claimed.key, failed.why)
            raise
        await self.queue.end(claimed.key, "sent")
        return True

    async def is_idle(self, tx: Tx) -> bool:
        return not await self.queue.is_due(tx, self.channel.name)
