"""One OIDC provider: the code flow with PKCE, by Authlib; no answer is believed unchecked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import StarletteIntegration, StarletteOAuth2App
from joserfc.errors import JoseError

from services.router.identity.domain.sessions import AtProvider

log = structlog.get_logger()

SECONDS = 5.0
LONGEST_CLAIM = 200
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
              "ES256", "ES384", "ES512", "Ed25519", "EdDSA")  # fmt: skip
"""Algorithms that only the provider's private key can use: neither `none` nor a shared secret."""


class ProviderAway(Exception):
    """The provider does not answer, or not as a provider does."""


class ProviderRefused(Exception):
    """The provider refused the code, or its answer is not meant for us or for this browser."""


@dataclass(frozen=True, slots=True)
class Client:
    """What the provider knows us by; `claim` names the person, `back` is where browsers return."""

    issuer: str
    client_id: str
    secret: str
    claim: str
    back: str

    def __repr__(self) -> str:
        return f"Client({self.issuer!r}, {self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a browser is sent, and what the answer must fit."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the provider knows them, and when they proved it there, if it says so."""

    code: str
    proved_at: datetime | None


class Provider:
    """Asks the provider anew each time: its keys and addresses may change while we run."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def begin(self, *, anew: bool = False) -> Begun:
        """Make the way there, to prove `anew` who is signed in already; raises ProviderAway."""
        more = {"prompt": "login", "max_age": "0"} if anew else {}
        async with self._asked() as app:
            made = await app.create_authorization_url(self._client.back, **more)
            return Begun(made["url"], made["state"], made["nonce"], made["code_verifier"])

    async def who(self, begun: AtProvider, code: str) -> Person:
        """Change a code for what is said of somebody; raises ProviderAway, ProviderRefused."""
        async with self._asked() as app:
            token = await app.fetch_access_token(
                self._client.back, code=code, code_verifier=begun.verifier
            )
            claims = await self._claims(app, token, begun.nonce)
            claim = claims.get(self._client.claim)
            if not isinstance(claim, str) or not 0 < len(claim) <= LONGEST_CLAIM:
                raise ProviderRefused(f"no claim {self._client.claim}")
            if self._client.claim == "email" and claims.get("email_verified") is not True:
                raise ProviderRefused("the address is not verified")
            at = claims.get("auth_time")
            return Person(claim, datetime.fromtimestamp(at, UTC) if at else None)

    async def _claims(self, app: Any, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """Read who it is from the ID token, else from what the provider says of the same person."""
        options = {
            "iss": {"essential": True, "value": self._client.issuer},
            "aud": {"essential": True, "value": self._client.client_id},
        }
        if not token.get("id_token"):
            raise ProviderRefused("no ID token")
        claims = await app.parse_id_token(token, nonce, claims_options=options)
        if self._client.claim in claims or "userinfo_endpoint" not in app.server_metadata:
            return dict(claims)
        more = await app.userinfo(token=token)
        if more.get("sub") != claims["sub"]:
            raise ProviderRefused("userinfo is of somebody else")
        return {**more, **claims}

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[Any]:
        """Ask the provider what it can, and turn every failure of its own into one of ours."""
        try:
            app = self._app()
            known = await app.load_server_metadata()
            if known.get("issuer") != self._client.issuer:
                raise ProviderAway("it calls itself otherwise")
            offered = known.get("id_token_signing_alg_values_supported") or ["RS256"]
            known["id_token_signing_alg_values_supported"] = [
                name for name in offered if name in _SIGNED_BY
            ]
            yield app
        except (ProviderAway, ProviderRefused) as error:
            log.warning("the provider's answer is refused", reason=str(error))
            raise
        except (AuthlibBaseError, JoseError) as error:
            log.warning("the provider's answer is refused", reason=error.error)
            raise ProviderRefused from error
        except Exception as error:  # whatever another's server sends is no bug of ours
            log.warning("the provider is away", reason=type(error).__name__)
            raise ProviderAway from error

    def _app(self) -> Any:
        profile = "" if self._client.claim == "sub" else " profile email"
        return StarletteOAuth2App(
            StarletteIntegration("oidc"),
            client_id=self._client.client_id,
            client_secret=self._client.secret,
            server_metadata_url=f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": f"openid{profile}",
                "code_challenge_method": "S256",
                "timeout": SECONDS,
            },
        )
