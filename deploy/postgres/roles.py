"""Makes the database's roles: an owner nobody signs in as, one login a service, and its reader.

A service's login owns nothing and enters its own schema only; what it may do there is granted by
the migrations (shared/db/migrate.py). To render a page it switches to its reader, which
row-level security limits to the rows that the signed-in person may see.
"""

import asyncio
import os
from collections.abc import Collection, Mapping
from urllib.parse import unquote, urlsplit

import asyncpg

from shared.contracts.topics import OWNERS
from shared.db.migrate import OWNER, reader_of, role_of
from shared.settings import SchemaSettings, address_of

_MAKE = """
DO $$ BEGIN CREATE ROLE %I; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
_BECOME = "GRANT %I TO %I WITH INHERIT FALSE, SET TRUE"


class WrongAddress(Exception):
    """A service's address does not name the service's own role and its password."""


async def make_roles(dsn: str, addresses: Mapping[str, str]) -> None:
    """Create the owner role and a login for each service; a second run changes the passwords.

    `dsn` is an administrator's; `addresses` maps a service to its own address, with the password
    of its login. Raises WrongAddress before anything is created.
    """
    passwords = {name: _password(name, address) for name, address in addresses.items()}
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        await _run(connection, _MAKE, OWNER)
        await _run(connection, "GRANT %I TO CURRENT_USER", OWNER)
        for name, password in passwords.items():
            await _run(connection, _MAKE, role_of(name))
            await _run(connection, "ALTER ROLE %I LOGIN PASSWORD %L", role_of(name), password)
            await _run(connection, _MAKE, reader_of(name))
            await _run(connection, _BECOME, reader_of(name), role_of(name))
    finally:
        await connection.close()


async def shut_database(dsn: str, services: Collection[str]) -> None:
    """Shut a database to everybody but the owner and these services."""
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        name = await connection.fetchval("SELECT current_database()")
        await _run(connection, "REVOKE ALL ON DATABASE %I FROM PUBLIC", name)
        await _run(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await _run(connection, "GRANT CREATE ON DATABASE %I TO %I", name, OWNER)
        for service in services:
            await _run(connection, "GRANT CONNECT ON DATABASE %I TO %I", name, role_of(service))
    finally:
        await connection.close()


def _password(service: str, address: str) -> str:
    parts = urlsplit(address)
    if parts.username != role_of(service) or not parts.password:
        raise WrongAddress(
            f"{address_of(service)} must sign in as {role_of(service)} and with a password."
        )
    return unquote(parts.password)


async def _run(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: str, *words: str
) -> None:
    """Run a statement that takes no parameters; the server quotes names and passwords."""
    text: str = await connection.fetchval(
        "SELECT format($1, VARIADIC $2::text[])", statement, words
    )
    await connection.execute(text)


async def _main() -> None:
    dsn = SchemaSettings().database_url.get_secret_value()
    await make_roles(dsn, {name: os.environ[address_of(name)] for name in OWNERS})
    await shut_database(dsn, OWNERS)


if __name__ == "__main__":
    asyncio.run(_main())
    print("Roles:", ", ".join((OWNER, *map(role_of, OWNERS))))
