"""The one decision of a case: an input in, the changed case and what is said out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.tracker.domain.acting import act
from services.tracker.domain.context import Context
from services.tracker.domain.duties import reconcile
from services.tracker.domain.hearing import hear
from services.tracker.domain.ladder import fire
from services.tracker.domain.rows import Case, HappeningRow
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.tracker import CaseText, DeadlineSet
from shared.messaging.fold import Act, Due, Heard, Input


def decide(case: Case, given: Input, context: Context) -> tuple[Case, Sequence[Event]]:
    """Apply one input, then bring the clocks in line with the duties that follow from it."""
    match given:
        case Heard():
            changed, said = hear(case, given, context)
        case Act():
            changed, said = act(case, given, context)
        case Due():
            changed, said = fire(case, context)
    changed, more = reconcile(changed, context)
    events = [*said, *more]
    if said:
        happened = (*case.happened, *_lines(case, said))
        changed = replace(changed, happened=happened)
    return changed, events


def _lines(case: Case, events: Iterable[Event]) -> Iterable[HappeningRow]:
    """Keep what the timeline tells and no column does; `seq` is the place the loop will give."""
    seq = case.row.seq
    for event in events:
        if isinstance(event, CaseText | Tombstone):
            continue
        seq += 1
        if not isinstance(event, DeadlineSet):
            yield _line(case, seq, event)


def _line(case: Case, seq: int, event: Event) -> HappeningRow:
    details = ("outcome", "result", "level", "channel", "clock", "reason", "round", "how")
    detail = next((str(value) for name in details if (value := getattr(event, name, None))), "")
    return HappeningRow(
        key=case.row.key,
        seq=seq,
        type=event.type,
        happened_at=event.occurred_at,
        actor=event.actor,
        task_id=getattr(event, "task_id", None) or getattr(event, "subject_id", None),
        detail=detail,
    )
