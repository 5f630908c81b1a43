"""Working days: library, overrides, and what lies outside both."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.calendar import Calendar, Override, local_day, local_time, start_of_day

PLAIN = Calendar({})


def test_the_20th_is_a_day_off_in_exactly_these_months() -> None:
    off = {
        year: [m for m in range(1, 13) if not PLAIN.is_working_day(date(year, m, 20))]
        for year in range(2022, 2027)
    }
    assert off == {
        2022: [2, 3, 8, 11],
        2023: [5, 8],
        2024: [1, 4, 7, 10],
        2025: [4, 7, 9, 12],
        2026: [2, 6, 12],
    }


def test_unpublished_year_is_monday_to_friday_but_for_fixed_holidays_and_not_covered() -> None:
    days = (date(2027, 1, 1) + timedelta(days=ahead) for ahead in range(365))
    off = [day for day in days if day.weekday() < 5 and not PLAIN.is_working_day(day)]
    assert off == [date(2027, 1, 1), date(2027, 10, 1)], "the others fall on days off"
    assert PLAIN.name_of(date(2027, 5, 2)) == ("劳动节", "Labour Day")
    assert not PLAIN.covers(date(2027, 1, 1))
    assert Calendar({date(2027, 1, 1): Override(True)}).is_working_day(date(2027, 1, 1))
    assert not PLAIN.covers(date(2003, 12, 31))
    assert PLAIN.covers(date(2004, 1, 1))
    assert PLAIN.covers_all(date(2004, 1, 1), date(2026, 12, 31))


def test_override_wins_over_library_both_ways() -> None:
    calendar = Calendar(
        {
            date(2022, 9, 14): Override(is_working_day=False, note="台风停工"),
            date(2022, 9, 10): Override(is_working_day=True),
        }
    )
    assert not calendar.is_working_day(date(2022, 9, 14))
    assert calendar.is_working_day(date(2022, 9, 10))
    assert calendar.working_days_between(date(2022, 9, 8), date(2022, 9, 14)) == 3
    assert calendar.add_working_days(date(2022, 9, 8), 4) == date(2022, 9, 15)


def test_overrides_extend_coverage_only_without_a_gap() -> None:
    days = [date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 4)]
    calendar = Calendar({day: Override(is_working_day=False) for day in days})
    assert calendar.covers_all(date(2004, 1, 1), date(2027, 1, 2))
    assert not calendar.covers_all(date(2027, 1, 1), date(2027, 1, 4))
    assert calendar.covers(date(2027, 1, 4))
    assert not calendar.covers(date(2027, 1, 3))
    assert not calendar.covers_all(date(2026, 12, 31), date(2027, 1, 4))


def test_days_are_counted_back_and_forth() -> None:
    friday, saturday, monday = date(2022, 7, 15), date(2022, 7, 16), date(2022, 7, 18)
    assert PLAIN.working_days_between(friday, friday) == 0
    assert PLAIN.working_days_between(friday, monday) == 1
    assert PLAIN.working_days_between(monday, friday) == -1
    assert PLAIN.working_days_between(saturday, friday) == 0
    assert PLAIN.add_working_days(saturday, 1) == monday
    assert PLAIN.add_working_days(saturday, -1) == friday
    assert PLAIN.add_working_days(monday, -1) == friday
    assert PLAIN.add_working_days(saturday, 0) == saturday
    ladder = [PLAIN.add_working_days(date(2022, 9, 30), n) for n in (1, 3, 5)]
    assert ladder == [date(2022, 10, day) for day in (8, 10, 12)], "a Saturday that works first"


def test_special_days_have_names_in_both_languages() -> None:
    name = PLAIN.name_of(date(2022, 9, 12))
    assert name is not None
    assert (name.zh, name.en) == ("中秋", "Mid-autumn Festival")
    make_up = PLAIN.name_of(date(2022, 10, 8))
    assert make_up is not None
    assert make_up.zh == "国庆"
    assert PLAIN.name_of(date(2022, 9, 17)) is None
    noted = Calendar({date(2022, 9, 12): Override(is_working_day=True, note="值班")})
    assert noted.name_of(date(2022, 9, 12)) == ("值班", "值班")


def test_every_holiday_of_the_library_has_a_chinese_name() -> None:
    first, last = date(2004, 1, 1), date(2026, 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    names = [name for day in days if (name := PLAIN.name_of(day))]
    assert len({name.zh for name in names}) == 8
    assert all(name.zh != name.en for name in names)


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    assert start_of_day(date(2022, 9, 8)) == datetime(2022, 9, 7, 16, tzinfo=UTC)
    assert local_day(datetime(2022, 9, 7, 16, tzinfo=UTC)) == date(2022, 9, 8)
    assert local_day(datetime(2022, 9, 7, 15, 59, 59, 999999, tzinfo=UTC)) == date(2022, 9, 7)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2022, 9, 8))  # noqa: DTZ001  the bad input itself


def test_people_read_times_of_shanghai() -> None:
    assert local_time(datetime(2022, 9, 20, 16, 0, 5, tzinfo=UTC)) == "2022-09-21 00:00:05"
