"""The router's own duty at its start: others check sessions with the key it puts in."""

import asyncio
from pathlib import Path

import asyncpg

from deploy.local.servers import Servers
from services.router import app
from shared.service import migrate_service
from tests.support.eventually import eventually
from tests.support.router.desk import settings_for
from tests.support.servers import fresh_database, schema_settings

MIGRATIONS = Path(app.__file__).with_name("migrations")


async def test_a_database_that_is_busy_at_the_start_delays_the_key_and_ends_nothing(
    servers: Servers, tmp_path: Path
) -> None:
    async with fresh_database(servers.dsn) as dsn:
        settings = settings_for(dsn, tmp_path)
        await migrate_service(schema_settings(dsn), "router", MIGRATIONS)
        service = app.build(settings)
        busy = await asyncpg.connect(dsn)

        async def waits() -> bool:
            return bool(await busy.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        async def gave_up() -> bool:
            return not await waits()

        async with service.opened(), asyncio.TaskGroup() as group:
            acting = group.create_task(service.messaging.acts.run())
            async with busy.transaction():
                await busy.execute("LOCK TABLE router.entry")
                announcing = group.create_task(service.duties[-2]())
                await eventually(waits)
                await eventually(gave_up)
                assert not announcing.done()
            await announcing
            assert await busy.fetchval("SELECT type FROM router.entry") == "directory.session_key"
            acting.cancel()
        await busy.close()
