"""Use cases of the directory, for its pages, its API and the command line."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from services.router.directory import store
from services.router.directory.domain.city_files import FILES, CityTables, FileError, read_city
from services.router.directory.domain.commands import Edit, EditEntry
from services.router.directory.domain.exports import rows_of
from services.router.directory.domain.import_plan import ImportContext, Plan, plan_of
from services.router.directory.domain.model import DirectoryState, Entry, EntryRow
from services.router.directory.domain.new_person import Lines, new_person
from services.router.directory.domain.refusals import (
    directory_changed,
    not_there,
    same_names,
)
from services.router.directory.domain.rights import (
    COMMAND_LINE,
    AdminScope,
    EntryContext,
    account_scope,
    admin_scope,
    reader,
)
from services.router.directory.domain.role_holders import Vacancies, vacancies
from services.router.directory.domain.tables import (
    READERS,
    TableKind,
    new_entry,
)
from shared.calendar import local_day
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import DirectoryAccount
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.directory.rights import holder
from shared.errors import Conflict
from shared.features.access_log.store import EXPORT, AccessEntry, log_access
from shared.features.table_import.store import Upload, drop_upload, find_upload, save_upload
from shared.features.table_import.turns import Turns
from shared.ids import Id, named_id
from shared.messaging.loop import OnBegin
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied, Subject
from shared.tables.files import decoded
from shared.tables.workbook import text_of
from shared.web.actor import Actor

Entries = Subject[Entry, EntryContext]


class DirectoryActions:
    def __init__(self, messaging: Messaging, entries: Entries, copy: DirectoryCopy) -> None:
        self.messaging, self.copy = messaging, copy
        self._entries = entries
        self._turns = Turns()

    async def edit(self, key: Id, edit: Edit, by: Actor) -> Applied[Entry]:
        """Change an entry; raises Refused."""
        command = EditEntry(key, edit, by.person_id)
        on_begin = store.lock_directory
        return (await self.messaging.execute_all(self._entries, [command], on_begin))[0]

    async def entry(self, key: Id, by: Actor) -> EntryRow:
        """Read an entry with the basis its edits rest on; raises NotFound.

        What was done to accounts is for those who manage them.
        """
        async with self.messaging.db.begin() as tx:
            row = await store.read_entry(tx, key)
        if row is None:
            raise not_there()
        scope = account_scope(by) if row.type == DirectoryAccount.type else reader(by)
        if not scope.may(self.copy.snapshot, row.event.division_code):
            raise not_there()
        return row

    async def enter_new(
        self, kind: TableKind, lines: Lines, by: Actor, *, are_others: bool = False
    ) -> Applied[Entry]:
        """Enter what one line of a table describes, or a person; raises NewEntryErrors."""
        async with self.messaging.db.begin() as tx:
            state, context = await read_context(tx, by.person_id)
        if kind == "deputies" or kind == "officers":  # noqa: PLR1714  mypy narrows only this
            put = new_person(kind, lines, context, state, are_others=are_others)
        else:
            put = new_entry(kind, lines[0], context, state.rows)
        try:
            return (await self.messaging.execute_all(self._entries, [put], unchanged(state)))[0]
        except Conflict:  # an edit came in between
            return await self.enter_new(kind, lines, by, are_others=are_others)

    async def upload(self, kind: TableKind, file_name: str, content: bytes, by: Actor) -> Id:
        """Store a table for a day, for preview and import; raises Invalid and TooLarge.

        Raises TooManyRequests, as `plan` does, while another table of this person is being read.
        """
        async with self._turns.take(by.person_id):
            body = await text_of(content)
        async with self.messaging.db.begin() as tx:
            return await save_upload(tx, kind, file_name, body, by.person_id)

    async def plan(self, key: Id, by: Actor) -> tuple[Upload[TableKind], DirectoryState, Plan]:
        """Compare an uploaded table with the directory as it is now; raises NotFound."""
        async with self._turns.take(by.person_id):
            async with self.messaging.db.begin() as tx:
                upload = await find_upload(tx, key, by.person_id)
                state, context = await read_context(tx, by.person_id)
            return upload, state, await plan_table(upload.kind, upload.body, state, context)

    async def enter(self, key: Id, digest: str, by: Actor, *, are_others: bool) -> int:
        """Enter a table as the plan with this digest shows, and return how many lines changed.

        Raises Conflict where the directory has changed since, or new people have the names of some
        there and nobody has said that they `are_others`; then nothing is entered.
        """
        _upload, state, plan = await self.plan(key, by)
        if digest != plan.digest:
            raise directory_changed()
        if plan.namesakes and not are_others:
            raise same_names(plan.namesakes)
        await self.messaging.execute_all(self._entries, plan.puts, unchanged(state))
        async with self.messaging.db.begin() as tx:
            await drop_upload(tx, key)
        return plan.counts["new"] + plan.counts["changed"]

    async def export(self, kind: TableKind, file_name: str, by: Actor) -> list[Sequence[str]]:
        """Read a table of the area somebody administers, and log the export."""
        async with self.messaging.db.begin() as tx:
            return await export_table(tx, kind, file_name, admin_scope(by), by.person_id)

    async def vacancies(self, by: Actor) -> Vacancies:
        """Find what nobody is responsible for in the area somebody administers."""
        scope = admin_scope(by)
        async with self.messaging.db.begin() as tx:
            directory = await store.read_current(tx, self.copy)
            tasks, duties = await store.count_open_tasks(tx), await store.count_duties(tx)
            waiting = tasks, duties, await store.count_supervised(tx)
            today = local_day(tx.now)
        return vacancies(directory, today, lambda code: scope.may(directory, code), waiting)


def unchanged(state: DirectoryState) -> OnBegin:
    """Check that the directory is as it was read, and keep it so; raises Conflict."""

    async def check(tx: Tx) -> None:
        await store.lock_directory(tx)
        if await store.count_changes(tx) != state.version:
            raise directory_changed()

    return check


async def read_context(tx: Tx, by: Id | None = None) -> tuple[DirectoryState, ImportContext]:
    """Read the directory as it is now, to compare a person's table with, or the command line's."""
    state = await store.read_directory(tx)
    today = local_day(tx.now)
    scope = admin_scope(holder(state.directory, by, today)) if by else COMMAND_LINE
    return state, ImportContext(state.directory, tx.now, scope)


async def plan_table(
    kind: TableKind, text: str, state: DirectoryState, context: ImportContext
) -> Plan:
    """Compare a table with the directory, in a thread: a large one takes seconds."""
    return await asyncio.to_thread(lambda: plan_of(READERS[kind](text, context), state))


async def export_table(
    tx: Tx, kind: TableKind, file_name: str, scope: AdminScope, person: Id | None
) -> list[Sequence[str]]:
    """Read a table of an area, and log the export of each of its places."""
    directory = (await store.read_directory(tx)).directory
    for place in (EVERYWHERE,) if scope.places is None else scope.places:
        whose = named_id("division", place)
        await log_access(tx, AccessEntry(person, whose, place, (kind,), EXPORT, file_name))
    return rows_of(kind, directory, lambda code: scope.may(directory, code))


def read_city_folder(folder: Path) -> tuple[CityTables, list[FileError]]:
    """Read a city's files: the sound lines, and the errors of the others.

    A file that is not text is read as an empty one. Raises OSError.
    """
    files = {name: folder / f"{name}.csv" for name in FILES}
    return read_city({name: _text(file) for name, file in files.items() if file.is_file()})


def _text(file: Path) -> str:
    try:
        return decoded(file.read_bytes())
    except UnicodeDecodeError:
        return ""
