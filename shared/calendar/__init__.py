"""Chinese working days, deadlines and reporting periods; pure, no input or output."""

from shared.calendar.days import (
    Calendar,
    DayName,
    Override,
    Period,
    Periods,
    local_day,
    local_time,
    start_of_day,
)
from shared.calendar.deadline import (
    DayCell,
    Deadline,
    Limit,
    Pause,
    count_days,
    deadline,
    pause_between,
    recompute,
)

__all__ = [
    "Calendar",
    "DayCell",
    "DayName",
    "Deadline",
    "Limit",
    "Override",
    "Pause",
    "Period",
    "Periods",
    "count_days",
    "deadline",
    "local_day",
    "local_time",
    "pause_between",
    "recompute",
    "start_of_day",
]
