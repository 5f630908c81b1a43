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
    """A station app: signs, sends, returns the answer as it came."""

    def __init__(
        self, http: httpx.AsyncClient, station_code: str, key: OKPKey, clock: Callable[[], datetime]
    ) -> None:
        self.station_code = station_code
        self.http, self._key, self._clock = http, key, clock
        key.ensure_kid()

    async def submit(self, item: Json) -> httpx.Response:
        return await self.send("POST", "/intake/v1/items", item)

    async def act(self, item_id: str, act: str, body: Json) -> httpx.Response:
        """Do `resubmit` or `supplement` to an item; with a head's key also what a head decides."""
        return await self.send("POST", f"/intake/v1/items/{item_id}/{act}", body)

    async def hold(self, activity: Json) -> httpx.Response:
        """Record an activity that was held."""
        return await self.send("POST", "/intake/v1/activities", activity)

    async def plan(self, activity: Json) -> httpx.Response:
        return await self.send("POST", "/intake/v1/activities/plan", activity)

    async def act_on(self, activity_id: str, act: str, body: Json) -> httpx.Response:
        """Do `hold`, `confirm`, `notes`, `revoke` or `cancel` to an activity."""
        return await self.send("POST", f"/intake/v1/activities/{activity_id}/{act}", body)

    async def item(self, item_id: str) -> httpx.Response:
        return await self.send("GET", f"/intake/v1/items/{item_id}")

    async def items(self, **query: str | int) -> httpx.Response:
        return await self.send("GET", "/intake/v1/items", query=query)

    async def send(
        self,
        method: str,
        path: str,
        content: Json | bytes | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Sign and send; bytes go out as they are."""
        if content is None or isinstance(content, bytes):
            body = content or b""
        else:
            body = json.dumps(content, ensure_ascii=False, default=str).encode()
        target = str(httpx.URL(path, params=query)) if query else path
        token = self.sign(method, target, body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await self.http.request(method, target, content=body, headers=headers)

    def sign(self, method: str, target: str, body: bytes) -> str:
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
        header = {"alg": "Ed25519", "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=["Ed25519"])
