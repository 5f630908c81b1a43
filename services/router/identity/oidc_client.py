"""OIDC client: the code flow with PKCE, by Authlib; every answer of the provider is checked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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


class ProviderUnavailable(Exception):
    """The provider does not answer, or not as a provider should."""


class ProviderRefused(Exception):
    """The provider refused the code, or its answer is not for us or for this browser."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """Our registration; `claim` identifies the person, browsers come back to `redirect_uri`."""

    issuer: str
    client_id: str
    secret: str
    claim: str
    redirect_uri: str

    def __repr__(self) -> str:
        return f"OidcSettings({self.issuer!r}, {self.client_id!r})"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """The address a browser is sent to, and what the answer must match."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class OidcIdentity:
    """A person's code at the provider, and its claim of when they authenticated there."""

    code: str
    auth_time: object


class OidcClient:
    """Reads the provider's metadata every time: its keys and addresses may change while we run."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings

    async def authorize(self, *, reauthenticate: bool = False) -> AuthorizationRequest:
        """Create the address of the provider's sign-in; raises ProviderUnavailable."""
        more = {"prompt": "login", "max_age": "0"} if reauthenticate else {}
        async with self._app() as app:
            made = await app.create_authorization_url(self._settings.redirect_uri, **more)
            return AuthorizationRequest(
                made["url"], made["state"], made["nonce"], made["code_verifier"]
            )

    async def identify(self, begun: AtProvider, code: str) -> OidcIdentity:
        """Exchange a code for an identity; raises ProviderUnavailable, ProviderRefused."""
        async with self._app() as app:
            token = await app.fetch_access_token(
                self._settings.redirect_uri, code=code, code_verifier=begun.verifier
            )
            claims = await self._claims(app, token, begun.nonce)
            claim = claims.get(self._settings.claim)
            if not isinstance(claim, str) or not 0 < len(claim) <= LONGEST_CLAIM:
                raise ProviderRefused(f"no claim {self._settings.claim}")
            if self._settings.claim == "email" and claims.get("email_verified") is not True:
                raise ProviderRefused("the address is not verified")
            return OidcIdentity(claim, claims.get("auth_time"))

    async def _claims(self, app: Any, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """Read the claims of the ID token; if ours is missing, also the subject's userinfo."""
        options = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        if not token.get("id_token"):
            raise ProviderRefused("no ID token")
        claims = await app.parse_id_token(token, nonce, claims_options=options)
        if self._settings.claim in claims or "userinfo_endpoint" not in app.server_metadata:
            return dict(claims)
        more = await app.userinfo(token=token)
        if more.get("sub") != claims["sub"]:
            raise ProviderRefused("userinfo is of somebody else")
        return {**more, **claims}

    @asynccontextmanager
    async def _app(self) -> AsyncIterator[Any]:
        """Read the provider's metadata, and turn every failure into one of our two errors."""
        try:
            app = self._new_app()
            known = await app.load_server_metadata()
            if known.get("issuer") != self._settings.issuer:
                raise ProviderUnavailable("its issuer is another")
            offered = known.get("id_token_signing_alg_values_supported") or ["RS256"]
            known["id_token_signing_alg_values_supported"] = [
                name for name in offered if name in _SIGNED_BY
            ]
            yield app
        except (ProviderUnavailable, ProviderRefused) as error:
            log.warning("provider.refused", reason=str(error))
            raise
        except (AuthlibBaseError, JoseError) as error:
            log.warning("provider.refused", reason=error.error)
            raise ProviderRefused from error
        except Exception as error:  # whatever their server sends is no bug of ours
            log.warning("provider.unavailable", reason=type(error).__name__)
            raise ProviderUnavailable from error

    def _new_app(self) -> Any:
        profile = "" if self._settings.claim == "sub" else " profile email"
        return StarletteOAuth2App(
            StarletteIntegration("oidc"),
            client_id=self._settings.client_id,
            client_secret=self._settings.secret,
            server_metadata_url=f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": f"openid{profile}",
                "code_challenge_method": "S256",
                "timeout": SECONDS,
            },
        )
