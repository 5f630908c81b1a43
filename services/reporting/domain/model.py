"""Items, activities and monthly reports: their rows and what a decision sees of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from services.reporting.domain.facts import Fact
from services.reporting.domain.freezing import Frozen
from shared.ids import Id, named_id
from shared.messaging.subject import Row, State, StateRow

Stage = Literal[
    "", "drafted", "checked", "confirmed", "submitted", "received", "returned", "lapsed"
]


class ItemRow(StateRow):
    """Worth of an item: 0 or 1 in each column.

    `number` and C3 follow intake, `reply_no` to C4 the tracker, C5 the router. The times are those
    of the last change of worth.
    """

    number: str = ""
    c3: int = 0
    c3_at: AwareDatetime | None = None
    reply_no: int = 0
    outcome: str = ""
    kept: bool = False
    disputed: bool = False
    c4: int = 0
    c4_at: AwareDatetime | None = None
    c5: int = 0


@dataclass(frozen=True, slots=True)
class Item(State[ItemRow]):
    """An item and the facts written in this set."""

    facts: tuple[Fact, ...] = ()


class ActivityRow(StateRow):
    """Worth of an activity: 0 or 1 in C1."""

    c1: int = 0


class Attendee(Row):
    """One person who counts for an activity, once."""

    activity: bytes
    person_id: bytes


@dataclass(frozen=True, slots=True)
class Activity(State[ActivityRow]):
    """An activity, who took part, and the facts written in this set."""

    people: Mapping[Id, Attendee] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()


def report_key(filer: str, period_end: date) -> Id:
    """Return the key of a filer's report of the period that ends on this day."""
    return named_id("report", f"{filer}:{period_end.isoformat()}")


class ReportRow(StateRow):
    """A report's stage and history; `version` is the last one submitted, 0 before the first."""

    filer: str = ""
    period_start: date | None = None
    period_end: date | None = None
    stage: Stage = ""
    version: int = 0
    drafted_at: AwareDatetime | None = None
    checked_by: str = ""
    checked_at: AwareDatetime | None = None
    confirmed_by: str = ""
    confirmed_at: AwareDatetime | None = None
    submitted_by: str = ""
    submitted_at: AwareDatetime | None = None
    decided_by: str = ""
    decided_at: AwareDatetime | None = None
    return_reason: str = ""


@dataclass(frozen=True, slots=True)
class Report(State[ReportRow]):
    """A report and the versions frozen in this set."""

    frozen: tuple[Frozen, ...] = ()
