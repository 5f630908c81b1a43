"""The clock of the monthly report: when each filer's report is due and how far it has come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Json

from shared.calendar import start_of_day
from shared.calendar.days import DAY
from shared.contracts.envelope import Event
from shared.contracts.reporting import (
    FigureValue,
    ReportChecked,
    ReportConfirmed,
    ReportDrafted,
    ReportLapsed,
    ReportReceived,
    ReportReturned,
    ReportSubmitted,
)
from shared.messaging.subject import ClockDue, Command, Input, ReceivedEvent, State, StateRow

Stage = Literal[
    "", "drafted", "checked", "confirmed", "submitted", "received", "returned", "lapsed"
]


class ReportRow(StateRow):
    """A filer's report of one period; `due_at` is 24:00 of its last day, `figures` as last sent."""

    filer: str = ""
    period_start: date | None = None
    period_end: date | None = None
    due_at: datetime | None = None
    stage: Stage = ""
    stage_at: datetime | None = None
    version: int = 0
    late_days: int = 0
    figures: Json[tuple[FigureValue, ...]] = ()


Report = State[ReportRow]


def follow_report(state: Report, given: Input, _context: None) -> tuple[Report, Sequence[Event]]:
    """Keep where a report stands; raises TypeError for anything else."""
    match given:
        case ReceivedEvent(event=Event() as event):
            changes = {"stage_at": event.occurred_at, **_changes(event)}
            return replace(state, row=state.row.model_copy(update=changes)), ()
        case ReceivedEvent() | Command() | ClockDue():
            raise TypeError(f"not for a report: {given!r}")


def _changes(event: Event) -> dict[str, Any]:
    match event:
        case ReportDrafted():
            return {"stage": "drafted", **_period(event)}
        case ReportSubmitted():
            sent = {"version": event.version, "late_days": event.late_days}
            return {"stage": "submitted", "figures": event.figures, **sent, **_period(event)}
        case (
            ReportChecked()
            | ReportConfirmed()
            | ReportReceived()
            | ReportReturned()
            | ReportLapsed()
        ):
            return {"stage": event.type.removeprefix("report.")}
        case _:
            raise TypeError(f"not for a report: {event!r}")


def _period(event: ReportDrafted | ReportSubmitted) -> dict[str, Any]:
    return {
        "filer": event.filer,
        "period_start": event.period_start,
        "period_end": event.period_end,
        "due_at": start_of_day(event.period_end + DAY),
    }
