"""Visits that do not burden: who else visits an enterprise around a day, and how full a week is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared.ids import Id

NOBODY = bytes(16)
"""No activity: nothing is left out."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Another activity with some of the same enterprises: when, and of which station or organ."""

    key: Id
    state: str
    station_id: Id | None
    organ_id: Id | None
    organiser_division: str
    partners: Sequence[str]
    first_day: date
    last_day: date
    enterprise_ids: Sequence[Id]


def is_joint(visit: Visit, organiser: str, partners: Collection[str]) -> bool:
    """Whether a held visit may be the same joint activity as one of another organiser."""
    shared = visit.organiser_division in partners or organiser in visit.partners
    return visit.state == "HELD" and visit.organiser_division != organiser and shared


def around(first: date, last: date, days: int) -> tuple[date, date]:
    """The days on which another visit counts as recent: so many before and after."""
    return first - timedelta(days), last + timedelta(days)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of a day."""
    monday = day - timedelta(day.weekday())
    return monday, monday + timedelta(6)
