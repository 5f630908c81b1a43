"""Commands on the directory's entries and what is emitted; `edits` has an administrator's edits."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.router.directory.domain import refusals
from services.router.directory.domain.model import Entry, EntryRow, with_former_names
from services.router.directory.domain.rights import EditContext, EntryContext, admin_scope
from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryMatter
from shared.directory.rights import holder
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.messaging.subject import Command, Input
from shared.text import Number

_SWITCH = {"auto_dispatch", "auto_dispatch_reason"}


class EntryCommand(Command, ABC):
    __slots__ = ()

    @abstractmethod
    def entry_after(self, row: EntryRow, context: EntryContext) -> Event:
        """Return the entry as the command leaves it; raises Refused."""


@dataclass(frozen=True, slots=True)
class PutEntry(EntryCommand):
    """Set the whole of one entry; `basis` is the state it rests on, 0 of a new one, None any."""

    entry: Event
    basis: int | None = None

    def entry_after(self, row: EntryRow, _context: EntryContext) -> Event:
        if self.basis not in (None, row.text_seq) and not row.holds(self.entry):
            raise refusals.changed_meanwhile()
        return self.entry


@dataclass(frozen=True, slots=True)
class SwitchAutoDispatch(EntryCommand):
    """Switch automatic dispatch of a matter on or off, in the name of a person and for a reason."""

    is_on: bool
    by: str
    reason: str

    def entry_after(self, row: EntryRow, context: EntryContext) -> Event:
        if row.type != DirectoryMatter.type:
            raise refusals.not_there()
        switched = {"auto_dispatch": self.is_on, "auto_dispatch_reason": self.reason}
        stamps = {"occurred_at": context.now, "actor": self.by}
        return row.event.model_copy(update=switched | stamps)


def keep_switches(puts: Iterable[PutEntry], directory: Directory) -> list[PutEntry]:
    """Keep the switch of every matter that is there: no table has it."""
    return [replace(put, entry=_switched(put.entry, directory)) for put in puts]


def _switched(entry: Event, directory: Directory) -> Event:
    there = directory.matter(entry.code) if isinstance(entry, DirectoryMatter) else None
    return entry.model_copy(update=there.model_dump(include=_SWITCH)) if there else entry


class Edit(BaseModel):
    """A change of one entry; `basis` is the state its author saw."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    of: ClassVar[type[Event]]
    basis: Annotated[Number, Field(ge=0, lt=2**63)]

    def changes(self, _key: Id, _entry: Any, _context: EditContext) -> dict[str, Any]:
        """Return the fields that become different; raises Refused."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class EditEntry(EntryCommand):
    """Change an entry as an administrator asks, by the rights they have at that instant."""

    edit: Edit
    by: Id

    def entry_after(self, row: EntryRow, context: EntryContext) -> Event:
        scope = admin_scope(holder(context.directory, self.by, context.today))
        scoped = EditContext(context.now, context.today, context.directory, scope)
        entry = row.event if row.type else None
        if entry is not None and self.edit.basis != row.text_seq:
            scoped.require_change(entry)
            raise refusals.changed_meanwhile()
        return edited(self.key, entry, self.edit, scoped)


def edited(key: Id, entry: Event | None, edit: Edit, context: EditContext) -> Event:
    """Return the entry as an edit leaves it; raises Refused."""
    if entry is None or not isinstance(entry, edit.of):
        raise refusals.not_there()
    context.require_change(entry)
    stamps = {"occurred_at": context.now, "actor": context.scope.actor}
    return entry.model_copy(update=edit.changes(key, entry, context) | stamps)


def decide(state: Entry, given: Input, context: EntryContext) -> tuple[Entry, Sequence[Event]]:
    """Carry out a command on an entry; raises Refused."""
    if not isinstance(given, EntryCommand):
        raise TypeError(f"not for the directory: {given!r}")
    entry = given.entry_after(state.row, context)
    if state.row.holds(entry):
        return state, ()
    if state.row.type:
        entry = with_former_names(state.row.event, entry, context.now)
    kept = {"type": entry.type, "body": entry.model_dump_json(exclude_none=True)}
    return replace(state, row=state.row.model_copy(update=kept)), (entry,)
