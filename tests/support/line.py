"""A line between a browser and its site that can be cut, lose answers, and be counted."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

CHUNK = 65_536
_HEAD = re.compile(rb"[A-Z]+ /")
"""How a request begins; what follows it is its body."""


class Line:
    """Passes bytes on while it is up; `carried` counts those that came back from the site."""

    def __init__(self, site: str) -> None:
        self._port = urlsplit(site).port
        self._open: set[asyncio.StreamWriter] = set()
        self._up = True
        self._losing = b""
        self.url = ""
        self.carried = 0
        self.lost = 0

    def cut(self) -> None:
        """Break all connections off, and refuse new ones until the line is mended."""
        self._up = False
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        self._up, self._losing = True, b""

    def lose_answers(self, beginning: str) -> None:
        """Let requests that begin so reach the site, and their answers not come back."""
        self._losing = beginning.encode()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the browser until either side ends it."""
        if not self._up:
            writer.transport.abort()
            return
        site_reader, site_writer = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {writer, site_writer}
        self._open |= ends
        asked = [b""]
        back = asyncio.create_task(self._answers(site_reader, writer, asked))
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                if _HEAD.match(data):
                    asked[0] = data
                site_writer.write(data)
                await site_writer.drain()
        for end in ends:
            end.close()
        with suppress(ConnectionError):
            await back
        self._open -= ends

    async def _answers(
        self, site: asyncio.StreamReader, browser: asyncio.StreamWriter, asked: list[bytes]
    ) -> None:
        while data := await site.read(CHUNK):
            if self._losing and asked[0].startswith(self._losing):
                self.lost += 1
                browser.transport.abort()
                return
            self.carried += len(data)
            browser.write(data)
            await browser.drain()
        browser.close()


@asynccontextmanager
async def open_line(site: str) -> AsyncIterator[Line]:
    """Open a line to a site; it has an address of its own."""
    line = Line(site)
    server = await asyncio.start_server(line.pass_on, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield line
    line.cut()
    server.close()
