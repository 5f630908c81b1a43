"""The connection pool of one service and the transaction its stores work in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from shared.clock import Clock
from shared.db.migrate import reader_of
from shared.errors import Unavailable
from shared.rights import RowScope

if TYPE_CHECKING:
    type_connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    type_pool = asyncpg.Pool[asyncpg.Record]

ACQUIRE_SECONDS = 2.0
_READ_AS = "set_config('role', $1, true), set_config('jianyi.sight', $2, true)"


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction and its instant (database time, never a worker's)."""

    connection: "type_connection"
    now: datetime

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Run a statement and return its rows."""
        return await self.connection.fetch(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement and return its command tag."""
        return await self.connection.execute(sql, *args)


class Database:
    """One service's schema in PostgreSQL."""

    def __init__(self, dsn: str, schema: str, clock: Clock, size: int = 10) -> None:
        self._dsn, self.schema, self._size = dsn, schema, size
        self.clock = clock
        self._pool: type_pool | None = None

    async def open(self) -> None:
        """Connect; raises Unavailable while the server is away."""
        try:
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=self._size,
                timeout=5,
                command_timeout=30,
                target_session_attrs=SessionAttribute.read_write,
                init=_prepare,
                reset=_keep,
                server_settings={
                    "search_path": self.schema,
                    "application_name": f"jianyi-{self.schema}",
                    "jit": "off",
                    # A plan kept from when a table was empty would read the whole of it for ever.
                    "plan_cache_mode": "force_custom_plan",
                    "timezone": "UTC",
                    "lock_timeout": "2s",
                    "statement_timeout": "30s",
                    "idle_in_transaction_session_timeout": "60s",
                },
            )
        except Exception as error:
            if is_transient(error):
                raise Unavailable("database_unavailable") from error
            raise

    async def close(self) -> None:
        """Close within three seconds, whatever the server does."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            async with asyncio.timeout(3):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["type_connection"]:
        """Lend a connection; raises Unavailable when none is to be had in time.

        One whose server takes no writes any more (a failover made another the primary) is dropped,
        and so are all others of its age.
        """
        if self._pool is None:
            raise Unavailable("database_unavailable")
        try:
            connection = await self._pool.acquire(timeout=ACQUIRE_SECONDS)
        except Exception as error:
            if is_transient(error):
                raise Unavailable("database_unavailable") from error
            raise
        try:
            yield connection
        except Exception as error:
            if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
                connection.terminate()
                await self._pool.expire_connections()
            if is_transient(error):
                raise Unavailable("database_unavailable") from error
            raise
        finally:
            await self._give_back(connection)

    async def _give_back(self, connection: "type_connection") -> None:
        """Give a connection back; one that breaks then has done its work, and the pool drops it."""
        if self._pool is None:
            return
        try:
            await self._pool.release(connection, timeout=5)
        except Exception as error:
            if not is_transient(error):
                raise

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """Open a transaction; passing failures leave as Unavailable, all others as they are."""
        async with self._writable() as connection:
            yield Tx(connection, await self.clock.read(connection))

    @asynccontextmanager
    async def _writable(self) -> AsyncIterator["type_connection"]:
        """Open a transaction where rows can be written, also for one that only reads.

        What a demoted server answers is old, and readiness is judged by a transaction.
        """
        async with self.connection() as connection, connection.transaction():
            said = connection.get_settings()  # as the server reported them with its last answer
            if "on" in (said.default_transaction_read_only, said.in_hot_standby):
                raise asyncpg.ReadOnlySQLTransactionError("the server takes no writes any more")
            yield connection

    @asynccontextmanager
    async def begin_as(self, sight: RowScope) -> AsyncIterator[Tx]:
        """Open a transaction that reads for somebody: row security leaves out what is not theirs.

        It writes nothing but what the schema grants its reader (shared/rights/migrations).
        """
        sql, reader = f"SELECT {self.clock.sql}, {_READ_AS}", reader_of(self.schema)
        async with self._writable() as connection:
            yield Tx(connection, await connection.fetchval(sql, reader, sight.as_json()))


async def _keep(_connection: Any) -> None:
    """Give a connection back as it is: settings are made for a transaction only, locks as well.

    asyncpg has rolled back what was open by then; its own reset would be one more round trip.
    """


async def _prepare(connection: Any) -> None:
    """Keep ids as 16 bytes and JSON as text bytes: no objects are made that nobody needs."""
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
    )
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
    )


_TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection whose server died under an operation
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.ObjectInUseError,
    asyncio.TimeoutError,
    ConnectionError,
    OSError,
)


def is_transient(error: BaseException) -> bool:
    """Tell whether trying the same again may help; a value the driver cannot write never passes."""
    return isinstance(error, _TRANSIENT) and not _is_unwritable(error)


def error_without_content(error: BaseException) -> str:
    """Describe an error without any content of the row that caused it.

    PostgreSQL quotes values in error details and in data exceptions (SQLSTATE class 22), and the
    driver does so in its own errors; for those, only the kind is given.
    """
    if _is_unwritable(error):
        return "a value the database does not take"
    if not isinstance(error, asyncpg.PostgresError):
        return str(error)
    state = error.sqlstate or ""
    return f"SQLSTATE {state}" if state.startswith("22") else str(error.args[0])


def _is_unwritable(error: BaseException) -> bool:
    """Tell the driver's error over a parameter from its errors over a connection."""
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)
