"""The progress of an item after acceptance, kept to answer its station's questions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.intake.domain import occasions
from services.intake.domain.model import Progress, ProgressRow
from shared.contracts import tracker
from shared.contracts.envelope import Event
from shared.contracts.router import (
    AssignmentRehomed,
    ItemDispatched,
    ItemEscalated,
    ItemMatched,
    TaskGiven,
)
from shared.contracts.topics import ROUTER_ASSIGNMENT, TRACKER_CASE
from shared.ids import Id
from shared.messaging.subject import Input, ReceivedEvent

FOLLOWED: frozenset[type[Event]] = frozenset(
    {
        ItemMatched, ItemDispatched, ItemEscalated, AssignmentRehomed,
        tracker.CaseReplied, tracker.CaseRated, tracker.RatingRefused, tracker.CaseClosed,
        tracker.ReworkOrdered, tracker.DeadlineSet, tracker.ContactLogged, tracker.CaseUrged,
    }
)  # fmt: skip
IGNORED: frozenset[str] = frozenset(
    event.type
    for topic in (ROUTER_ASSIGNMENT, TRACKER_CASE)
    for event in topic.events
    if event not in FOLLOWED
)


def apply_event(state: Progress, received: Input) -> tuple[Progress, Sequence[Event]]:
    """Update the progress; no event is ever emitted."""
    match received:
        case ReceivedEvent(event=Event() as event):
            happened = (*state.happened, *occasions.received(received))
            return replace(state, row=_updated(state.row, event), happened=happened), ()
        case ReceivedEvent(event=None):
            return replace(state, row=state.row.model_copy(update=_reply_text(()))), ()
        case _:
            raise TypeError("progress follows events only")


def _updated(row: ProgressRow, event: Event) -> ProgressRow:
    match event:
        case ItemMatched():
            columns = {
                "matched_matter": event.matter_code or "",
                "matched_level": event.level or "",
            }
        case ItemDispatched() | ItemEscalated() | AssignmentRehomed():
            columns = _assigned(row, event)
        case tracker.CaseRated() | tracker.RatingRefused():
            columns = _rated(event)
        case tracker.CaseText():
            columns = _reply_text(event.replies)
        case _:
            columns = _handled(event)
    return row.model_copy(update=columns)


def _rated(event: tracker.CaseRated | tracker.RatingRefused) -> dict[str, Any]:
    if isinstance(event, tracker.RatingRefused):
        return {"rating_refused": event.reason}
    if not event.decides:
        return {"rating_refused": ""}
    return {"rating": event.result, "rating_channel": event.channel, "rating_refused": ""}


def _handled(event: Event) -> dict[str, Any]:
    match event:
        case tracker.CaseReplied():
            return {
                "reply_no": event.reply_no,
                "replied_at": event.occurred_at,
                "outcome": event.outcome,
                "promised_on": event.promised_on,
                "rating": None,
                "rating_channel": "",
                "rating_until": event.rating_until,
                "rating_refused": "",
            }
        case tracker.CaseClosed():
            at, outcome = event.occurred_at, event.outcome
            return {"is_closed": True, "outcome": outcome, "closed_at": at}
        case tracker.ReworkOrdered():
            return {"is_closed": False}
        case tracker.ContactLogged():
            return {"contacted_at": event.occurred_at}
        case tracker.DeadlineSet():
            due = [one.due_at for one in event.clocks if one.clock == "reply"]
            return {"reply_due": max(due)} if due else {}
        case tracker.CaseUrged():
            return {}
        case _:
            raise TypeError(f"{event.type} is not followed")


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
                "dispatched_at": event.occurred_at,
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
    """List the tasks now running: a dispatch replaces all of them, or just one."""
    others = [task for task in row.tasks if event.replaces not in {None, task.task_id}]
    return (*others, *event.tasks)


def _moved(task: TaskGiven, event: AssignmentRehomed) -> TaskGiven:
    if task.task_id != event.task_id:
        return task
    return task.model_copy(update={"unit_id": event.to_unit})


def _reply_text(replies: Sequence[tracker.ReplyWords]) -> dict[str, Any]:
    """Keep the text of the last reply, which the proposer rates; none once erased."""
    last = replies[-1] if replies else tracker.ReplyWords(reply_no=0, plain="", text="")
    return {
        f"reply_{name}": getattr(last, name)
        for name in ("plain", "text", "contact", "reason", "waiver")
    }


def _lead(event: ItemDispatched) -> Id:
    """Name the lead, or the first of several separate units."""
    leads = [task.unit_id for task in event.tasks if task.role == "lead"]
    return (leads or [event.tasks[0].unit_id])[0]
