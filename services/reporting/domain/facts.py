"""Facts: each says that one subject rose or fell in one column, once and for good."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime

from shared.calendar import Periods
from shared.contracts.codes import FigureColumn
from shared.contracts.envelope import Key
from shared.contracts.topics import (
    INTAKE_ACTIVITY,
    INTAKE_ITEM,
    ROUTER_ASSIGNMENT,
    TRACKER_CASE,
    Topic,
)
from shared.ids import Id
from shared.messaging.subject import ReceivedEvent, Row

Column = FigureColumn | Literal["street_reps"]
"""The six columns of the form, and the figure of street representatives beside C2."""

COLUMNS: tuple[FigureColumn, ...] = ("C1", "C2", "C3", "C4", "C5", "C6")
ITEM_TOPICS = (INTAKE_ITEM, ROUTER_ASSIGNMENT, TRACKER_CASE)
COUNTED_TOPICS: tuple[Topic, ...] = (*ITEM_TOPICS, INTAKE_ACTIVITY)
"""What figures are counted from; a report's cut names an offset of each of their partitions."""


class Fact(Row):
    """A subject's worth in a column changed by `delta` (+1 or -1).

    `occurred_at` is never before the fact it takes back. `period_start` is the first day of the
    period it happened in; None when that was before the first one opened: counted nowhere.
    """

    topic: str
    partition: int
    offset: int
    column: Column
    delta: int
    subject: Key
    person_id: Key | None = None
    division_code: str
    event_id: Key
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    period_start: date | None


class Member(Row):
    """One fact behind a number; `number` is the item's, if it has one."""

    subject: Key
    person_id: Key | None
    division_code: str
    column: Column
    delta: int
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    topic: str
    period_start: date
    number: str


class Cell(Row):
    """What happened in one division and period, by column: the sum of its facts."""

    division_code: str
    period_start: date
    column: Column
    n: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What counting depends on beside the event itself."""

    periods: Periods


@dataclass(frozen=True, slots=True)
class WorthChange:
    """A change of worth to be written down, and where and when it counts."""

    column: Column
    worth: int
    division_code: str
    occurred_at: datetime
    person_id: Id | None = None


def fact_of(
    turn: WorthChange, since: datetime | None, received: ReceivedEvent, rules: Rules
) -> Fact:
    """Write down that a subject became worth 1 or 0; `since` is when it last changed.

    A reversal never counts before what it takes back, and nowhere when that counted nowhere.
    """
    at = turn.occurred_at if since is None else max(turn.occurred_at, since)
    period = rules.periods.period_of(at)
    if turn.worth == 0 and since is not None and rules.periods.period_of(since) is None:
        period = None
    record = received.record
    return Fact(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        column=turn.column,
        delta=1 if turn.worth else -1,
        subject=received.key,
        person_id=turn.person_id,
        division_code=turn.division_code,
        event_id=received.event_id,
        occurred_at=at,
        recorded_at=received.recorded_at,
        period_start=period.start if period else None,
    )


def cells_of(facts: Iterable[Fact]) -> list[Cell]:
    """Sum facts to changes of cells, in the order in which cells are locked."""
    sums: Counter[tuple[str, date, Column]] = Counter()
    for fact in facts:
        if fact.period_start is not None:
            sums[fact.division_code, fact.period_start, fact.column] += fact.delta
    return [
        Cell(division_code=division, period_start=start, column=column, n=n)
        for (division, start, column), n in sorted(sums.items())
        if n
    ]
