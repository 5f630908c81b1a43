"""Copies of what other services own: the texts of items, and the state of monthly reports."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pydantic import Json

from shared.calendar import start_of_day
from shared.calendar.days import DAY
from shared.contracts import reporting
from shared.contracts.codes import ReportStage
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText, MemberWords, RatingWords
from shared.contracts.router import AssignmentText, ReasonWords
from shared.contracts.topics import INTAKE_TEXT
from shared.messaging.subject import ClockDue, Command, Input, ReceivedEvent, State, StateRow


class TextRow(StateRow):
    """`reasons` comes from `router.text.v1`, the columns before it from `intake.text.v1`."""

    title: str = ""
    body: str = ""
    supplements: Json[tuple[str, ...]] = ()
    ratings: Json[tuple[RatingWords, ...]] = ()
    decision_note: str = ""
    members: Json[tuple[MemberWords, ...]] = ()
    reasons: Json[tuple[ReasonWords, ...]] = ()


class WithheldTexts(TextRow):
    """Stands for texts that the reader may not see."""


Texts = State[TextRow]


def apply_text(state: Texts, cause: Input) -> tuple[Texts, Sequence[Event]]:
    """Store the latest text; a tombstone erases the columns of its topic."""
    match cause:
        case ReceivedEvent(event=ItemText() as text):
            columns = text.model_dump(include={"title", "body", "decision_note"})
            columns |= {"supplements": text.supplements, "ratings": text.ratings}
            columns |= {"members": text.members}
        case ReceivedEvent(event=AssignmentText() as text):
            columns = {"reasons": text.reasons}
        case ReceivedEvent(topic=INTAKE_TEXT.name, event=None):
            columns = {
                "title": "",
                "body": "",
                "decision_note": "",
                "supplements": (),
                "ratings": (),
                "members": (),
            }
        case ReceivedEvent(event=None):
            columns = {"reasons": ()}
        case ReceivedEvent() | Command() | ClockDue():
            raise TypeError(f"not a text of an item: {cause!r}")
    return replace(state, row=state.row.model_copy(update=columns)), ()


class ReportRow(StateRow):
    """A filer's report of one period; `due_at` is 24:00 of its last day.

    Its figures are read from the reporting service.

    `checked_by` and `confirmed_by` are the codes of the people who took these steps last.
    """

    filer: str = ""
    period_start: date | None = None
    period_end: date | None = None
    due_at: datetime | None = None
    stage: ReportStage = ""
    stage_at: datetime | None = None
    checked_by: str = ""
    confirmed_by: str = ""
    version: int = 0
    late_days: int = 0


Report = State[ReportRow]


def apply_report(state: Report, cause: Input) -> tuple[Report, Sequence[Event]]:
    match cause:
        case ReceivedEvent(event=Event() as event):
            changes = {"stage_at": event.occurred_at, **_changes(event)}
            return replace(state, row=state.row.model_copy(update=changes)), ()
        case ReceivedEvent() | Command() | ClockDue():
            raise TypeError(f"not for a report: {cause!r}")


def _changes(event: Event) -> dict[str, Any]:
    match event:
        case reporting.ReportDrafted():
            return {"stage": "drafted", **_period(event)}
        case reporting.ReportSubmitted():
            sent = {"version": event.version, "late_days": event.late_days}
            return {"stage": "submitted", **sent, **_period(event)}
        case reporting.ReportChecked():
            return {"stage": "checked", "checked_by": event.actor}
        case reporting.ReportConfirmed():
            return {"stage": "confirmed", "confirmed_by": event.actor}
        case (
            reporting.ReportOutdated()
            | reporting.ReportReceived()
            | reporting.ReportReturned()
            | reporting.ReportLapsed()
        ):
            return {"stage": event.type.removeprefix("report.")}
        case _:
            raise TypeError(f"not for a report: {event!r}")


def _period(event: reporting.ReportDrafted | reporting.ReportSubmitted) -> dict[str, Any]:
    return {
        "filer": event.filer,
        "period_start": event.period_start,
        "period_end": event.period_end,
        "due_at": start_of_day(event.period_end + DAY),
    }
