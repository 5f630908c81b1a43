"""A row model and its table have the same columns, and writing a row writes every one of them."""

from types import ModuleType
from typing import Any

import pytest

from deploy.local.runner import SERVICES
from services.intake import activity_store, enterprise_store
from services.intake import store as intake
from services.reporting import store as reporting
from services.router.directory import store as router
from services.router.identity import store as identity
from services.router.routing import store as routing
from services.router.routing.domain.model import TaskRow
from services.tracker import store as tracker
from shared.db.rows import Table, read_rows, write_rows
from shared.directory import copy
from shared.features.access_log import store
from shared.ids import named_id
from tests.integration.db.opened import opened
from tests.support.database import connected
from tests.support.shanghai import at

STORES = {
    "intake": (intake, activity_store, enterprise_store),
    "router": (router, routing, identity),
    "tracker": (tracker,),
    "reporting": (reporting,),
}
MESSAGING = {
    "audit_anchor", "dead_letter", "dead_letter_decision", "outbox", "outbox_pending", "position",
    "pulse", "outage", "relay",
}  # fmt: skip
BY_NAMED_SQL = {
    "intake": {"notice", "number_series", "proposer_secret", "station_key", "upload"},
    "router": {"upload"},
    "tracker": {"search_pending"},
    "reporting": {"cell"},
}
"""Tables of a service whose rows no model writes: their statements count or choose."""
CATALOGUE = """
SELECT c.relname AS name, array_agg(a.attname::text) AS columns,
    array_agg(a.attname::text)
        FILTER (WHERE a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])) AS key
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY c.relname
"""


def tables(*modules: ModuleType) -> dict[str, Table[Any]]:
    found = (one for module in modules for one in vars(module).values() if isinstance(one, Table))
    return {table.name: table for table in found}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_column_is_a_field_and_every_field_a_column(system: str, service: str) -> None:
    async with connected(system) as connection:
        catalogue = {row["name"]: row for row in await connection.fetch(CATALOGUE, service)}
    declared = tables(*STORES[service], copy, store)
    unmodelled = MESSAGING | BY_NAMED_SQL[service] | {"migration", "directory_revision"}
    assert catalogue.keys() == declared.keys() | unmodelled
    for name, table in declared.items():
        assert set(table.model.model_fields) == set(catalogue[name]["columns"]), name
        assert not table.key or set(table.key) == set(catalogue[name]["key"]), name


@pytest.mark.parametrize("service", SERVICES)
async def test_every_generated_statement_can_be_run(system: str, service: str) -> None:
    async with opened(system, service) as db:
        for table in tables(*STORES[service], copy, store).values():
            async with db.begin() as tx:
                await tx.execute(table.upsert, b"[]")


async def test_a_row_written_again_is_replaced_in_every_column(system: str) -> None:
    a, b = (
        TaskRow(
            key=named_id("item", word),
            task_id=named_id("task", "the one"),
            unit_id=named_id("unit", word),
            role=role,
            dispatch_no=n,
            external=flag,
            ended=flag,
            objection_seq=n,
            objected_at=at(f"2027-03-0{n} 10:00"),
            objected_by=word,
            suggested_unit=named_id("suggested", word),
            decided_seq=n,
            homeless_since=at(f"2027-03-0{n} 11:00"),
        )
        for word, role, n, flag in (("a", "lead", 1, False), ("b", "co", 2, True))
    )
    assert [name for name, value in a if value == getattr(b, name)] == ["task_id"]
    async with opened(system, "router") as db, db.begin() as tx:
        await write_rows(tx, routing.TASK, [a])
        await write_rows(tx, routing.TASK, [b])
        found = await tx.fetch("SELECT * FROM task WHERE task_id = $1", a.task_id)
    assert read_rows(TaskRow, found) == [b]
