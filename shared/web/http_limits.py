"""Limits of the HTTP server itself: how large a request's head may be and how slowly it may come.

Bodies have limits of their own (`security.BodyLimit`); the server would collect a head of any size.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024
"""Bytes of a request that are not its body: request line, headers, chunk sizes, trailers."""
HEAD_SECONDS, BODY_SECONDS = 10.0, 120.0
_TOO_LARGE = b"""HTTP/1.1 431 Request Header Fields Too Large\r
content-length: 0\r
connection: close\r
\r
"""


class LimitedHttp(HttpToolsProtocol):
    """Uvicorn's protocol; answers 431 to too large a head and closes what comes too slowly."""

    _spent = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request's head."""
        super().connection_made(transport)
        self._expect_within(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what was no body."""
        self._spent += len(data)
        super().data_received(data)
        if self._spent > MAX_HEAD:
            self._refuse()

    def on_message_begin(self) -> None:
        """Wait for the head, whose first byte has come."""
        super().on_message_begin()
        self._expect_within(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD:
            self._refuse()
            return
        self._expect_within(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Do not count it."""
        self._spent = max(0, self._spent - len(body))
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing until the next request; between two the server's own limit holds."""
        self._spent = 0
        self._expect_nothing()
        if not self.transport.is_closing():
            super().on_message_complete()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _expect_within(self, seconds: float) -> None:
        self._expect_nothing()
        self._late = self.loop.call_later(seconds, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


SERVER: dict[str, Any] = {
    "http": LimitedHttp,
    "ws": "none",
    "log_config": None,
    "access_log": False,
    "server_header": False,
}
"""How uvicorn serves here, whatever the address."""
