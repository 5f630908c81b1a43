"""Use cases of operators at the command line: the register of enterprises, erasures."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.intake import notice_store, store
from services.intake.attachment_folder import AttachmentFolder
from services.intake.domain import rights
from services.intake.domain.commands import Erase
from services.intake.domain.enterprises import EnterpriseRow, read_enterprises
from services.intake.domain.model import ItemRow
from services.intake.domain.notices import NoticeRow
from shared.calendar import local_day
from shared.contracts.intake import ItemErased
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.messaging.loop import Result
from shared.tables.rows import Report

MAX_NOTICES = 500


@dataclass(frozen=True, slots=True)
class OperatorActions:
    """Actions of operators at the command line; `run` carries out commands on items."""

    db: Database
    copy: DirectoryCopy
    run: Callable[[Sequence[Erase]], Awaitable[Sequence[Result]]]
    folder: AttachmentFolder

    async def import_enterprises(self, text: str) -> Report[EnterpriseRow]:
        report = read_enterprises(text, self.copy.snapshot)
        async with self.db.begin() as tx:
            await store.save_enterprises(tx, [row for _line, row in report.taken])
        return report

    async def plan_erasure(self, proposer: Id, by: str) -> tuple[str, Sequence[ItemRow]]:
        """Find who has the code `by`, and the items of a proposer or the one with this id.

        Invalid if nobody has the code, Forbidden if one of the items is not theirs to erase.
        """
        async with self.db.begin() as tx:
            found = await store.list_items_of_proposer(tx, proposer)
            who = rights.eraser(by, found, self.copy.snapshot, local_day(tx.now))
        return who, found

    async def erase(self, commands: Sequence[Erase]) -> Sequence[tuple[Id, Result]]:
        """Erase items with their files, each also where it was merged into another.

        Killed before the files are deleted, the service deletes them within two hours.
        """
        keys = [one.key for one in commands]
        async with self.db.begin() as tx:
            items = await store.read_items(tx, keys)
            attached = await store.read_attachments(tx, keys)
        into = {key: one.item.merged_into for key, one in items.items()}
        results = await self.run(
            [replace(one, others=(key,)) if (key := into.get(one.key)) else one for one in commands]
        )
        async with self.db.begin() as tx:
            files = [row.file_id for key in keys for row in attached.get(key, ()) if row.file_id]
            used = await store.list_used_files(tx, files)
        self.folder.remove([one for one in files if one not in used])
        return [(one.key, result) for one, result in zip(commands, results, strict=True)]

    async def list_troubled(self) -> Sequence[NoticeRow]:
        """List notices that could not be sent, the newest first, at most MAX_NOTICES."""
        async with self.db.begin() as tx:
            return await notice_store.list_troubled(tx, MAX_NOTICES)

    async def list_erasures(self) -> Sequence[tuple[Id, datetime, ItemErased]]:
        """List erasures in order: item, time recorded, event."""
        async with self.db.begin() as tx:
            return await store.list_erasures(tx)
