"""The router's decision on one input about an item."""

from collections.abc import Sequence

from services.router.routing.domain.commands import (
    DecideObjection,
    DecisionContext,
    Dispatch,
    Escalate,
    Rehome,
)
from services.router.routing.domain.dispatching import automatic, dispatch, escalate
from services.router.routing.domain.events import Said, with_text
from services.router.routing.domain.model import Item, hear, settle, without_notes
from services.router.routing.domain.objections import decide_objection
from services.router.routing.domain.rehoming import rehome, rehome_ended
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.intake import (
    ItemAccepted,
    ItemErased,
    ItemMerged,
    ItemRejected,
    ItemSubmitted,
    ItemTransferred,
)
from shared.contracts.router import AssignmentText
from shared.contracts.topics import INTAKE_ITEM, TRACKER_CASE
from shared.contracts.tracker import (
    CaseClosed,
    CaseHandedBack,
    CaseReplied,
    SupervisionDecided,
    TaskObjected,
)
from shared.messaging.subject import ClockDue, Input, ReceivedEvent

FOLLOWED: frozenset[type[Event]] = frozenset(
    {
        ItemSubmitted, ItemAccepted, ItemRejected, ItemTransferred, ItemMerged, ItemErased,
        TaskObjected, CaseHandedBack, CaseReplied, CaseClosed, SupervisionDecided,
    }
)  # fmt: skip
IGNORED: frozenset[str] = frozenset(
    event.type
    for topic in (INTAKE_ITEM, TRACKER_CASE)
    for event in topic.events
    if event not in FOLLOWED
)


def decide(item: Item, given: Input, context: DecisionContext) -> tuple[Item, Sequence[Event]]:
    """Follow what was heard or do what a person asks; refuses by raising `Refused`."""
    item, emitted = _decide(item, given, context)
    return settle(item), emitted


def _decide(item: Item, given: Input, context: DecisionContext) -> Said:
    match given:
        case ReceivedEvent():
            return _heard(item, given, context)
        case Dispatch():
            return dispatch(item, given, context)
        case Escalate():
            return escalate(item, given, context)
        case DecideObjection():
            return decide_objection(item, given, context)
        case Rehome():
            return rehome(item, given, context)
        case ClockDue():
            return rehome_ended(item, context)
        case _:
            raise TypeError(f"not for an item: {given!r}")


def _heard(item: Item, received: ReceivedEvent, context: DecisionContext) -> Said:
    item = hear(item, received, context.table.matcher)
    if isinstance(received.event, ItemErased):
        return _erased(item, received.event, context)
    return automatic(_placed(item, context), context)


def _erased(item: Item, event: ItemErased, context: DecisionContext) -> Said:
    """Erase what was said of the reasons, and say them again without what people wrote."""
    if not item.reasons:
        return item, []
    origin = event.model_dump(include={"occurred_at", "division_code", "actor"})
    return with_text(without_notes(item), [Tombstone(**origin, text=AssignmentText)], context)


def _placed(item: Item, context: DecisionContext) -> Item:
    """Let the organ nearest to the item own it once it was accepted."""
    if item.row.intake_state != "accepted" or item.row.level:
        return item
    step = context.table.ladder(item.row.division_code)[0]
    return item.updated(level=step.level, organ_id=step.organ_id)
