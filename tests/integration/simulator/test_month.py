"""A small month is played by the command itself, through four services on real servers."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from deploy.local.clock import moved_to
from deploy.local.runner import addresses
from deploy.local.servers import Servers
from tests.support.eventually import eventually
from tests.support.servers import fresh_database, reset_topics

SMALL = ("simulate", "--months=1", "--items=20", "--seed=7")
PATIENCE = 280
TROUBLES = ("late", "objected", "rated_dissatisfied", "sent_again", "merged", "typed_late")


class Player:
    """Runs the command on one database; each call has its own log."""

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
        """Start a command and see that it is gone afterwards."""
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
        """Run a command to its end: its exit code and what it said."""
        with self.started(*words) as process:
            code = await asyncio.to_thread(process.wait, PATIENCE)
        return code, self.said

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")


async def rows(dsn: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


async def events(dsn: str) -> int:
    try:
        return int((await rows(dsn, "SELECT count(*) AS n FROM intake.outbox"))[0]["n"])
    except asyncpg.UndefinedTableError:
        return 0


def happened(said: str) -> dict[str, int]:
    return {name: int(n) for name, n in re.findall(r"│ (\w+) +│ +(\d+) │", said)}


@pytest.mark.timeout(600)
async def test_the_same_seed_plays_months_that_agree_to_the_last_figure(
    servers: Servers, tmp_path: Path
) -> None:
    hashes = []
    for _ in range(2):
        await reset_topics(servers.bootstrap)
        async with fresh_database(servers.dsn) as dsn:
            code, said = await Player(dsn, servers.bootstrap, tmp_path).run(*SMALL)
            assert code == 0, said
            hashes += re.findall(r"figures ([0-9a-f]{64})", said)
            await check_whole(dsn)
            counts = happened(said)
            assert {it: counts.get(it, 0) for it in TROUBLES if counts.get(it, 0) < 1} == {}
    assert len(hashes) == 2
    assert hashes[0] == hashes[1]


async def check_whole(dsn: str) -> None:
    """See that time is real again, nothing is dated ahead, parked or unsaid, and much is open."""
    assert await moved_to(dsn) is None
    for service in ("intake", "router", "tracker", "reporting"):
        (row,) = await rows(
            dsn,
            f"SELECT (SELECT count(*) FROM {service}.outbox WHERE recorded_at > now()"  # noqa: S608
            f" OR occurred_at > now()) AS ahead, (SELECT count(*) FROM {service}.dead_letter)"
            f" AS dead, (SELECT count(*) FROM {service}.outbox_pending) AS unsaid",
        )
        assert dict(row) == {"ahead": 0, "dead": 0, "unsaid": 0}
    phases = await rows(dsn, 'SELECT DISTINCT phase FROM tracker."case"')
    assert {row["phase"] for row in phases} >= {"handling", "replied", "closed"}


@pytest.mark.timeout(600)
async def test_a_play_that_is_broken_off_says_so_and_returns_to_real_time(
    servers: Servers, tmp_path: Path
) -> None:
    await reset_topics(servers.bootstrap)
    async with fresh_database(servers.dsn) as dsn:
        player = Player(dsn, servers.bootstrap, tmp_path)
        with player.started(*SMALL) as process:

            async def plays() -> bool:
                assert process.poll() is None, player.said
                return await events(dsn) > 0

            await eventually(plays, timeout=PATIENCE)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, PATIENCE) != 0
        assert "Broken off on 2" in player.said
        assert "Traceback" not in player.said
        assert await moved_to(dsn) is None
        again, said = await player.run(*SMALL)
        assert again == 1
        assert "already holds" in said
        assert "JIANYI_HOME=" in said


async def test_a_file_of_texts_that_cannot_be_read_ends_the_play_before_it_begins(
    servers: Servers, bootstrap: str, tmp_path: Path
) -> None:
    player = Player(servers.dsn, bootstrap, tmp_path)
    nothing = "http://127.0.0.1:1/"
    code, said = await player.run(*SMALL, "--messages=/nowhere.csv", f"--url={nothing}")
    assert (code, "subject and body" in said) == (1, True)
    code, said = await player.run(*SMALL, f"--url={nothing}")
    assert (code, "make run" in said or "jianyi run" in said) == (1, True)
