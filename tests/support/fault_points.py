"""Arm fault points for the length of a block."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from shared.messaging.loop import FaultPoint, armed


@contextmanager
def at(point: FaultPoint, action: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Do `action` whenever the machinery reaches this point, until the block ends."""
    armed[point] = action
    try:
        yield
    finally:
        del armed[point]


async def lose_connection() -> None:
    """Fail as a connection does that breaks."""
    raise ConnectionResetError
