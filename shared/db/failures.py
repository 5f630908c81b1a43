"""Which database failures pass by themselves, and what of one may be repeated."""

import asyncio

import asyncpg

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


def said_without_content(error: BaseException) -> str:
    """Say an error without the content of the row it is about.

    The server quotes values in its details and in data exceptions (SQLSTATE class 22), the driver
    in its own: of those only the kind is told.
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
