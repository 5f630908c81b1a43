"""What every service is told from outside: where Kafka and PostgreSQL are."""

from typing import Literal, Self

from pydantic import Field, FilePath, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def address_of(service: str) -> str:
    """Name the variable that tells a service its own login's address in PostgreSQL."""
    return f"{service.upper()}_DATABASE_URL"


class SchemaSettings(BaseSettings):
    """What `migrate` is told: an administrator's address, which no running service knows."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: SecretStr = Field(validation_alias="DATABASE_URL")


class SharedSettings(BaseSettings):
    """Read once in `__main__` and passed down; `moved_time` exists for embedded servers only.

    Each service has its own `database_url`, told as `<SERVICE>_DATABASE_URL`.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: SecretStr
    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    kafka_password: SecretStr | None = Field(None, validation_alias="KAFKA_PASSWORD")
    kafka_ca_file: FilePath | None = Field(None, validation_alias="KAFKA_CA_FILE")
    environment: Literal["production", "development"] = Field(
        "production", validation_alias="JIANYI_ENV"
    )
    moved_time: bool = Field(False, validation_alias="JIANYI_MOVED_TIME")
    host: str = Field("127.0.0.1", validation_alias="JIANYI_HOST")
    port: int = Field(8000, validation_alias="JIANYI_PORT")

    @property
    def is_development(self) -> bool:
        """Whether demo people, moved time and automatic acts may exist at all."""
        return self.environment == "development"

    @model_validator(mode="after")
    def _time_moves_in_development_only(self) -> Self:
        if self.moved_time and not self.is_development:
            raise ValueError("JIANYI_MOVED_TIME needs JIANYI_ENV=development")
        return self
