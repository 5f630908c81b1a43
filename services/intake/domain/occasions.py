"""The events of an item that its proposers and its station are told outside of the system."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from shared.contracts.envelope import Event
from shared.contracts.intake import ItemAccepted, ItemRejected, ItemReturned, ItemTransferred
from shared.contracts.router import ItemDispatched
from shared.contracts.topics import INTAKE_ITEM, TOPIC_OF
from shared.contracts.tracker import CaseReplied, CaseUrged
from shared.messaging.subject import ReceivedEvent

Occasion = Literal[
    "accepted", "solved", "returned", "urged", "rejected", "transferred", "dispatched", "answered",
    "rate",
]  # fmt: skip
"""`solved`: accepted as solved on the spot; `urged`: what was asked for is still missing after its
time; `rate`: answered, and the time to rate begins."""
OF_ALL: frozenset[Occasion] = frozenset({"accepted", "solved", "dispatched", "answered", "rate"})
"""Those that concern whoever raised an item that was merged into this one, too."""


class Happened(NamedTuple):
    """An event that people are told, by its topic and number among those of its item."""

    topic: str
    seq: int
    occasion: Occasion
    at: datetime


def emitted(seq: int, events: Sequence[Event]) -> Iterable[Happened]:
    """List which of the events that an item emits are told; `seq` is its last one before."""
    for event in events:
        topic = TOPIC_OF.get(type(event))
        if topic is not INTAKE_ITEM:
            continue
        seq += 1
        if occasion := _occasion(event):
            yield Happened(topic.name, seq, occasion, event.occurred_at)


def received(given: ReceivedEvent) -> Iterable[Happened]:
    """Tell whether an event of another service is told."""
    if isinstance(given.event, Event) and (occasion := _occasion(given.event)):
        yield Happened(given.topic, given.seq, occasion, given.event.occurred_at)


_BY_TYPE: Mapping[type[Event], Occasion] = {
    ItemReturned: "returned",
    ItemRejected: "rejected",
    ItemTransferred: "transferred",
    ItemDispatched: "dispatched",
}


def _occasion(event: Event) -> Occasion | None:
    match event:
        case ItemAccepted():
            return "solved" if event.solved_on_spot else "accepted"
        case CaseUrged():
            return "urged" if event.clock == "resubmit" else None
        case CaseReplied():
            return "answered" if event.rating_until is None else "rate"
        case _:
            return _BY_TYPE.get(type(event))
