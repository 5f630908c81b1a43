"""Data folder of the local servers, and the operating system user they run as."""

import fcntl
import os
import pwd
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class LocalServerError(Exception):
    """A local server failed; the message gives the reason and what to do."""


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The one folder of all data: `JIANYI_HOME`, else /var/lib/jianyi for root, else the user's."""
    if given := environ.get("JIANYI_HOME"):
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/jianyi")
    return Path.home() / ".local/share/jianyi"


def run_as() -> dict[str, Any]:
    """Arguments for `subprocess` that take root's rights away; PostgreSQL refuses to have them."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def make(folder: Path) -> None:
    """Create the folder and its missing parents; those that exist stay as they are."""
    if not folder.exists():
        make(folder.parent)
        folder.mkdir()
        if run_as():
            folder.chmod(0o755)  # a narrow umask would lock the servers' user out


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a data folder for this process alone; its end, however it comes, frees the folder.

    Raises LocalServerError that names the process which holds it.
    """
    make(folder)
    with (folder / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read().strip()
            raise LocalServerError(
                f"进程{pid}正在使用{folder}，没有启动。先结束它，或用JIANYI_HOME另指定一个文件夹。\n"
                f"Process {pid} is using {folder}; nothing was started. Stop it first, or set "
                "JIANYI_HOME to another folder."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def make_private(folder: Path) -> None:
    """Create a folder that only the servers' user may open, or check that it is theirs.

    Raises LocalServerError when the folder belongs to somebody else or lies behind a closed one.
    """
    uid = run_as().get("user", os.geteuid())
    existing = next(it for it in folder.parents if it.exists())
    if run_as() and not _open_to_all(existing):
        raise LocalServerError(
            f"{existing} is not accessible to the user nobody, which runs the servers. "
            "Set JIANYI_HOME to an accessible folder, for example /var/lib/jianyi."
        )
    if not folder.exists():
        make(folder.parent)
        folder.mkdir(mode=0o700)
        hand_over(folder)
    owner = folder.stat().st_uid
    if owner != uid:
        raise LocalServerError(
            f"{folder} belongs to user {owner}, but the servers run as user {uid}. "
            "Start as its owner, or set JIANYI_HOME to another folder."
        )


def hand_over(path: Path) -> None:
    """Give a file or folder that we made to the servers' user."""
    if account := run_as():
        os.chown(path, account["user"], account["group"])


def within_reach(base: Path, parts: Sequence[str], copies: Path) -> Path:
    """`base`, or a copy of its `parts` in `copies` when the servers' user may not enter it.

    A checkout below /root is closed to nobody; opening it would change a folder that is not ours.
    """
    if not run_as() or all(_open_to_all(_first_file(base / part)) for part in parts):
        return base
    if not copies.exists():
        make(copies.parent)
        unfinished = copies.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in parts:
            shutil.copytree(base / part, unfinished / part)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755)
        unfinished.rename(copies)
    return copies


def _first_file(tree: Path) -> Path:
    return next(path for path in tree.rglob("*") if path.is_file())


def _open_to_all(path: Path) -> bool:
    needed = 0o001 if path.is_dir() else 0o004
    return bool(path.stat().st_mode & needed) and all(
        folder.stat().st_mode & 0o001 for folder in path.resolve().parents
    )
