"""`jianyi run`: everything starts with one command, ends with one signal, and is filled once."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio

from deploy.local.clock import move_to
from deploy.local.servers import Servers
from tests.support.eventually import eventually
from tests.support.servers import open_folder

PATIENCE = 150


class Home:
    """A system of its own in a new folder, started as a newcomer starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._said = folder / "said.txt"

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        return str(re.findall(r"http://127.0.0.1:\d+/", self.said)[0])

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        kept = {
            n: v for n, v in os.environ.items() if not n.endswith(("DATABASE_URL", "JIANYI_ENV"))
        }
        environ = {**kept, "JIANYI_HOME": str(self.folder), "COLUMNS": "200"}
        command = [sys.executable, "-m", "services", "run", "--empty"]
        with self._said.open("wb") as said:
            process = subprocess.Popen(command, env=environ, stdout=said, stderr=said)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    async def tells(self, words: str) -> None:
        async def told() -> bool:
            return words in self.said

        await eventually(told, timeout=PATIENCE)

    def left_over(self) -> list[int]:
        return [
            process.pid
            for process in psutil.process_iter(["cwd"])
            if str(process.info["cwd"]).startswith(str(self.folder))
        ]


@pytest_asyncio.fixture
async def home() -> AsyncIterator[Home]:
    folder = open_folder()
    try:
        yield Home(folder)
    finally:
        await Servers(folder, environ={}).stop()
        shutil.rmtree(folder)


async def knows_every_station(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:

        async def known() -> bool:
            answer = await http.get("/router/v1/people", params={"role": "station_head"})
            return answer.is_success and len(answer.json()["people"]) == 130

        await eventually(known, timeout=PATIENCE)


async def end(process: "subprocess.Popen[bytes]", how: signal.Signals) -> int:
    process.send_signal(how)
    return await asyncio.to_thread(process.wait, PATIENCE)


@pytest.mark.timeout(600)
async def test_it_is_filled_once_keeps_its_data_and_ends_cleanly_on_either_signal(
    home: Home,
) -> None:
    with home.running() as process:
        await home.tells("Press Ctrl-C to stop")
        await home.tells("Ready")
        address = home.url
        await knows_every_station(address)
        assert str(home.folder) in home.said
        await move_to(Servers(home.folder, environ={}).dsn, datetime(2026, 1, 2, tzinfo=UTC))
        assert await end(process, signal.SIGTERM) == 0
    assert home.left_over() == []
    assert "Traceback" not in home.said
    with home.running() as process:
        await home.tells("jianyi clock reset")
        assert home.url == address
        assert "The clock is set to 2026-01-02" in home.said
        assert "Ready" not in home.said
        await knows_every_station(address)
        assert await end(process, signal.SIGINT) == 0
    assert home.left_over() == []
