"""A head without end, and one without haste, cost the server a moment and nobody else anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from shared.web import http_limits
from tests.support.eventually import eventually

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def sizes(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the size of the body."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server as the services are served."""
    config = uvicorn.Config(sizes, port=0, lifespan="off", **http_limits.SERVER)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@pytest.fixture
async def stream(port: int) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()


HEADS = pytest.mark.parametrize(
    "start",
    [
        b"GET /",
        b"GET / HTTP/1.1\r\nhost: here\r\nx: ",
        b"GET / HTTP/1.1\r\nhost: here\r\nx",
        b"POST / HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx: ",
    ],
    ids=["address", "value", "name", "trailer"],
)


@HEADS
async def test_too_large_a_head_is_answered_with_that(stream: Stream, start: bytes) -> None:
    reader, writer = stream
    writer.write(start + b"x" * 66_000)
    assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("body", [b"", b"abc"])
async def test_too_large_a_head_that_comes_whole_is_not_served(stream: Stream, body: bytes) -> None:
    reader, writer = stream
    head = b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: %d\r\nx: " % len(body)
    writer.write(head + b"x" * 66_000 + b"\r\n\r\n" + body)
    assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 431 ")


@HEADS
async def test_a_head_without_end_is_cut_off(stream: Stream, start: bytes) -> None:
    _, writer = stream
    writer.write(start)
    sent = 0
    with suppress(ConnectionError):
        while sent < 64:
            writer.write(b"x" * 1024 * 1024)
            await writer.drain()
            sent += 1
    assert sent < 16, "megabytes; the socket's own buffers hold some"


@pytest.mark.parametrize(
    "start",
    [b"", b"GET / HT", b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 10\r\n\r\nabc"],
    ids=["nothing", "half a head", "half a body"],
)
async def test_what_comes_too_slowly_is_closed(
    port: int, start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for byte in start:
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_honest_requests_pass_one_after_the_other(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for n in (0, 4 * 1024 * 1024, 3):
            answer = await client.post("/", content=b"x" * n, headers={"cookie": "c" * 40_000})
            assert (answer.status_code, answer.text) == (200, str(n))
        chunked = await client.post("/", content=_chunks())
        assert chunked.text == str(1000 * 1024)


async def _chunks() -> AsyncIterator[bytes]:
    for _ in range(1000):
        yield b"x" * 1024


async def test_requests_sent_in_one_go_are_all_answered(stream: Stream) -> None:
    reader, writer = stream
    one = b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 30000\r\n\r\n" + b"x" * 30_000
    writer.write(one * 8)
    for _ in range(8):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert b" 200 " in head
        assert await reader.readexactly(5) == b"30000"


async def test_no_answer_names_the_program_that_serves(port: int) -> None:
    async with httpx.AsyncClient() as client:
        assert "server" not in (await client.get(f"http://127.0.0.1:{port}")).headers
