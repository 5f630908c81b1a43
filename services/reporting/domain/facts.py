"""Facts: the worth of one subject in one column rose or fell; written once, never changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from pydantic import AwareDatetime

from shared.calendar import Periods
from shared.contracts import topics
from shared.contracts.codes import ActivityKind, FigureColumn, RatingChannel
from shared.contracts.envelope import Key
from shared.ids import Id
from shared.messaging.subject import ReceivedEvent, Row

AttendanceColumn = Literal["C2", "street_reps"]
Column = FigureColumn | Literal["street_reps"]
"""The six columns of the form, and the figure of street representatives beside C2."""

COLUMNS: tuple[FigureColumn, ...] = get_args(FigureColumn)
ITEM_TOPICS = (topics.INTAKE_ITEM, topics.ROUTER_ASSIGNMENT, topics.TRACKER_CASE)
COUNTED_TOPICS: tuple[topics.Topic, ...] = (*ITEM_TOPICS, topics.INTAKE_ACTIVITY)
"""The topics that figures are counted from; a cut has an offset for each of their partitions."""


class Fact(Row):
    """A subject's worth in a column changed by `delta` (+1 or -1).

    `occurred_at` is never before the fact it takes back. `period_start` is the first day of the
    period it happened in; None before the first period: counted nowhere.
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


class FactDetail(Row):
    """One fact behind a number; `number` is the item's, `rating_channel` how
    its last reply was rated.

    `is_late`: it belongs to an earlier report whose cut it missed. Of an activity: its kind, where
    it was held, and with how many firms.
    """

    subject: Key
    person_id: Key | None
    division_code: str
    column: Column
    delta: int
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    topic: str
    is_late: bool
    number: str
    rating_channel: RatingChannel | Literal[""]
    kind: ActivityKind | Literal[""]
    place_division: str
    firms: int


class CellChange(Row):
    """The change that facts make to the sum of one division, period and column."""

    division_code: str
    period_start: date
    column: Column
    n: int


@dataclass(frozen=True, slots=True)
class WorthChange:
    """A change of worth, and where and when it counts."""

    column: Column
    worth: int
    division_code: str
    occurred_at: datetime
    person_id: Id | None = None


def fact_of(
    change: WorthChange, since: datetime | None, received: ReceivedEvent, periods: Periods
) -> Fact:
    """Return the fact of a change of worth; `since` is when the worth last changed.

    A reversal never counts before the fact it reverses, and nowhere if that counted nowhere.
    """
    at = change.occurred_at if since is None else max(change.occurred_at, since)
    period = periods.period_of(at)
    if change.worth == 0 and since is not None and periods.period_of(since) is None:
        period = None
    record = received.record
    return Fact(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        column=change.column,
        delta=1 if change.worth else -1,
        subject=received.key,
        person_id=change.person_id,
        division_code=change.division_code,
        event_id=received.event_id,
        occurred_at=at,
        recorded_at=received.recorded_at,
        period_start=period.start if period else None,
    )


def cells_of(facts: Iterable[Fact]) -> list[CellChange]:
    """Sum facts by cell, in the order in which cells are locked."""
    sums: Counter[tuple[str, date, Column]] = Counter()
    for fact in facts:
        if fact.period_start is not None:
            sums[fact.division_code, fact.period_start, fact.column] += fact.delta
    return [
        CellChange(division_code=division, period_start=start, column=column, n=n)
        for (division, start, column), n in sorted(sums.items())
        if n
    ]
