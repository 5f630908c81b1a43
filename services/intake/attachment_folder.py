"""The folder of the attachments: each file under a random id, written whole or not at all."""

import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.ids import Id, from_text

SPARE_BYTES = 1024**3
"""Bytes of the disk that attachments leave free: a database may lie on it too."""
SETTLED_SECONDS = 3600
"""A file that is older and belongs to no attachment never will."""
_NEW = "new-"


class AttachmentFolder:
    """Keeps files in subfolders by the first two digits of their ids; raises OSError."""

    def __init__(self, path: Path, spare: int = SPARE_BYTES) -> None:
        self._path, self._spare = path, spare

    def write(self, content: bytes) -> Id:
        """Store a file and give its id, once it is on the disk."""
        if shutil.disk_usage(self._path).free < self._spare + len(content):
            raise OSError(errno.ENOSPC, "the disk of the attachments is nearly full")
        file_id = secrets.token_bytes(16)
        folder = self.path_of(file_id).parent
        folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_NEW, delete=False) as new:
            try:
                new.write(content)
                new.flush()
                os.fsync(new.fileno())
                Path(new.name).replace(self.path_of(file_id))
            except BaseException:
                Path(new.name).unlink(missing_ok=True)
                raise
        _sync(folder)
        return file_id

    def path_of(self, file_id: Id) -> Path:
        name = file_id.hex()
        return self._path / name[:2] / name

    def replace_lost(self, kept: Id, again: Id) -> None:
        """Of a file that was written again keep the first, unless that is lost."""
        path = self.path_of(again)
        if self.path_of(kept).is_file():
            path.unlink()
        else:
            self.path_of(kept).parent.mkdir(mode=0o700, exist_ok=True)
            path.replace(self.path_of(kept))

    def remove(self, files: Sequence[Id]) -> None:
        """Delete these files, as far as they are there."""
        for one in files:
            self.path_of(one).unlink(missing_ok=True)

    def list_old(self) -> Iterator[Sequence[Id]]:
        """List the files older than an hour, one subfolder at a time.

        What a killed process began to write so long ago is deleted.
        """
        clock = self._path / "swept"
        clock.touch()  # the time as the disk's own machine has it
        before = clock.stat().st_mtime - SETTLED_SECONDS
        for folder in sorted(self._path.glob("??")):
            old = [one for one in os.scandir(folder) if one.stat().st_mtime < before]
            for one in old:
                if one.name.startswith(_NEW):
                    Path(one.path).unlink(missing_ok=True)
            yield [from_text(one.name) for one in old if not one.name.startswith(_NEW)]


def folder_of(path: Path, *, create: bool) -> AttachmentFolder:
    """Open a folder that is there; a trial system makes its own. Raises FileNotFoundError."""
    if create:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not path.is_dir():
        raise FileNotFoundError(errno.ENOENT, "INTAKE_ATTACHMENT_FOLDER is no folder", str(path))
    return AttachmentFolder(path)


def _sync(folder: Path) -> None:
    """Make sure that the folder's entry of a new file is on the disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
