"""Applies the events of intake and tracker to an item."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from services.router.routing.domain.model import IntakeState, Item, TaskRow, TextRow
from services.router.routing.domain.routing_table import Matcher
from shared.contracts.envelope import Event
from shared.contracts.intake import (
    ItemAccepted,
    ItemErased,
    ItemMerged,
    ItemProtected,
    ItemRejected,
    ItemSubmitted,
    ItemText,
    ItemTransferred,
    ItemUnmerged,
    ItemWithdrawn,
)
from shared.contracts.topics import INTAKE_ITEM, TRACKER_CASE
from shared.contracts.tracker import (
    CaseClosed,
    CaseHandedBack,
    CaseReplied,
    ReworkOrdered,
    SupervisionDecided,
    TaskObjected,
)
from shared.ids import Id
from shared.messaging.subject import ReceivedEvent

IntakeEvent = (
    ItemSubmitted
    | ItemAccepted
    | ItemWithdrawn
    | ItemRejected
    | ItemTransferred
    | ItemMerged
    | ItemUnmerged
    | ItemErased
    | ItemProtected
)
CaseEvent = (
    TaskObjected | CaseHandedBack | CaseReplied | CaseClosed | ReworkOrdered | SupervisionDecided
)
FOLLOWED: frozenset[type[Event]] = frozenset(get_args(IntakeEvent) + get_args(CaseEvent))
IGNORED: frozenset[str] = frozenset(
    event.type
    for topic in (INTAKE_ITEM, TRACKER_CASE)
    for event in topic.events
    if event not in FOLLOWED
)


_NOT_ACCEPTED: Mapping[type[Event], IntakeState] = {
    ItemWithdrawn: "withdrawn",
    ItemRejected: "rejected",
    ItemTransferred: "transferred",
    ItemMerged: "merged",
    ItemUnmerged: "submitted",
}


def apply_event(item: Item, received: ReceivedEvent, matcher: Matcher) -> Item:
    """Write an event into the columns of its topic."""
    match received.event:
        case ItemText() as text:
            return _read_text(item, text, matcher)
        case None:
            return replace(item, text=TextRow(key=item.row.key))
        case event if received.topic == TRACKER_CASE.name:
            return _apply_case(item.updated(case_seq=received.seq), event)
        case event:
            return item.updated(**_intake_columns(event))


def _intake_columns(event: object) -> dict[str, Any]:
    match event:
        case ItemSubmitted():
            return {"intake_state": "submitted", **_marks(event)}
        case ItemAccepted():
            return {
                "intake_state": "solved" if event.solved_on_spot else "accepted",
                **_marks(event),
                "number": event.number,
                "accepted_at": event.occurred_at,
                "profile": event.profile,
                "complexity": event.complexity,
            }
        case ItemWithdrawn() | ItemRejected() | ItemTransferred() | ItemMerged() | ItemUnmerged():
            return {"intake_state": _NOT_ACCEPTED[type(event)]}
        case ItemProtected():
            return {"confidential": True}
        case ItemErased():
            return {"erased_at": event.occurred_at}
        case _:
            raise TypeError(f"not for an item: {event!r}")


def _marks(event: ItemSubmitted | ItemAccepted) -> dict[str, Any]:
    return event.model_dump(
        include={"division_code", "policy_codes", "confidential", "self_interest"}
    )


def _read_text(item: Item, text: ItemText, matcher: Matcher) -> Item:
    found = matcher.match(f"{text.title}\n{text.body}")
    item = item.updated(
        confidence=found.confidence, matter_code=found.matter.code if found.matter else ""
    )
    return replace(item, text=TextRow(key=item.row.key, title=text.title, body=text.body))


def _apply_case(item: Item, event: object) -> Item:
    match event:
        case TaskObjected():
            return replace(item, tasks=_with_objection(item.tasks, event, item.row.case_seq))
        case CaseHandedBack():
            return item.updated(handed_back=item.row.handed_back + 1)
        case CaseReplied():
            return _with_reply(item, event.task_id)
        case CaseClosed() | ReworkOrdered():
            return item.updated(closed=isinstance(event, CaseClosed))
        case SupervisionDecided():
            return item.updated(leader=event.leader or item.row.leader)
        case _:
            raise TypeError(f"not for an item: {event!r}")


def _with_reply(item: Item, task_id: Id) -> Item:
    """The lead's answer settles open objections; that of one of several separate units does not.

    Raises LookupError for an unknown task.
    """
    roles = {task.task_id: task.role for task in item.tasks}
    return item.updated(replied_seq=item.row.case_seq) if roles[task_id] == "lead" else item


def _with_objection(tasks: Sequence[TaskRow], event: TaskObjected, seq: int) -> tuple[TaskRow, ...]:
    if event.task_id not in {task.task_id for task in tasks}:
        raise LookupError("an objection to an unknown task")
    objection = {
        "objection_seq": seq,
        "objected_at": event.occurred_at,
        "objected_by": event.actor,
        "suggested_unit": event.suggested_unit,
    }
    return tuple(
        task.model_copy(update=objection) if task.task_id == event.task_id else task
        for task in tasks
    )
