"""A thread of its own writes the log lines, so no line can delay or break work."""

import json
import os
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Target = Callable[[bytes], None]
"""Writes bytes; raises OSError when it cannot."""

MAX_WAITING = 10_000
TICK_SECONDS = 1.0
FREE, EVERY_SECONDS, MAX_KINDS = 5, 60.0, 1_000


class LogWriter:
    """A logger whose methods only queue a line.

    What the target refuses (a full disk, a pipe without a reader) and what finds the queue full is
    lost; the first line that can be written again says how many were.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self.summaries: Callable[[], list[str]] = list
        """Asked for further lines whenever none came for a second."""
        # Its put is reentrant: a finaliser may log. An event in it is set in its turn.
        self._lines: queue.SimpleQueue[str | threading.Event] = queue.SimpleQueue()
        self._lost = 0
        self._torn = False
        threading.Thread(target=self._run, name="log-writer", daemon=True).start()

    def msg(self, line: str) -> None:
        """Queue a line."""
        if self._lines.qsize() >= MAX_WAITING:
            self._lost += 1
        else:
            self._lines.put(line)

    log = debug = info = warning = error = critical = exception = msg

    def drain(self, seconds: float) -> None:
        """Wait until all that was queued is written, at most so long."""
        written = threading.Event()
        self._lines.put(written)
        written.wait(seconds)

    def _run(self) -> None:
        while True:
            try:
                next_ = self._lines.get(timeout=TICK_SECONDS)
            except queue.Empty:
                for summary in self.summaries():
                    self._write(summary)
                continue
            if isinstance(next_, threading.Event):
                next_.set()
            else:
                self._write(next_)

    def _write(self, line: str) -> None:
        lost, said = self._lost, ""
        if lost:
            said = json.dumps({"event": "log.lines_lost", "level": "warning", "lines": lost}) + "\n"
        start = "\n" if self._torn else ""
        try:
            self._target(f"{start}{said}{line}\n".encode(errors="backslashreplace"))
        except OSError:
            self._lost, self._torn = self._lost + 1, True
        else:
            self._lost, self._torn = self._lost - lost, False


def write_all(fd: int, data: bytes) -> None:
    """Write all bytes to a file descriptor; raises OSError, perhaps after a part of them."""
    while data:
        data = data[os.write(fd, data) :]


class RotatingFile:
    """A target: a file of limited size that only its owner may read, and older ones beside it.

    The newest of them is named with `.1`.
    """

    def __init__(self, path: Path, max_bytes: int = 10 * 1024 * 1024, kept: int = 5) -> None:
        self._path, self._max_bytes, self._kept = path, max_bytes, kept
        self._fd: int | None = None

    def __call__(self, data: bytes) -> None:
        """Append, after starting a new file when this one would grow too large."""
        fd = self._open() if self._fd is None else self._fd
        size = os.fstat(fd).st_size
        if size and size + len(data) > self._max_bytes:
            self._rotate()
            fd = self._open()
        write_all(fd, data)

    def _open(self) -> int:
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(self._fd, 0o600)
        return self._fd

    def _rotate(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        for n in range(self._kept - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{n}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{n + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))


@dataclass(slots=True)
class _Kind:
    free: int = FREE
    passed_at: float = 0.0
    seen_at: float = 0.0
    held: int = 0


class Repeats:
    """Passes five lines of a kind, then one a minute with the number of lines it stands for.

    A kind of which nothing came for a minute starts anew.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kinds: OrderedDict[str, _Kind] = OrderedDict()
        self._lock = threading.RLock()  # reentrant: a finaliser may log

    def stands_for(self, kind: str) -> int:
        """Count a line of this kind: for how many lines it stands, 0 when it is held back."""
        now = self._now()
        with self._lock:
            one = self._kinds.setdefault(kind, _Kind())
            self._kinds.move_to_end(kind)
            if len(self._kinds) > MAX_KINDS:
                self._kinds.popitem(last=False)
            one.seen_at = now
            if not one.free and now - one.passed_at < EVERY_SECONDS:
                one.held += 1
                return 0
            one.free, one.passed_at = max(0, one.free - 1), now
            held, one.held = one.held, 0
            return held + 1

    def overdue(self) -> list[tuple[str, int]]:
        """Take the kinds that are quiet again and whose last lines were held, with how many."""
        now = self._now()
        with self._lock:
            quiet = [
                (kind, one.held)
                for kind, one in self._kinds.items()
                if now - one.seen_at >= EVERY_SECONDS
            ]
            for kind, _ in quiet:
                del self._kinds[kind]
        return [(kind, held) for kind, held in quiet if held]
