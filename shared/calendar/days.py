"""Which days are working days in China, and how many lie between two of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chinese_calendar import Holiday, holidays, workdays

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
LIBRARY_BEGINS = date(min(holidays).year, 1, 1)
LIBRARY_ENDS = date(max(holidays).year, 12, 31)


class DayName(NamedTuple):
    """Name of a special day in both languages."""

    zh: str
    en: str


_ZH = {
    Holiday.new_years_day: "元旦",
    Holiday.spring_festival: "春节",
    Holiday.tomb_sweeping_day: "清明",
    Holiday.labour_day: "劳动节",
    Holiday.dragon_boat_festival: "端午",
    Holiday.national_day: "国庆",
    Holiday.mid_autumn_festival: "中秋",
    Holiday.anti_fascist_70th_day: "抗战胜利日",
}
_NAMES = {name.value: DayName(zh, name.value) for name, zh in _ZH.items()}
_LIBRARY = dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True)


def local_day(instant: datetime) -> date:
    """Tell the day an instant belongs to in Asia/Shanghai; a naive time raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(SHANGHAI).date()


def start_of_day(day: date) -> datetime:
    """Give the instant, in UTC, at which a day begins in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Override:
    """An operator's word on one day, stronger than the library's."""

    is_working_day: bool
    note: str = ""


class Calendar:
    """The State Council's working days: overrides first, then the library, else Monday to Friday.

    Days are ranked by counting Monday to Friday in closed form and adding what the exceptions
    gained or lost until then, so every date has an answer and none needs a walk. Build one per
    change of the overrides, not one per question.
    """

    def __init__(self, overrides: Mapping[date, Override]) -> None:
        self._overrides = dict(overrides)
        working_days = _LIBRARY | {day: own.is_working_day for day, own in self._overrides.items()}
        odd = sorted(day for day, works in working_days.items() if works != (day.weekday() < 5))
        self._odd = [day.toordinal() for day in odd]
        self._gained = [0, *accumulate(1 if working_days[day] else -1 for day in odd)]
        self._odd_ranks = [self._rank(ordinal) for ordinal in self._odd]
        self._odd_days = frozenset(odd)
        self._ends = LIBRARY_ENDS
        while self._ends + DAY in self._overrides:
            self._ends += DAY

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on a day; outside coverage that is Monday to Friday."""
        return (day.weekday() < 5) != (day in self._odd_days)

    def covers(self, day: date) -> bool:
        """Tell whether a day was published: in the library's years, or overridden itself."""
        return LIBRARY_BEGINS <= day <= self._ends or day in self._overrides

    def covers_all(self, first: date, last: date) -> bool:
        """Tell whether every day from `first` to `last` was published."""
        if first >= LIBRARY_BEGINS and last <= self._ends:
            return True
        span = (last - first).days + 1
        return all(self.covers(last - timedelta(days=back)) for back in range(span))

    def name_of(self, day: date) -> DayName | None:
        """Name a holiday, the make-up day of one, or an override that has a note."""
        if (own := self._overrides.get(day)) is not None:
            return DayName(own.note, own.note) if own.note else None
        name = holidays.get(day) or workdays.get(day)
        return _NAMES.get(name, DayName(name, name)) if name else None

    def add_working_days(self, day: date, n: int) -> date:
        """Give the n-th working day after a day (before it when n < 0); 0 gives the day itself."""
        if n > 0:
            return self._at(self._rank(day.toordinal()) + n)
        if n < 0:
            return self._at(self._rank(day.toordinal() - 1) + n + 1)
        return day

    def working_days_between(self, a: date, b: date) -> int:
        """Count the working days after `a` up to and with `b`; negative when `b` is earlier."""
        return self._rank(b.toordinal()) - self._rank(a.toordinal())

    def working_days_left(self, today: date, due_on: date) -> int:
        """Count the working days to a due day: 0 on the day; below 0 once it is past.

        Late is at least one day late, even when no working day has passed since.
        """
        left = self.working_days_between(today, due_on)
        return min(left, -1) if due_on < today else left

    def _rank(self, ordinal: int) -> int:
        return _weekdays(ordinal) + self._gained[bisect_right(self._odd, ordinal)]

    def _at(self, rank: int) -> date:
        i = bisect_left(self._odd_ranks, rank)
        plain = _weekday(rank - self._gained[i])
        return date.fromordinal(min(plain, self._odd[i]) if i < len(self._odd) else plain)


def _weekdays(ordinal: int) -> int:
    """Count Monday to Friday from day 1 (a Monday) through an ordinal."""
    weeks, days = divmod(ordinal, 7)
    return weeks * 5 + min(days, 5)


def _weekday(rank: int) -> int:
    """Give the ordinal of the rank-th day that is Monday to Friday."""
    weeks, days = divmod(rank - 1, 5)
    return weeks * 7 + days + 1
