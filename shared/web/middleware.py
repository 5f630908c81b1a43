"""The middleware of a service's app: CSP, same-origin check, body limits, correlation ids."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from fastapi import Depends, FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Forbidden
from shared.ids import Id, from_text, new_id, to_text
from shared.observability.logging import correlated
from shared.text import _
from shared.web.console import Console
from shared.web.csrf import FORM_COOKIE, TOKEN, FormOutdated, is_own
from shared.web.links import PROPOSER, SIGN_IN
from shared.web.problems import (
    BodyTooLarge,
    CompressedBody,
    NotJson,
    OnRefusal,
    ProblemResponses,
    RepeatedField,
    Unexpected,
    body_too_large,
)
from shared.web.session import COOKIE

BODY_LIMIT = 64 * 1024
FORM_FACTOR = 3
"""A form's text is percent-encoded: three bytes for one, so that its fields name their limits."""


def install_middleware(
    app: FastAPI,
    console: Console,
    *,
    body_limits: Mapping[str, int] | None = None,
    sign_in: str = SIGN_IN,
    on_refusal: OnRefusal | None = None,
) -> None:
    """Install middleware and error handlers, before any route is included.

    `body_limits` raises the 64 KiB of a request for paths that look so; `on_refusal` gets the
    code of every failure answered. The middleware added last stands outermost: every answer, even
    to a bug, carries the id and the headers.
    """
    answers = ProblemResponses(console, sign_in, on_refusal)
    answers.install(app)
    app.router.dependencies.append(Depends(own_form))
    app.router.redirect_slashes = False  # it would redirect to the host the request names
    app.add_middleware(SameOrigin, answers=answers)
    app.add_middleware(BodyLimit, answers=answers, default=BODY_LIMIT, by_path=body_limits or {})
    app.add_middleware(Unexpected, answers=answers)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Correlation)


HEADER = "X-Correlation-Id"


class Correlation:
    """Middleware: take the caller's id if it is a UUID, else make one; send it back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request under its id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        chosen = _chosen(Headers(scope=scope))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = to_text(chosen)
            await send(message)

        with correlated(chosen):
            await self.app(scope, receive, send_with_id)


def _chosen(headers: Mapping[str, str]) -> Id:
    try:
        return from_text(headers.get(HEADER, ""))
    except ValueError:
        return new_id(datetime.now(UTC))


CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SECRET_ADDRESS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
"""For pages whose address is a secret: no other page and no search engine learns it."""
_HSTS = "max-age=31536000"
"""For a year a browser asks this host over TLS only; sent where TLS is used."""
_SAFE = {"GET", "HEAD", "OPTIONS"}
_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


class SecurityHeaders:
    """Middleware: a strict security policy on every response, unless it brings a stricter one.

    No caching unless it allows it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the answer."""
        over_tls = scope.get("scheme") == "https"
        is_secret = scope.get("path", "").startswith(PROPOSER)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (_HEADERS | (_SECRET_ADDRESS if is_secret else {})).items():
                    headers.setdefault(name, value)
                if over_tls:
                    headers["Strict-Transport-Security"] = _HSTS
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOrigin:
    """Middleware: an act in a person's name must come from our own pages."""

    def __init__(self, app: ASGIApp, answers: ProblemResponses) -> None:
        self.app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an act another site made the browser send."""
        if scope["type"] != "http" or _is_ours(Request(scope)):
            await self.app(scope, receive, send)
            return
        refusal = Forbidden(
            "cross_site",
            _("这个请求不是从本系统的页面发出的，没有办理。"),
            _("请回到本系统的页面再办。"),
        )
        await self._answers.answer(Request(scope), refusal)(scope, receive, send)


async def own_form(request: Request) -> AsyncIterator[None]:
    """Dependency of every endpoint: what comes is sound JSON, or signed, or a form with its token.

    Only a form can be sent by a page of another site (as all but POST, JSON and a signature make
    the browser ask us first). Raises FormOutdated, NotJson, RepeatedField.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    signed = request.headers.get("authorization", "").startswith("Bearer ")
    if kind == "application/json" or kind.endswith("+json"):
        _require_single_fields(await request.body())
    elif request.method == "POST" and not signed:
        if kind not in _FORMS:
            raise NotJson
        async with request.form() as form:  # files are closed whoever refuses them
            if not is_own(form.get(TOKEN), request.cookies.get(FORM_COOKIE, "")):
                raise FormOutdated(form)
            yield
        return
    yield


def _require_single_fields(body: bytes) -> None:
    """Reject a field repeated in one JSON object (RepeatedField); other invalid JSON passes."""

    def once(pairs: list[tuple[str, object]]) -> None:
        if len({name for name, _ in pairs}) != len(pairs):
            raise RepeatedField

    with suppress(ValueError, RecursionError):
        json.loads(body, object_pairs_hook=once)


class BodyLimit:
    """Middleware: refuse a packed body, or one over its path's limit, declared or while read.

    `by_path` gives other limits (bytes) to the paths that look so (`*` stands for anything).
    """

    def __init__(
        self, app: ASGIApp, answers: ProblemResponses, default: int, by_path: Mapping[str, int]
    ) -> None:
        self.app = app
        self._answers = answers
        self._default = default
        self._by_path = by_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 415 or 413, or count what the endpoint reads."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._limit(scope["path"])
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            limit *= FORM_FACTOR
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            await self._answers.answer(Request(scope), CompressedBody())(scope, receive, send)
            return
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            refusal = body_too_large(limit)
            await self._answers.answer(Request(scope), refusal)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLarge(limit)
            return message

        await self.app(scope, counted, send)

    def _limit(self, path: str) -> int:
        fitting = [limit for shape, limit in self._by_path.items() if fnmatchcase(path, shape)]
        return max(fitting, default=self._default)


def _is_ours(request: Request) -> bool:
    """Check the browser's origin headers; without them, accept only a request with no session.

    A page that sends no referrer sends `null` for its origin.
    """
    if request.method in _SAFE:
        return True
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin not in (None, "null"):
        return str(origin).partition("://")[2] == request.headers.get("host")
    return COOKIE not in request.cookies
