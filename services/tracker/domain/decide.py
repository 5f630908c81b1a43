"""Decides a case: takes one input, returns the changed case and the events to emit."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.tracker.domain.apply_event import apply_event
from services.tracker.domain.clocks import fire, reconcile
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.effects import execute
from services.tracker.domain.model import Case, TimelineEntryRow
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.tracker import CaseRated, CaseText, DeadlineSet, SupervisionDecided
from shared.messaging.subject import ClockDue, Command, Input, ReceivedEvent


def decide(case: Case, cause: Input, context: DecisionContext) -> tuple[Case, Sequence[Event]]:
    """Apply one input, then reconcile the clocks with the duties that follow from it."""
    match cause:
        case ReceivedEvent():
            changed, emitted = apply_event(case, cause, context)
        case Command():
            changed, emitted = execute(case, cause, context)
        case ClockDue():
            changed, emitted = fire(case, context)
    changed, more = reconcile(changed, context, emitted)
    events = [*emitted, *more]
    if emitted:
        entries = (*case.new_entries, *_entries(case, emitted))
        changed = replace(changed, new_entries=entries)
    return changed, events


def _entries(case: Case, events: Iterable[Event]) -> Iterable[TimelineEntryRow]:
    """Timeline entries of the facts; `seq` is the place the loop will give each event."""
    seq = case.row.seq
    for event in events:
        if isinstance(event, CaseText | Tombstone):
            continue
        seq += 1
        if not isinstance(event, DeadlineSet):
            yield _entry(case, seq, event)


def _entry(case: Case, seq: int, event: Event) -> TimelineEntryRow:
    details = ("outcome", "result", "level", "channel", "clock", "reason", "round", "how")
    detail = next((str(value) for name in details if (value := getattr(event, name, None))), "")
    if isinstance(event, SupervisionDecided) and not event.granted:
        detail = "refused"
    if isinstance(event, CaseRated):
        whose, how = "" if event.decides else "other:", "" if event.channel == "web" else "asked:"
        detail = f"{whose}{how}{detail}"
    return TimelineEntryRow(
        key=case.row.key,
        seq=seq,
        type=event.type,
        happened_at=event.occurred_at,
        actor=event.actor,
        task_id=getattr(event, "task_id", None) or getattr(event, "subject_id", None),
        detail=detail,
    )
