"""Tracker configuration, read from the environment; every limit that no law fixes is in it."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from shared.calendar import Limit
from shared.contracts.codes import Complexity, Outcome
from shared.settings import DatabaseAddress, SharedSettings


def _working_days(n: int) -> Limit:
    return Limit(n=n, kind="wd")


class Limits(BaseModel):
    """Limits of the duties of a station item, and the steps after a due day."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    accept: Limit = _working_days(1)
    """Limit for the station to accept or return an item."""
    dispatch: Limit = _working_days(2)
    """Limit for the dispatcher to dispatch an accepted item."""
    sign: Limit = _working_days(1)
    """Limit for the unit to acknowledge its task, if its dispatch states none."""
    object: Limit = _working_days(2)
    """Limit for the unit to object to its task, if its dispatch states none."""
    decide_objection: Limit = _working_days(1)
    """Limit for the dispatcher to decide on an objection."""
    decide_supervision: Limit = _working_days(5)
    """Limit for the organ to decide on a candidate for key supervision."""
    rating: Limit = _working_days(15)
    """Limit for the proposer to rate a reply."""
    reply: Mapping[Complexity, Limit] = {
        "policy_question": _working_days(5),
        "normal": _working_days(15),
        "complex": _working_days(30),
    }
    """Limits for the unit to reply, by complexity, if its dispatch states none."""
    rework: Mapping[Complexity, Limit] = {
        "policy_question": _working_days(15),
        "normal": _working_days(15),
        "complex": _working_days(30),
    }
    """Limits for the unit to reply again after a dissatisfied rating, by complexity."""
    urge_after: int = 1
    """Working days after the due day until a reminder is sent."""
    supervise_after: int = 3
    """Working days after the due day until the case is supervised."""
    key_after: int = 5
    """Working days after the due day until the case is a candidate for key supervision."""
    silence_after: int = 2
    """Working days after the due day until an unacknowledged task counts as acknowledged."""


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

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix="TRACKER_", env_nested_delimiter="__"
    )

    database_url: DatabaseAddress = Field(validation_alias="TRACKER_DATABASE_URL")
    """Address of PostgreSQL with the login of the tracker."""
    limits: Limits = Limits()
    """All limits as one JSON object; or one variable each, as below."""
    letters: Letters = ZHEJIANG
    """The class letter printed for each outcome."""
