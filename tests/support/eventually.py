"""Waiting for a condition instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(probe: Callable[[], Awaitable[T]], timeout: float = 30) -> T:
    """Ask until the answer is true and return it; raises AssertionError with the last answer."""
    give_up = time.monotonic() + timeout
    while True:
        answer = await probe()
        if answer:
            return answer
        if time.monotonic() > give_up:
            raise AssertionError(f"still {answer!r} after {timeout} s")
        await asyncio.sleep(0.02)
