"""Effects of events of intake and router on a case: each writes the columns of its own topic."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.tracker.domain.context import DecisionContext
from services.tracker.domain.model import (
    Case,
    Escalation,
    IntakeState,
    StationStep,
    TaskRow,
    WordsRow,
)
from services.tracker.domain.rating import rate
from shared.calendar import Limit, pause_between
from shared.contracts import intake, router
from shared.contracts.codes import ClockKind
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.tracker import CaseClosed, CaseText, TaskResumed
from shared.ids import Id
from shared.messaging.subject import ReceivedEvent

Step = tuple[Case, Sequence[Event]]
_ORIGIN = {"occurred_at", "division_code", "actor"}
_ITEM = {
    "division_code", "station_id", "item_type", "source_kind", "confidential", "self_interest",
    "policy_codes",
}  # fmt: skip
_DISPATCH = {
    "dispatch_no", "dispatcher_organ", "owner_level", "complexity", "matter_code", "rule_id",
    "automatic",
}  # fmt: skip
"""Fields of events whose columns have the same names."""

_ENDS: Mapping[type[Event], IntakeState] = {
    intake.ItemWithdrawn: "withdrawn",
    intake.ItemRejected: "rejected",
    intake.ItemTransferred: "transferred",
}
IGNORED = frozenset({intake.ItemJoined.type, router.ItemMatched.type})
"""The words of the items that joined come with the text; a suggestion assigns nothing."""


def apply_event(case: Case, received: ReceivedEvent, context: DecisionContext) -> Step:
    """Apply one event of another service; raises TypeError for an event of any other topic."""
    match received.event:
        case router.ItemDispatched() as event:
            return _dispatched(case, event, context), ()
        case router.ItemEscalated() as event:
            return _escalated(case, event, context), ()
        case router.ObjectionRefused() as event:
            return _objection_refused(case, event)
        case router.AssignmentRehomed() as event:
            return _rehomed(case, event), ()
        case intake.RatingGiven() as event:
            return rate(case, event, received.recorded_at)
        case event:
            return _item(case, event, received.recorded_at)


def _item(case: Case, event: object, recorded_at: datetime) -> Step:
    match event:
        case intake.ItemSubmitted():
            return _submitted(case, event, recorded_at), ()
        case intake.ItemAccepted():
            return _accepted(case, event, recorded_at)
        case (
            intake.ItemReturned()
            | intake.ItemResubmitted()
            | intake.ItemMerged()
            | intake.ItemUnmerged()
        ):
            return _interrupted(_with_step(case, event), event, recorded_at), ()
        case intake.ItemErased():
            return _erased(case, event)
        case (
            intake.ItemCosigned()
            | intake.ItemSupplemented()
            | intake.ItemProtected()
            | intake.ReopenRequested()
        ):
            return _added(_with_step(case, event), event), ()
        case intake.ItemWithdrawn() | intake.ItemRejected() | intake.ItemTransferred():
            return _with_step(case, event).with_row(intake_state=_ENDS[type(event)]), ()
        case _:
            raise TypeError(f"not for a case: {event!r}")


def _submitted(case: Case, event: intake.ItemSubmitted, recorded_at: datetime) -> Case:
    """The accept clock starts when the item is recorded, not when the proposer spoke."""
    return case.with_row(
        **event.model_dump(include=_ITEM),
        proposers=tuple(one.proposer_id for one in event.proposers),
        submitted_at=event.occurred_at,
        received_at=recorded_at,
        intake_state="submitted",
    )


def _added(
    case: Case,
    event: intake.ItemCosigned
    | intake.ItemSupplemented
    | intake.ItemProtected
    | intake.ReopenRequested,
) -> Case:
    """Add a proposer, or hide the source; what was added to the text comes with the text."""
    match event:
        case intake.ItemCosigned():
            return case.with_row(proposers=(*case.row.proposers, event.proposer.proposer_id))
        case intake.ItemProtected():
            return case.with_row(confidential=True)
    return case


def _with_step(case: Case, event: Event) -> Case:
    reasons = event.model_dump(include={"reason", "channel"}).values()
    step = StationStep(at=event.occurred_at, type=event.type, reason=next(iter(reasons), ""))
    return case.with_row(station_steps=(*case.row.station_steps, step))


def _interrupted(
    case: Case,
    event: intake.ItemReturned | intake.ItemResubmitted | intake.ItemMerged | intake.ItemUnmerged,
    recorded_at: datetime,
) -> Case:
    """The accept clock pauses for a supplement, and while the item is merged into another."""
    row = case.row
    match event:
        case intake.ItemReturned():
            return case.with_row(intake_state="supplement", paused_at=recorded_at)
        case intake.ItemMerged():
            began = row.paused_at or recorded_at
            into = event.merged_into
            return case.with_row(intake_state="merged", merged_into=into, paused_at=began)
    pauses = row.pauses
    if row.paused_at is not None:
        pauses = (*pauses, pause_between(row.paused_at, recorded_at))
    return case.with_row(intake_state="submitted", merged_into=None, paused_at=None, pauses=pauses)


def _accepted(case: Case, event: intake.ItemAccepted, recorded_at: datetime) -> Step:
    changes: dict[str, Any] = {
        **event.model_dump(include=_ITEM | {"number", "profile"}),
        "accepted_at": event.occurred_at,
        "passed_on_at": recorded_at,
        "intake_state": "accepted",
    }
    if not event.solved_on_spot:
        return case.with_row(**changes), ()
    changes |= {
        "solved_on_spot": True, "solved_by": event.solved_by, "outcome": "solved",
        "phase": "closed", "closed_at": event.occurred_at, "closed_how": "solved_on_spot",
    }  # fmt: skip
    closed = CaseClosed(**event.model_dump(include=_ORIGIN), how="solved_on_spot", outcome="solved")
    return case.with_row(**changes), (closed,)


def _erased(case: Case, event: intake.ItemErased) -> Step:
    """Delete all texts; a task whose draft is deleted needs a new one, replies stay given."""
    drafted = {draft.task_id for draft in case.words.drafts}
    tasks = {
        key: task.model_copy(update={"drafted_at": None, "drafted_round": 0})
        if key in drafted
        else task
        for key, task in case.tasks.items()
    }
    done = replace(
        case.with_row(erased_at=event.occurred_at),
        tasks=tasks if drafted else case.tasks,
        words=WordsRow(key=case.row.key),
    )
    if not case.row.text_seq:
        return done, ()
    return done, (Tombstone(**event.model_dump(include=_ORIGIN), text=CaseText),)


def _escalated(case: Case, event: router.ItemEscalated, context: DecisionContext) -> Case:
    """After an objection, escalation ends the tasks given out below."""
    by_organ = case.row.organ_id or context.organ_of(event.division_code)
    step = Escalation(at=event.occurred_at, by_organ=by_organ, to_organ=event.organ_id)
    steps = (*case.row.escalations, step)
    changed = case.with_row(
        routed_division=event.division_code,
        organ_id=event.organ_id,
        owner_level=event.to_level,
        escalated_at=event.occurred_at,
        escalations=steps,
        escalating_organs=tuple(one.by_organ for one in steps if one.by_organ),
    )
    if case.row.dispatch_no and not case.row.is_held:
        return replace(changed, tasks=_ended(case.tasks, frozenset(), event.occurred_at))
    return changed


def _dispatched(case: Case, event: router.ItemDispatched, context: DecisionContext) -> Case:
    """Open the tasks; end those of an earlier dispatch that are not named again.

    A single task may be replaced while its objection is open; a later decision is ignored.
    """
    if event.replaces is not None and case.tasks[event.replaces].objection != "open":
        return case
    changed = case.with_row(
        routed_division=event.division_code,
        dispatched_at=event.occurred_at,
        reason_code=event.reason,
        **event.model_dump(include=_DISPATCH),
    )
    kept = frozenset(task.task_id for task in event.tasks)
    if event.replaces is not None:
        kept = frozenset(case.tasks) - {event.replaces}
    tasks = _ended(case.tasks, kept, event.occurred_at) if case.tasks else {}
    limits = {limit.clock: limit.limit for limit in event.limits}
    for task in event.tasks:
        if task.task_id not in tasks:
            tasks[task.task_id] = _open_task(case.row.key, task, event, limits, context)
    return _with_tasks(changed, tasks)


def _with_tasks(case: Case, tasks: Mapping[Id, TaskRow]) -> Case:
    """Store tasks, and the units that have or had one."""
    units = tuple(sorted({task.unit_id for task in tasks.values()}))
    return replace(case.with_row(units=units), tasks=tasks)


def _ended(tasks: Mapping[Id, TaskRow], but: frozenset[Id], at: datetime) -> dict[Id, TaskRow]:
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
    task: router.TaskGiven,
    event: router.ItemDispatched,
    limits: dict[ClockKind, Limit],
    context: DecisionContext,
) -> TaskRow:
    sign = limits.get("sign", context.limits.sign)
    reply = limits.get("reply") or context.limits.reply[event.complexity]
    window = limits.get("object", context.limits.object)
    return TaskRow(
        key=key,
        task_id=task.task_id,
        unit_id=task.unit_id,
        role=task.role,
        external=task.external,
        dispatch_no=event.dispatch_no,
        given_at=event.occurred_at,
        organ_id=event.dispatcher_organ,
        sign_n=sign.n,
        sign_kind=sign.kind,
        reply_n=(reply.n + 1) // 2 if task.role == "co" else reply.n,
        reply_kind=reply.kind,
        object_until=context.deadline(event.occurred_at, window).due_at,
    )


def _objection_refused(case: Case, event: router.ObjectionRefused) -> Step:
    """The unit must handle the task: it counts as signed, and the case is held again."""
    task = case.tasks[event.task_id]
    if task.objection != "open":
        return case, ()
    changes: dict[str, Any] = {
        "objection": "refused",
        "decided_at": event.occurred_at,
        "signed_at": task.signed_at or event.occurred_at,
    }
    case = case.with_task(task, **changes)
    if not case.row.is_held:
        case = case.with_row(handed_back_no=case.row.dispatch_no - 1)
    return case, (TaskResumed(**event.model_dump(include=_ORIGIN | {"task_id"})),)


def _rehomed(case: Case, event: router.AssignmentRehomed) -> Case:
    """Move a task to another unit, unless it has ended."""
    task = case.tasks[event.task_id]
    if task.ended_at is not None:
        return case
    moved = task.model_copy(update={"unit_id": event.to_unit})
    return _with_tasks(case, {**case.tasks, task.task_id: moved})
