"""The day grid of a deadline: every day from its start, and whether and why it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from shared.calendar.days import Calendar, DayName, local_day
from shared.calendar.deadline import Limit, Pause, nominal_end

Why = Literal["start", "counted", "make_up", "weekend", "holiday", "paused", "beyond"]


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the count: its number, or None and why it does not count.

    `start` is day 0 (民法典 §201); `counted` and `make_up` bear numbers; `beyond` are working days
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
    """Lay out every day from the start to the told due day; natural hours number no day."""
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
