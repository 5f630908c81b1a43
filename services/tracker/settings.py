"""Tracker configuration, read from the environment."""

from collections.abc import Mapping

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.contracts.codes import Outcome
from shared.settings import DatabaseAddress, SharedSettings

Letters = Mapping[Outcome, str]
"""The class letter of each outcome; places differ."""

ZHEJIANG: Letters = {
    "solved": "A",
    "in_progress": "B",
    "planned": "B",
    "deferred": "C",
    "reference": "C",
}


class TrackerSettings(SharedSettings):
    """Configuration of the tracker service."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="TRACKER_")

    database_url: DatabaseAddress = Field(validation_alias="TRACKER_DATABASE_URL")
    """Address of PostgreSQL with the login of the tracker."""
    kafka_password: SecretStr | None = Field(None, validation_alias="TRACKER_KAFKA_PASSWORD")
    """Password of the Kafka user of the tracker (SCRAM-SHA-512 over TLS)."""
    letters: Letters = ZHEJIANG
    """The class letter printed for each outcome."""
