"""Use cases of administrators: the register of enterprises, imported as a table."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.intake import enterprise_store
from services.intake.domain.enterprises import (
    EnterpriseRow,
    RegisterPlan,
    plan_register,
    read_enterprises,
)
from services.intake.domain.refusals import register_changed
from shared.db.pool import Database, Tx
from shared.directory import DirectoryCopy
from shared.features.table_import.store import Upload, drop_upload, find_upload, save_upload
from shared.features.table_import.turns import Turns
from shared.ids import Id
from shared.rights import Action, Resource, may
from shared.tables.rows import Report
from shared.tables.workbook import text_of
from shared.web.actor import Actor

KIND = "enterprises"


@dataclass(frozen=True, slots=True)
class RegisterActions:
    db: Database
    copy: DirectoryCopy
    turns: Turns = field(default_factory=Turns)

    async def count(self, by: Actor) -> int:
        """Count the enterprises registered in somebody's area."""
        codes = [one.division_code for one in self.copy.snapshot.divisions()]
        async with self.db.begin() as tx:
            return await enterprise_store.count_enterprises(
                tx, [it for it in codes if self._may(by, it)]
            )

    async def upload(self, file_name: str, content: bytes, by: Actor) -> Id:
        """Store a table for a day; raises Invalid, TooLarge, and TooManyRequests as `plan` does."""
        async with self.turns.take(by.person_id):
            body = await text_of(content)
        async with self.db.begin() as tx:
            return await save_upload(tx, KIND, file_name, body, by.person_id)

    async def plan(self, key: Id, by: Actor) -> tuple[str, RegisterPlan]:
        """Compare an uploaded table, named first, with the register as it is; raises NotFound.

        Raises TooManyRequests while another table of this person is being read.
        """
        upload, report = await self._read(key, by)
        async with self.db.begin() as tx:
            known = await _known(tx, report)
        return upload.file_name, self._planned(report, known, by)

    async def enter(self, key: Id, digest: str, by: Actor) -> int:
        """Enter a table as the plan with this digest shows, and count the lines that changed.

        Raises Conflict where the register has changed since; then nothing is entered.
        """
        _upload, report = await self._read(key, by)
        async with self.db.begin() as tx:
            await enterprise_store.lock_enterprises(tx)
            plan = self._planned(report, await _known(tx, report), by)
            if digest != plan.digest:
                raise register_changed()
            await enterprise_store.save_enterprises(tx, plan.rows)
            await drop_upload(tx, key)
        return len(plan.rows)

    async def _read(self, key: Id, by: Actor) -> tuple[Upload[str], Report[EnterpriseRow]]:
        """Read an uploaded table in a thread: a large one takes seconds."""
        async with self.turns.take(by.person_id):
            async with self.db.begin() as tx:
                upload = await find_upload(tx, key, by.person_id)
            directory = self.copy.snapshot
            return upload, await asyncio.to_thread(read_enterprises, upload.body, directory)

    def _planned(
        self, report: Report[EnterpriseRow], known: Mapping[Id, EnterpriseRow], by: Actor
    ) -> RegisterPlan:
        return plan_register(report, known, lambda code: self._may(by, code))

    def _may(self, by: Actor, code: str) -> bool:
        within = self.copy.snapshot.within(code)
        return may(by, Action.DIRECTORY_EDIT, Resource(within=within))


async def _known(tx: Tx, report: Report[EnterpriseRow]) -> Mapping[Id, EnterpriseRow]:
    return await enterprise_store.read_enterprises(tx, [row.key for _line, row in report.taken])
