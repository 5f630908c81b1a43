"""A station's side of the journey: its own key signs every request."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OKPKey

LIFETIME_SECONDS = 240
Json = Mapping[str, Any]


class StationClient:
    """A station app: signs, sends, returns the answer as it came.

    `person` (dashed id) is who acts at the station, where the act needs somebody.
    """

    def __init__(
        self, http: httpx.AsyncClient, station_code: str, key: OKPKey, clock: Callable[[], datetime]
    ) -> None:
        self.station_code = station_code
        self._http, self._key, self._clock = http, key, clock
        key.ensure_kid()

    async def submit(self, item: Json, person: str | None = None) -> httpx.Response:
        return await self.send("POST", "/intake/v1/items", item, person)

    async def act(
        self, item_id: str, act: str, body: Json, person: str | None = None
    ) -> httpx.Response:
        """Do `accept return resubmit reject transfer merge` or `rating` to an item."""
        return await self.send("POST", f"/intake/v1/items/{item_id}/{act}", body, person)

    async def hold(self, activity: Json, person: str | None = None) -> httpx.Response:
        return await self.send("POST", "/intake/v1/activities", activity, person)

    async def item(self, item_id: str) -> httpx.Response:
        return await self.send("GET", f"/intake/v1/items/{item_id}")

    async def items(self, **query: str | int) -> httpx.Response:
        return await self.send("GET", "/intake/v1/items", query=query)

    async def send(
        self,
        method: str,
        path: str,
        content: Json | bytes | None = None,
        person: str | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Sign and send; bytes go out as they are."""
        if content is None or isinstance(content, bytes):
            body = content or b""
        else:
            body = json.dumps(content, ensure_ascii=False, default=str).encode()
        target = str(httpx.URL(path, params=query)) if query else path
        token = self.sign(method, target, body, person)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await self._http.request(method, target, content=body, headers=headers)

    def sign(self, method: str, target: str, body: bytes, person: str | None = None) -> str:
        """Return the JWT of a request, bound to its method, path with query, and body's SHA-256."""
        now = int(self._clock().timestamp())
        digest = hashlib.sha256(body).digest()
        claims: dict[str, Any] = {
            "iss": self.station_code,
            "aud": "intake",
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "htm": method,
            "htu": target,
            "bh": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        if person is not None:
            claims["sub"] = person
        header = {"alg": "Ed25519", "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=["Ed25519"])
