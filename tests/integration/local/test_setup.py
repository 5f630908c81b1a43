"""`make setup` on a machine with Python, make and git only: as root and not, again and offline."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOOLS = ("sh", "cat", "rm", "touch", "git", "make")
WAYS_OUT = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP_", "HTTPS_", "ALL_PROXY", "NO_PROXY")
"""How a machine reaches its package index; nothing else of our environment is passed on."""
NOBODY = 65534
ABOUT_TEN_MINUTES = 600
CONNECT_OUT = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)"
IS_ENOUGH = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"


@dataclass(frozen=True)
class Machine:
    """A bare machine in a folder: its few tools, somebody's home and a clone."""

    folder: Path
    uid: int

    def prepare(self) -> None:
        """Clone what is committed here and give everything to the user."""
        tools = self.folder / "bin"
        tools.mkdir()
        for tool in TOOLS:
            (tools / tool).symlink_to(_found(tool))
        (tools / "python3").symlink_to(self._python())
        (self.folder / "home").mkdir()
        clone = ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(self.clone)]
        subprocess.run(clone, check=True)
        if self.uid != os.geteuid():
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.uid, self.uid, follow_symlinks=False)

    @property
    def clone(self) -> Path:
        """The checkout that is set up."""
        return self.folder / "jianyi"

    @property
    def environ(self) -> Mapping[str, str]:
        """What a fresh login knows, and the way to the package index."""
        ways = {k: v for k, v in os.environ.items() if k.upper().startswith(WAYS_OUT)}
        own = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder / "home"), "LANG": "C"}
        return ways | own

    def run(self, *command: str, offline: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a command in the clone as the user; offline in a namespace without any network."""
        away = _without_network() if offline else ()
        return subprocess.run(
            [*away, *self._as_user(), *command],
            cwd=self.clone if self.clone.exists() else self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=ABOUT_TEN_MINUTES,
            check=False,
        )

    def _as_user(self) -> Sequence[str]:
        if self.uid == os.geteuid():
            return ()
        uid = str(self.uid)
        return (_found("setpriv"), "--reuid", uid, "--regid", uid, "--clear-groups")

    def _python(self) -> str:
        for python in ("/usr/bin/python3", os.path.realpath(sys.executable)):
            try:
                if self.run(python, "-c", IS_ENOUGH).returncode == 0:
                    return python
            except FileNotFoundError:
                continue
        pytest.skip(f"left out: no Python 3.11 with venv that user {self.uid} may run")


def _found(tool: str) -> str:
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"left out: this machine has no `{tool}`")
    return path


def _without_network() -> Sequence[str]:
    who = () if os.geteuid() == 0 else ("--map-current-user",)
    return (_found("unshare"), *who, "--net", "--")


@pytest.fixture
def machine(place: Path, request: pytest.FixtureRequest) -> Machine:
    """A bare machine of root or of somebody else."""
    is_root = os.geteuid() == 0
    if request.param == "root" and not is_root:
        pytest.skip("left out: `make setup` as root; run the proofs as root too")
    made = Machine(place, NOBODY if is_root and request.param != "root" else os.geteuid())
    made.prepare()
    return made


@pytest.mark.proof
@pytest.mark.timeout(3 * ABOUT_TEN_MINUTES)
@pytest.mark.parametrize("machine", ["root", "ordinary user"], indirect=True)
def test_make_setup_needs_little_and_the_second_time_no_network(machine: Machine) -> None:
    first = machine.run("make", "setup")
    assert first.returncode == 0, first.stdout + first.stderr
    outside = machine.run("python3", "-c", CONNECT_OUT, offline=True)
    if "unshare" in outside.stderr:
        pytest.skip(f"left out: the second time offline ({outside.stderr.strip()})")
    assert "Network is unreachable" in outside.stderr
    again = machine.run("make", "setup", offline=True)
    assert again.returncode == 0, again.stdout + again.stderr
    command = str(machine.clone / ".venv/bin/jianyi")
    assert machine.run(command, "--help", offline=True).returncode == 0
