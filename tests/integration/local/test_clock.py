"""`jianyi clock` moves what `jianyi run` runs, and says what to do where there is none."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.local.clock import allow_moved_time
from tests.support.database import connected


def clock(home: Path, *words: str, **environ: str) -> tuple[int, str]:
    """Run `jianyi clock …` with a home of its own: its code and all it printed."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "services", "clock", *words],
        env={**kept, "JIANYI_HOME": str(home), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_where_nothing_was_run_it_says_what_to_do(tmp_path: Path) -> None:
    code, told = clock(tmp_path, "show")
    assert (code, "`jianyi run` first" in told) == (1, True)
    nobody = "postgresql://jianyi@127.0.0.1:1/jianyi"
    code, told = clock(tmp_path, "show", DATABASE_URL=nobody)
    assert (code, "not responding" in told) == (1, True)


async def test_only_the_time_of_a_trial_system_moves(dsn: str, tmp_path: Path) -> None:
    """A system for real people has no table of moved time."""
    move = ("set", "2022-07-05T09:00:00+08:00")
    code, told = clock(tmp_path, *move, DATABASE_URL=dsn)
    assert (code, "cannot be moved" in told) == (1, True)
    await allow_moved_time(dsn)
    code, told = clock(tmp_path, *move, DATABASE_URL=dsn)
    assert (code, told[:10]) == (0, "2022-07-05")
    assert clock(tmp_path, "reset", DATABASE_URL=dsn)[0] == 0
    async with connected(dsn) as connection:
        assert await connection.fetchval("SELECT count(*) FROM public.clock_offset") == 0


def test_an_instant_needs_a_time_zone(tmp_path: Path) -> None:
    code, told = clock(tmp_path, "set", "2022-07-05T09:00:00")
    assert (code, "time zone" in told) == (2, True)
