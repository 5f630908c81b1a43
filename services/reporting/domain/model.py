"""Items, activities and monthly reports: their rows and what a decision sees of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field, Json

from services.reporting.domain.facts import AttendanceColumn, Fact
from services.reporting.domain.freezing import Frozen, LineFigure, changed
from shared.contracts.codes import ActivityKind, RatingChannel, ReportStage
from shared.contracts.envelope import Key
from shared.ids import Id, named_id
from shared.messaging.subject import Row, State, StateRow


class ItemRow(StateRow):
    """Worth of an item: 0 or 1 in each column.

    `number` and C3 follow intake, `reply_no` to C4 the tracker, C5 the router. `outcomes` are the
    answers of the present round by task; `kept`: a promise among them was kept; `rating_channel`:
    how the last reply was rated. The times are those of the last change of worth.
    """

    number: str = ""
    c3: int = 0
    c3_at: AwareDatetime | None = None
    reply_no: int = 0
    round: int = 0
    outcomes: Json[dict[str, str]] = Field(default_factory=dict)
    kept: bool = False
    disputed: bool = False
    rating_channel: RatingChannel | Literal[""] = ""
    c4: int = 0
    c4_at: AwareDatetime | None = None
    c5: int = 0

    @property
    def unsolved(self) -> int:
        """The number of answers other than `solved`."""
        return sum(outcome != "solved" for outcome in self.outcomes.values())

    @property
    def is_solved(self) -> bool:
        """Whether there are answers and all of them are `solved`, or a promise settles it."""
        if self.kept:
            return self.unsolved <= 1
        return bool(self.outcomes) and self.unsolved == 0


@dataclass(frozen=True, slots=True)
class Item(State[ItemRow]):
    """An item and the facts written in this set."""

    facts: tuple[Fact, ...] = ()


class ActivityRow(StateRow):
    """Worth of an activity, 0 or 1 in C1, and what was held; `firms` were visited or took part.

    `c1_at` is the time of the last change of worth.
    """

    held: bool = False
    cancelled: bool = False
    c1: int = 0
    c1_at: AwareDatetime | None = None
    kind: ActivityKind | Literal[""] = ""
    organiser_division: str = ""
    place_division: str = ""
    first_day: date | None = None
    last_day: date | None = None
    firms: int = 0
    partners: tuple[str, ...] = ()


class Attendee(Row):
    """One person of an activity who may count in a column: while they came and it counts."""

    activity: Key
    person_id: Key
    column: AttendanceColumn
    came: bool = True
    worth: int = 0
    worth_at: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Activity(State[ActivityRow]):
    """An activity, who took part, and the facts written in this set."""

    people: Mapping[Id, Attendee] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()


def report_key(filer: str, period_end: date) -> Id:
    """Return the key of a filer's report of the period that ends on this day."""
    return named_id("report", f"{filer}:{period_end.isoformat()}")


class ReportRow(StateRow):
    """A report's stage and history; `version` is the last one submitted, 0 before the first.

    `figures` are those last checked or confirmed, `first_submitted_at` is when version 1 was sent.
    """

    filer: str = ""
    period_start: date | None = None
    period_end: date | None = None
    stage: ReportStage = ""
    version: int = 0
    drafted_at: AwareDatetime | None = None
    checked_by: str = ""
    checked_at: AwareDatetime | None = None
    confirmed_by: str = ""
    confirmed_at: AwareDatetime | None = None
    figures: Json[tuple[LineFigure, ...]] = ()
    submitted_by: str = ""
    submitted_at: AwareDatetime | None = None
    first_submitted_at: AwareDatetime | None = None
    decided_by: str = ""
    decided_at: AwareDatetime | None = None
    return_reason: str = ""
    return_note: str = ""


def stage_of(row: ReportRow, figures: Sequence[LineFigure]) -> ReportStage:
    """Return the stage with these figures: a confirmed report is outdated once they differ."""
    is_outdated = row.stage == "confirmed" and changed(row.figures, figures)
    return "outdated" if is_outdated else row.stage


@dataclass(frozen=True, slots=True)
class Report(State[ReportRow]):
    """A report and the versions frozen in this set."""

    frozen: tuple[Frozen, ...] = ()
