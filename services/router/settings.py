"""What the router is told from outside: limits, the signing key, whether it may act alone."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import DatabaseAddress, SharedSettings


class RouterSettings(SharedSettings):
    """Limits are working days; all are choices of an office, none is fixed by law.

    A session that is not used ends after `session_idle_minutes`, any after `session_hours`. After
    `sign_in_failures` wrong passwords an account is locked, first for `sign_in_lock_minutes`;
    `sign_ins_per_minute` is what one address may try, evenly or a minute's worth at once.
    `seal_key_file` holds the keys that seal second factors, one a line: the first seals, all open.
    With an `oidc_issuer` people also sign in there: `oidc_claim` of what it says about somebody is
    the code of a person in the directory, and `address` is where browsers find us.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="ROUTER_")

    database_url: DatabaseAddress = Field(validation_alias="ROUTER_DATABASE_URL")
    session_key_file: Path = Path("var/router-session.pem")
    seal_key_file: Path = Path("var/router-seal.keys")
    session_idle_minutes: int = Field(30, ge=15, le=60)
    session_hours: int = Field(8, ge=1, le=12)
    sign_in_failures: int = Field(5, ge=1, le=20)
    sign_in_lock_minutes: int = Field(15, ge=1)
    sign_ins_per_minute: int = Field(60, ge=1)
    address: str = Field("", validation_alias="JIANYI_ADDRESS")
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_claim: str = Field("sub", min_length=1)
    auto_dispatch: bool = False
    dispatch_days: int = Field(2, ge=1)
    decide_objection_days: int = Field(1, ge=1)
    sign_days: int = Field(1, ge=1)
    object_days: int = Field(2, ge=1)
    policy_question_days: int = Field(5, ge=1)
    normal_days: int = Field(15, ge=1)
    complex_days: int = Field(30, ge=1)
    rating_days: int = Field(15, ge=1)

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
