"""Passwords: argon2id hashes, weak ones refused, one-time ones generated."""

import secrets
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from shared.errors import Conflict
from shared.text import _

SHORTEST, LONGEST = 12, 128
ONE_TIME_LENGTH, ONE_TIME_GROUP = 16, 4
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without look-alikes; 16 of them are 79 bits, 24 are 118."""
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP Password Storage Cheat Sheet, its minimum for argon2id: 19 MiB, two passes."""
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""For one-time passwords: nobody tries 2**79 of them, however quick each try is."""
_READ_BY_ZXCVBN = 72
_SURE = 3
"""The zxcvbn score at which a password withstands an attacker who has the hashes."""

Weakness = Literal["short", "long", "guessable"]


def hashed(password: str) -> str:
    """Hash a password; takes about 30 ms of a core and 19 MiB."""
    return _HASHER.hash(_normal(password))


def hashed_one_time(password: str) -> str:
    """Hash a password made by `one_time`; takes a tenth of a millisecond, for 2,000 at once."""
    return _QUICK.hash(_normal(password))


def fits(known: str, password: str) -> bool:
    """Whether a password fits a hash; without a hash (`""`) no.

    Every hash takes the same time, so that it does not show who has a one-time password, or none.
    """
    normal = _normal(password)
    if not _is_slow(known):
        _verifies(_nobodys(), normal)
    return _verifies(known, normal)


def _verifies(known: str, normal: str) -> bool:
    try:
        return _HASHER.verify(known, normal)
    except (VerificationError, InvalidHashError):
        return False


def _is_slow(known: str) -> bool:
    try:
        return not _HASHER.check_needs_rehash(known)
    except InvalidHashError:
        return False


def one_time(length: int = ONE_TIME_LENGTH) -> str:
    """Generate a password to be replaced at its first use, easy to read out."""
    return _grouped([secrets.choice(_LETTERS) for _ in range(length)])


def as_one_time(typed: str) -> str:
    """Return a one-time password as it was given out, however it was typed from paper or by ear.

    Anything that cannot be one is returned as it is.
    """
    letters = "".join(_normal(typed).replace("-", "").split()).lower()
    if len(letters) != ONE_TIME_LENGTH or not set(letters) <= set(_LETTERS):
        return typed
    return _grouped(letters)


def _grouped(letters: Sequence[str]) -> str:
    groups = range(0, len(letters), ONE_TIME_GROUP)
    return "-".join("".join(letters[at : at + ONE_TIME_GROUP]) for at in groups)


def weakness(password: str, *known: str) -> Weakness | None:
    """Return why a new password is refused, None for a good one.

    No kind of character is required (NIST SP 800-63B §5.1.1.2); `known` are words an attacker
    tries first, such as the person's name.
    """
    normal = _normal(password)
    if len(normal) < SHORTEST:
        return "short"
    if len(normal) > LONGEST:
        return "long"
    score = zxcvbn(normal[:_READ_BY_ZXCVBN], [*known, "jianyi", "建议闭环"])["score"]
    return None if score >= _SURE else "guessable"


def just_replaced() -> Conflict:
    """The password was right, but another was set while the request was under way."""
    return Conflict(
        "password_just_replaced",
        _("这个账号的密码刚才换过或重设过，没有登录，也没有改动。"),
        _("请用新的密码再登录；不是您换的，请联系本级系统管理员。"),
    )


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex())


def _normal(password: str) -> str:
    """Treat letters alike however the keyboard composes them."""
    return unicodedata.normalize("NFKC", password)
