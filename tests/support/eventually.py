"""Waiting for a condition instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(probe: Callable[[], Awaitable[T]], timeout: float = 30) -> T: ...
@overload
async def eventually(probe: Callable[[], T], timeout: float = 30) -> T: ...
async def eventually(probe: Callable[[], Any], timeout: float = 30) -> Any:
    """Ask until the answer is true and return it; raises AssertionError with the last answer."""
    give_up = time.monotonic() + timeout
    while True:
        answer = probe()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        if time.monotonic() > give_up:
            raise AssertionError(f"still {answer!r} after {timeout} s")
        await asyncio.sleep(0.02)
