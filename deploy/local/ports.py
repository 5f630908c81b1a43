"""Ports on loopback that stay the same over restarts."""

import random
import socket
from collections.abc import Collection
from pathlib import Path

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


def remembered(file: Path) -> int | None:
    """The port noted in the file."""
    return int(file.read_text()) if file.exists() else None


def is_open(port: int) -> bool:
    """Whether a server listens on this port of loopback now."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def choose(file: Path, *, besides: Collection[int] = ()) -> int:
    """The noted port if it is free, else another one (none of `besides`), noted from now on."""
    noted = remembered(file)
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
