"""Decisions about entries: an event is emitted only when the entry changes."""

from collections.abc import Sequence
from dataclasses import replace

from services.router.directory.domain.commands import EntryCommand
from services.router.directory.domain.context import DecisionContext
from services.router.directory.domain.model import Entry
from shared.contracts.envelope import Event
from shared.messaging.subject import Input


def decide(state: Entry, given: Input, context: DecisionContext) -> tuple[Entry, Sequence[Event]]:
    """Carry out a command on an entry; raises Refused."""
    if not isinstance(given, EntryCommand):
        raise TypeError(f"not for the directory: {given!r}")
    entry = given.entry_after(state.row, context)
    if state.row.holds(entry):
        return state, ()
    kept = {"type": entry.type, "body": entry.model_dump_json(exclude_none=True)}
    return replace(state, row=state.row.model_copy(update=kept)), (entry,)
