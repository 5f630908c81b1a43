"""Keys: UUIDv7 made by us, 16 bytes in memory, dashed text for people."""

import hashlib
import os
from datetime import datetime

Id = bytes
"""A UUID as its 16 bytes (`uuid.UUID` objects hash slowly)."""

_pool = b""


def _random(n: int) -> bytes:
    """Draw random bytes from a pool: one system call serves some hundred keys."""
    global _pool  # noqa: PLW0603  a pool is state by nature
    if len(_pool) < n:
        _pool = os.urandom(6400)
    drawn, _pool = _pool[:n], _pool[n:]
    return drawn


def _v7(milliseconds: int, tail: bytes) -> Id:
    """Put version and variant over 10 tail bytes behind a 48-bit time."""
    return (
        milliseconds.to_bytes(6, "big")
        + bytes((0x70 | (tail[0] & 0x0F), tail[1], 0x80 | (tail[2] & 0x3F)))
        + tail[3:10]
    )


def new_id(now: datetime) -> Id:
    """Make a UUIDv7 of the given instant."""
    return _v7(int(now.timestamp() * 1000), _random(10))


def derived_id(seed: Id, *parts: str) -> Id:
    """Derive a UUIDv7 from these parts, with the timestamp of `seed`.

    The same parts give the same key, so a repeated request finds its own row. The time in `seed`
    serves index locality only and is not trusted.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode() + seed).digest()
    return _v7(int.from_bytes(seed[:6], "big"), digest)


def named_id(kind: str, code: str) -> Id:
    """Derive a UUIDv8 key for something with a natural code (a division, a matter)."""
    digest = hashlib.sha256(f"{kind}\x1f{code}".encode()).digest()
    return (
        digest[:6]
        + bytes((0x80 | (digest[6] & 0x0F), digest[7], 0x80 | (digest[8] & 0x3F)))
        + digest[9:16]
    )


TAIL = slice(-8, None)
"""The part of an id's text that stands for what has no number; ids of one day begin alike."""


def to_text(key: Id) -> str:
    """Write a key as people and URLs see it."""
    digits = key.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def from_text(text: str) -> Id:
    """Read a key from its dashed or plain text; raises ValueError."""
    digits = text.replace("-", "")
    key = bytes.fromhex(digits)
    if len(digits) != 32 or len(key) != 16:
        raise ValueError("not a UUID")
    return key
