"""When a limit ends, against dates worked out by hand from the published calendars."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest
from pydantic import ValidationError

from shared.calendar import (
    Calendar,
    Deadline,
    Limit,
    Override,
    Pause,
    deadline,
    pause_between,
    recompute,
    start_of_day,
)

PLAIN = Calendar({})
Kind = Literal["wd", "days", "months", "hours"]


def due(start: date, n: int, kind: Kind, *pauses: Pause) -> date:
    return deadline(start, Limit(n=n, kind=kind), PLAIN, pauses).due_on


@pytest.mark.parametrize(
    ("start", "n", "kind", "expected"),
    [
        (date(2022, 9, 30), 5, "wd", date(2022, 10, 12)),
        (date(2022, 4, 29), 5, "wd", date(2022, 5, 10)),
        (date(2023, 1, 20), 5, "wd", date(2023, 2, 1)),
        (date(2022, 7, 5), 10, "wd", date(2022, 7, 19)),
        (date(2022, 7, 5), 15, "wd", date(2022, 7, 26)),
        (date(2022, 7, 5), 30, "wd", date(2022, 8, 16)),
        (date(2022, 9, 8), 15, "wd", date(2022, 9, 30)),
        (date(2022, 7, 5), 3, "months", date(2022, 10, 8)),
        (date(2022, 11, 30), 3, "months", date(2023, 2, 28)),
        (date(2022, 8, 31), 6, "months", date(2023, 2, 28)),
        (date(2022, 12, 31), 12, "months", date(2024, 1, 2)),
        (date(2022, 9, 21), 10, "days", date(2022, 10, 8)),
    ],
)
def test_known_deadlines(start: date, n: int, kind: Kind, expected: date) -> None:
    found = deadline(start, Limit(n=n, kind=kind), PLAIN)
    assert found == Deadline(expected, start_of_day(expected + timedelta(days=1)), False)


def test_limit_ends_at_midnight_in_shanghai() -> None:
    found = deadline(date(2022, 7, 5), Limit(n=10, kind="wd"), PLAIN)
    assert found.due_at == datetime(2022, 7, 19, 16, tzinfo=UTC)


def test_the_local_day_of_the_start_decides() -> None:
    late_evening_in_london = datetime(2022, 7, 4, 16, tzinfo=UTC)
    limit = Limit(n=1, kind="wd")
    assert deadline(late_evening_in_london, limit, PLAIN).due_on == date(2022, 7, 6)
    a_moment_before = late_evening_in_london - timedelta(microseconds=1)
    assert deadline(a_moment_before, limit, PLAIN).due_on == date(2022, 7, 5)


def test_hours_run_from_the_moment_and_never_roll() -> None:
    friday_evening = datetime(2022, 9, 30, 10, 30, tzinfo=UTC)
    found = deadline(friday_evening, Limit(n=24, kind="hours"), PLAIN)
    assert found == Deadline(date(2022, 10, 1), friday_evening + timedelta(days=1), False)


def test_hours_ending_at_midnight_belong_to_the_day_before() -> None:
    found = deadline(start_of_day(date(2022, 9, 8)), Limit(n=24, kind="hours"), PLAIN)
    assert found.due_on == date(2022, 9, 8)


def test_hours_need_an_aware_instant() -> None:
    with pytest.raises(TypeError, match="instant"):
        deadline(date(2022, 9, 8), Limit(n=2, kind="hours"), PLAIN)
    with pytest.raises(ValueError, match="time zone"):
        deadline(datetime(2022, 9, 8), Limit(n=2, kind="hours"), PLAIN)  # noqa: DTZ001


def test_paused_working_days_do_not_count() -> None:
    monday_tuesday = (date(2022, 7, 11), date(2022, 7, 13))
    assert due(date(2022, 7, 5), 10, "wd", monday_tuesday) == date(2022, 7, 21)


def test_paused_weekend_costs_a_working_day_limit_nothing() -> None:
    weekend = (date(2022, 7, 9), date(2022, 7, 11))
    assert due(date(2022, 7, 5), 10, "wd", weekend) == date(2022, 7, 19)


def test_pause_on_the_due_day_moves_it() -> None:
    assert due(date(2022, 7, 5), 10, "wd", (date(2022, 7, 19), date(2022, 7, 20))) == date(
        2022, 7, 20
    )


def test_pause_of_the_start_day_or_after_the_end_changes_nothing() -> None:
    before = (date(2022, 7, 1), date(2022, 7, 6))
    after = (date(2022, 7, 20), date(2022, 8, 1))
    assert due(date(2022, 7, 5), 10, "wd", before, after) == date(2022, 7, 19)


def test_overlapping_pauses_count_a_day_once() -> None:
    pauses = [(date(2022, 7, 11), date(2022, 7, 13)), (date(2022, 7, 12), date(2022, 7, 13))]
    assert due(date(2022, 7, 5), 10, "wd", *pauses) == date(2022, 7, 21)


def test_a_pause_reached_only_because_of_another_counts_too() -> None:
    pauses = [(date(2022, 7, 20), date(2022, 7, 21)), (date(2022, 7, 18), date(2022, 7, 19))]
    assert due(date(2022, 7, 5), 10, "wd", *pauses) == date(2022, 7, 21)


def test_months_gain_one_calendar_day_a_paused_day_and_then_roll() -> None:
    two_days = (date(2022, 8, 1), date(2022, 8, 3))
    assert due(date(2022, 7, 11), 1, "months", two_days) == date(2022, 8, 15)


def test_roll_does_not_land_on_a_paused_day() -> None:
    saturday = date(2022, 8, 20)
    assert due(date(2022, 8, 10), 10, "days") == saturday + timedelta(days=2)
    monday = (date(2022, 8, 22), date(2022, 8, 23))
    assert due(date(2022, 8, 10), 10, "days", monday) == date(2022, 8, 23)


def test_hours_gain_24_for_each_paused_day() -> None:
    start = datetime(2022, 7, 11, 2, tzinfo=UTC)
    pauses = [(date(2022, 7, 12), date(2022, 7, 13))]
    found = deadline(start, Limit(n=48, kind="hours"), PLAIN, pauses)
    assert found.due_at == start + timedelta(hours=72)


def test_pause_covers_every_local_day_it_touches() -> None:
    ten, fifteen = (datetime(2022, 7, 11, hour, tzinfo=UTC) for hour in (2, 7))
    assert pause_between(ten, fifteen) == (date(2022, 7, 11), date(2022, 7, 12))
    midnight = start_of_day(date(2022, 7, 13))
    assert pause_between(ten, midnight) == (date(2022, 7, 11), date(2022, 7, 13))
    with pytest.raises(ValueError, match="before it begins"):
        pause_between(fifteen, ten)


def test_deadline_through_an_unpublished_day_is_provisional() -> None:
    limit = Limit(n=15, kind="wd")
    assert deadline(date(2026, 12, 18), limit, PLAIN) == Deadline(
        date(2027, 1, 8), start_of_day(date(2027, 1, 9)), True
    )
    last_known = deadline(date(2026, 12, 30), Limit(n=1, kind="wd"), PLAIN)
    assert (last_known.due_on, last_known.provisional) == (date(2026, 12, 31), False)


def test_every_day_between_start_and_due_must_be_known_but_not_the_start() -> None:
    one, year_end = Limit(n=1, kind="wd"), date(2026, 12, 31)
    assert not deadline(date(2003, 12, 31), one, PLAIN).provisional
    only_due_known = Calendar({date(2027, 1, 4): Override(True)})
    found = deadline(year_end, Limit(n=2, kind="wd"), only_due_known)
    assert (found.due_on, found.provisional) == (date(2027, 1, 4), True)
    rolled = deadline(date(2027, 1, 1), Limit(n=1, kind="days"), only_due_known)
    assert (rolled.due_on, rolled.provisional) == (date(2027, 1, 4), True)


def test_days_and_months_need_only_the_days_they_may_end_on() -> None:
    start = date(2026, 10, 9)
    calendar = Calendar({date(2027, 1, 9): Override(True)})
    assert deadline(start, Limit(n=3, kind="months"), PLAIN).provisional
    assert not deadline(start, Limit(n=3, kind="months"), calendar).provisional


def test_new_data_makes_a_date_definite_but_never_earlier() -> None:
    told = deadline(date(2026, 12, 30), Limit(n=3, kind="wd"), PLAIN)
    assert told.provisional
    days = [date(2027, 1, day) for day in range(1, 8)]
    works_more = Calendar({day: Override(day.day != 1) for day in days})
    earlier = deadline(date(2026, 12, 30), Limit(n=3, kind="wd"), works_more)
    assert earlier.due_on < told.due_on
    assert recompute(told, earlier) == replace(told, provisional=False)
    rests_more = Calendar({day: Override(day.day > 4) for day in days})
    later = deadline(date(2026, 12, 30), Limit(n=3, kind="wd"), rests_more)
    assert later.due_on > told.due_on
    assert recompute(told, later) == later


def test_limit_is_a_frozen_value_with_a_sane_number() -> None:
    assert Limit.model_validate_json('{"n":15,"kind":"wd"}') == Limit(n=15, kind="wd")
    for bad in ('{"n":0,"kind":"wd"}', '{"n":4000,"kind":"wd"}', '{"n":1,"kind":"weeks"}'):
        with pytest.raises(ValidationError):
            Limit.model_validate_json(bad)
