"""Configuration that all services share, read from the environment."""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    DirectoryPath,
    Field,
    FilePath,
    PostgresDsn,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from shared.calendar import Limit
from shared.contracts.codes import Complexity

CITY = "JIANYI_CITY"
LIMITS_FILE = "limits.env"
"""In a city's folder: its own limits, written as variables of the environment."""


def address_of(service: str) -> str:
    """Name the variable with the PostgreSQL address of a service's own login."""
    return f"{service.upper()}_DATABASE_URL"


def kafka_password_of(service: str) -> str:
    """Name the variable with the password of a service's own Kafka user."""
    return f"{service.upper()}_KAFKA_PASSWORD"


_WRITTEN: TypeAdapter[PostgresDsn] = TypeAdapter(PostgresDsn)


def _unambiguous(address: SecretStr) -> SecretStr:
    """Refuse what would be read as another address; the driver's error would repeat parts of it."""
    written = address.get_secret_value()
    host = re.split("[/?#]", written.partition("://")[2])[0]
    try:
        _WRITTEN.validate_python(written)
        is_read_as_written = written.count("@") == host.count("@") <= 1
    except ValidationError:
        is_read_as_written = False
    if not is_read_as_written:
        raise PydanticCustomError(
            "address",
            "写成postgresql://用户:密码@主机:端口/数据库，密码中的#/?@%:写成%23等 / "
            "write postgresql://user:password@host:port/database, in the password # as %23, "
            "/ %2F, ? %3F, @ %40, % %25, : %3A",
        )
    return address


DatabaseAddress = Annotated[SecretStr, AfterValidator(_unambiguous)]
"""Where a database is, with a login and its password."""


def _networks(value: str) -> str:
    for one in value.split(",") if value else ():
        ip_network(one.strip())
    return value


TrustedProxies = Annotated[str, AfterValidator(_networks)]


def _working_days(n: int) -> Limit:
    return Limit(n=n, kind="wd")


OfComplexity = Annotated[Mapping[Complexity, Limit], Field(min_length=len(get_args(Complexity)))]
"""A limit for each complexity; none may be missing."""


class Limits(BaseModel):
    """Limits of the duties in a case, and the steps after a due day.

    Those of a station item are the city's choice, those of a deputy's suggestion (代表建议) the
    law's: 浙江省人大代表建议、批评和意见办理的规定 (2016) §§14, 18, 21, 24. The router states
    those of a unit and of the proposer in each dispatch.
    """

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    accept: Limit = _working_days(1)
    """Limit for the station to accept or return an item."""
    resubmit: Limit = _working_days(5)
    """Limit for the proposer to supply what was missing in a returned item."""
    dispatch: Limit = _working_days(2)
    """Limit for the dispatcher to dispatch an accepted item."""
    sign: Limit = _working_days(1)
    """Limit for the unit to acknowledge its task."""
    object: Limit = _working_days(2)
    """Limit for the unit to object to its task."""
    decide_objection: Limit = _working_days(1)
    """Limit for the dispatcher to decide on an objection."""
    decide_supervision: Limit = _working_days(5)
    """Limit for the organ to decide on a candidate for key supervision."""
    rating: Limit = _working_days(15)
    """Limit for the proposer to rate a reply."""
    reply: OfComplexity = {
        "policy_question": _working_days(5),
        "normal": _working_days(15),
        "complex": _working_days(30),
    }
    """Limits for the unit to reply, by complexity, unless its matter is urgent."""
    rework: OfComplexity = {
        "policy_question": _working_days(15),
        "normal": _working_days(15),
        "complex": _working_days(30),
    }
    """Limits for the unit to reply again after a dissatisfied rating, by complexity."""
    legal_object: Limit = Limit(n=10, kind="days")
    """Limit for the unit to object to a deputy's suggestion."""
    legal_reply: Limit = Limit(n=3, kind="months")
    """Limit for the unit to reply to a deputy's suggestion, unless its matter is urgent."""
    legal_rework: Limit = Limit(n=1, kind="months")
    """Limit for the unit to reply again to a deputy's suggestion."""
    urge_after: int = 1
    """Working days after the due day until a reminder is sent."""
    supervise_after: int = 3
    """Working days after the due day until the case is supervised."""
    key_after: int = 5
    """Working days after the due day until the case is a candidate for key supervision."""
    silence_after: int = 2
    """Working days after the due day until an unacknowledged task counts as acknowledged."""
    promise_years: Annotated[int, Field(ge=1, le=10)] = 3
    """Years within which a unit must promise to solve what it cannot solve at once; no law says."""


class SchemaSettings(BaseSettings):
    """Configuration of `migrate`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    database_url: DatabaseAddress = Field(validation_alias="DATABASE_URL")
    """Address of PostgreSQL with an administrator's login, for `migrate` and installation."""


class KafkaSettings(BaseSettings):
    """Address of Kafka and the login there."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    """Addresses of the Kafka brokers, separated by commas."""
    kafka_password: SecretStr | None = Field(None, validation_alias="KAFKA_PASSWORD")
    """Password of the Kafka user who creates the topics."""
    kafka_tls: bool = Field(True, validation_alias="KAFKA_TLS")
    """Connect over TLS when a password is sent; `false` only where nobody else is on the line."""
    kafka_ca_file: FilePath | None = Field(None, validation_alias="KAFKA_CA_FILE")
    """Certificate of the authority that signed Kafka's certificate, if it is your own."""
    environment: Literal["production", "development"] = Field(
        "production", validation_alias="JIANYI_ENV"
    )
    """`development` allows demo people, moved time and automatic decisions."""

    @property
    def is_development(self) -> bool:
        """Whether demo people, moved time and automatic acts may exist at all."""
        return self.environment == "development"


class SharedSettings(KafkaSettings):
    """Configuration of one service; the limits in a city's folder rank below the environment."""

    model_config = SettingsConfigDict(env_nested_delimiter="__")

    database_url: DatabaseAddress
    limits: Limits = Field(Limits(), validation_alias="JIANYI_LIMITS")
    """All limits as one JSON object; or one variable each, as below."""
    moved_time: bool = Field(False, validation_alias="JIANYI_MOVED_TIME")
    """Take the time from the database, where tests and simulations move it (development only)."""
    city: DirectoryPath | None = Field(None, validation_alias=CITY)
    """Folder with a city's own data, as `jianyi init` writes it."""
    accounts_settle_hours: int = Field(24, ge=0, validation_alias="JIANYI_ACCOUNTS_SETTLE_HOURS")
    """Hours until an opened or reset account counts as its owner's in a two-person decision."""
    host: str = Field("127.0.0.1", validation_alias="JIANYI_HOST")
    """Address to listen on."""
    trusted_proxies: TrustedProxies = Field("", validation_alias="JIANYI_TRUSTED_PROXIES")
    """Proxies trusted to set X-Forwarded-For: addresses or networks, separated by commas."""
    port: int = Field(8000, validation_alias="JIANYI_PORT")
    """Port to listen on."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then the limits of the city."""
        sources = (init_settings, env_settings, dotenv_settings, file_secret_settings)
        if (folder := os.environ.get(CITY)) is None:
            return sources
        limits = Path(folder) / LIMITS_FILE
        return (*sources, DotEnvSettingsSource(settings_cls, limits, "utf-8"))

    @model_validator(mode="after")
    def _time_moves_in_development_only(self) -> Self:
        if self.moved_time and not self.is_development:
            raise ValueError("JIANYI_MOVED_TIME needs JIANYI_ENV=development")
        return self
