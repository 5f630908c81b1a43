"""Working days in China, and the reporting periods, each from one due day to the next."""

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
_FIXED = (
    (1, 1, Holiday.new_years_day),
    (5, 1, Holiday.labour_day),
    (5, 2, Holiday.labour_day),
    (10, 1, Holiday.national_day),
    (10, 2, Holiday.national_day),
    (10, 3, Holiday.national_day),
)
_HOLIDAYS = holidays | {
    date(LIBRARY_ENDS.year + ahead, month, day): name.value
    for ahead in range(1, 31)
    for month, day, name in _FIXED
}
"""Those announced; of later years those of a fixed date (全国年节及纪念日放假办法)."""

_LIBRARY = dict.fromkeys(_HOLIDAYS, False) | dict.fromkeys(workdays, True)


def local_day(instant: datetime) -> date:
    """Tell the day an instant belongs to in Asia/Shanghai; a naive time raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(SHANGHAI).date()


def local_time(instant: datetime) -> str:
    """Write an instant for people, in tables and on the command line: 2022-09-20 09:00:00."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


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

    Of a year not announced yet only the holidays of a fixed date are known.

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
        """Tell whether offices work on a day, covered or not."""
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
        name = _HOLIDAYS.get(day) or workdays.get(day)
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


@dataclass(frozen=True, slots=True)
class Period:
    """One reporting period, `start` included and `end` not; the `number`-th that ends in its year.

    The form is due on its last day.
    """

    start: date
    end: date
    number: int

    @property
    def due_on(self) -> date:
        """The last day, on which the form is due at 24:00."""
        return self.end - DAY

    @property
    def year(self) -> int:
        """The year the period ends in."""
        return self.due_on.year

    @property
    def label(self) -> str:
        """The year and number as one sortable code, `2022-03` for 2022年第3期."""
        return f"{self.year}-{self.number:02}"

    @property
    def starts_at(self) -> datetime:
        """The instant (UTC) the period begins, itself included."""
        return start_of_day(self.start)

    @property
    def ends_at(self) -> datetime:
        """The instant (UTC) the period ends, itself not included."""
        return start_of_day(self.end)


@dataclass(frozen=True, slots=True)
class Periods:
    """The monthly cycle: the 21st of last month 00:00 to the 20th 24:00 in Asia/Shanghai.

    The first period begins on `opens`, whatever day that is. A `due_day` that some month lacks
    raises ValueError.
    """

    opens: date = date(2022, 7, 5)
    due_day: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.due_day <= 28:
            raise ValueError("the due day must exist in every month: 1 to 28")

    def period_of(self, instant: datetime) -> Period | None:
        """Find the period an instant belongs to; None before the first one opens."""
        return self._period_with(local_day(instant))

    def ending(self, due_on: date) -> Period | None:
        """Find the period whose form is due on a day; None when that is no due day."""
        return self._period_with(due_on) if due_on.day == self.due_day else None

    def next(self, period: Period) -> Period:
        """Give the period that begins where this one ends."""
        return self._ending(_months_on(period.due_on, 1))

    def previous(self, period: Period) -> Period | None:
        """Give the period that ends where this one begins; None for the first."""
        return self._period_with(period.start - DAY)

    def _period_with(self, day: date) -> Period | None:
        return self._ending(self._due_on_or_after(day)) if day >= self.opens else None

    def _due_on_or_after(self, day: date) -> date:
        due = day.replace(day=self.due_day)
        return due if due >= day else _months_on(due, 1)

    def _ending(self, due: date) -> Period:
        first = self._due_on_or_after(self.opens)
        number = due.month - (first.month - 1 if due.year == first.year else 0)
        return Period(max(self.opens, _months_on(due, -1) + DAY), due + DAY, number)


def _months_on(due: date, months: int) -> date:
    year, month = divmod(due.year * 12 + due.month - 1 + months, 12)
    return date(year, month + 1, due.day)
