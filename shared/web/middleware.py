"""The middleware of a service's app, installed in one call, and correlation ids of requests."""

from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import Depends, FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.ids import Id, from_text, new_id, to_text
from shared.observability.logging import correlated
from shared.web.console import Console
from shared.web.links import SIGN_IN
from shared.web.problems import OnRefusal, ProblemResponses, Unexpected
from shared.web.security import BodyLimit, SameOrigin, SecurityHeaders, own_form

BODY_LIMIT = 64 * 1024


def install_middleware(
    app: FastAPI,
    console: Console,
    *,
    body_limits: Mapping[str, int] | None = None,
    sign_in: str = SIGN_IN,
    on_refusal: OnRefusal | None = None,
) -> None:
    """Install middleware and error handlers, before any route is included.

    `body_limits` raises the 64 KiB of a request for paths that begin so; `on_refusal` gets the
    code of every failure answered. The middleware added last stands outermost: every answer, even
    to a bug, carries the id and the headers.
    """
    answers = ProblemResponses(console, sign_in, on_refusal)
    answers.install(app)
    app.router.dependencies.append(Depends(own_form))
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
