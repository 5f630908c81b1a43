"""A ledger service as a process of its own that ends itself at a chosen seam.

`python -m tests.support.ledger_process DSN BOOTSTRAP [SEAM NTH]`
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any

from shared.messaging import loop, reader
from shared.messaging.broker import Subscription
from shared.messaging.relay import Relay
from tests.support.ledger_service import open_ledger

ROOT = Path(__file__).parents[2]
STOPPED_SECONDS = 30
"""Above what the parts' own bounds add up to: reader 8 s, relay 3 s, pool 3 s."""
SEAMS: dict[str, tuple[Any, str, bool]] = {
    "before commit": (loop, "_settle", False),
    "after commit before Kafka's commit": (Subscription, "commit", True),
    "sent before marked": (Relay, "_mark", True),
    "marked": (Relay, "round", False),
}
"""Where a process may end: owner, function, and whether before it (else after it)."""


@contextmanager
def ledger_process(dsn: str, bootstrap: str, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the ledger in a process until the block ends; then it leaves its group and ends."""
    command = [sys.executable, "-m", "tests.support.ledger_process", dsn, bootstrap, *words]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as child:
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(STOPPED_SECONDS)
            finally:
                child.kill()


def _dies(original: Callable[..., Any], nth: int, *, first: bool) -> Callable[..., Any]:
    calls = 0

    def is_last() -> bool:
        nonlocal calls
        calls += 1
        return calls == nth

    if not first:

        @wraps(original)
        async def after(*args: Any) -> Any:
            result = await original(*args)
            if result != 0 and is_last():  # a round that sent nothing is no seam
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return after

    @wraps(original)
    def before(*args: Any) -> Any:
        if is_last():
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args)

    return before


async def _hang(*_: Any) -> None:
    await asyncio.Event().wait()


async def _raise(*_: Any) -> None:
    raise AssertionError("a bug in the loop")


def _prepare(seam: str, nth: int) -> None:
    if seam == "hang":
        reader.WATCH_SECONDS, reader.NO_PROGRESS_SECONDS = 0.1, 0.5
        loop.Loop.apply = _hang  # type: ignore[assignment,method-assign]
    elif seam == "bug":
        loop.Loop.apply = _raise  # type: ignore[assignment,method-assign]
    else:
        owner, name, first = SEAMS[seam]
        setattr(owner, name, _dies(getattr(owner, name), nth, first=first))


async def _main(dsn: str, bootstrap: str, seam: str = "", nth: str = "1") -> None:
    if seam:
        _prepare(seam, int(nth))
    async with open_ledger(dsn, bootstrap) as ledger:
        await ledger.messaging.run()


if __name__ == "__main__":
    # A shell's background job hands on that SIGINT is ignored, so what comes early would be lost;
    # SIGTERM ends even a process that is not this far yet.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with suppress(KeyboardInterrupt):
        asyncio.run(_main(*sys.argv[1:]))
