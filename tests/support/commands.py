"""Commands of `jianyi` run inside a test, as an operator would type them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping

import typer
from typer.testing import CliRunner

from tests.contracts.sources import ROOT


async def run(app: typer.Typer, environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run one command; gives its exit code and everything it printed."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=dict(environ))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def run_process(environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run one command as a process of its own; gives its exit code and everything it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "services", *words],
        cwd=ROOT,
        env={**os.environ, "JIANYI_ENV": "development", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr
