"""What intake is told from outside."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from shared.settings import DatabaseAddress, SharedSettings


class IntakeSettings(SharedSettings):
    """Read once in `__main__`; `auto_accept` exists for the bench only.

    `station_requests_per_minute` is what one station may ask of one process: evenly, or as many at
    once. A batch is one request: a station that was offline for days is not held up by it.
    `contact_key_file` holds the keys that seal proposers' contacts, one a line: the first seals,
    all open. `looks_per_hour` is how many sources one officer may look at within an hour.
    """

    database_url: DatabaseAddress = Field(validation_alias="INTAKE_DATABASE_URL")
    auto_accept: bool = Field(False, validation_alias="INTAKE_AUTO_ACCEPT")
    station_requests_per_minute: int = Field(
        300, ge=1, validation_alias="INTAKE_STATION_REQUESTS_PER_MINUTE"
    )
    looks_per_hour: int = Field(60, ge=1, validation_alias="INTAKE_LOOKS_PER_HOUR")
    contact_key_file: Path = Field(
        Path("var/intake-contact.keys"), validation_alias="INTAKE_CONTACT_KEY_FILE"
    )

    @model_validator(mode="after")
    def _only_in_development(self) -> Self:
        if self.auto_accept and self.environment != "development":
            raise ValueError("INTAKE_AUTO_ACCEPT is refused unless JIANYI_ENV=development")
        return self
