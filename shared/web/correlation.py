"""The id of a request: taken from the caller or made, and sent back."""

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.ids import Id, from_text, new_id, to_text
from shared.observability.correlation import correlated

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
