"""Decision context of a case: the time, the calendar, the limits, lookups in the directory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.calendar import Calendar, Deadline, Limit, deadline, local_day, start_of_day
from shared.calendar.days import DAY
from shared.ids import Id
from shared.settings import Limits

_INSTANT = timedelta(microseconds=1)
DAY_LOST = timedelta(hours=4)
Outage = tuple[datetime, datetime]
"""Start and end of a time in which the system was off."""


@dataclass(frozen=True)
class DecisionContext:
    """The context of one transaction; equal deadlines are computed once in it.

    `organ_of` finds the organ that dispatches a division's items, None while the directory has
    none; `may_lead` tests whether a person may supervise the cases of a division. `outages` are
    the times in which the system was off.
    """

    now: datetime
    calendar: Calendar
    limits: Limits
    organ_of: Callable[[str], Id | None]
    may_lead: Callable[[Id, str], bool]
    outages: Sequence[Outage] = ()
    _deadlines: dict[object, Deadline] = field(default_factory=dict)
    _instants: dict[object, datetime] = field(default_factory=dict)

    def deadline(self, start: datetime, limit: Limit) -> Deadline:
        """The deadline of a limit without pauses."""
        if limit.kind == "hours":
            return deadline(start, limit, self.calendar)
        day = local_day(start)
        place = (day, limit.n, limit.kind)
        found = self._deadlines.get(place)
        if found is None:
            found = self._deadlines[place] = deadline(day, limit, self.calendar)
        return found

    def working_days_off(self, since: date) -> int:
        """Count the working days, from `since` on, on which the system was off for hours."""
        off: dict[date, timedelta] = {}
        for began, ended in self.outages:
            day = max(local_day(began), since)
            while (midnight := start_of_day(day)) < ended:
                lasted = min(ended, midnight + DAY) - max(began, midnight)
                off[day] = off.get(day, timedelta()) + lasted
                day += DAY
        return sum(
            lasted >= DAY_LOST and self.calendar.is_working_day(day) for day, lasted in off.items()
        )

    def was_off(self, instant: datetime) -> bool:
        return any(began <= instant < ended for began, ended in self.outages)

    def working_day_after(self, due_at: datetime, n: int) -> datetime:
        """The start of the n-th working day after a due day; for 0 the due time itself."""
        if n == 0:
            return due_at
        found = self._instants.get((due_at, n))
        if found is None:
            day = self.calendar.add_working_days(last_day(due_at), n)
            found = self._instants[due_at, n] = start_of_day(day)
        return found


def last_day(due_at: datetime) -> date:
    """The day a due time belongs to: 24:00 ends its day."""
    return local_day(due_at - _INSTANT)
