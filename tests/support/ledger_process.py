"""A ledger service as a process of its own that ends itself at a chosen seam.

`python -m tests.support.ledger_process DSN BOOTSTRAP [SEAM NTH]`; for the seam `log`, NTH is the
file to log to.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from shared.messaging import reader
from shared.messaging.loop import FaultPoint, armed
from shared.observability.log_writer import RotatingFile
from shared.observability.logging import configure_logging
from tests.support.ledger import SERVICE
from tests.support.ledger_service import open_ledger

ROOT = Path(__file__).parents[2]
STOPPED_SECONDS = 30
"""Above what the parts' own bounds add up to: reader 8 s, relay 3 s, pool 3 s."""
SEAMS: tuple[FaultPoint, ...] = (
    "before_commit",
    "after_commit",
    "before_offset_commit",
    "after_send",
    "after_round",
)
"""Where a process may be killed while it reads and sends."""


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


def _die_at(point: FaultPoint, nth: int) -> None:
    left = nth

    async def count_down() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    armed[point] = count_down


async def _hang(*_: Any) -> None:
    await asyncio.Event().wait()


async def _raise(*_: Any) -> None:
    raise AssertionError("a bug in the loop")


def _prepare(seam: str, nth: str) -> None:
    if seam == "hang":
        reader.WATCH_SECONDS, reader.NO_PROGRESS_SECONDS = 0.1, 0.5
        armed["before_commit"] = _hang
    elif seam == "bug":
        armed["before_offset_commit"] = _raise
    elif seam == "log":
        configure_logging(SERVICE, to=RotatingFile(Path(nth)))
    else:
        _die_at(cast(FaultPoint, seam), int(nth))


async def _main(dsn: str, bootstrap: str, seam: str = "", nth: str = "1") -> None:
    if seam:
        _prepare(seam, nth)
    async with open_ledger(dsn, bootstrap) as ledger:
        await ledger.messaging.run()


if __name__ == "__main__":
    # A shell's background job hands on that SIGINT is ignored, so what comes early would be lost;
    # SIGTERM ends even a process that is not this far yet.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with suppress(KeyboardInterrupt):
        asyncio.run(_main(*sys.argv[1:]))
