"""One id on everything a request causes: header, log lines, events, the error a person reads."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.ids import Id, from_text, new_id, to_text

HEADER = "X-Correlation-Id"
_current: ContextVar[Id | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> Id:
    """Return the id of the request being answered, or a new one outside of any."""
    return _current.get() or new_id(datetime.now(UTC))


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

        token = _current.set(chosen)
        with structlog.contextvars.bound_contextvars(correlation_id=to_text(chosen)):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                _current.reset(token)


def _chosen(headers: Mapping[str, str]) -> Id:
    try:
        return from_text(headers.get(HEADER, ""))
    except ValueError:
        return new_id(datetime.now(UTC))
