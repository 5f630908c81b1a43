"""CSRF protection: every form carries a token derived from a secret cookie of the browser."""

import hashlib
import secrets

from starlette.datastructures import FormData

from shared.errors import Conflict
from shared.text import _

FORM_COOKIE = "__Host-form"
"""A secret of the browser that no other site can read or set; it outlives sessions and keys."""
TOKEN = "form_token"  # noqa: S105  the field's name


class FormOutdated(Conflict):
    """A form came without the token of this browser; `form` is what was typed."""

    def __init__(self, form: FormData) -> None:
        super().__init__(
            "form_outdated",
            _("这一页放得太久，或浏览器清除了记录，所以没有办理。"),
            _("请重新打开这一页再提交。"),
        )
        self.form = form


def new_secret() -> str:
    """Random CSRF secret for one browser: 128 bits, URL-safe."""
    return secrets.token_urlsafe(16)


def token_of(secret: str) -> str:
    """Make a token for one page; always different, so that compression cannot reveal it."""
    salt = secrets.token_hex(8)
    return f"{salt}.{_answer(salt, secret)}"


def is_own(token: object, secret: str) -> bool:
    """Tell whether the token was made for the browser with this secret."""
    if not isinstance(token, str) or not secret:
        return False
    salt, _dot, answer = token.partition(".")
    return secrets.compare_digest(answer.encode(), _answer(salt, secret).encode())


def _answer(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}.{secret}".encode(errors="replace")).hexdigest()
