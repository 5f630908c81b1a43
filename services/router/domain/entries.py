"""The directory as the router keeps it: an entry is said when, and only when, it changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.contracts.envelope import Event
from shared.messaging.fold import Act, Input, State, StateRow


class EntryRow(StateRow):
    """One entry of the directory as it was last said."""

    type: str = ""
    body: str = ""


Entry = State[EntryRow]


@dataclass(frozen=True, slots=True)
class PutEntry(Act):
    """Set the whole of one entry."""

    entry: Event


def stands(row: EntryRow, entry: Event) -> bool:
    """Tell whether an entry is there already, whoever put it and when."""
    if row.type != entry.type:
        return False
    there = type(entry).model_validate_json(row.body, extra="ignore")
    return (
        there.model_copy(update={"occurred_at": entry.occurred_at, "actor": entry.actor}) == entry
    )


def decide(state: Entry, given: Input, _context: Any) -> tuple[Entry, Sequence[Event]]:
    """Keep what was put and say it, unless it stands so already."""
    match given:
        case PutEntry(entry=entry):
            if stands(state.row, entry):
                return state, ()
        case _:
            raise TypeError(f"not for the directory: {given!r}")
    kept = {"type": entry.type, "body": entry.model_dump_json(exclude_none=True)}
    return replace(state, row=state.row.model_copy(update=kept)), (entry,)
