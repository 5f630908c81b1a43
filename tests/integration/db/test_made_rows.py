"""A state row just made is not read back, so its table and its model must begin alike."""

from collections.abc import Mapping
from pathlib import Path

import pytest

import services
from deploy.local.postgres import login
from deploy.local.servers import Servers
from services.intake import store as intake
from services.intake.domain import model as intake_rows
from services.reporting import store as reporting
from services.reporting.domain import model as reports
from services.router.directory import store as directory
from services.router.directory.domain.model import EntryRow
from services.router.routing import store as routing
from services.router.routing.domain import model
from services.tracker import store as tracker
from services.tracker.domain import mirrors
from services.tracker.domain import model as tracker_rows
from shared.clock import Clock
from shared.db.pool import Database
from shared.db.rows import lock_rows
from shared.directory import copy
from shared.messaging.subject import StateRow
from shared.service import migrate_service
from tests.support.servers import fresh_database, schema_settings

SERVICES = Path(services.__file__).parent
KEYS = [bytes(15) + bytes([n]) for n in range(3)]
Subject = tuple[type[StateRow], Mapping[str, str], str]
SUBJECTS: dict[str, list[Subject]] = {
    "intake": [
        (intake_rows.ItemRow, intake.SQL, "items"),
        (intake_rows.ProgressRow, intake.SQL, "progress"),
        (intake_rows.ActivityRow, intake.SQL, "activities"),
        (copy.EntryRow, copy.SQL, "entries"),
    ],
    "router": [(EntryRow, directory.SQL, "entries"), (model.ItemRow, routing.SQL, "items")],
    "tracker": [
        (tracker_rows.CaseRow, tracker.SQL, "cases"),
        (mirrors.TextRow, tracker.SQL, "texts"),
        (mirrors.ReportRow, tracker.SQL, "reports"),
    ],
    "reporting": [
        (reports.ItemRow, reporting.SQL, "items"),
        (reports.ActivityRow, reporting.SQL, "activities"),
        (reports.ReportRow, reporting.SQL, "reports"),
    ],
}


@pytest.mark.parametrize("service", SUBJECTS)
async def test_a_row_just_made_is_what_reading_it_gives(servers: Servers, service: str) -> None:
    async with fresh_database(servers.dsn) as dsn:
        await migrate_service(schema_settings(dsn), service, SERVICES / service / "migrations")
        db = Database(login(dsn, service), service, Clock())
        await db.open()
        try:
            for model, sql, subjects in SUBJECTS[service]:
                create, load = sql[f"create_{subjects}"], sql[f"load_{subjects}"]
                async with db.begin() as tx:
                    stood, made = await lock_rows(tx, model, create, load, KEYS[:2])
                    assert (len(stood), len(made)) == (0, 2)
                    again, new = await lock_rows(tx, model, create, load, KEYS)
                assert [_as_made(row) for row in again] == made
                assert [row.key for row in new] == KEYS[2:]
        finally:
            await db.close()


def _as_made(row: StateRow) -> StateRow:
    """The row without what the database alone sets at each write."""
    return row.model_copy(update={"changed": 0}) if "changed" in type(row).model_fields else row
