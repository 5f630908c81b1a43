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
    deadline,
    pause_between,
    recompute,
    start_of_day,
)

PLAIN = Calendar({})
Kind = Literal["wd", "days", "months", "hours"]


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


def test_the_local_day_of_the_start_decides() -> None:
    ends = deadline(date(2022, 7, 5), Limit(n=10, kind="wd"), PLAIN).due_at
    assert ends == datetime(2022, 7, 19, 16, tzinfo=UTC), "at midnight in Shanghai"
    late_evening_in_london = datetime(2022, 7, 4, 16, tzinfo=UTC)
    limit = Limit(n=1, kind="wd")
    assert deadline(late_evening_in_london, limit, PLAIN).due_on == date(2022, 7, 6)
    a_moment_before = late_evening_in_london - timedelta(microseconds=1)
    assert deadline(a_moment_before, limit, PLAIN).due_on == date(2022, 7, 5)


def test_hours_run_from_the_moment_and_never_roll() -> None:
    friday_evening = datetime(2022, 9, 30, 10, 30, tzinfo=UTC)
    found = deadline(friday_evening, Limit(n=24, kind="hours"), PLAIN)
    assert found == Deadline(date(2022, 10, 1), friday_evening + timedelta(days=1), False)
    to_midnight = deadline(start_of_day(date(2022, 9, 8)), Limit(n=24, kind="hours"), PLAIN)
    assert to_midnight.due_on == date(2022, 9, 8)


def test_hours_need_an_aware_instant() -> None:
    with pytest.raises(TypeError, match="instant"):
        deadline(date(2022, 9, 8), Limit(n=2, kind="hours"), PLAIN)
    with pytest.raises(ValueError, match="time zone"):
        deadline(datetime(2022, 9, 8), Limit(n=2, kind="hours"), PLAIN)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("start", "n", "kind", "pauses", "expected"),
    [
        ("07-05", 10, "wd", [("07-11", "07-13")], "07-21"),
        ("07-05", 10, "wd", [("07-09", "07-11")], "07-19"),
        ("07-05", 10, "wd", [("07-19", "07-20")], "07-20"),
        ("07-05", 10, "wd", [("07-01", "07-06"), ("07-20", "08-01")], "07-19"),
        ("07-05", 10, "wd", [("07-11", "07-13"), ("07-12", "07-13")], "07-21"),
        ("07-05", 10, "wd", [("07-20", "07-21"), ("07-18", "07-19")], "07-21"),
        ("07-11", 1, "months", [("08-01", "08-03")], "08-15"),
        ("08-10", 10, "days", [], "08-22"),
        ("08-10", 10, "days", [("08-22", "08-23")], "08-23"),
    ],
    ids=[
        "working days", "a weekend costs nothing", "the due day", "outside", "overlapping",
        "reached because of another", "months gain days and roll", "no pause", "no roll onto one",
    ],
)  # fmt: skip
def test_a_pause_moves_the_end_by_the_days_it_takes(
    start: str, n: int, kind: Kind, pauses: list[tuple[str, str]], expected: str
) -> None:
    days = [(_day(first), _day(after)) for first, after in pauses]
    assert deadline(_day(start), Limit(n=n, kind=kind), PLAIN, days).due_on == _day(expected)


def _day(text: str) -> date:
    return date.fromisoformat(f"2022-{text}")


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
        date(2027, 1, 11), start_of_day(date(2027, 1, 12)), True
    )
    last_known = deadline(date(2026, 12, 30), Limit(n=1, kind="wd"), PLAIN)
    assert (last_known.due_on, last_known.provisional) == (date(2026, 12, 31), False)


def test_every_day_between_start_and_due_must_be_known_but_not_the_start() -> None:
    one, year_end = Limit(n=1, kind="wd"), date(2026, 12, 31)
    assert not deadline(date(2003, 12, 31), one, PLAIN).provisional
    only_due_known = Calendar({date(2027, 1, 4): Override(True)})
    found = deadline(year_end, one, only_due_known)
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
