"""The day grid of a case and the sentence above it: one count, whatever changed meanwhile."""

from datetime import date, timedelta
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from services.tracker.console.case_page import counted, day_grid
from services.tracker.console.labels import ViewContext
from services.tracker.domain.model import CaseRow, ClockRow, blank
from shared.calendar import Calendar, Limit, Override, deadline, local_day, start_of_day
from shared.calendar.deadline import Pause
from shared.directory import Directory
from shared.web.actor import Actor
from tests.support.shanghai import at
from tests.support.tracker.play import CLERK, ITEM, context_at

DAY = timedelta(days=1)
DAYS = st.dates(date(2022, 1, 1), date(2022, 12, 1))
CALENDARS = st.dictionaries(DAYS, st.booleans().map(Override), max_size=20).map(Calendar)
SPANS = st.lists(st.tuples(st.integers(-5, 30), st.integers(0, 9)), max_size=3)


def view_of(calendar: Calendar) -> ViewContext:
    directory = Directory()
    vars(directory)["calendar"] = calendar
    return ViewContext(cast(Actor, CLERK), directory, context_at(at("2022-06-01"), calendar), {})


@given(DAYS, st.integers(1, 20), SPANS, CALENDARS, CALENDARS)
def test_the_number_in_the_sentence_is_the_number_in_the_grid(
    start: date,
    n: int,
    spans: list[tuple[int, int]],
    announced: Calendar,
    today: Calendar,
) -> None:
    pauses: tuple[Pause, ...] = tuple(
        (start + first * DAY, start + (first + lasts) * DAY) for first, lasts in spans
    )
    due = deadline(start, Limit(n=n, kind="wd"), announced, pauses)
    clock = ClockRow(
        key=ITEM, kind="accept", task_id=ITEM, round=1, debtor="station:1", limit_n=n,
        limit_kind="wd", started_at=start_of_day(start), due_at=due.due_at, provisional=False,
    )  # fmt: skip
    case = blank(CaseRow(key=ITEM).model_copy(update={"pauses": pauses}))
    for calendar in (announced, today):
        view = view_of(calendar)
        grid = {day.day: day for day in day_grid(case, clock, view)}
        sentence = counted(case, clock, view)
        assert sentence.values["due"] == local_day(due.due_at) - DAY == due.due_on
        numbers = [day.number for day in grid.values() if day.number]
        assert numbers == list(range(1, len(numbers) + 1))
        if "个工作日是" in sentence.text:
            assert grid[due.due_on].number == sentence.values["n"] == n
            assert grid[due.due_on].kind == "due"
        else:
            assert calendar is today
            assert grid[due.due_on].number != n
