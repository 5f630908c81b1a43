"""Services read their tables by their indexes once they are full, however they came to be so."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from services.reporting import store as reporting_store
from services.reporting.domain.freezing import Window
from services.tracker import store
from shared.contracts.reporting import CutOffset
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


YEARS, MONTH = 20_000, 900
FACTS = """
INSERT INTO reporting.fact
SELECT 'intake.item.v1', abs(n) % 12, n, 'C3', 1, gen_random_uuid(), NULL, '33100410' || abs(n) % 9,
    gen_random_uuid(), now(), now(),
    (date '2026-11-21' - CASE WHEN n < 0 THEN make_interval(months => -n % 48 + 1)
        ELSE interval '0' END)::date
FROM generate_series(-$1::int, $2::int - 1) AS n
"""


def _indexed(plan: dict[str, Any]) -> Iterator[float]:
    """Entries read in each index, or rows of each scan of the whole table."""
    if plan.get("Relation Name", "") == "fact" or plan["Node Type"] == "Bitmap Index Scan":
        yield (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    for below in plan.get("Plans", ()):
        yield from _indexed(below)


async def test_a_form_reads_its_month_and_what_came_after_the_cut(system: str) -> None:
    """The years before it are read neither for their month nor to look for what came late."""
    await fetch(system, FACTS, YEARS, MONTH)
    await fetch(system, "ANALYZE reporting.fact")
    cut = [CutOffset(topic="intake.item.v1", partition=n, offset=0) for n in range(12)]
    divisions = ["331004101", "331004102"]
    window = Window(divisions, date(2026, 11, 21), date(2026, 10, 21), cut)
    async with opened(system, "reporting") as db, db.begin() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        sql = f"EXPLAIN (ANALYZE, FORMAT JSON) {reporting_store.SQL['count_members']}"
        rows = await tx.fetch(sql, *window.arguments())
    (explained,) = json.loads(rows[0][0])
    assert sum(_indexed(explained["Plan"])) <= 3 * MONTH
