"""What was committed or acknowledged is there after a stop, a kill, a second start."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.postgres import Postgres
from deploy.local.server import Server
from deploy.local.servers import Servers
from shared.contracts.topics import INTAKE_ITEM
from tests.support.database import connected
from tests.support.servers import reset_topics

PARTITION = TopicPartition(INTAKE_ITEM.name, 0)
End = Callable[[Server], Awaitable[None]]


@pytest_asyncio.fixture
async def written(own: Servers) -> AsyncIterator[Servers]:
    """Servers with one committed row and one acknowledged record."""
    await reset_topics(own.bootstrap)
    async with AIOKafkaProducer(bootstrap_servers=own.bootstrap, acks="all") as producer:
        await producer.send_and_wait(PARTITION.topic, b"kept", partition=PARTITION.partition)
    await _query(own, "drop table if exists kept; create table kept as select 'kept' as word")
    yield own


@pytest.mark.parametrize("end", [Server.stop, Server.kill])
async def test_data_and_addresses_survive(written: Servers, end: End) -> None:
    before = written.bootstrap, written.dsn, written.kafka.pid, written.postgres.pid
    await asyncio.gather(*(end(server) for server in written.ours))
    assert [server.pid for server in written.ours] == [None, None]
    await written.start()
    assert (written.bootstrap, written.dsn) == before[:2]
    assert written.kafka.pid not in before
    assert written.postgres.pid not in before
    assert await _query(written, "select word from kept") == "kept"
    async with AIOKafkaConsumer(bootstrap_servers=written.bootstrap) as consumer:
        consumer.assign([PARTITION])
        await consumer.seek_to_beginning()
        assert (await consumer.getone()).value == b"kept"


async def test_a_second_start_joins_and_does_not_stop(own: Servers) -> None:
    before = own.kafka.pid, own.postgres.pid
    async with Servers(own.home, environ={}) as second:
        assert (second.kafka.pid, second.postgres.pid) == before
        assert second.dsn == own.dsn
    assert (own.kafka.pid, own.postgres.pid) == before


async def test_the_servers_named_in_the_environment_are_used(own: Servers) -> None:
    place = own.home / "unused"
    theirs = {"KAFKA_BOOTSTRAP_SERVERS": own.bootstrap, "DATABASE_URL": own.dsn}
    async with Servers(place, environ=theirs) as servers:
        assert (servers.bootstrap, servers.dsn) == (own.bootstrap, own.dsn)
        assert servers.ours == []
        assert await asyncio.to_thread(place.exists) is False
    assert None not in {own.kafka.pid, own.postgres.pid}


async def _query(servers: Servers, statement: str) -> object:
    async with connected(servers.dsn) as connection:
        if statement.startswith("select"):
            return await connection.fetchval(statement)
        return await connection.execute(statement)


_STARTER = """
import asyncio, sys
from pathlib import Path
from deploy.local.postgres import Postgres
asyncio.run(Postgres(Path(sys.argv[1])).start())
print("up", flush=True)
sys.stdin.read()
"""


async def test_a_server_whose_starter_lives_on_is_ended_at_once(postgres: Postgres) -> None:
    """Nobody reaps it then: it stays in the table of processes after it has ended."""
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _STARTER, str(postgres.folder), stdin=PIPE, stdout=PIPE
    )
    assert starter.stdin is not None
    assert starter.stdout is not None
    assert await starter.stdout.readline() == b"up\n"
    async with asyncio.timeout(20):
        await postgres.kill()
    assert postgres.pid is None
    starter.stdin.close()
    assert await starter.wait() == 0


async def test_what_was_started_is_stopped_however_often_it_was_started_again(place: Path) -> None:
    async with Servers(place, environ={}) as servers:
        await servers.start()
        await servers.kafka.kill()
        await servers.start()
    assert [server.pid for server in servers.ours] == [None, None]
