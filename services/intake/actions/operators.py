"""Use cases of operators at the command line: the register of enterprises, erasures."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from services.intake import activity_store, enterprise_store, notice_store, store
from services.intake.attachment_folder import AttachmentFolder
from services.intake.domain import rights
from services.intake.domain.activity_commands import EraseActivity
from services.intake.domain.commands import Erase
from services.intake.domain.enterprises import EnterpriseRow, read_enterprises
from services.intake.domain.model import ActivityRow, ItemRow
from services.intake.domain.notices import NoticeRow
from shared.calendar import local_day
from shared.contracts.intake import ActivityErased, ItemErased
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.messaging.loop import Result
from shared.tables.rows import Report

MAX_NOTICES = 500


class ErasurePlan(NamedTuple):
    """The items and activities of an erasure, and the reference of who answers for it."""

    by: str
    items: Sequence[ItemRow]
    held: Sequence[ActivityRow]


@dataclass(frozen=True, slots=True)
class OperatorActions:
    """Actions of operators at the command line.

    `run` carries out commands on items, `run_held` on activities.
    """

    db: Database
    copy: DirectoryCopy
    run: Callable[[Sequence[Erase]], Awaitable[Sequence[Result]]]
    run_held: Callable[[Sequence[EraseActivity]], Awaitable[Sequence[Result]]]
    folder: AttachmentFolder

    async def import_enterprises(self, text: str) -> Report[EnterpriseRow]:
        report = read_enterprises(text, self.copy.snapshot)
        async with self.db.begin() as tx:
            await enterprise_store.save_enterprises(tx, [row for _line, row in report.taken])
        return report

    async def plan_erasure(self, proposer: Id, by: str) -> ErasurePlan:
        """Find who has the code `by`, and what is kept of a proposer, or what has this id.

        Invalid if nobody has the code, Forbidden if some of it is not theirs to erase.
        """
        async with self.db.begin() as tx:
            items = await store.list_items_of_proposer(tx, proposer)
            held = await activity_store.list_about(tx, proposer)
            places = [one.division_code for one in items]
            places += [one.organiser_division for one in held]
            who = rights.eraser(by, places, self.copy.snapshot, local_day(tx.now))
        return ErasurePlan(who, items, held)

    async def erase(self, commands: Sequence[Erase | EraseActivity]) -> Sequence[tuple[Id, Result]]:
        """Erase items, and what activities keep, in this order."""
        items = [one for one in commands if isinstance(one, Erase)]
        held = [one for one in commands if isinstance(one, EraseActivity)]
        gone = await self.run_held(held) if held else []
        named = zip((one.key for one in held), gone, strict=True)
        return [*await self._erase_items(items), *named]

    async def _erase_items(self, commands: Sequence[Erase]) -> Sequence[tuple[Id, Result]]:
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

    async def list_erasures(self) -> Sequence[tuple[Id, datetime, ItemErased | ActivityErased]]:
        """List erasures in order: item or activity, time recorded, event."""
        async with self.db.begin() as tx:
            return await store.list_erasures(tx)
