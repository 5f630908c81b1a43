"""The cycle 21st to 20th, its first short period and its edges."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.calendar import Period, Periods, start_of_day

CYCLE = Periods()
THIRD = Period(date(2022, 8, 21), date(2022, 9, 21), 3)


def test_first_period_begins_with_the_campaign() -> None:
    first = CYCLE.period_of(datetime(2022, 7, 4, 16, tzinfo=UTC))
    assert first == Period(date(2022, 7, 5), date(2022, 7, 21), 1)
    assert CYCLE.period_of(datetime(2022, 7, 4, 15, 59, tzinfo=UTC)) is None
    assert CYCLE.previous(first) is None


def test_midnight_after_the_20th_opens_the_next_period() -> None:
    cut = datetime(2022, 9, 20, 16, tzinfo=UTC)
    assert CYCLE.period_of(cut - timedelta(microseconds=1)) == THIRD
    assert CYCLE.period_of(cut) == CYCLE.next(THIRD)
    assert CYCLE.period_of(THIRD.starts_at) == THIRD


def test_period_tells_its_due_day_and_label() -> None:
    assert (THIRD.due_on, THIRD.label) == (date(2022, 9, 20), "2022-03")
    assert (THIRD.starts_at, THIRD.ends_at) == (
        datetime(2022, 8, 20, 16, tzinfo=UTC),
        datetime(2022, 9, 20, 16, tzinfo=UTC),
    )


def test_period_across_new_year_is_the_first_of_the_new_year() -> None:
    period = CYCLE.period_of(start_of_day(date(2022, 12, 25)))
    assert period == Period(date(2022, 12, 21), date(2023, 1, 21), 1)
    assert period.label == "2023-01"
    december = CYCLE.previous(period)
    assert december == Period(date(2022, 11, 21), date(2022, 12, 21), 6)


def test_a_period_is_found_by_its_due_day_only() -> None:
    assert CYCLE.ending(date(2022, 9, 20)) == THIRD
    for day in (date.min, date(2022, 6, 20), date(2022, 9, 19), date.max):
        assert CYCLE.ending(day) is None


def test_other_settings() -> None:
    cycle = Periods(opens=date(2022, 7, 26), due_day=25)
    first = cycle.period_of(start_of_day(date(2022, 8, 25)))
    assert first == Period(date(2022, 7, 26), date(2022, 8, 26), 1)
    for day in (0, 29):
        with pytest.raises(ValueError, match="1 to 28"):
            Periods(due_day=day)
