"""Which database failures pass by themselves."""

import asyncio

import asyncpg

_TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
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
    """Tell whether trying the same again may help."""
    return isinstance(error, _TRANSIENT)
