"""A server process of this machine: start, stop, kill; its port stays the same over restarts."""

import asyncio
import base64
import hashlib
import hmac
import random
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import ClassVar

import psutil

from deploy.local.folder import LocalServerError, make_private, run_as

# Below the range from which systems take ports for outgoing connections (32768 and up on Linux):
# a client that retries a dead server's port there can end up connected to itself and hold it.
_CHOICE = range(20000, 30000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def bound(port: int) -> socket.socket:
    """Bind a port of loopback for a server to listen on; raises LocalServerError if it cannot."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(("127.0.0.1", port))
    except OSError as error:
        taken.close()
        raise LocalServerError(
            f"端口{port}用不了：{error.strerror}。请用--port另指定一个，或不指定。\n"
            f"Port {port} cannot be used: {error.strerror}. Choose another with --port, or none."
        ) from None
    return taken


def remembered_port(file: Path) -> int | None:
    return int(file.read_text()) if file.exists() else None


def is_open(port: int) -> bool:
    """Whether a server listens on this port of loopback now."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def password_of(administrator: str, role: str) -> str:
    """Derive a role's password from the administrator's, one way, so nothing more is to be kept."""
    made = hmac.digest(administrator.encode(), role.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def choose_port(file: Path, *, besides: Collection[int] = ()) -> int:
    """The noted port if it is free, else another one (none of `besides`), noted from now on."""
    noted = remembered_port(file)
    if noted is not None and is_free(noted):
        return noted
    candidates = random.sample(_CHOICE, len(_CHOICE))
    port = next(it for it in candidates if it not in besides and is_free(it))
    file.write_text(f"{port}\n")
    if noted is not None:
        print(
            f"Port {noted}, noted in {file}, is taken by another program: using {port} instead. "
            f"To get {noted} back, end that program and start again with {noted} in the file."
        )
    return port


_START_SECONDS = 90
_STOP_SECONDS = 30


class Server(ABC):
    """A server found by its working directory, so that no pid file can go stale."""

    name: ClassVar[str]
    mark: ClassVar[str]  # in its command line, but not in those of its children
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def workplace(self) -> Path:
        """The working directory of the running server."""
        return self.folder

    @property
    def pid(self) -> int | None:
        """The running server's process id, whoever started it.

        Our own child is asked directly: while it starts, the list of processes may not show it.
        """
        if self._child and self._child.poll() is None:
            return self._child.pid
        return next((it.pid for it in self._processes() if self.mark in it.info["cmdline"]), None)

    @property
    @abstractmethod
    def address(self) -> str:
        """Host and port, once it was started."""

    @abstractmethod
    def prepare(self) -> list[str]:
        """Make what the server needs on its disk and give the command that runs it."""

    @abstractmethod
    async def answers(self) -> bool:
        """Whether a client would be served now."""

    async def start(self) -> None:
        """Start the server unless it runs, and wait until it answers.

        Raises LocalServerError with the end of its log when it ends or stays silent for 90 s.
        """
        if self.pid is None:
            await asyncio.to_thread(self._launch)
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self.answers():
                    if self.pid is None:
                        self._reap()
                        raise LocalServerError(f"{self.name} exited during startup. {self._why()}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise LocalServerError(
                f"{self.name} is not responding after {_START_SECONDS} s. {self._why()}"
            ) from None

    async def stop(self) -> None:
        """End the server cleanly, after 30 s by force; a stopped one stays stopped."""
        await self._end(self.stop_signal)

    async def kill(self) -> None:
        """End the server as a power cut would (SIGKILL) and wait until its process is gone."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        if (pid := self.pid) is None:
            return
        process = psutil.Process(pid)
        process.send_signal(how)
        if not await _is_gone(process):
            process.kill()
            await _is_gone(process)
        self._reap()

    def _reap(self) -> None:
        if self._child:
            self._child.wait()

    def _launch(self) -> None:
        make_private(self.folder)
        command = self.prepare()
        self._await_orphans()
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                command,
                cwd=self.workplace,
                env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we end the servers after the services
                umask=0o077,
                **run_as(),
            )

    def _await_orphans(self) -> None:
        """After a kill the children live on for a moment and hold the data."""
        orphans = list(self._processes())
        _, alive = psutil.wait_procs(orphans, timeout=_STOP_SECONDS)
        if alive:
            raise LocalServerError(
                f"{self.name}: processes {', '.join(str(it.pid) for it in alive)} of an earlier "
                f"start still use {self.workplace}. Stop them with `kill -9`, then start again."
            )

    def _processes(self) -> Iterator[psutil.Process]:
        place = str(self.workplace.resolve())
        for process in psutil.process_iter(["cwd", "cmdline"]):
            if process.info["cwd"] == place and process.info["cmdline"]:
                yield process

    def _why(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-15:] if self.log.exists() else []
        return "\n".join([f"The end of {self.log}:", *lines])


async def _is_gone(process: psutil.Process) -> bool:
    """Wait at most 30 s until a process has ended, reaped by whoever started it or not yet."""
    give_up = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < give_up:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        await asyncio.sleep(0.02)
    return False
