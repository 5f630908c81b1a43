"""The day grid, as a person sees it."""

from datetime import date, timedelta

from shared.calendar import Calendar, DayCell, Limit, count_days, deadline

PLAIN = Calendar({})
DUE = date(2022, 9, 30)


def by_day(cells: list[DayCell]) -> dict[date, DayCell]:
    return {cell.day: cell for cell in cells}


def test_grid_numbers_working_days_and_names_the_holiday() -> None:
    cells = count_days(date(2022, 9, 8), DUE, Limit(n=15, kind="wd"), PLAIN)
    assert [cell.day for cell in cells] == [date(2022, 9, 8) + timedelta(days=n) for n in range(23)]
    grid = by_day(cells)
    assert grid[date(2022, 9, 8)] == DayCell(date(2022, 9, 8), 0, "start", None)
    assert grid[date(2022, 9, 9)].number == 1
    festival = grid[date(2022, 9, 10)]
    assert (festival.number, festival.why) == (None, "holiday")
    assert festival.name is not None
    assert festival.name.zh == "中秋"
    assert grid[date(2022, 9, 17)] == DayCell(date(2022, 9, 17), None, "weekend", None)
    assert (grid[DUE].number, grid[DUE].why) == (15, "counted")


def test_grid_shows_make_up_days_and_pauses() -> None:
    limit, pauses = Limit(n=5, kind="wd"), [(date(2022, 10, 10), date(2022, 10, 11))]
    due = deadline(date(2022, 9, 30), limit, PLAIN, pauses).due_on
    grid = by_day(count_days(date(2022, 9, 30), due, limit, PLAIN, pauses))
    assert (grid[date(2022, 10, 8)].number, grid[date(2022, 10, 8)].why) == (1, "make_up")
    assert (grid[date(2022, 10, 10)].number, grid[date(2022, 10, 10)].why) == (None, "paused")
    assert (due, grid[due].number) == (date(2022, 10, 13), 5)


def test_grid_of_calendar_days_counts_weekends_and_shows_the_roll() -> None:
    grid = by_day(count_days(date(2022, 9, 21), date(2022, 10, 8), Limit(n=10, kind="days"), PLAIN))
    assert (grid[date(2022, 9, 25)].number, grid[date(2022, 9, 25)].why) == (4, "counted")
    assert (grid[date(2022, 10, 1)].number, grid[date(2022, 10, 1)].why) == (10, "counted")
    assert (grid[date(2022, 10, 2)].number, grid[date(2022, 10, 2)].why) == (None, "holiday")
    assert (grid[date(2022, 10, 8)].number, grid[date(2022, 10, 8)].why) == (None, "beyond")


def test_grid_of_months_ends_on_the_same_numbered_day_and_hours_number_none() -> None:
    month = count_days(date(2022, 7, 11), date(2022, 8, 11), Limit(n=1, kind="months"), PLAIN)
    assert month[-1].number == 31
    hours = count_days(date(2022, 7, 11), date(2022, 7, 12), Limit(n=24, kind="hours"), PLAIN)
    assert [cell.number for cell in hours] == [0, None]
