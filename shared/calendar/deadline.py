"""Deadlines of limits: Civil Code (民法典) §§201-203, pauses, and dates already announced."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.calendar.days import DAY, Calendar, DayName, local_day, start_of_day

Pause = tuple[date, date]
"""Days on which a clock did not run from 00:00 to 24:00: first day, day after the last."""

_INSTANT = timedelta(microseconds=1)


class Limit(BaseModel):
    """A length of time: n working days, calendar days, months or natural hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int = Field(ge=1, le=3660)
    kind: Literal["wd", "days", "months", "hours"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a limit and the instant it ends (24:00 Asia/Shanghai, in UTC).

    `provisional` when a day it depends on was not published yet.
    """

    due_on: date
    due_at: datetime
    provisional: bool


def deadline(
    start: datetime | date, limit: Limit, calendar: Calendar, pauses: Sequence[Pause] = ()
) -> Deadline:
    """Compute when a limit that begins at `start` ends (民法典 §§201-203).

    The start day does not count. Calendar days and months that end on a day off end on the next
    working day; natural hours run from the moment and never roll. Paused days do not count.
    Hours from a date without a time raise TypeError, a naive time raises ValueError.
    """
    if limit.kind == "hours":
        return _after_hours(start, limit.n, pauses)
    began = local_day(start) if isinstance(start, datetime) else start
    if limit.kind == "wd":
        due = _lengthen(began, calendar.add_working_days(began, limit.n), pauses, calendar)
        needed = began + DAY
    else:
        needed = _lengthen(began, nominal_end(began, limit), pauses)
        due = _roll(needed, calendar, pauses)
    return Deadline(due, start_of_day(due + DAY), not calendar.covers_all(needed, due))


def pause_between(paused_at: datetime, resumed_at: datetime) -> Pause:
    """Give the local days on which a clock stopped at least for a moment.

    A clock resumed before it was paused raises ValueError.
    """
    if resumed_at < paused_at:
        raise ValueError("a pause cannot end before it begins")
    return local_day(paused_at), local_day(resumed_at - _INSTANT) + DAY


def recompute(old: Deadline, new: Deadline) -> Deadline:
    """Take a newly computed deadline, but never move an announced one earlier."""
    return new if new.due_at >= old.due_at else replace(old, provisional=new.provisional)


def nominal_end(began: date, limit: Limit) -> date:
    """Give the last day before pauses and days off: months by 民法典 §202."""
    if limit.kind == "days":
        return began + timedelta(days=limit.n)
    year, month = divmod(began.year * 12 + began.month - 1 + limit.n, 12)
    return date(year, month + 1, min(began.day, monthrange(year, month + 1)[1]))


def _after_hours(start: datetime | date, n: int, pauses: Sequence[Pause]) -> Deadline:
    if not isinstance(start, datetime):
        raise TypeError("hours run from an instant, not from a day")
    due_at = start + timedelta(hours=n)
    due = local_day(due_at - _INSTANT)
    later = _lengthen(local_day(start), due, pauses)
    return Deadline(later, (due_at + (later - due)).astimezone(UTC), provisional=False)


def _lengthen(
    began: date, due: date, pauses: Sequence[Pause], working: Calendar | None = None
) -> date:
    """Move a due day by the paused days before it: working days of a calendar, or all days."""
    free = began + DAY
    for first, after in sorted(pauses):
        lost_from = max(first, free)
        if lost_from > due:
            break
        if after > lost_from:
            due = _move(due, lost_from, after, working)
            free = after
    return due


def _move(due: date, first: date, after: date, working: Calendar | None) -> date:
    if working is None:
        return due + (after - first)
    return working.add_working_days(due, working.working_days_between(first - DAY, after - DAY))


def _roll(due: date, calendar: Calendar, pauses: Sequence[Pause]) -> date:
    """Move a due day to the first working day from there on that is not paused (民法典 §203)."""
    while True:
        day = calendar.add_working_days(due - DAY, 1)
        ends = [after for first, after in pauses if first <= day < after]
        if not ends:
            return day
        due = max(ends)


Why = Literal["start", "counted", "make_up", "weekend", "holiday", "paused", "beyond"]


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the count: its number, or None and why it does not count.

    `start` is day 0 (民法典 §201); `counted` and `make_up` have numbers; `beyond` are working days
    behind the last number. `name` is the holiday's, also on its make-up days.
    """

    day: date
    number: int | None
    why: Why
    name: DayName | None


def count_days(
    start: datetime | date,
    due_on: date,
    limit: Limit,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
) -> list[DayCell]:
    """List every day from the start to the announced due day; natural hours number no day."""
    began = local_day(start) if isinstance(start, datetime) else start
    cells = [DayCell(began, 0, "start", calendar.name_of(began))]
    number, last = 0, _last_number(began, limit)
    for ahead in range(1, (due_on - began).days + 1):
        day = began + timedelta(days=ahead)
        why = _why(day, calendar, limit.kind == "wd" or number == last, number == last)
        if any(first <= day < after for first, after in pauses):
            why = "paused"
        counts = why in ("counted", "make_up")
        number += counts
        cells.append(DayCell(day, number if counts else None, why, calendar.name_of(day)))
    return cells


def _last_number(began: date, limit: Limit) -> int:
    if limit.kind == "hours":
        return 0
    return limit.n if limit.kind == "wd" else (nominal_end(began, limit) - began).days


def _why(day: date, calendar: Calendar, skips_days_off: bool, all_counted: bool) -> Why:
    working, weekend = calendar.is_working_day(day), day.weekday() >= 5
    if skips_days_off and not working:
        return "weekend" if weekend and calendar.name_of(day) is None else "holiday"
    if all_counted:
        return "beyond"
    return "make_up" if working and weekend else "counted"
