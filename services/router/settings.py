"""Router configuration, read from the environment."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import DatabaseAddress, SharedSettings


class RouterSettings(SharedSettings):
    """Configuration of the router service."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="ROUTER_")

    database_url: DatabaseAddress = Field(validation_alias="ROUTER_DATABASE_URL")
    """Address of PostgreSQL with the login of the router."""
    kafka_password: SecretStr | None = Field(None, validation_alias="ROUTER_KAFKA_PASSWORD")
    """Password of the Kafka user of the router (SCRAM-SHA-512 over TLS)."""
    session_key_file: Path = Path("var/router-session.pem")
    """File of the Ed25519 private key that signs sessions."""
    seal_key_file: Path = Path("var/router-seal.keys")
    """File of the keys for second factors, one per line: the first encrypts, all decrypt."""
    session_idle_minutes: int = Field(30, ge=15, le=60)
    """Minutes after which an unused session ends."""
    session_hours: int = Field(8, ge=1, le=12)
    """Hours after which any session ends."""
    sign_in_failures: int = Field(5, ge=1, le=20)
    """Wrong passwords after which an account is locked for the address they came from."""
    sign_in_failures_in_all: int = Field(100, ge=20)
    """Wrong passwords from all addresses after which only browsers known to the account sign in."""
    sign_in_lock_minutes: int = Field(15, ge=1)
    """Minutes of a first lock; each further one lasts longer."""
    sign_ins_per_minute: int = Field(60, ge=1)
    """Sign-in attempts per minute allowed from one network address."""
    first_account: str = Field("", pattern=r"^([A-Za-z0-9][A-Za-z0-9_.@-]{1,63})?$")
    """Name of the first administrator's account; if empty, an unguessable name is chosen."""
    address: str = Field("", validation_alias="JIANYI_ADDRESS")
    """Address of the system in browsers; OpenID Connect needs it (https, except in development)."""
    oidc_issuer: str = ""
    """Address of the OpenID Connect provider for signing in (https, except in development)."""
    oidc_client_id: str = ""
    """Client id of the system at the OpenID Connect provider."""
    oidc_client_secret_file: Path | None = None
    """File of the client secret for the OpenID Connect provider."""
    oidc_claim: str = Field("sub", min_length=1)
    """Claim of the OpenID Connect provider that holds a person's code in the directory."""
    auto_dispatch: bool = False
    """Dispatch every item as proposed (development only)."""

    @model_validator(mode="after")
    def _acts_alone_in_development_only(self) -> Self:
        if self.auto_dispatch and not self.is_development:
            raise ValueError("ROUTER_AUTO_DISPATCH needs JIANYI_ENV=development")
        return self

    @model_validator(mode="after")
    def _provider_is_whole_and_safe(self) -> Self:
        if not self.oidc_issuer:
            return self
        if not (self.address and self.oidc_client_id and self.oidc_client_secret_file):
            raise ValueError(
                "ROUTER_OIDC_ISSUER needs JIANYI_ADDRESS, ROUTER_OIDC_CLIENT_ID and "
                "ROUTER_OIDC_CLIENT_SECRET_FILE"
            )
        for name, url in (
            ("ROUTER_OIDC_ISSUER", self.oidc_issuer),
            ("JIANYI_ADDRESS", self.address),
        ):
            if not (url.startswith("https://") or self.is_development):
                raise ValueError(f"{name} needs https:// unless JIANYI_ENV=development")
        return self
