"""The secret in a proposer's link: who has it reads and rates one item as that proposer."""

import base64
import hashlib
import re
import secrets
from typing import Annotated

from pydantic import StringConstraints

_SECRET = re.compile(r"[a-z2-7]{26}")
Secret = Annotated[str, StringConstraints(pattern=rf"^{_SECRET.pattern}$")]
"""128 random bits in lower-case base32, which no chat cuts off and a person can type."""


def new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def digest_of(secret: str) -> str:
    """SHA-256 (hex) of a secret, all that is stored of it; written in capitals it is the same."""
    return hashlib.sha256(secret.lower().encode(errors="replace")).hexdigest()
