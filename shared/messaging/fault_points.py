"""Named points of the machinery at which a test stops, breaks or overtakes a process."""

from collections.abc import Awaitable, Callable
from typing import Literal

FaultPoint = Literal[
    "before_commit",  # a set: everything is written, nothing is committed
    "after_commit",  # a set: committed, its senders have no answer yet
    "before_offset_commit",  # the reader: applied, Kafka does not have the offset yet
    "after_send",  # the relay: Kafka has a round, the outbox still holds it
    "after_round",  # the relay: the round is off the outbox
    "after_queue_read",  # a release: the queue is read and not locked yet
]

armed: dict[FaultPoint, Callable[[], Awaitable[None]]] = {}
"""What happens at a point; empty outside of tests."""


async def reached(point: FaultPoint) -> None:
    """Do what a test armed at this point."""
    if armed and point in armed:
        await armed[point]()
