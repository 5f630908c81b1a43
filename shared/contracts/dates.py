"""Instants and days of events, within the years that every reader and its database can hold."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime
from pydantic_core import PydanticCustomError

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
WESTERNMOST, EASTERNMOST = timedelta(hours=-12), timedelta(hours=14)
D = TypeVar("D", bound=date)


def _plausible(value: D) -> D:
    """Refuse a year that can only be a typing error; dates at the ends of the calendar overflow."""
    if not FIRST_DAY.year <= value.year <= LAST_DAY.year:
        raise PydanticCustomError(
            "date_implausible",
            "not in our time",
            {
                "zh": f"年份应在{FIRST_DAY.year}年到{LAST_DAY.year}年之间。",
                "en": f"The year must be between {FIRST_DAY.year} and {LAST_DAY.year}.",
            },
        )
    return value


def in_utc(value: datetime) -> datetime:
    """Convert an instant to UTC; raises ValueError for an implausible year or offset.

    An offset that no place on earth has is refused: the database reads only some of them.
    """
    offset = _plausible(value).utcoffset()
    if offset is None or not WESTERNMOST <= offset <= EASTERNMOST:
        raise PydanticCustomError(
            "offset_implausible",
            "no such offset",
            {
                "zh": "与世界时的时差应在-12:00到+14:00之间。",
                "en": "The offset from UTC must be between -12:00 and +14:00.",
            },
        )
    return _plausible(value.astimezone(UTC))


Instant = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""In UTC, of the years 2000 to 2099."""
Day = Annotated[date, AfterValidator(_plausible)]
"""Of the years 2000 to 2099."""
