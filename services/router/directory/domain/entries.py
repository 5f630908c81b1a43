"""The directory as the router keeps it: an entry is said when, and only when, it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from services.router.directory.domain.admin_scope import AdminScope
from services.router.directory.domain.edit import Edit, EditContext
from services.router.directory.domain.edits import edited
from services.router.identity.domain.sessions import EndSessions, ended
from shared.contracts.envelope import Event
from shared.contracts.topics import ROUTER_DIRECTORY
from shared.directory.snapshot import Directory
from shared.errors import Conflict
from shared.ids import Id
from shared.messaging.subject import Command, Input, State, StateRow
from shared.text import _


class EntryRow(StateRow):
    """One entry of the directory as it was last said."""

    type: str = ""
    body: str = ""

    @property
    def event(self) -> Event:
        """What was last said of it."""
        return read_entry(self.type, self.body)


Entry = State[EntryRow]


@dataclass(frozen=True, slots=True)
class PutEntry(Command):
    """Set the whole of one entry; `basis` is the state it was made on, 0 for a new one."""

    entry: Event
    basis: int | None = None


def stands(row: EntryRow, entry: Event) -> bool:
    """Tell whether an entry is there already, whoever put it and when."""
    if row.type != entry.type:
        return False
    there = type(entry).model_validate_json(row.body, extra="ignore")
    return (
        there.model_copy(update={"occurred_at": entry.occurred_at, "actor": entry.actor}) == entry
    )


@dataclass(frozen=True)
class DirectoryState:
    """The whole directory as it was last put: each entry with the state edits rest on."""

    rows: Mapping[Id, EntryRow]

    @cached_property
    def directory(self) -> Directory:
        """The directory to ask."""
        return Directory().changed((row.key, row.type, row.body) for row in self.rows.values())


@dataclass(frozen=True, slots=True)
class EditEntry(Command):
    """Change an entry as an administrator asks."""

    edit: Edit
    keeper: AdminScope


@dataclass(frozen=True, slots=True)
class EntryContext:
    """The instant and the directory around the entries."""

    now: datetime
    today: date
    directory: Directory


def decide(state: Entry, given: Input, context: EntryContext) -> tuple[Entry, Sequence[Event]]:
    """Keep what was put or edited and say it, unless it stands so already; raises Refused."""
    match given:
        case PutEntry(entry=entry, basis=basis):
            return _kept(state, entry, basis)
        case EditEntry(key=key, edit=edit, keeper=keeper):
            before = state.row.event if state.row.type else None
            kept = EditContext(context.now, context.today, context.directory, keeper)
            if before is not None and edit.basis != state.row.text_seq:
                kept.require_place(before.division_code)
                raise changed_meanwhile()
            return _kept(state, edited(key, before, edit, kept), edit.basis)
        case EndSessions():
            there = state.row.event if state.row.type else None
            return _kept(state, ended(there, given), None)
        case _:
            raise TypeError(f"not for the directory: {given!r}")


def _kept(state: Entry, entry: Event, basis: int | None) -> tuple[Entry, Sequence[Event]]:
    if stands(state.row, entry):
        return state, ()
    if basis not in (None, state.row.text_seq):
        raise changed_meanwhile()
    kept = {"type": entry.type, "body": entry.model_dump_json(exclude_none=True)}
    return replace(state, row=state.row.model_copy(update=kept)), (entry,)


def read_entry(kind: str, body: str | bytes) -> Event:
    """Read an entry as it was said."""
    return ROUTER_DIRECTORY.types[kind].model_validate_json(body, extra="ignore")


def changed_meanwhile() -> Conflict:
    """Refuse what was made on a state that is no more."""
    return Conflict(
        "entry_changed",
        _("刚才有人改过这一项，您看到的不是最新情况，没有保存。"),
        _("请看最新情况，再决定是否修改；您填的内容还在。"),
    )
