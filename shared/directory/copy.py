"""The one handler by which every service follows `router.directory.v1`."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import structlog

from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryEndedSessions
from shared.contracts.topics import ROUTER_DIRECTORY
from shared.db.pool import Database, Tx
from shared.db.rows import Table, load_queries, lock_rows, write_rows
from shared.directory.snapshot import Directory
from shared.errors import Unavailable
from shared.ids import Id
from shared.messaging.subject import (
    Change,
    ClockDue,
    Command,
    Input,
    Mirror,
    ReceivedEvent,
    State,
    StateRow,
)

log = structlog.get_logger()

SQL = load_queries(Path(__file__).with_name("queries.sql"))
POLL_SECONDS = 0.5
PAGE_ROWS = 1000
"""So many rows are read at a time: all of them at once would double a service's memory."""


class EntryRow(StateRow):
    """Latest received version of one entry; an empty body is an entry that was erased."""

    type: str = ""
    body: str = ""
    revision: int = 0


Entry = State[EntryRow]
ENTRY = Table("directory_copy", EntryRow)


def decide(state: Entry, given: Input, _context: None) -> tuple[Entry, Sequence[Event]]:
    """Store the latest event in full."""
    match given:
        case ReceivedEvent(event=Event() as event):
            kept = {"type": given.type, "body": event.model_dump_json(exclude_none=True)}
        case ReceivedEvent():
            kept = {"type": given.type, "body": ""}
        case Command() | ClockDue():
            raise TypeError("the directory is changed in the router only")
    return replace(state, row=state.row.model_copy(update=kept)), ()


class DirectorySubject(Mirror[Entry]):
    """Keeps this service's copy in its table."""

    name = "directory"
    topics = (ROUTER_DIRECTORY,)

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Entry]:
        rows = await lock_rows(tx, EntryRow, SQL["create_entries"], SQL["load_entries"], keys)
        return {row.key: State(row) for row in chain(*rows)}

    def decide(self, state: Entry, given: Input, context: None) -> tuple[Entry, Sequence[Event]]:
        return decide(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Entry]]) -> None:
        revision = (await tx.fetch(SQL["next_revision"]))[0][0]
        rows = [change.after.row.model_copy(update={"revision": revision}) for change in changes]
        await write_rows(tx, ENTRY, rows)


class DirectoryCopy:
    """The copy of one process in memory, at most half a second behind its table."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.last: tuple[int, Id] = (0, bytes(16))
        """Revision and key of the last entry in `snapshot`."""
        self._snapshot: Directory | None = None
        self._ended: dict[Id, DirectoryEndedSessions] = {}
        self._reading = asyncio.Lock()

    @property
    def snapshot(self) -> Directory:
        """The directory as it was last read.

        Raises Unavailable until it was read once: a process that has just started must neither
        refuse nor decide anything by an empty directory.
        """
        if self._snapshot is None:
            raise Unavailable("starting")
        return self._snapshot

    async def refresh(self) -> bool:
        """Read what changed since the last look; returns whether anything did."""
        async with self._reading:  # a slower look must not undo a later one
            snapshot, last = self._snapshot or Directory(), self.last
            async with self._db.begin() as tx:
                while rows := await tx.fetch(SQL["list_changes"], *last, PAGE_ROWS):
                    snapshot = self._applied(snapshot, rows)
                    last = rows[-1]["revision"], rows[-1]["key"]
            changed = last != self.last
            self._snapshot, self.last = snapshot, last
            return changed

    def _applied(self, snapshot: Directory, rows: Sequence[Any]) -> Directory:
        entries = [row for row in rows if row["type"] != DirectoryEndedSessions.type]
        if len(entries) < len(rows):
            self._hear_ended(rows)
        # Somebody signing out is no reason to copy the whole directory.
        return (
            snapshot.changed((row["key"], row["type"], row["body"]) for row in entries)
            if entries
            else snapshot
        )

    def _hear_ended(self, rows: Iterable[Any]) -> None:
        for row in rows:
            if row["type"] == DirectoryEndedSessions.type and row["body"]:
                ended = DirectoryEndedSessions.model_validate_json(row["body"], extra="ignore")
                self._ended[ended.person_id] = ended

    def has_ended(self, person_id: Id, sid: Id, began: datetime) -> bool:
        """Tell whether a session was ended before its token ran out."""
        ended = self._ended.get(person_id)
        if ended is None:
            return False
        all_ended = ended.before is not None and began <= ended.before
        return all_ended or any(one.sid == sid for one in ended.sessions)

    async def run(self) -> None:
        """Follow the table until cancelled."""
        while True:
            try:
                await self.refresh()
            except Unavailable:
                log.warning("directory.waiting")
            await asyncio.sleep(POLL_SECONDS)
