"""The steps of a monthly report: drafted, checked, confirmed, submitted, received or returned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.reporting.domain import refusals
from services.reporting.domain.commands import (
    Check,
    Confirm,
    FiguresCommand,
    Receive,
    ReportCommand,
    Return,
    Submit,
)
from services.reporting.domain.context import DecisionContext
from services.reporting.domain.freezing import (
    UNCOUNTED,
    Frozen,
    changed,
    figures_hash,
    freeze,
    sums,
    working_days_late,
)
from services.reporting.domain.model import Report, ReportRow, stage_of
from shared.calendar import local_day
from shared.contracts import reporting as events
from shared.contracts.envelope import Event
from shared.ids import to_text
from shared.messaging.subject import ClockDue, Input
from shared.text import is_reason

Decision = tuple[Report, Sequence[Event]]


def decide(state: Report, given: Input, context: DecisionContext) -> Decision:
    """Take one step of a report; raises Refused out of turn, when stale, for the same person."""
    if isinstance(given, ClockDue):
        return _on_clock(state, context)
    if not isinstance(given, ReportCommand):
        raise TypeError(f"not for reports: {given!r}")
    stage = state.row.stage
    if isinstance(given, FiguresCommand):
        stage = stage_of(state.row, given.count.lines)
    if stage in ("", "lapsed"):
        raise refusals.no_report()
    if stage not in given.stages:
        raise refusals.out_of_turn(stage)
    return _EFFECTS[type(given)](state, given, context)


def _on_clock(state: Report, context: DecisionContext) -> Decision:
    row = state.row
    if row.stage == "confirmed" and row.key in context.outdated:
        outdated = events.ReportOutdated(**_event_fields(row, "system", context.now))
        return _moved(state, stage="outdated"), [outdated]
    return _draft(state, context) if row.key in context.due else _lapse(state, context)


def _draft(state: Report, context: DecisionContext) -> Decision:
    if state.row.stage not in ("", "lapsed"):
        return state, ()
    filer, period = context.due[state.row.key]
    place = {"filer": filer, "period_start": period.start, "period_end": period.due_on}
    drafted = _moved(state, **place, stage="drafted", drafted_at=context.now)
    return drafted, [
        events.ReportDrafted(**_event_fields(drafted.row, "system", context.now) | place)
    ]


def _lapse(state: Report, context: DecisionContext) -> Decision:
    """Let an open report lapse whose county no longer files that period."""
    row = state.row
    if row.period_end is None or (row.filer, row.period_end) not in context.ledger.void:
        return state, ()
    return _moved(state, stage="lapsed"), [
        events.ReportLapsed(**_event_fields(row, "system", context.now))
    ]


def _check(state: Report, command: Check, context: DecisionContext) -> Decision:
    row, who = state.row, to_text(command.by)
    seen = _require_seen(row, command, command.body.figures_sha256)
    vouched = {"checked_by": who, "checked_at": context.now, "figures": command.count.lines}
    event = events.ReportChecked(**_event_fields(row, who, context.now), figures_sha256=seen)
    return _moved(state, stage="checked", **vouched), [event]


def _confirm(state: Report, command: Confirm, context: DecisionContext) -> Decision:
    row, who = state.row, to_text(command.by)
    _require_another(who, row.checked_by, context)
    seen = _require_seen(row, command, command.body.figures_sha256)
    vouched = {"confirmed_by": who, "confirmed_at": context.now, "figures": command.count.lines}
    fields = _event_fields(row, who, context.now) | {"figures_sha256": seen}
    event = events.ReportConfirmed(**fields, checked_by=row.checked_by)
    return _moved(state, stage="confirmed", **vouched), [event]


def _require_another(who: str, before: str, context: DecisionContext) -> None:
    """Refuse the person who took the step before, also under an account they hold the key to."""
    if who == before:
        raise refusals.second_person_needed()
    if not context.are_independent(who, before):
        raise refusals.accounts_not_independent()


def _require_seen(row: ReportRow, command: FiguresCommand, seen: str) -> str:
    """Refuse figures that are no longer those on the page the person looked at."""
    if row.period_end is None or command.count is UNCOUNTED:
        raise refusals.stale()
    if figures_hash(row.filer, row.period_end, command.count.lines) != seen:
        raise refusals.figures_changed()
    return seen


def _submit(state: Report, command: Submit, context: DecisionContext) -> Decision:
    row, who = state.row, to_text(command.by)
    count, despite_blocked = command.count, command.body.despite_blocked
    if row.period_start is None or row.period_end is None:
        raise refusals.no_report()
    if not (despite_blocked and count.blocked):
        _require_another(who, row.confirmed_by, context)
    if context.parts(row.filer, row.period_end) != count.parts:
        raise refusals.stale()
    if count.blocked and not despite_blocked:
        raise refusals.subjects_blocked([to_text(key) for key in count.blocked])
    if differing := changed(row.figures, count.lines):
        raise refusals.confirmed_figures_changed(differing)
    first = row.first_submitted_at or context.now
    number, period = row.version + 1, (row.period_start, row.period_end)
    late = working_days_late(context.calendar, row.period_end, local_day(first))
    frozen = freeze(row.key, number, row.filer, period, count, context.now, late_days=late)
    sent = {
        "submitted_by": who, "submitted_at": context.now, "first_submitted_at": first,
        "return_reason": "", "return_note": "",
    }  # fmt: skip
    submitted = _moved(state, stage="submitted", version=number, **sent)
    event = _submitted(row, frozen, command, _event_fields(row, who, context.now))
    return replace(submitted, frozen=(*state.frozen, frozen)), [event]


def _submitted(row: ReportRow, frozen: Frozen, command: Submit, fields: dict[str, Any]) -> Event:
    version = frozen.version
    return events.ReportSubmitted(
        **fields,
        period_start=version.period_start,
        period_end=version.period_end,
        version=version.version,
        cut=command.count.cut,
        parts=command.count.parts,
        fact_count=version.fact_count,
        facts_sha256=version.facts_sha256,
        figures=sums(frozen.lines),
        figures_sha256=version.figures_sha256,
        rules_version=version.rules_version,
        confirmed_by=row.confirmed_by,
        late_days=version.late_days,
        despite_blocked=command.count.blocked,
    )


def _receive(state: Report, command: Receive, context: DecisionContext) -> Decision:
    row, who = _require_version(state, command.body.version), to_text(command.by)
    received = _moved(state, stage="received", decided_by=who, decided_at=context.now)
    return received, [
        events.ReportReceived(**_event_fields(row, who, context.now), version=row.version)
    ]


def _return(state: Report, command: Return, context: DecisionContext) -> Decision:
    row, who = _require_version(state, command.body.version), to_text(command.by)
    reason, note = command.body.reason, command.body.note
    if reason == "other" and not is_reason(note):
        raise refusals.return_unexplained()
    decided = {"decided_by": who, "decided_at": context.now}
    why = {"return_reason": reason, "return_note": note}
    fields = _event_fields(row, who, context.now)
    event = events.ReportReturned(**fields, version=row.version, reason=reason)
    return _moved(state, stage="returned", **decided, **why), [event]


_EFFECTS: Mapping[type[ReportCommand], Callable[[Report, Any, DecisionContext], Decision]] = {
    Check: _check,
    Confirm: _confirm,
    Submit: _submit,
    Receive: _receive,
    Return: _return,
}


def _moved(state: Report, **columns: object) -> Report:
    return replace(state, row=state.row.model_copy(update=columns))


def _event_fields(row: ReportRow, who: str, now: datetime) -> dict[str, Any]:
    """Return the fields that all events of a report share."""
    return {"occurred_at": now, "division_code": row.filer, "actor": who, "filer": row.filer}


def _require_version(state: Report, version: int) -> ReportRow:
    if state.row.version != version:
        raise refusals.stale()
    return state.row
