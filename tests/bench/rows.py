"""The rows of the table: each measures ours, and what ours is a ratio of."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from deploy.local.runner import prepare
from shared.contracts.topics import TOPICS
from tests.bench import denominators
from tests.bench.client import IN_FLIGHT, Answer, Connection, fire, percentile
from tests.bench.place import Place
from tests.support.servers import fresh_database
from tests.support.system import Process, free_port

CREATED = 201
GIVEN_OUT = 'SELECT true FROM tracker."case" WHERE key = $1 AND dispatch_no > 0'
CASES = 'SELECT count(*) FROM tracker."case"'
ALL_SENT = "SELECT (NOT EXISTS (SELECT FROM intake.outbox_pending))::int"
FACTS = "SELECT count(*) FROM fact"
HASH = """SELECT md5(string_agg(f::text, '|' ORDER BY f.topic, f.partition, f."offset", f."column"))
    FROM fact f"""


@dataclass
class Row:
    """One line of the table; `met` is None for a figure without a goal."""

    what: str
    ours: str
    bare: str
    ratio: str
    goal: str
    met: bool | None


async def memory_idle(place: Place) -> Row:
    """Resident memory of each process with the city's directory and nothing to do."""
    figures = place.memory()
    return _memory("memory, idle", figures, 90)


def memory_full(figures: dict[str, float]) -> Row:
    """Resident memory of each process, the most that was seen under backlog."""
    return _memory("memory, backlog", figures, 200)


def _memory(what: str, figures: dict[str, float], most: float) -> Row:
    shown = " ".join(f"{name} {mb:.0f}" for name, mb in figures.items())
    return Row(what, f"{shown} MB", "", "", f"≤ {most:.0f} MB", max(figures.values()) <= most)


async def latency(place: Place, samples: int) -> Row:
    """From sending a POST to the dispatched case in the tracker's list, one at a time, at rest."""
    bare = denominators.hops(samples, place.system)
    connection = await asyncpg.connect(place.system.dsn)
    sender = await Connection.open(place.intake)
    there = await connection.prepare(GIVEN_OUT)
    taken = []
    try:
        for request in place.singles(samples, place.intake):
            began = time.perf_counter()
            item = _item_of(await sender.send(request))
            while not await there.fetchval(item):  # noqa: ASYNC110  polling is the measure
                await asyncio.sleep(0.001)
            taken.append((time.perf_counter() - began) * 1000)
            place.note([item])
    finally:
        sender.close()
        await connection.close()
    p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
    ratio = p99 / bare
    return Row(
        "POST → tracker's list", f"p50 {p50:.0f} p99 {p99:.0f} ms", f"p99 {bare:.1f} ms",
        f"{ratio:.2f}", "≤ 3", ratio <= 3,
    )  # fmt: skip


def _item_of(answer: Answer) -> str:
    if answer.status != CREATED:
        raise RuntimeError(f"{answer.status}: {answer.body.decode()}")
    return str(json.loads(answer.body)["item_id"])


async def single(place: Place, url: str, posts: int, rounds: int) -> Row:
    """Signed single POSTs over 64 connections, in turn with the endpoint without the write."""
    bare = place.process("intake", {"INTAKE_AUTO_ACCEPT": "false"})
    bare.start("tests.bench.without_write")
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    taken: list[float] = []
    try:
        await bare.wait_ready()
        for _ in range(rounds):
            seconds, answers = await fire(url, place.singles(posts, url), 64)
            place.note([_item_of(answer) for answer in answers])
            rates["ours"].append(posts / seconds)
            taken += [answer.seconds * 1000 for answer in answers]
            await place.wait_count(ALL_SENT, 1, 300)
            seconds, answers = await fire(bare.url, place.singles(posts, bare.url), 64)
            for answer in answers:
                _item_of(answer)
            rates["bare"].append(posts / seconds)
    finally:
        bare.kill()
    ours, without = median(rates["ours"]), median(rates["bare"])
    p99 = percentile(taken, 0.99)
    return Row(
        "single POST, 64 connections", f"{ours:,.0f}/s {_spread(rates['ours'])} p99 {p99:.0f} ms",
        f"{without:,.0f}/s {_spread(rates['bare'])}", f"{ours / without:.2f}",
        "≥ 0.7, p99 ≤ 100 ms", ours / without >= 0.7 and p99 <= 100,
    )  # fmt: skip


def _spread(values: list[float]) -> str:
    return f"({min(values):,.0f}-{max(values):,.0f})"


async def batch(place: Place, url: str, items: int, rounds: int) -> Row:
    """The batch endpoint over 8 connections, in turn with a bare INSERT … unnest."""
    ours, bare = [], []
    for _ in range(rounds):
        bare.append(denominators.limits(items, place.system)["insert"])
        seconds, answers = await fire(url, place.batches(items, url), 8)
        place.note(_items_of(answers))
        ours.append(items / seconds)
        await place.wait_count(ALL_SENT, 1, 300)
    ratio = median(ours) / median(bare)
    return Row(
        "batch endpoint", f"{median(ours):,.0f} items/s {_spread(ours)}",
        f"{median(bare):,.0f}/s {_spread(bare)}", f"{ratio:.2f}", "≥ 0.3", ratio >= 0.3,
    )  # fmt: skip


def _items_of(answers: list[Answer]) -> list[str]:
    """List what was taken in; a copy whose twin was just on its way needs no asking again."""
    items = []
    for answer in answers:
        for result in json.loads(answer.body)["results"]:
            if result["status"] in {200, CREATED}:
                items.append(result["item_id"])
            elif result["status"] != IN_FLIGHT:
                raise RuntimeError(str(result))
    return items


async def pipeline(place: Place, items: int, rounds: int) -> tuple[list[Row], dict[str, float]]:
    """From the first batch written to the last event applied; with the most memory seen.

    Five of a hundred items are sent twice; each item's first two events come in one batch.
    """
    most: dict[str, float] = {}
    bare, in_items, in_events = [], [], []
    watching = asyncio.create_task(_watch_memory(place, most))
    try:
        for _ in range(rounds):
            bare.append(denominators.pipe(items, place.system))
            seconds, events = await _once_through(place, items)
            in_items.append(items / seconds)
            in_events.append(events / seconds)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    straight = f"{median(bare):,.0f}/s {_spread(bare)}"
    of_items = median(ours / pipe for ours, pipe in zip(in_items, bare, strict=True))
    of_events = median(ours / pipe / 3 for ours, pipe in zip(in_events, bare, strict=True))
    each = median(in_events) / median(in_items)
    rows = [
        Row("pipeline, items", f"{median(in_items):,.0f}/s {_spread(in_items)}", straight,
            f"{of_items:.2f}", "≥ 0.2", of_items >= 0.2),
        Row("pipeline, events",
            f"{median(in_events):,.0f}/s {_spread(in_events)}, {each:.1f} an item",
            f"3 x {straight}", f"{of_events:.2f}", "≥ 0.6", of_events >= 0.6),
    ]  # fmt: skip
    return rows, most


async def _once_through(place: Place, items: int) -> tuple[float, int]:
    """Send items through all services: the seconds it took, the events applied."""
    requests = place.batches(items, place.intake, duplicates=0.05)
    cases, events = await place.count(CASES), await place.applied()
    began = time.perf_counter()
    _, answers = await fire(place.intake, requests, 8)
    place.note(_items_of(answers))
    await place.wait_count(CASES, cases + items, 1800)
    await place.system.wait_idle(600)
    return time.perf_counter() - began, await place.applied() - events


async def _watch_memory(place: Place, most: dict[str, float]) -> None:
    while True:
        for name, mb in place.memory().items():
            most[name] = max(most.get(name, 0.0), mb)
        await asyncio.sleep(0.5)


async def rebuild(place: Place) -> Row:
    """Reporting from nothing: its database gone, the whole history read again by one process."""
    facts, sealed = await _sealed(place.system.dsn)
    bare = denominators.limits(facts, place.system)["getmany"]
    place.only()
    await _from_the_beginning(place.system.bootstrap)
    async with fresh_database(place.admin_dsn) as dsn:
        environ = {**place.system.environ, "DATABASE_URL": dsn}
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
