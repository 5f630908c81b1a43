"""The directory as the router keeps it: an entry is said when, and only when, it changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.contracts.envelope import Event
from shared.messaging.fold import Act, Input, State, StateRow

_WHO_AND_WHEN = {"occurred_at", "actor"}


class EntryRow(StateRow):
    """One entry of the directory as it was last put."""

    type: str = ""
    body: str = ""


Entry = State[EntryRow]


@dataclass(frozen=True, slots=True)
class PutEntry(Act):
    """Set the whole of one entry."""

    entry: Event


def body_of(entry: Event) -> str:
    """Write an entry's content, without who put it and when."""
    return entry.model_dump_json(exclude_none=True, exclude=_WHO_AND_WHEN)


def decide(state: Entry, given: Input, _context: Any) -> tuple[Entry, Sequence[Event]]:
    """Keep what was put and say it, unless it stands so already."""
    match given:
        case PutEntry(entry=entry):
            kept = {"type": entry.type, "body": body_of(entry)}
        case _:
            raise TypeError(f"not for the directory: {given!r}")
    if kept == {"type": state.row.type, "body": state.row.body}:
        return state, ()
    return replace(state, row=state.row.model_copy(update=kept)), (entry,)
