"""A month's report of one filer: drafted, checked, confirmed, submitted, received or returned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime

from services.reporting.domain import refusals
from services.reporting.domain.freezing import Count, Frozen, Numbered, freeze, sums
from services.reporting.domain.ledger import ReportLedger, Stage
from shared.calendar import Period
from shared.contracts.envelope import Event
from shared.contracts.reporting import (
    CountedPart,
    ReportChecked,
    ReportConfirmed,
    ReportDrafted,
    ReportLapsed,
    ReportReceived,
    ReportReturned,
    ReportSubmitted,
)
from shared.ids import Id, named_id, to_text
from shared.messaging.subject import ClockDue, Command, Input, State, StateRow

Reason = Literal["figures", "cases", "other"]
Step = Literal["check", "confirm", "submit", "receive", "return"]


def report_key(filer: str, period_end: date) -> Id:
    """Make the key of a filer's report of the period whose last day this is."""
    return named_id("report", f"{filer}:{period_end.isoformat()}")


class ReportRow(StateRow):
    """How far a report has come; `version` is the last one submitted, 0 before the first."""

    filer: str = ""
    period_start: date | None = None
    period_end: date | None = None
    stage: Stage = ""
    version: int = 0
    drafted_at: AwareDatetime | None = None
    checked_by: str = ""
    checked_at: AwareDatetime | None = None
    confirmed_by: str = ""
    confirmed_at: AwareDatetime | None = None
    submitted_by: str = ""
    submitted_at: AwareDatetime | None = None
    decided_by: str = ""
    decided_at: AwareDatetime | None = None
    return_reason: str = ""


@dataclass(frozen=True, slots=True)
class Report(State[ReportRow]):
    """A report and the versions frozen in this set."""

    frozen: tuple[Frozen, ...] = ()


@dataclass(frozen=True, slots=True)
class Filing:
    """What a decision on a report depends on: the time, and all reports side by side.

    `wanted` are the reports whose day to be drafted has come, by key.
    """

    now: datetime
    book: ReportLedger
    wanted: Mapping[Id, tuple[str, Period]]

    def parts(self, filer: str, period_end: date) -> tuple[CountedPart, ...]:
        """Give what a report counts and from where on; raises Refused out of turn."""
        found = self.book.filers(period_end).get(filer)
        if found is None:
            raise refusals.NoReport
        return self.book.in_turn(found, period_end)


@dataclass(frozen=True, slots=True)
class Check(Command):
    """The liaison looked the figures through."""

    by: Id


@dataclass(frozen=True, slots=True)
class Confirm(Command):
    """The head of the committee stands for the figures."""

    by: Id


@dataclass(frozen=True, slots=True)
class Submit(Command):
    """Freeze and send; `despite_blocked`: the head wants it although subjects are under repair."""

    by: Id
    count: Count
    despite_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Receive(Command):
    """The city office takes the version it saw."""

    by: Id
    version: int


@dataclass(frozen=True, slots=True)
class Return(Command):
    """The city office asks for another version than the one it saw."""

    by: Id
    version: int
    reason: Reason


Decision = tuple[Report, Sequence[Event]]


def decide_report(state: Report, given: Input, filing: Filing) -> Decision:
    """Move a report one step on; out of turn, stale or by the same person it is refused."""
    match given:
        case ClockDue():
            return (
                _draft(state, filing) if state.row.key in filing.wanted else _lapse(state, filing)
            )
        case Check():
            return _check(state, given, filing)
        case Confirm():
            return _confirm(state, given, filing)
        case Submit():
            return _submit(state, given, filing)
        case Receive():
            return _receive(state, given, filing)
        case Return():
            return _return(state, given, filing)
    raise TypeError(f"not for reports: {given!r}")


def _draft(state: Report, filing: Filing) -> Decision:
    if state.row.stage not in ("", "lapsed"):
        return state, ()
    filer, period = filing.wanted[state.row.key]
    place = {"filer": filer, "period_start": period.start, "period_end": period.due_on}
    drafted = _moved(state, **place, stage="drafted", drafted_at=filing.now)
    emitted = _said(drafted.row, "system", filing.now)
    return drafted, [ReportDrafted(**emitted | place)]


def _lapse(state: Report, filing: Filing) -> Decision:
    """Drop an open report whose county does not file that period any more."""
    row = state.row
    if row.period_end is None or (row.filer, row.period_end) not in filing.book.void:
        return state, ()
    return _moved(state, stage="lapsed"), [ReportLapsed(**_said(row, "system", filing.now))]


def _check(state: Report, act: Check, filing: Filing) -> Decision:
    row, who = _in_stage(state, "drafted", "returned"), to_text(act.by)
    checked = _moved(state, stage="checked", checked_by=who, checked_at=filing.now)
    return checked, [ReportChecked(**_said(row, who, filing.now))]


def _confirm(state: Report, act: Confirm, filing: Filing) -> Decision:
    row, who = _in_stage(state, "checked"), to_text(act.by)
    if who == row.checked_by:
        raise refusals.SamePerson
    confirmed = _moved(state, stage="confirmed", confirmed_by=who, confirmed_at=filing.now)
    emitted = _said(row, who, filing.now)
    return confirmed, [ReportConfirmed(**emitted, checked_by=row.checked_by)]


def _submit(state: Report, act: Submit, filing: Filing) -> Decision:
    row, who = _in_stage(state, "confirmed"), to_text(act.by)
    if row.period_start is None or row.period_end is None:
        raise refusals.NoReport
    if who == row.confirmed_by and not (act.despite_blocked and act.count.blocked):
        raise refusals.SamePerson
    if filing.parts(row.filer, row.period_end) != act.count.parts:
        raise refusals.Stale
    if act.count.blocked and not act.despite_blocked:
        raise refusals.SubjectsParked([to_text(key) for key in act.count.blocked])
    number = row.version + 1
    place = Numbered(row.key, number, row.filer, row.period_start, row.period_end, filing.now)
    frozen = freeze(place, act.count)
    sent = {"submitted_by": who, "submitted_at": filing.now, "return_reason": ""}
    submitted = _moved(state, stage="submitted", version=number, **sent)
    event = _submitted(row, frozen, act, _said(row, who, filing.now))
    return replace(submitted, frozen=(*state.frozen, frozen)), [event]


def _submitted(row: ReportRow, frozen: Frozen, act: Submit, emitted: dict[str, Any]) -> Event:
    version = frozen.version
    return ReportSubmitted(
        **emitted,
        period_start=version.period_start,
        period_end=version.period_end,
        version=version.version,
        cut=act.count.cut,
        parts=act.count.parts,
        fact_count=version.fact_count,
        facts_sha256=version.facts_sha256,
        figures=sums(frozen.lines),
        figures_sha256=version.figures_sha256,
        rules_version=version.rules_version,
        confirmed_by=row.confirmed_by,
        late_days=version.late_days,
        despite_blocked=act.count.blocked,
    )


def _receive(state: Report, act: Receive, filing: Filing) -> Decision:
    row, who = _of_version(state, act.version), to_text(act.by)
    received = _moved(state, stage="received", decided_by=who, decided_at=filing.now)
    return received, [ReportReceived(**_said(row, who, filing.now), version=row.version)]


def _return(state: Report, act: Return, filing: Filing) -> Decision:
    row, who = _of_version(state, act.version), to_text(act.by)
    decided = {"decided_by": who, "decided_at": filing.now, "return_reason": act.reason}
    emitted = _said(row, who, filing.now)
    event = ReportReturned(**emitted, version=row.version, reason=act.reason)
    return _moved(state, stage="returned", **decided), [event]


def _moved(state: Report, **columns: object) -> Report:
    return replace(state, row=state.row.model_copy(update=columns))


def _said(row: ReportRow, who: str, now: datetime) -> dict[str, Any]:
    """Give what every event of a report says."""
    return {"occurred_at": now, "division_code": row.filer, "actor": who, "filer": row.filer}


def _of_version(state: Report, version: int) -> ReportRow:
    row = _in_stage(state, "submitted")
    if row.version != version:
        raise refusals.Stale
    return row


def _in_stage(state: Report, *stages: Stage) -> ReportRow:
    """Give the row if the act is in turn; raises Refused."""
    if state.row.stage in ("", "lapsed"):
        raise refusals.NoReport
    if state.row.stage not in stages:
        raise refusals.OutOfTurn(state.row.stage)
    return state.row
