"""A load client that costs little: raw requests over kept-open connections, signed beforehand."""

import asyncio
import hashlib
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LIFE_SECONDS = 290
IN_FLIGHT = 503


def _b64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


@dataclass(frozen=True)
class Signer:
    """A station's key, used as a station app would use it."""

    station: str
    kid: str
    key: Ed25519PrivateKey

    def request(self, url: str, path: str, body: bytes) -> bytes:
        now = int(time.time())
        claims = {
            "iss": self.station,
            "aud": "intake",
            "iat": now,
            "exp": now + LIFE_SECONDS,
            "htm": "POST",
            "htu": path,
            "bh": _b64(hashlib.sha256(body).digest()).decode(),
        }
        header = _b64(json.dumps({"alg": "Ed25519", "kid": self.kid}).encode())
        signed = header + b"." + _b64(json.dumps(claims).encode())
        token = signed + b"." + _b64(self.key.sign(signed))
        return (
            b"POST %b HTTP/1.1\r\nHost: %b\r\nAuthorization: Bearer %b\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (path.encode(), urlsplit(url).netloc.encode(), token, len(body), body)
        )


@dataclass
class Answer:
    status: int
    body: bytes
    seconds: float


class Connection:
    """One kept-open connection that sends one request after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, url: str) -> "Connection":
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port, limit=2**20))

    async def send(self, request: bytes) -> Answer:
        began = time.perf_counter()
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        body = await self._reader.readexactly(length)
        return Answer(int(head[9:12]), body, time.perf_counter() - began)

    async def send_until_taken(self, request: bytes) -> Answer:
        """Send again a little later, as a station app does, where the answer asks for it.

        So it is while the same item is just being taken in, and while the service is busy.
        """
        while (answer := await self.send(request)).status == IN_FLIGHT:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return answer

    def close(self) -> None:
        self._writer.close()


async def fire(url: str, requests: Iterable[bytes], connections: int) -> tuple[float, list[Answer]]:
    """Send all requests over so many connections; returns seconds in all and the answers."""
    queue = iter(requests)
    answers: list[Answer] = []

    async def work(connection: Connection) -> None:
        answers.extend([await connection.send_until_taken(request) for request in queue])

    opened = [await Connection.open(url) for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(work(connection) for connection in opened))
    seconds = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return seconds, answers


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
