"""What holds for every start, limit, pause and override."""

from datetime import date, timedelta
from typing import Literal

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import (
    Calendar,
    Limit,
    Override,
    Pause,
    Periods,
    count_days,
    deadline,
    pause_between,
    recompute,
    start_of_day,
)

DAY = timedelta(days=1)
days = st.dates(date(2003, 6, 1), date(2028, 6, 1))
overrides = st.dictionaries(days, st.booleans().map(Override), max_size=30)
calendars = st.one_of(st.just(Calendar({})), overrides.map(Calendar))
Kind = Literal["wd", "days", "months"]
day_kinds: st.SearchStrategy[Kind] = st.sampled_from(("wd", "days", "months"))


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    kind = draw(day_kinds)
    return Limit(n=draw(st.integers(1, 12 if kind == "months" else 60)), kind=kind)


@st.composite
def starts_with_pauses(draw: st.DrawFn) -> tuple[date, list[Pause]]:
    start = draw(days)
    spans = draw(st.lists(st.tuples(st.integers(-10, 90), st.integers(0, 20)), max_size=4))
    return start, [(start + first * DAY, start + (first + lasts) * DAY) for first, lasts in spans]


def is_paused(day: date, pauses: list[Pause]) -> bool:
    return any(first <= day < after for first, after in pauses)


@given(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_published_days_are_the_librarys(day: date) -> None:
    assert Calendar({}).is_working_day(day) == chinese_calendar.is_workday(day)


@given(calendars, days, st.integers(-80, 80))
def test_ranks_agree_with_walking(calendar: Calendar, day: date, n: int) -> None:
    step, left, walked = (DAY if n > 0 else -DAY), abs(n), day
    while left:
        walked += step
        left -= calendar.is_working_day(walked)
    assert calendar.add_working_days(day, n) == walked
    if n >= 0:
        assert calendar.working_days_between(day, walked) == n
        assert calendar.working_days_between(walked, day) == -n


@given(calendars, starts_with_pauses(), st.integers(1, 60), st.sampled_from(("wd", "days")))
def test_a_limit_of_days_agrees_with_walking(
    calendar: Calendar, drawn: tuple[date, list[Pause]], n: int, kind: Kind
) -> None:
    def works(day: date) -> bool:
        return calendar.is_working_day(day) and not is_paused(day, pauses)

    start, pauses = drawn
    walked, left = start, n
    while left:
        walked += DAY
        left -= works(walked) if kind == "wd" else not is_paused(walked, pauses)
    while not works(walked):
        walked += DAY
    assert deadline(start, Limit(n=n, kind=kind), calendar, pauses).due_on == walked


@given(calendars, days, limits(), st.integers(0, 40))
def test_a_limit_ends_on_a_later_working_day_and_no_earlier_when_it_is_longer_or_starts_later(
    calendar: Calendar, start: date, limit: Limit, later: int
) -> None:
    due = deadline(start, limit, calendar)
    assert due.due_on > start
    assert calendar.is_working_day(due.due_on)
    assert due.due_at <= deadline(start + timedelta(days=later), limit, calendar).due_at
    longer = Limit(n=limit.n + 1, kind=limit.kind)
    assert due.due_at <= deadline(start, longer, calendar).due_at


@given(calendars, starts_with_pauses(), limits())
def test_one_more_pause_never_ends_earlier(
    calendar: Calendar, drawn: tuple[date, list[Pause]], limit: Limit
) -> None:
    start, pauses = drawn
    fewer = deadline(start, limit, calendar, pauses[1:])
    more = deadline(start, limit, calendar, pauses)
    assert fewer.due_at <= more.due_at
    assert not is_paused(more.due_on, pauses)


@given(calendars, days, st.integers(1, 60))
def test_provisional_exactly_when_a_needed_day_is_unknown(
    calendar: Calendar, start: date, n: int
) -> None:
    found = deadline(start, Limit(n=n, kind="wd"), calendar)
    needed = (start + timedelta(days=ahead) for ahead in range(1, (found.due_on - start).days + 1))
    assert found.provisional == (not all(calendar.covers(day) for day in needed))
    by_days = deadline(start, Limit(n=n, kind="days"), calendar)
    ends = start + timedelta(days=n)
    looked_at = (ends + timedelta(days=ahead) for ahead in range((by_days.due_on - ends).days + 1))
    assert by_days.provisional == (not all(calendar.covers(day) for day in looked_at))


@given(calendars, overrides, days, limits())
def test_new_calendar_data_never_moves_a_told_date_earlier(
    calendar: Calendar, more: dict[date, Override], start: date, limit: Limit
) -> None:
    told = deadline(start, limit, calendar)
    new = deadline(start, limit, Calendar(more))
    kept = recompute(told, new)
    assert kept.due_at == max(told.due_at, new.due_at)
    assert kept.provisional == new.provisional


@given(calendars, starts_with_pauses(), limits())
def test_grid_reaches_its_last_number_at_the_end(
    calendar: Calendar, drawn: tuple[date, list[Pause]], limit: Limit
) -> None:
    start, pauses = drawn
    due = deadline(start, limit, calendar, pauses).due_on
    cells = count_days(start, due, limit, calendar, pauses)
    numbers = [cell.number for cell in cells if cell.number is not None]
    assert numbers == list(range(len(numbers)))
    assert (cells[0].day, cells[-1].day) == (start, due)
    if limit.kind == "wd":
        assert cells[-1].number == limit.n
    if limit.kind == "days":
        assert numbers[-1] == limit.n


@given(days, st.integers(0, 3 * 86400), st.integers(0, 3 * 86400))
def test_a_day_counts_only_if_the_clock_ran_all_of_it(day: date, at: int, seconds: int) -> None:
    paused = start_of_day(day) + timedelta(seconds=at)
    resumed = paused + timedelta(seconds=seconds + 1)
    first, after = pause_between(paused, resumed)
    assert start_of_day(first) <= paused < start_of_day(first + DAY)
    assert start_of_day(after - DAY) < resumed <= start_of_day(after)


@given(
    st.dates(date(2022, 1, 1), date(2026, 1, 1)),
    st.integers(1, 28),
    st.integers(0, 1500),
    st.integers(0, 86399),
)
def test_every_instant_has_exactly_one_period(
    opens: date, due_day: int, ahead: int, seconds: int
) -> None:
    periods = Periods(opens, due_day)
    instant = start_of_day(opens + timedelta(days=ahead)) + timedelta(seconds=seconds)
    period = periods.period_of(instant)
    assert period is not None
    assert period.starts_at <= instant < period.ends_at
    following = periods.next(period)
    assert following.start == period.end
    assert periods.previous(following) == period
    assert following.label > period.label
