"""What every service is told from outside: where Kafka and PostgreSQL are."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SharedSettings(BaseSettings):
    """Read once in `__main__` and passed down; `moved_time` exists for embedded servers only."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: SecretStr = Field(validation_alias="DATABASE_URL")
    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    environment: str = Field("production", validation_alias="JIANYI_ENV")
    moved_time: bool = Field(False, validation_alias="JIANYI_MOVED_TIME")
    host: str = Field("127.0.0.1", validation_alias="JIANYI_HOST")
    port: int = Field(8000, validation_alias="JIANYI_PORT")
