"""An OIDC provider that lies on demand: what it puts into its answers is chosen by the test."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from tests.support.browser import served

CLIENT, SECRET = "jianyi", "the client's secret"


@dataclass
class LyingProvider:
    """Answers as a provider does, but for `claims`, `metadata`, `token` and how it signs."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    alg: str = "RS256"
    asked: Mapping[str, str] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    known: RSAKey | None = None

    def seen(self, address: str) -> dict[str, str]:
        """Remember where a browser was sent, as the provider's own page would."""
        query = parse_qs(urlsplit(address).query)
        self.asked = {name: values[0] for name, values in query.items()}
        return dict(self.asked)

    async def discovery(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }
            | self.metadata
        )

    async def jwks(self, _: Request) -> JSONResponse:
        public = (self.known or self.key).as_dict(private=False)
        return JSONResponse({"keys": [{**public, "kid": self.key.kid}]})

    async def give(self, request: Request) -> JSONResponse:
        form = await request.form()
        assert form["code_verifier"]
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "nobody-here",
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked.get("nonce"),
        } | self.claims
        key: Any = OctKey.import_key(SECRET) if self.alg == "HS256" else self.key
        signed = jwt.encode(
            {"alg": self.alg, "kid": self.key.kid}, claims, key, algorithms=[self.alg]
        )
        return JSONResponse(
            {"access_token": "a", "token_type": "Bearer", "id_token": signed} | self.token
        )

    async def moved(self, request: Request) -> RedirectResponse:
        """Send whoever asks elsewhere, where all would be well."""
        return RedirectResponse(f"{self.url}/{request.path_params['to']}", 307)

    async def about(self, _: Request) -> JSONResponse:
        return JSONResponse(self.userinfo)


@asynccontextmanager
async def lying_provider() -> AsyncIterator[LyingProvider]:
    provider = LyingProvider()
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.discovery),
            Route("/jwks", provider.jwks),
            Route("/token", provider.give, methods=["POST"]),
            Route("/userinfo", provider.about),
            Route("/moved/{to}", provider.moved, methods=["GET", "POST"]),
        ]
    )
    async with served(app) as url:
        provider.url = url
        yield provider
