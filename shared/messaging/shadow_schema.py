"""A service's schema rebuilt next to the live one and swapped in within one transaction.

All this runs as the schema owner (shared/db/migrate.py). Received events are replayed from history;
the effects of commands, the access log, emitted events and dead letters are copied as they are.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg

from shared.db.migrate import OWNER, migrate
from shared.db.pool import is_transient
from shared.errors import Conflict, Unavailable
from shared.ids import Id
from shared.messaging.fence import PositionKey
from shared.messaging.subject import COMPACTED
from shared.text import _

HELD_SECONDS = 30.0
"""The longest time for which the live service may not write."""

_MOST = 100
_SESSION = {
    "application_name": "jianyi-rebuild",
    "idle_in_transaction_session_timeout": "60s",
    "client_connection_check_interval": "1s",  # a killed rebuild must not block anyone
}

_WAIT = "SET LOCAL lock_timeout = '15s'"  # longer than a round of the relay
_GATES = ("relay", "position", "dead_letter", "access_log")
"""Every writer first locks one of these, or a table filled by commands."""
EMITTED = (
    "outbox",
    "outbox_pending",
    "audit_anchor",
    "dead_letter",
    "dead_letter_decision",
    "access_log",
)
"""Tables copied as they are, besides those that commands fill."""

_DROP = "DROP SCHEMA IF EXISTS {side} CASCADE; DROP SCHEMA IF EXISTS {before} CASCADE"
_UNLIKE_FILES = """
SELECT EXISTS (
    (SELECT name, sha256 FROM {live}.migration EXCEPT SELECT name, sha256 FROM {side}.migration)
    UNION ALL
    (SELECT name, sha256 FROM {side}.migration EXCEPT SELECT name, sha256 FROM {live}.migration)
)
"""
_OWED = """
SELECT l.topic, l.key, l.seq
FROM {live}.position l LEFT JOIN {side}.position s USING (topic, key)
WHERE l.seq > coalesce(s.seq, 0)
"""
# An erased key of a compacted topic may be gone from the history.
_UNLIKE_PLACES = """
SELECT topic, key, coalesce(l.seq, 0), coalesce(s.seq, 0)
FROM {live}.position l FULL JOIN {side}.position s USING (topic, key)
WHERE (coalesce(l.seq, 0), l.event_id) IS DISTINCT FROM (coalesce(s.seq, 0), s.event_id)
    AND NOT (s.key IS NULL AND topic = ANY ('{compacted}'))
ORDER BY topic, key LIMIT $1
"""
_UNLIKE_ENTRIES = """
SELECT count(*)
FROM (SELECT key, type, body FROM {live}.directory_copy WHERE body <> '') l
FULL JOIN (SELECT key, type, body FROM {side}.directory_copy WHERE body <> '') s
    USING (key, type, body)
WHERE l.key IS NULL OR s.key IS NULL
"""
# A process has read the directory up to a revision: everything swapped in must come after it.
_SETTLE = """
DELETE FROM {side}.dead_letter;
UPDATE {side}.position SET blocked = false WHERE blocked;
INSERT INTO {side}.position
    SELECT * FROM {live}.position WHERE blocked OR topic = ANY ('{compacted}')
    ON CONFLICT (topic, key) DO UPDATE SET blocked = excluded.blocked WHERE excluded.blocked;
UPDATE {side}.directory_copy SET revision = revision + (SELECT n FROM {live}.directory_revision);
UPDATE {side}.directory_revision SET n = n + (SELECT n FROM {live}.directory_revision);
SELECT {side}.ensure_outbox_month(to_date(right(month.relname, 6), 'YYYYMM'))
    FROM pg_inherits JOIN pg_class month ON month.oid = inhrelid
    WHERE inhparent = '{live}.outbox'::regclass;
"""
_COPY = "INSERT INTO {side}.{name} OVERRIDING SYSTEM VALUE SELECT * FROM {live}.{name}"
_SEQUENCES = """
SELECT relname FROM pg_class WHERE relnamespace = '{side}'::regnamespace AND relkind = 'S'
"""
_GO_ON = "SELECT setval('{side}.{name}', last_value, is_called) FROM {live}.{name}"
_BOUND = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = '{side}'::regnamespace AND proconfig::text LIKE '%search\\_path=%'
"""
_REBIND = "ALTER ROUTINE {name} SET search_path = {live}"
_SWAP = "ALTER SCHEMA {live} RENAME TO {before}; ALTER SCHEMA {side} RENAME TO {live}"


class RebuildRefused(Conflict):
    """Another rebuild or a migration runs, or the live schema is not that of this program."""

    def __init__(self) -> None:
        super().__init__(
            "rebuild_not_now",
            _("另一次重建或迁移正在进行，或者数据库的结构不是这一版程序的。没有重建。"),
            _("请等它结束，执行 migrate 之后再重建。"),
        )


class LiveBusy(Unavailable):
    """The live service could not be paused, or caught up with, in time."""

    def __init__(self) -> None:
        super().__init__(
            "rebuild_live_busy",
            _("没有在时限内追上运行中的服务，没有换，数据没有变化。"),
            _("请看服务是否正常读取事件，再重建一次。"),
        )


class PositionDifference(NamedTuple):
    """Key whose last sequence number differs between the live schema and the rebuilt one."""

    topic: str
    key: Id
    live: int
    rebuilt: int


class ShadowSchema:
    """The rebuilt schema, and the owner's connection that fills and swaps it."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", live: str) -> None:
        self._connection = connection
        self._words = {
            "live": live,
            "side": f"{live}_rebuild",
            "before": f"{live}_before",
            "compacted": f"{{{','.join(sorted(COMPACTED))}}}",
        }

    @property
    def name(self) -> str:
        """The schema's name until it is swapped in."""
        return self._words["side"]

    async def make(self, dsn: str, service: str, folders: Sequence[Path]) -> None:
        """Create it empty, removing what an earlier rebuild left; raises RebuildRefused."""
        await self._run(_DROP)
        await migrate(dsn, service, folders, self.name)
        try:
            is_unlike = await self._connection.fetchval(self._sql(_UNLIKE_FILES))
        except asyncpg.UndefinedTableError:
            is_unlike = True
        if is_unlike:
            raise RebuildRefused

    async def owed(self) -> Mapping[PositionKey, int]:
        """Return, by topic and key, the live positions that the rebuild has not reached."""
        rows = await self._connection.fetch(self._sql(_OWED))
        return {(topic, key.bytes): seq for topic, key, seq in rows}

    async def position_differences(self) -> Sequence[PositionDifference]:
        """List the first keys that were not read equally far in both."""
        found = await self._connection.fetch(self._sql(_UNLIKE_PLACES), _MOST)
        return [
            PositionDifference(topic, key.bytes, live, here) for topic, key, live, here in found
        ]

    async def count_unlike_entries(self) -> int:
        return int(await self._connection.fetchval(self._sql(_UNLIKE_ENTRIES)))

    @asynccontextmanager
    async def held(self, acted: Sequence[str]) -> AsyncIterator[None]:
        """Block writes to the live schema until the block ends; reads continue.

        `acted` are the tables filled by commands. The block and `swap` are one transaction.
        Raises LiveBusy when it cannot begin or end in time.
        """
        try:
            async with asyncio.timeout(HELD_SECONDS), self._connection.transaction():
                await self._run(_WAIT)
                for name in (*_GATES, *acted):
                    await self._run("LOCK TABLE {live}.{name} IN EXCLUSIVE MODE", name)
                yield
        except Exception as error:
            if is_transient(error):
                raise LiveBusy from error
            raise

    async def swap(self, acted: Sequence[str]) -> None:
        """Copy what does not come from events, and rename both schemas."""
        await self._run(_SETTLE)
        for name in (*EMITTED, *acted):
            await self._run(_COPY, name)
        for name in await self._list(_SEQUENCES):
            await self._run(_GO_ON, name)
        for name in await self._list(_BOUND):
            await self._run(_REBIND, name)
        await self._run(_SWAP)

    async def clear(self) -> None:
        """Drop the schema that was replaced."""
        await self._run(_DROP)

    async def _run(self, statement: str, name: str = "") -> None:
        await self._connection.execute(self._sql(statement, name))

    async def _list(self, statement: str) -> list[str]:
        return [row[0] for row in await self._connection.fetch(self._sql(statement))]

    def _sql(self, statement: str, name: str = "") -> str:
        return statement.format(name=name, **self._words)


@asynccontextmanager
async def open_shadow_schema(
    dsn: str, service: str, folders: Sequence[Path]
) -> AsyncIterator[ShadowSchema]:
    """Create an empty schema next to a service's own; only one rebuild can run at a time.

    `dsn` is that of a member of `jianyi_owner`. Raises RebuildRefused, Unavailable.
    """
    try:
        connection = await asyncpg.connect(dsn, timeout=5, server_settings=_SESSION)
    except Exception as error:
        if is_transient(error):
            raise Unavailable("database_unavailable") from error
        raise
    try:
        lock = "SELECT pg_try_advisory_lock(hashtext($1))"
        if not await connection.fetchval(lock, f"migrate.{service}"):
            raise RebuildRefused
        await connection.execute(f'SET ROLE "{OWNER}"')
        side = ShadowSchema(connection, service)
        await side.make(dsn, service, folders)
        yield side
    finally:
        await connection.close()
