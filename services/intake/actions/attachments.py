"""Use cases of attachments: add files to an item, list and open them, clear away what is left."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import structlog

from services.intake import store
from services.intake.actions.stations import StationActions
from services.intake.attachment_folder import AttachmentFolder
from services.intake.domain import rights
from services.intake.domain.asker import Asker, by_session, may_at
from services.intake.domain.attaching import (
    AttachmentsUnavailable,
    Checked,
    check_file,
    file_lost,
    no_attachment,
    require_takes,
    sha256_of,
    takes_files,
    too_many,
)
from services.intake.domain.attachments import (
    MAX_FILES,
    Attach,
    AttachmentBody,
    AttachmentRow,
    RemoveAttachment,
    RemoveBody,
    attachment_id_of,
    shown_name,
)
from services.intake.domain.model import Item, ItemRow, TextRow
from shared.db.pool import Tx
from shared.errors import Refused
from shared.features.access_log.store import AccessEntry, log_access
from shared.ids import Id
from shared.rights import Action

log = structlog.get_logger()
OPENED = "attachment"
"""The reason code, and the field, of an attachment that was opened."""


class Upload(NamedTuple):
    """A file as it was sent, by the name it had there."""

    name: str
    content: bytes


class CheckedFile(NamedTuple):
    """A file that may be attached."""

    name: str
    file: Checked


class Added(NamedTuple):
    """An attachment, and whether it was not there before."""

    row: AttachmentRow
    is_new: bool


class OpenFile(NamedTuple):
    """An attachment and where its file lies."""

    row: AttachmentRow
    path: Path


class Listed(NamedTuple):
    """An item with what is attached to it and to those merged into it; whether it takes more.

    `removed` are those that somebody took away.
    """

    item: ItemRow
    rows: Sequence[AttachmentRow]
    takes_more: bool
    removed: Sequence[AttachmentRow]


@dataclass(frozen=True, slots=True)
class AttachmentActions:
    """Actions on attachments: of stations, of proposers by their link, of officers."""

    stations: StationActions
    folder: AttachmentFolder

    async def check(self, uploads: Sequence[Upload]) -> Sequence[CheckedFile]:
        """Judge files by their content; raises Refused if one is wrong, or there are too many."""
        if len(uploads) > MAX_FILES:
            raise too_many(MAX_FILES)
        return [
            CheckedFile(one.name, await asyncio.to_thread(check_file, one.content))
            for one in uploads
        ]

    async def add(self, by: Asker, key: Id, uploads: Sequence[Upload]) -> Sequence[Added]:
        """Attach files to an item that the asker sees; raises Refused, Unavailable.

        Whether the asker may, and how many, is judged before the files are.
        """
        await self._admit(by, key, uploads)
        return await self.add_checked(by, key, await self.check(uploads))

    async def _admit(self, by: Asker, key: Id, uploads: Sequence[Upload]) -> None:
        tracked = await self.stations.find(by, key)
        async with self.stations.messaging.db.begin_as(self.stations.row_scope_of(by)) as tx:
            context = await self.stations.items.context(tx)
            proposers = (await store.read_proposers(self.stations.vault, tx, [key])).get(key, ())
            files = (await store.read_attachments(tx, [key])).get(key, ())
        item = Item(tracked.item, TextRow(key=key), tracked.progress, proposers, attachments=files)
        sent = [attachment_id_of(key, by, sha256_of(one.content)) for one in uploads]
        require_takes(item, by, sent, context)

    async def add_checked(
        self, by: Asker, key: Id, files: Sequence[CheckedFile]
    ) -> Sequence[Added]:
        """Attach files that were judged before their item was there."""
        return [await self._add(by, key, one) for one in files]

    async def _add(self, by: Asker, key: Id, given: CheckedFile) -> Added:
        """Write the file first: what refers to it is stored once it is safe."""
        kind, content, sha256 = given.file
        try:
            file_id = await asyncio.to_thread(self.folder.write, content)
        except OSError:
            log.exception("an attachment cannot be stored", action="attachment.refused")
            raise AttachmentsUnavailable from None
        body = AttachmentBody(
            name=shown_name(given.name, kind),
            kind=kind,
            size=len(content),
            sha256=sha256,
            file_id=file_id,
        )
        command = Attach(key, by, body)
        try:
            applied = await self.stations.act(command)
        except Refused:
            await self.remove([file_id])
            raise
        rows = applied.state.attachments
        (row,) = (one for one in rows if one.attachment_id == command.attachment_id)
        if row.file_id is not None and row.file_id != file_id:
            await asyncio.to_thread(self.folder.replace_lost, row.file_id, file_id)
        return Added(row, row.file_id == file_id)

    async def take_away(self, by: Asker, key: Id, attachment_id: Id, body: RemoveBody) -> None:
        """Remove an attachment for a reason, and its file from the disk; raises Refused.

        Killed before the file is deleted, the service deletes it within two hours.
        """
        async with self.stations.messaging.db.begin_as(self.stations.row_scope_of(by)) as tx:
            rows = (await store.read_attachments(tx, [key])).get(key, ())
        await self.stations.act(RemoveAttachment(key, by, body, attachment_id))
        named = [one.file_id for one in rows if one.attachment_id == attachment_id]
        await self.remove([one for one in named if one is not None])

    async def remove(self, files: Sequence[Id]) -> None:
        await asyncio.to_thread(self.folder.remove, files)

    async def list_own(self, by: Asker, key: Id) -> Sequence[AttachmentRow]:
        """List what is attached at the asker's station; to what they raised, what they sent."""
        await self.stations.find(by, key)
        async with self.stations.messaging.db.begin_as(self.stations.row_scope_of(by)) as tx:
            return await _present(tx, [key])

    async def open_own(self, by: Asker, key: Id, attachment_id: Id) -> OpenFile:
        """Open an attachment that `list_own` lists; raises NotFound."""
        return self._opened(await self.list_own(by, key), attachment_id)

    async def list_for(self, by: rights.Officer, key: Id) -> Listed:
        """List what is attached to an item, for whoever may open it; raises NotFound."""
        directory = self.stations.copy.snapshot
        async with self.stations.messaging.db.begin_as(rights.row_scope_of(by, directory)) as tx:
            return await self._listed(tx, by, key)

    async def _listed(self, tx: Tx, by: rights.Officer, key: Id) -> Listed:
        tracked = (await store.read_items(tx, [key])).get(key)
        if tracked is None or not rights.may_see_files(
            by, tracked.item, tracked.progress, self.stations.copy.snapshot
        ):
            raise no_attachment()
        takes_more = takes_files(Item(tracked.item, TextRow(key=key), tracked.progress))
        keys = [key, *tracked.item.members]
        found = await store.read_attachments(tx, keys)
        removed = [row for one in keys for row in found.get(one, ()) if row.removed_at]
        return Listed(tracked.item, await _present(tx, keys), takes_more, removed)

    async def open_for(self, by: rights.Officer, key: Id, attachment_id: Id) -> OpenFile:
        """Open an attachment; outside the item's station that is logged for 12 months."""
        directory = self.stations.copy.snapshot
        async with self.stations.messaging.db.begin_as(rights.row_scope_of(by, directory)) as tx:
            item, rows, *_more = await self._listed(tx, by, key)
            opened = self._opened(rows, attachment_id)
            if not may_at(by_session(by), Action.ITEM_READ, item.station_id, directory):
                what = f"{rows.index(opened.row) + 1}.{opened.row.kind}"
                entry = AccessEntry(by.person_id, key, item.division_code, [OPENED], OPENED, what)
                await log_access(tx, entry)
        return opened

    def _opened(self, rows: Sequence[AttachmentRow], attachment_id: Id) -> OpenFile:
        for row in rows:
            if row.attachment_id == attachment_id and row.file_id is not None:
                path = self.folder.path_of(row.file_id)
                if not path.is_file():
                    log.error("an attachment's file is missing", action="attachment.lost")
                    raise file_lost()
                return OpenFile(row, path)
        raise no_attachment()

    async def sweep(self, tx: Tx) -> None:
        """Delete the files older than an hour to which no attachment refers."""
        for old in await asyncio.to_thread(lambda: list(self.folder.list_old())):
            if old:
                used = await store.list_used_files(tx, old)
                await self.remove([one for one in old if one not in used])


async def _present(tx: Tx, keys: Sequence[Id]) -> Sequence[AttachmentRow]:
    found = await store.read_attachments(tx, keys)
    return [row for key in keys for row in found.get(key, ()) if row.file_id is not None]
