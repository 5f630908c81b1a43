"""What intake remembers of an item after acceptance: an answer for the station's question."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.intake.domain.model import Progress, ProgressRow
from shared.contracts.envelope import Event
from shared.contracts.router import AssignmentRehomed, ItemDispatched, ItemEscalated, TaskGiven
from shared.contracts.topics import ROUTER_ASSIGNMENT, TRACKER_CASE
from shared.contracts.tracker import (
    CaseClosed,
    CaseRated,
    CaseReplied,
    CaseText,
    ReplyWords,
    ReworkOrdered,
)
from shared.ids import Id
from shared.messaging.subject import Input, ReceivedEvent

FOLLOWED: frozenset[type[Event]] = frozenset(
    {
        ItemDispatched, ItemEscalated, AssignmentRehomed,
        CaseReplied, CaseRated, CaseClosed, ReworkOrdered,
    }
)  # fmt: skip
IGNORED: frozenset[str] = frozenset(
    event.type
    for topic in (ROUTER_ASSIGNMENT, TRACKER_CASE)
    for event in topic.events
    if event not in FOLLOWED
)


def decide(state: Progress, given: Input, _context: None) -> tuple[Progress, Sequence[Event]]:
    """Keep what was heard; nothing is ever said."""
    match given:
        case ReceivedEvent(event=Event() as event):
            return replace(state, row=_heard(state.row, event)), ()
        case ReceivedEvent(event=None):
            return replace(state, row=state.row.model_copy(update=_words(()))), ()
        case _:
            raise TypeError("progress is only heard")


def _heard(row: ProgressRow, event: Event) -> ProgressRow:
    match event:
        case ItemDispatched() | ItemEscalated() | AssignmentRehomed():
            kept = _assigned(row, event)
        case CaseReplied():
            kept = {
                "reply_no": event.reply_no,
                "outcome": event.outcome,
                "promised_on": event.promised_on,
                "rating": None,
            }
        case CaseRated():
            kept = {"rating": event.result} if event.reply_no == row.reply_no else {}
        case CaseClosed():
            kept = {"is_closed": True, "outcome": event.outcome}
        case ReworkOrdered():
            kept = {"is_closed": False}
        case CaseText():
            kept = _words(event.replies)
        case _:
            raise TypeError(f"{event.type} is not followed")
    return row.model_copy(update=kept)


def _assigned(
    row: ProgressRow, event: ItemDispatched | ItemEscalated | AssignmentRehomed
) -> dict[str, Any]:
    match event:
        case ItemDispatched():
            return {
                "dispatch_no": event.dispatch_no,
                "owner_level": event.owner_level,
                "lead_unit": _lead(event),
                "tasks": _running(row, event),
            }
        case ItemEscalated():
            return {"owner_level": event.to_level, "tasks": ()}
        case AssignmentRehomed():
            is_lead = event.from_unit == row.lead_unit
            return {
                "lead_unit": event.to_unit if is_lead else row.lead_unit,
                "tasks": tuple(_moved(task, event) for task in row.tasks),
            }


def _running(row: ProgressRow, event: ItemDispatched) -> tuple[TaskGiven, ...]:
    """List who has a part of the item now: all are given anew, or one is replaced."""
    others = [task for task in row.tasks if event.replaces not in {None, task.task_id}]
    return (*others, *event.tasks)


def _moved(task: TaskGiven, event: AssignmentRehomed) -> TaskGiven:
    if task.task_id != event.task_id:
        return task
    return task.model_copy(update={"unit_id": event.to_unit})


def _words(replies: Sequence[ReplyWords]) -> dict[str, Any]:
    """Keep the last reply, which the proposer judges; erased words leave nothing."""
    last = replies[-1] if replies else None
    return {"reply_plain": last.plain if last else "", "reply_text": last.text if last else ""}


def _lead(event: ItemDispatched) -> Id:
    """Name the lead, or the first of several separate units."""
    leads = [task.unit_id for task in event.tasks if task.role == "lead"]
    return (leads or [event.tasks[0].unit_id])[0]
