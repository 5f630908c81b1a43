"""Reporting configuration, read from the environment."""

from datetime import date, datetime

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.calendar import Period, Periods, local_day
from shared.settings import DatabaseAddress, SharedSettings


class ReportingSettings(SharedSettings):
    """Counting rules an office may choose; a change holds from its own period on, never back."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="REPORTING_")

    database_url: DatabaseAddress = Field(validation_alias="REPORTING_DATABASE_URL")
    """Address of PostgreSQL with the login of reporting."""
    opens: date = date(2022, 7, 5)
    """First day of the first reporting period."""
    due_day: int = Field(20, ge=1, le=28)
    """Day of the month on which a period ends and its report is due."""
    draft_day: int = Field(15, ge=1, le=28)
    """Day of the month on which the reports are drafted."""
    cut_wait_seconds: float = Field(20.0, gt=0)
    """Seconds that a submission waits for the events up to its cut before it answers 503."""

    @property
    def periods(self) -> Periods:
        """The monthly cycle, first period included."""
        return Periods(self.opens, self.due_day)

    def at_hand(self, now: datetime) -> Period | None:
        """Find the period people work on: the present one from its drafting day, else the last."""
        present = self.periods.period_of(now)
        if present is None or self.is_to_draft(present, now):
            return present
        return self.periods.previous(present) or present

    def is_to_draft(self, period: Period, now: datetime) -> bool:
        """Tell whether the day has come on which a period's reports are laid out."""
        return local_day(now) >= period.due_on.replace(day=self.draft_day)
