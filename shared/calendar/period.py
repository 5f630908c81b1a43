"""The reporting periods: from the day after the due day to the next due day, 24:00."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.calendar.days import DAY, local_day, start_of_day


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
