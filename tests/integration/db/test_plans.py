"""A service started on an empty database reads its tables by their indexes once they are full."""

from services.tracker import store
from shared.db.rows import write_rows
from tests.integration.db.opened import case, opened, save_cases
from tests.support.database import fetch
from tests.support.tracker.play import opened as with_task

LOOKS = 12
"""PostgreSQL decides after five executions whether to keep one plan for all that follow."""
READ = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE schemaname = 'tracker' AND relname = $1"


async def test_no_plan_made_on_an_empty_table_is_kept(system: str) -> None:
    """Also before the first analyze: a bare installation, and one that was just restored."""
    cases = [case(number=str(n)) for n in range(2_000)]
    task = next(iter(with_task().case.tasks.values()))
    async with opened(system, "tracker", size=1) as db:
        await fetch(system, "ALTER TABLE tracker.task SET (autovacuum_enabled = false)")
        for _ in range(LOOKS):
            async with db.begin() as tx:
                await tx.fetch(store.SQL["load_tasks"], [task.key])
        await save_cases(db, cases)
        async with db.begin() as tx:
            tasks = [task.model_copy(update={"key": one.row.key}) for one in cases]
            await write_rows(tx, store.TASK, tasks)
        (before,) = await fetch(system, READ, "task")
        async with db.begin() as tx:
            for one in cases[:LOOKS]:
                assert len(await tx.fetch(store.SQL["load_tasks"], [one.row.key])) == 1
    (after,) = await fetch(system, READ, "task")
    assert after["seq_tup_read"] == before["seq_tup_read"]
