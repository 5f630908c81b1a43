"""The switch of a matter: whether its items are dispatched without a person's confirmation."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.router.directory.domain.commands import EntryCommand, PutEntry
from services.router.directory.domain.model import EntryRow
from services.router.directory.domain.refusals import not_there
from services.router.directory.domain.rights import EntryContext
from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryMatter
from shared.directory.snapshot import Directory

_SWITCH = {"auto_dispatch", "auto_dispatch_reason"}


@dataclass(frozen=True, slots=True)
class SwitchAutoDispatch(EntryCommand):
    """Switch automatic dispatch of a matter on or off, in the name of a person and for a reason."""

    is_on: bool
    by: str
    reason: str

    def entry_after(self, row: EntryRow, context: EntryContext) -> Event:
        if row.type != DirectoryMatter.type:
            raise not_there()
        switched = {"auto_dispatch": self.is_on, "auto_dispatch_reason": self.reason}
        stamps = {"occurred_at": context.now, "actor": self.by}
        return row.event.model_copy(update=switched | stamps)


def keep_switches(puts: Iterable[PutEntry], directory: Directory) -> list[PutEntry]:
    """Keep the switch of every matter that is there: no table has it."""
    return [replace(put, entry=_switched(put.entry, directory)) for put in puts]


def _switched(entry: Event, directory: Directory) -> Event:
    there = directory.matter(entry.code) if isinstance(entry, DirectoryMatter) else None
    return entry.model_copy(update=there.model_dump(include=_SWITCH)) if there else entry
