"""The row of reporting built anew from the whole history."""

import asyncio
import time

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from deploy.local.runner import addresses, prepare
from shared.contracts.topics import TOPICS
from tests.bench import denominators
from tests.bench.place import Place
from tests.bench.rows import Row
from tests.support.servers import fresh_database
from tests.support.system import Process, free_port

FACTS = "SELECT count(*) FROM fact"
HASH = """SELECT md5(string_agg(f::text, '|' ORDER BY f.topic, f.partition, f."offset", f."column"))
    FROM fact f"""


async def rebuild(place: Place) -> Row:
    """Reporting from nothing: its database gone, the whole history read again by one process."""
    facts, sealed = await _sealed(place.system.dsn)
    bare = denominators.limits(facts, place.system)["getmany"]
    place.only()
    await _from_the_beginning(place.system.bootstrap)
    async with fresh_database(place.admin_dsn) as dsn:
        environ = {**place.system.environ, **addresses(dsn)}
        await prepare(environ)
        alone = Process("reporting", free_port(), environ, place.system.folder / "rebuild.log")
        began = time.perf_counter()
        alone.start()
        try:
            events, seconds = await _rebuilt(dsn, facts, began)
            again = (await _sealed(dsn))[1]
        finally:
            alone.kill()
    ratio = events / seconds / bare
    same = "same hash" if again == sealed else "ANOTHER HASH"
    return Row(
        "rebuild of reporting", f"{events / seconds:,.0f} events/s, {same}", f"{bare:,.0f}/s",
        f"{ratio:.3f}", "≥ 0.08", ratio >= 0.08 and again == sealed,
    )  # fmt: skip


async def _sealed(dsn: str) -> tuple[int, str]:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "reporting"})
    try:
        return await connection.fetchval(FACTS), await connection.fetchval(HASH)
    finally:
        await connection.close()


async def _rebuilt(dsn: str, facts: int, began: float) -> tuple[int, float]:
    """Wait for as many facts as before; returns events applied and seconds since the first."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "reporting"})
    applied = "SELECT coalesce(sum(seq), 0) FROM position"
    try:
        async with asyncio.timeout(1800):
            while not await connection.fetchval("SELECT exists (SELECT FROM fact)"):
                await asyncio.sleep(0.01)
                began = time.perf_counter()
            before = int(await connection.fetchval(applied))
            while await connection.fetchval(FACTS) < facts:  # noqa: ASYNC110  polling is the measure
                await asyncio.sleep(0.1)
        return int(await connection.fetchval(applied)) - before, time.perf_counter() - began
    finally:
        await connection.close()


async def _from_the_beginning(bootstrap: str) -> None:
    """Let the group of reporting, whose member is gone, begin at the first event again."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id="reporting", enable_auto_commit=False
    )
    await consumer.start()
    try:
        places = [
            TopicPartition(topic.name, partition)
            for topic in TOPICS
            for partition in range(topic.partitions)
        ]
        consumer.assign(places)
        async with asyncio.timeout(60):
            while not await _committed(consumer, places):  # noqa: ASYNC110  Kafka sets no event
                await asyncio.sleep(0.5)
    finally:
        await consumer.stop()


async def _committed(consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> bool:
    """Set the group back; False while Kafka still takes its killed member for alive."""
    try:
        await consumer.commit(dict.fromkeys(places, 0))
    except KafkaError:
        return False
    return True
