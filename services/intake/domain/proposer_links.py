"""The secret in a proposer's link: who has it reads and rates one item as that proposer."""

import base64
import hashlib
import re
import secrets
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

_SECRET = re.compile(r"[a-z2-7]{26}")
_TYPED = re.compile(r"(?<![a-z2-7])[a-z2-7]{26}(?![a-z2-7])")
Secret = Annotated[str, StringConstraints(pattern=rf"^{_SECRET.pattern}$")]
"""128 random bits in lower-case base32, which no chat cuts off and a person can type."""


def _secret_in(typed: str) -> str:
    found = _TYPED.findall(typed.lower())
    if not found:
        raise PydanticCustomError(
            "link",
            "no link",
            {
                "zh": "这里没有查询链接。请粘贴整个链接，或填它最后的26个字母和数字。",
                "en": "This contains no link. Paste the whole link, or enter its last 26 letters "
                "and digits.",
            },
        )
    return str(found[-1])


TypedLink = Annotated[str, StringConstraints(max_length=300), AfterValidator(_secret_in)]
"""A link as it was pasted or typed, or only its secret; becomes the secret."""


def new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def digest_of(secret: str) -> str:
    """SHA-256 (hex) of a secret, all that is stored of it; written in capitals it is the same."""
    return hashlib.sha256(secret.lower().encode(errors="replace")).hexdigest()
