"""Runs the bare scripts our goals are ratios of, in the same run, and reads their figures."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.system import System

FEWEST = 2_000


def run(script: str, n: int, system: System) -> str:
    """Run one script of BENCH_DIR, as often as ours but not less than FEWEST; give its words."""
    folder = Path(os.environ.get("BENCH_DIR", ""))
    if not (folder / script).is_file():
        raise SystemExit(f"Set BENCH_DIR to the folder that holds {script}.")
    done = subprocess.run(
        [sys.executable, script, str(max(n, FEWEST))],
        cwd=folder,
        env={
            **os.environ,
            "KAFKA": system.bootstrap,
            "PG": system.dsn,
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _number(text: str, pattern: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"nothing like {pattern!r} in {text!r}")
    return float(found.group(1).replace(",", ""))


def pipe(n: int, system: System, script: str = "pipe.py") -> float:
    """Three hops, bare or (naive.py) as FastStream's tutorial writes them: suggestions a second."""
    return _number(run(script, n, system), r"([\d,]+) suggestions/s")


def hops(n: int, system: System) -> float:
    """Two bare hops: p99 in milliseconds."""
    return _number(run("hops.py", n, system), r"p99 ([\d.]+) ms")


def limits(n: int, system: System) -> dict[str, float]:
    """Bare parts: rows or messages a second."""
    text = run("limits.py", n, system)
    return {
        "insert": _number(text, r"INSERT unnest[^/]*?([\d,]+) /s"),
        "getmany": _number(text, r"getmany\(2000\)\s+([\d,]+) /s"),
    }
