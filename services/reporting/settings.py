"""Reporting configuration, read from the environment."""

from datetime import date, datetime

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.calendar import Period, Periods, local_day
from shared.settings import DatabaseAddress, SharedSettings


class ReportingSettings(SharedSettings):
    """Rules of counting that an office chooses before its first report."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="REPORTING_")

    database_url: DatabaseAddress = Field(validation_alias="REPORTING_DATABASE_URL")
    """Address of PostgreSQL with the login of reporting."""
    kafka_password: SecretStr | None = Field(None, validation_alias="REPORTING_KAFKA_PASSWORD")
    """Password of the Kafka user of reporting (SCRAM-SHA-512 over TLS)."""
    opens: date = date(2022, 7, 5)
    """First day of the first reporting period; fixed once a report has been drafted."""
    due_day: int = Field(20, ge=1, le=28)
    """Day of the month on which a period ends and its report is due; fixed in the same way."""
    draft_day: int = Field(15, ge=1, le=28)
    """Day of the month on which the reports are drafted."""
    cut_wait_seconds: float = Field(20.0, gt=0)
    """Seconds a submission waits until the events before its cut are read; then it fails (503)."""

    @property
    def periods(self) -> Periods:
        """The monthly cycle, first period included."""
        return Periods(self.opens, self.due_day)

    def current_period(self, now: datetime) -> Period | None:
        """Return the period people work on: the present one from its drafting day on."""
        present = self.periods.period_of(now)
        if present is None or self.is_to_draft(present, now):
            return present
        return self.periods.previous(present) or present

    def is_to_draft(self, period: Period, now: datetime) -> bool:
        """Whether the drafting day of a period has come."""
        return local_day(now) >= period.due_on.replace(day=self.draft_day)
