"""What the tracker is told from outside: every limit that no law fixes is a setting."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from shared.calendar import Limit
from shared.contracts.words import Complexity, Outcome
from shared.settings import DatabaseAddress, SharedSettings


def _working_days(n: int) -> Limit:
    return Limit(n=n, kind="wd")


class Limits(BaseModel):
    """How long each duty of a station item may take, and when it is urged.

    The ladder counts working days after the due day: urge slip, supervision, candidate for key
    supervision. `silence_after`: unsigned so many working days after the due day counts as signed.
    """

    model_config = ConfigDict(frozen=True)

    accept: Limit = _working_days(1)
    dispatch: Limit = _working_days(2)
    sign: Limit = _working_days(1)
    object: Limit = _working_days(2)
    decide_objection: Limit = _working_days(1)
    rating: Limit = _working_days(15)
    reply: Mapping[Complexity, Limit] = {
        "policy_question": _working_days(5),
        "normal": _working_days(15),
        "complex": _working_days(30),
    }
    rework: Mapping[Complexity, Limit] = {
        "policy_question": _working_days(15),
        "normal": _working_days(15),
        "complex": _working_days(30),
    }
    urge_after: int = 1
    supervise_after: int = 3
    key_after: int = 5
    silence_after: int = 2


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
    """The tracker's settings; `TRACKER_LIMITS` holds other limits as JSON."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix="TRACKER_", env_nested_delimiter="__"
    )

    database_url: DatabaseAddress = Field(validation_alias="TRACKER_DATABASE_URL")
    limits: Limits = Limits()
    letters: Letters = ZHEJIANG
