"""Opens a service's database under test, and puts cases there."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from deploy.local.postgres import login
from services.tracker import store as tracker_store
from services.tracker.domain import model as tracker_rows
from shared.clock import Clock
from shared.db.pool import Database
from shared.ids import named_id
from shared.messaging.subject import Change


@asynccontextmanager
async def opened(system: str, service: str, size: int = 10) -> AsyncIterator[Database]:
    db = Database(login(system, service), service, Clock(), size)
    await db.open()
    try:
        yield db
    finally:
        await db.close()


def case(**values: object) -> tracker_rows.Case:
    row = tracker_rows.CaseRow.model_validate({"key": named_id("case", str(values))} | values)
    return tracker_rows.blank(row)


async def save_cases(db: Database, cases: Sequence[tracker_rows.Case]) -> None:
    async with db.begin() as tx:
        await tracker_store.load_cases(tx, [one.row.key for one in cases])
        changes = [Change(tracker_rows.blank(case().row), one) for one in cases]
        await tracker_store.save_cases(tx, changes)
