"""Real servers for a test run: one pair in a fresh folder, fresh databases and topics in it."""

import asyncio
import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from deploy.kafka.topics import create_topics
from deploy.local.postgres import login
from deploy.local.runner import SERVICES
from deploy.local.servers import Servers
from deploy.postgres.roles import make_roles, shut_database
from shared.settings import SchemaSettings
from tests.support.database import connected
from tests.support.ledger import SERVICE as LEDGER
from tests.support.open_kafka import OpenServers

NO_KAFKA = "127.0.0.1:1"
"""Where no broker answers: for services that are driven by hand."""

SHARED = "JIANYI_TEST_SERVERS"
"""Names a folder whose servers several test runs share, each with databases of its own."""


LOGINS = (*SERVICES, LEDGER)
_ADMINISTRATORS: dict[str, str] = {}
_kept: list[Servers] = []
"""Shared servers: one that a test killed and started anew is its child and outlives it."""


def open_folder() -> Path:
    """A new folder that servers may enter (as root they run as nobody), gone by our exit."""
    folder = Path(tempfile.mkdtemp(prefix="jianyi-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    return folder


@asynccontextmanager
async def fresh_servers() -> AsyncIterator[Servers]:
    """Servers in a new folder that is gone afterwards; never the ones a user works with.

    Tests delete topics and kill servers.
    """
    if shared := os.environ.get(SHARED):
        async with OpenServers(Path(shared)) as servers:
            _kept.append(servers)
            await _make_roles(servers.dsn)
            yield servers
        return
    folder = open_folder()
    try:
        async with OpenServers(folder) as servers:
            await _make_roles(servers.dsn)
            yield servers
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def fresh_database(dsn: str) -> AsyncIterator[str]:
    """An administrator's address of a new empty database on the same server; dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    await _execute(dsn, f"create database {name}")
    _ADMINISTRATORS[name] = f"{dsn.rpartition('/')[0]}/{name}"
    try:
        await shut_database(_ADMINISTRATORS[name], LOGINS)
        yield _ADMINISTRATORS[name]
    finally:
        del _ADMINISTRATORS[name]
        await _execute(dsn, f"drop database {name} with (force)")


def administrator(address: str) -> str:
    """The administrator's address of the fresh database on which a service has this one."""
    return _ADMINISTRATORS[address.rpartition("/")[2]]


def schema_settings(dsn: str) -> SchemaSettings:
    return SchemaSettings.model_validate({"DATABASE_URL": dsn})


async def _make_roles(dsn: str) -> None:
    await make_roles(dsn, {name: login(dsn, name) for name in LOGINS})


async def reset_topics(bootstrap: str) -> None:
    """Delete every topic of ours and create it anew, empty; takes about a second."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if names := await _ours(admin):
            await admin.delete_topics(names)
        while True:
            if not await _ours(admin):
                break
            await asyncio.sleep(0.05)
    finally:
        await admin.close()
    await create_topics(bootstrap_servers=bootstrap)


async def _ours(admin: AIOKafkaAdminClient) -> list[str]:
    return [name for name in await admin.list_topics() if not name.startswith("__")]


async def _execute(dsn: str, statement: str) -> None:
    async with connected(dsn) as connection:
        await connection.execute(statement)
