"""A test run that is told to end leaves nothing running."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.eventually import eventually

ROOT = Path(__file__).parents[3]
ENDLESS = """
import asyncio
import subprocess
from pathlib import Path

async def test_endless():
    server = subprocess.Popen(["sleep", "600"], start_new_session=True)
    Path(__file__).with_name("pid").write_text(f"{server.pid}.")
    await asyncio.Event().wait()
"""


async def test_a_run_that_is_terminated_ends_what_it_started(tmp_path: Path) -> None:
    file, pid = tmp_path / "test_endless.py", tmp_path / "pid"
    file.write_text(ENDLESS)
    config = ("-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest", "-p", "no:cacheprovider")
    command = (sys.executable, "-m", "pytest", "-q", *config, str(file))
    run = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.DEVNULL)

    async def has_begun() -> bool:
        return pid.exists() and pid.read_text().endswith(".")

    try:
        await eventually(has_begun)
        server = psutil.Process(int(pid.read_text()[:-1]))
        run.terminate()
        assert await asyncio.wait_for(run.wait(), 30) == pytest.ExitCode.INTERRUPTED
        assert not server.is_running()
    finally:
        if run.returncode is None:
            run.kill()
