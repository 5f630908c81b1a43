"""Secrets that must be readable again, sealed for whom they belong to by keys of a file."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from shared.ids import Id

_ID_BYTES = 16


class WrongSeal(Exception):
    """Something was sealed with a key that is gone, or for somebody else."""


class Seal:
    """Seals texts (Fernet: AES-128-CBC with HMAC-SHA256); the first key seals, all open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take the keys; raises ValueError when there is none, or one is no Fernet key."""
        self._keys = MultiFernet([Fernet(key) for key in keys])

    def seal(self, owner: Id, text: str) -> str:
        """Seal a text that belongs to an item or a person."""
        return self._keys.encrypt(owner + text.encode()).decode()

    def open(self, owner: Id, sealed: str) -> str:
        """Open a text of this owner; raises WrongSeal, also for another owner's."""
        try:
            opened = self._keys.decrypt(sealed.encode())
        except InvalidToken:
            raise WrongSeal from None
        if opened[:_ID_BYTES] != owner:
            raise WrongSeal
        return opened[_ID_BYTES:].decode()


def new_key() -> bytes:
    return Fernet.generate_key()


def read_seal(lines: bytes) -> Seal:
    """Parse a key file: one key per line, the first one encrypts; raises ValueError."""
    return Seal([line for line in lines.split() if line])


def seal_of(file: Path, *, create: bool) -> Seal:
    """Read a key file; a trial system makes its own.

    Raises FileNotFoundError, and ValueError for a file that holds no such key.
    """
    if create and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_bytes(new_key() + b"\n")
    return read_seal(file.read_bytes())
