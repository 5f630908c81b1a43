"""The router's decision on one input about an item."""

from collections.abc import Sequence

from services.router.routing.domain.apply_event import apply_event
from services.router.routing.domain.commands import Decision
from services.router.routing.domain.context import DecisionContext
from services.router.routing.domain.effects import EFFECTS, require_decidable
from services.router.routing.domain.events import (
    DispatchPlan,
    Emitted,
    ReasonText,
    announce_match,
    dispatch_item,
    escalate_one_level,
    move_task,
    reasons_text,
)
from services.router.routing.domain.model import Item, with_duty, without_notes
from services.router.routing.domain.routing_table import UNSURE, complexity_of, rank
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.intake import ItemErased
from shared.contracts.router import AssignmentText, DirectoryUnit, ItemMatched
from shared.directory.succession import has_ended, living_unit
from shared.messaging.subject import ClockDue, Input, ReceivedEvent


def decide(item: Item, given: Input, context: DecisionContext) -> tuple[Item, Sequence[Event]]:
    """Apply an event, a command or a due clock; raises `Refused`.

    Whatever is emitted ends with the texts of all reasons; a suggestion alone has none.
    """
    item, events = _decide(item, given, context)
    decided = [event for event in events if not isinstance(event, ItemMatched)]
    texts = [reasons_text(item, decided[-1].actor, context.now)] if decided else []
    return with_duty(item), [*events, *texts]


def _decide(item: Item, given: Input, context: DecisionContext) -> Emitted:
    match given:
        case ReceivedEvent():
            return _receive(item, given, context)
        case Decision():
            require_decidable(item, given)
            return EFFECTS[type(given)](item, given, context)
        case ClockDue():
            return _rehome_from_ended_units(item, context)
        case _:
            raise TypeError(f"not for an item: {given!r}")


def _receive(item: Item, received: ReceivedEvent, context: DecisionContext) -> Emitted:
    item = apply_event(item, received, context.table.matcher)
    if isinstance(received.event, ItemErased):
        return _erase_notes(item, received.event)
    item, matched = announce_match(_with_owner(item, context), context)
    item, events = dispatch_automatically(item, context)
    return item, [*matched, *events]


def _erase_notes(item: Item, event: ItemErased) -> Emitted:
    """Delete the published reasons, to publish them again without what people wrote."""
    if not item.reasons:
        return item, []
    origin = event.model_dump(include={"occurred_at", "division_code", "actor"})
    return without_notes(item), [Tombstone(**origin, text=AssignmentText)]


def _with_owner(item: Item, context: DecisionContext) -> Item:
    """Let the nearest organ own an item that was accepted."""
    if item.row.intake_state != "accepted" or item.row.level:
        return item
    nearest = context.table.ladder(item.row.division_code)[0]
    return item.updated(level=nearest.level, organ_id=nearest.organ_id)


def dispatch_automatically(item: Item, context: DecisionContext) -> Emitted:
    """Escalate and dispatch without a person where the matter, or the development switch, allows.

    The item must be new, and its matter and route sure.
    """
    row = item.row
    if not (row.held and row.dispatch_no == 0 and row.owner and row.confidence):
        return item, []
    matter = context.table.directory.matter(row.matter_code)
    allowed = matter is not None and matter.auto_dispatch and row.confidence == "high"
    if not (allowed or context.settings.auto_dispatch):
        return item, []
    route = context.table.propose(row.division_code, matter)
    if route.reason in UNSURE and not context.settings.auto_dispatch:
        return item, []
    why = ReasonText(route.zh, route.en)
    emitted: list[Event] = []
    while item.row.level and rank(item.row.level) < rank(route.level):
        item, more = escalate_one_level(item, "authority", why, "router", context)
        emitted += more
    plan = DispatchPlan(
        route.units, matter, complexity_of(matter, row.complexity), route.reason, route.rule_id,
        why, "router", automatic=True,
    )  # fmt: skip
    item, more = dispatch_item(item, plan, context)
    return item, [*emitted, *more]


def _rehome_from_ended_units(item: Item, context: DecisionContext) -> Emitted:
    """Move every running task of an abolished unit to its successor; all limits stay.

    Without a successor the dispatcher decides; until then the clocks run on.
    """
    emitted: list[Event] = []
    directory, today = context.table.directory, context.table.today
    for task in () if item.row.closed else item.tasks:
        unit = directory.unit(task.unit_id)
        if task.ended or unit is None or not has_ended(unit, today):
            continue
        successor = living_unit(directory, task.unit_id, today)
        if successor is not None:
            why = _succession(unit, directory.unit(successor))
            item, events = move_task(item, task, successor, why, unit.actor, context)
            emitted += events
        elif task.homeless_since is None:
            item = item.with_task(task, homeless_since=context.now)
    return item, emitted


def _succession(unit: DirectoryUnit, successor: DirectoryUnit | None) -> ReasonText:
    to = successor.name if successor else ""
    return ReasonText(
        f"{unit.name}已撤并，由{to}接续办理，期限不变。",
        f"{unit.name} was abolished; {to} takes over the task, and all deadlines stay.",
        unit.end_reason,
    )
