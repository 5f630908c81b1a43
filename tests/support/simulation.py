"""The simulator's command run on a database of its own."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.clock import moved_to
from deploy.local.runner import addresses
from tests.support.database import fetch

PATIENCE = 280


class Player:
    def __init__(self, dsn: str, bootstrap: str, home: Path, **environ: str) -> None:
        self._environ = {
            **os.environ,
            **addresses(dsn),
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "JIANYI_HOME": str(home),
            "COLUMNS": "200",
            **environ,
        }
        self._said = home / "said.txt"

    @contextmanager
    def started(self, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
        command = [sys.executable, "-m", "services", *words]
        with self._said.open("wb") as said:
            process = subprocess.Popen(command, env=self._environ, stdout=said, stderr=said)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    async def run(self, *words: str) -> tuple[int, str]:
        with self.started(*words) as process:
            code = await asyncio.to_thread(process.wait, PATIENCE)
        return code, self.emitted

    @property
    def emitted(self) -> str:
        return self._said.read_text(encoding="utf-8")


async def check_whole(dsn: str) -> None:
    """See that time is real and none was lost, nothing is ahead, parked or unsaid, much is open."""
    assert await moved_to(dsn) is None
    for service in ("intake", "router", "tracker", "reporting"):
        (row,) = await fetch(
            dsn,
            f"SELECT (SELECT count(*) FROM {service}.outbox WHERE recorded_at > now()"  # noqa: S608
            f" OR occurred_at > now()) AS ahead, (SELECT count(*) FROM {service}.dead_letter)"
            f" AS dead, (SELECT count(*) FROM {service}.outbox_pending) AS unsaid,"
            f" (SELECT count(*) FROM {service}.outage) AS outages",
        )
        assert dict(row) == {"ahead": 0, "dead": 0, "unsaid": 0, "outages": 0}
    late = """SELECT type FROM tracker.outbox
        WHERE convert_from(payload, 'UTF8')::json ->> 'late_by' <> '0'"""
    assert await fetch(dsn, late) == [], "the clock jumped, the system was never off"
    cases = await fetch(dsn, 'SELECT phase FROM tracker."case"')
    phases = Counter(row["phase"] for row in cases)
    assert phases.keys() >= {"handling", "closed"}, phases
