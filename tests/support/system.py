"""The four services as separate processes on real servers, to be killed and started again."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.local.runner import prepare
from shared.messaging.reader import EX_TEMPFAIL
from tests.support.environment import environment

SERVICES = ("intake", "router", "tracker", "reporting")
ROOT = Path(__file__).parents[2]
READY_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    name: str
    port: int
    environ: Mapping[str, str]
    log: Path
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *module: str) -> None:
        """Start the process (or another module in its place); its log is appended to."""
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", *(module or (f"services.{self.name}", "serve"))],
                cwd=ROOT,
                env={**os.environ, **self.environ, "JIANYI_PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.child is not None:
            self.child.send_signal(how)
            self.child.wait(30)
            self.child = None

    async def wait_ready(self) -> None:
        """Wait until it answers that it is ready; raises RuntimeError with its log if it ended."""
        async with httpx.AsyncClient() as client, asyncio.timeout(READY_SECONDS):
            while not await _answer(client, f"{self.url}/{self.name}/health/ready"):
                if self.child is not None and self.child.poll() is not None:
                    raise RuntimeError(f"{self.name} ended: {self.log.read_text()[-3000:]}")
                await asyncio.sleep(0.05)


@dataclass
class System:
    """Four processes against one database and one Kafka."""

    dsn: str
    bootstrap: str
    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environ = {
            **environment(self.dsn, self.bootstrap, self.folder),
            "INTAKE_STATION_REQUESTS_PER_MINUTE": "1000000",
            **self.environ,
        }
        for name in SERVICES:
            log = self.folder / f"{name}.log"
            self.processes[name] = Process(name, free_port(), self.environ, log)

    @property
    def urls(self) -> dict[str, str]:
        return {name: process.url for name, process in self.processes.items()}

    def jianyi(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "services", *words],
            cwd=ROOT,
            env={**os.environ, **self.environ},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"jianyi {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def enrol(self, station: str) -> dict[str, Any]:
        file = self.folder / f"{station}.json"
        self.jianyi("station", "enrol", station, str(file), "--address", self.urls["intake"])
        return dict(json.loads(file.read_text()))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run every process until the block ends; inside it they are ready."""
        processes = self.processes.values()
        try:
            for process in processes:
                process.start()
            await asyncio.gather(*(process.wait_ready() for process in processes))
            yield
        finally:
            for process in processes:
                process.kill()

    def ended(self) -> list[str]:
        """Give the name, exit code and last log lines of each process that ended by itself."""
        return [
            f"{one.name} ended with {code}: {one.log.read_text()[-3000:]}"
            for one in self.processes.values()
            if one.child and (code := one.child.poll())
        ]

    def restart_stuck(self) -> None:
        """Start again, as a supervisor does, whatever ended because it made no progress."""
        for one in self.processes.values():
            if one.child and one.child.poll() == EX_TEMPFAIL:
                one.start()

    async def wait_idle(self, seconds: float = 120.0) -> None:
        """Wait until, twice in a row, no service has anything to send, read or fire."""
        quiet = 0
        async with httpx.AsyncClient(timeout=15) as client, asyncio.timeout(seconds):
            while quiet < 2:
                urls = [f"{it.url}/{it.name}/health/idle" for it in self.processes.values()]
                answers = [await _answer(client, url) for url in urls]
                is_idle = all(answer and answer.json()["idle"] for answer in answers)
                quiet = quiet + 1 if is_idle else 0
                await asyncio.sleep(0.05)


@asynccontextmanager
async def seeded_system(
    dsn: str, bootstrap: str, folder: Path, environ: Mapping[str, str] | None = None
) -> AsyncIterator[System]:
    """Run the four processes with the invented city and its people, which all have read."""
    system = System(dsn, bootstrap, folder, environ or {})
    await prepare(system.environ)
    async with system.running():
        for words in ("seed", "demo-people"):
            await asyncio.to_thread(system.jianyi, "router", words)
        await system.wait_idle(300)
        yield system


async def _answer(client: httpx.AsyncClient, url: str) -> httpx.Response | None:
    """Ask once; None when there is no answer, or another than 200."""
    try:
        answer = await client.get(url)
    except httpx.TransportError:
        return None
    return answer if answer.status_code == httpx.codes.OK else None
