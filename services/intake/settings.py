"""Intake configuration, read from the environment."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from shared.notices.channels import ChannelSettings
from shared.settings import DatabaseAddress, SharedSettings


class IntakeSettings(ChannelSettings, SharedSettings):
    database_url: DatabaseAddress = Field(validation_alias="INTAKE_DATABASE_URL")
    """Address of PostgreSQL with the login of intake."""
    kafka_password: SecretStr | None = Field(None, validation_alias="INTAKE_KAFKA_PASSWORD")
    """Password of the Kafka user of intake (SCRAM-SHA-512 over TLS)."""
    auto_accept: bool = Field(False, validation_alias="INTAKE_AUTO_ACCEPT")
    """Accept and number every item as it is submitted (benchmarks in development only)."""
    station_requests_per_minute: int = Field(
        300, ge=1, validation_alias="INTAKE_STATION_REQUESTS_PER_MINUTE"
    )
    """Requests per minute that one station may send to one process; a batch counts as one."""
    source_views_per_hour: int = Field(60, ge=1, validation_alias="INTAKE_SOURCE_VIEWS_PER_HOUR")
    """Number of times an officer may view a source within an hour."""
    recent_visit_days: int = Field(30, ge=1, le=366, validation_alias="INTAKE_RECENT_VISIT_DAYS")
    """Days before and after a visit within which another one to the same firm needs a reason."""
    public_requests_per_minute: int = Field(
        300, ge=1, validation_alias="INTAKE_PUBLIC_REQUESTS_PER_MINUTE"
    )
    """Requests per minute from one address to the pages without an account, to one process."""
    reports_per_minute: int = Field(20, ge=1, validation_alias="INTAKE_REPORTS_PER_MINUTE")
    """Reports per minute without an account from one address, to one process."""
    reports_per_day: int = Field(200, ge=1, validation_alias="INTAKE_REPORTS_PER_STATION_AND_DAY")
    """Reports without an account that one station takes on one day."""
    reports_per_network: int = Field(
        50, ge=1, validation_alias="INTAKE_REPORTS_PER_NETWORK_AND_DAY"
    )
    """Reports of one day that one station takes without an account from one network address.

    Counted by each process, in memory: no address is stored.
    """
    contact_key_file: Path = Field(
        Path("var/intake-contact.keys"), validation_alias="INTAKE_CONTACT_KEY_FILE"
    )
    """File of the keys for contacts, one per line: the first encrypts, all of them decrypt."""
    address: str = Field("", validation_alias="JIANYI_ADDRESS")
    """Address of the system in browsers, `https://host`; notices need it."""

    @model_validator(mode="after")
    def _notices_lead_here(self) -> Self:
        if self.has_channels and not self.address:
            raise ValueError(
                "JIANYI_NOTICE_SMTP_HOST and JIANYI_NOTICE_APPRISE_FILE need JIANYI_ADDRESS"
            )
        return self

    attachment_folder: Path = Field(
        Path("var/intake-attachments"), validation_alias="INTAKE_ATTACHMENT_FOLDER"
    )
    """Folder of the files attached to items, on a disk that all processes of intake share."""

    @model_validator(mode="after")
    def _only_in_development(self) -> Self:
        if self.auto_accept and self.environment != "development":
            raise ValueError("INTAKE_AUTO_ACCEPT is allowed only with JIANYI_ENV=development")
        return self
