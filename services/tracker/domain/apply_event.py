"""What intake and router say changes in a case: each event writes its own topic's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.tracker.domain.context import DecisionContext
from services.tracker.domain.model import Case, IntakeState, TaskRow, WordsRow
from services.tracker.domain.rating import rate
from shared.calendar import Limit, pause_between
from shared.contracts.codes import ClockKind
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.intake import (
    ItemAccepted,
    ItemErased,
    ItemMerged,
    ItemRejected,
    ItemResubmitted,
    ItemReturned,
    ItemSubmitted,
    ItemTransferred,
    RatingGiven,
)
from shared.contracts.router import (
    AssignmentRehomed,
    ItemDispatched,
    ItemEscalated,
    ObjectionRefused,
    TaskGiven,
)
from shared.contracts.tracker import CaseClosed, CaseText
from shared.ids import Id
from shared.messaging.subject import ReceivedEvent

Step = tuple[Case, Sequence[Event]]
_ENDS: Mapping[type[Event], IntakeState] = {
    ItemRejected: "rejected",
    ItemTransferred: "transferred",
    ItemMerged: "merged",
}


def apply_event(case: Case, received: ReceivedEvent, context: DecisionContext) -> Step:
    """Apply one event of another service; raises TypeError for one that is not ours to hear."""
    match received.event:
        case ItemDispatched() as event:
            return _dispatched(case, event, context), ()
        case ItemEscalated() as event:
            return _escalated(case, event), ()
        case ObjectionRefused() as event:
            return _objection_refused(case, event), ()
        case AssignmentRehomed() as event:
            return _rehomed(case, event), ()
        case RatingGiven() as event:
            return rate(case, event, received.recorded_at)
        case event:
            return _item(case, event, received.recorded_at)


def _item(case: Case, event: object, recorded_at: datetime) -> Step:
    match event:
        case ItemSubmitted():
            return _submitted(case, event, recorded_at), ()
        case ItemAccepted():
            return _accepted(case, event, recorded_at)
        case ItemReturned():
            return _with(case, intake_state="supplement", paused_at=recorded_at), ()
        case ItemResubmitted():
            return _resubmitted(case, recorded_at), ()
        case ItemErased():
            return _erased(case, event)
        case ItemRejected() | ItemTransferred() | ItemMerged():
            return _with(case, intake_state=_ENDS[type(event)]), ()
        case _:
            raise TypeError(f"not for a case: {event!r}")


def _with(case: Case, **changes: Any) -> Case:
    return replace(case, row=case.row.model_copy(update=changes))


def _submitted(case: Case, event: ItemSubmitted, recorded_at: datetime) -> Case:
    """The accept clock runs from when the item came to us, not from when it was spoken."""
    return _with(
        case,
        division_code=event.division_code,
        station_id=event.station_id,
        item_type=event.item_type,
        source_kind=event.source_kind,
        confidential=event.confidential,
        self_interest=event.self_interest,
        submitted_at=event.occurred_at,
        received_at=recorded_at,
        intake_state="submitted",
    )


def _resubmitted(case: Case, recorded_at: datetime) -> Case:
    row = case.row
    pauses = row.pauses
    if row.paused_at is not None:
        pauses = (*pauses, pause_between(row.paused_at, recorded_at))
    return _with(case, intake_state="submitted", paused_at=None, pauses=pauses)


def _accepted(case: Case, event: ItemAccepted, recorded_at: datetime) -> Step:
    changes: dict[str, Any] = {
        "division_code": event.division_code,
        "station_id": event.station_id,
        "item_type": event.item_type,
        "source_kind": event.source_kind,
        "confidential": event.confidential,
        "self_interest": event.self_interest,
        "number": event.number,
        "accepted_at": event.occurred_at,
        "passed_on_at": recorded_at,
        "profile": event.profile,
        "intake_state": "accepted",
    }
    if not event.solved_on_spot:
        return _with(case, **changes), ()
    changes |= {"solved_on_spot": True, "outcome": "solved", "phase": "closed"}
    changes |= {"closed_at": event.occurred_at, "closed_how": "solved_on_spot"}
    closed = CaseClosed(
        occurred_at=event.occurred_at,
        division_code=event.division_code,
        actor=event.actor,
        how="solved_on_spot",
        outcome="solved",
    )
    return _with(case, **changes), (closed,)


def _erased(case: Case, event: ItemErased) -> Step:
    """Delete all words; whose draft is gone drafts anew, what was answered stays answered."""
    drafted = {draft.task_id for draft in case.words.drafts}
    tasks = {
        key: task.model_copy(update={"drafted_at": None, "drafted_round": 0})
        if key in drafted
        else task
        for key, task in case.tasks.items()
    }
    done = replace(
        _with(case, erased_at=event.occurred_at),
        tasks=tasks if drafted else case.tasks,
        words=WordsRow(key=case.row.key),
    )
    if not case.row.text_seq:
        return done, ()
    origin = event.model_dump(include={"occurred_at", "division_code", "actor"})
    return done, (Tombstone(**origin, text=CaseText),)


def _escalated(case: Case, event: ItemEscalated) -> Case:
    """After an objection, going up ends what was given out below."""
    changed = _with(
        case,
        routed_division=event.division_code,
        organ_id=event.organ_id,
        owner_level=event.to_level,
        escalated_at=event.occurred_at,
    )
    if case.row.dispatch_no and not case.row.is_held:
        return replace(changed, tasks=_ended(case.tasks, frozenset(), event.occurred_at))
    return changed


def _dispatched(case: Case, event: ItemDispatched, context: DecisionContext) -> Case:
    """Open the tasks; those of an earlier dispatch that are not named again end.

    Of an open case one task may be replaced, while its objection is open; a decision that comes
    later rests on an old view and is not followed.
    """
    if event.replaces is not None and case.tasks[event.replaces].objection != "open":
        return case
    changed = _with(
        case,
        routed_division=event.division_code,
        dispatch_no=event.dispatch_no,
        dispatched_at=event.occurred_at,
        dispatcher_organ=event.dispatcher_organ,
        owner_level=event.owner_level,
        complexity=event.complexity,
        matter_code=event.matter_code,
        rule_id=event.rule_id,
        reason_code=event.reason,
        automatic=event.automatic,
    )
    stay = frozenset(given.task_id for given in event.tasks)
    if event.replaces is not None:
        stay = frozenset(case.tasks) - {event.replaces}
    tasks = _ended(case.tasks, stay, event.occurred_at) if case.tasks else {}
    limits = {limit.clock: limit.limit for limit in event.limits}
    for given in event.tasks:
        if given.task_id not in tasks:
            tasks[given.task_id] = _open_task(case.row.key, given, event, limits, context)
    return _given(changed, tasks)


def _given(case: Case, tasks: Mapping[Id, TaskRow]) -> Case:
    """Keep tasks with the units that have or had one."""
    units = tuple(sorted({task.unit_id for task in tasks.values()}))
    return replace(_with(case, units=units), tasks=tasks)


def _ended(tasks: Any, but: frozenset[Id], at: datetime) -> dict[Id, TaskRow]:
    kept = dict(tasks)
    for task_id, task in tasks.items():
        if task.ended_at is None and task_id not in but:
            changes: dict[str, Any] = {"ended_at": at}
            if task.objection == "open":
                changes |= {"objection": "granted", "decided_at": at}
            kept[task_id] = task.model_copy(update=changes)
    return kept


def _open_task(
    key: Id,
    given: TaskGiven,
    event: ItemDispatched,
    limits: dict[ClockKind, Limit],
    context: DecisionContext,
) -> TaskRow:
    sign = limits.get("sign", context.limits.sign)
    reply = limits.get("reply") or context.limits.reply[event.complexity]
    window = limits.get("object", context.limits.object)
    return TaskRow(
        key=key,
        task_id=given.task_id,
        unit_id=given.unit_id,
        role=given.role,
        external=given.external,
        dispatch_no=event.dispatch_no,
        given_at=event.occurred_at,
        sign_n=sign.n,
        sign_kind=sign.kind,
        reply_n=(reply.n + 1) // 2 if given.role == "co" else reply.n,
        reply_kind=reply.kind,
        object_until=context.deadline(event.occurred_at, window).due_at,
    )


def _objection_refused(case: Case, event: ObjectionRefused) -> Case:
    """The unit must handle: the task counts as signed, the baton is ours again."""
    task = case.tasks[event.task_id]
    if task.objection != "open":
        return case
    changes = {
        "objection": "refused",
        "decided_at": event.occurred_at,
        "signed_at": task.signed_at or event.occurred_at,
    }
    tasks = {**case.tasks, task.task_id: task.model_copy(update=changes)}
    row = case.row
    if not row.is_held:
        row = row.model_copy(update={"handed_back_no": row.dispatch_no - 1})
    return replace(case, row=row, tasks=tasks)


def _rehomed(case: Case, event: AssignmentRehomed) -> Case:
    """Another unit owes what this task owes; one that ended meanwhile stays whose it was."""
    task = case.tasks[event.task_id]
    if task.ended_at is not None:
        return case
    moved = task.model_copy(update={"unit_id": event.to_unit})
    return _given(case, {**case.tasks, task.task_id: moved})
