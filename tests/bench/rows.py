"""The rows of the table: each measures ours, and what ours is a ratio of."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import asyncpg

from tests.bench import denominators
from tests.bench.client import IN_FLIGHT, Answer, Connection, fire, percentile
from tests.bench.place import Place

CREATED = 201
GIVEN_OUT = 'SELECT true FROM tracker."case" WHERE key = $1 AND dispatch_no > 0'
CASES = 'SELECT count(*) FROM tracker."case"'
ALL_SENT = "SELECT (NOT EXISTS (SELECT FROM intake.outbox_pending))::int"


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
            item = item_of(await sender.send(request))
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


def item_of(answer: Answer) -> str:
    """Give the item a station was told of; raises RuntimeError for any other answer."""
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
            place.note([item_of(answer) for answer in answers])
            rates["ours"].append(posts / seconds)
            taken += [answer.seconds * 1000 for answer in answers]
            await place.wait_count(ALL_SENT, 1, 300)
            seconds, answers = await fire(bare.url, place.singles(posts, bare.url), 64)
            for answer in answers:
                item_of(answer)
            rates["bare"].append(posts / seconds)
    finally:
        bare.kill()
    ours, without = median(rates["ours"]), median(rates["bare"])
    p99 = percentile(taken, 0.99)
    return Row(
        "single POST, 64 connections", f"{ours:,.0f}/s {spread(rates['ours'])} p99 {p99:.0f} ms",
        f"{without:,.0f}/s {spread(rates['bare'])}", f"{ours / without:.2f}",
        "≥ 0.7, p99 ≤ 100 ms", ours / without >= 0.7 and p99 <= 100,
    )  # fmt: skip


def spread(values: list[float]) -> str:
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
        "batch endpoint", f"{median(ours):,.0f} items/s {spread(ours)}",
        f"{median(bare):,.0f}/s {spread(bare)}", f"{ratio:.2f}", "≥ 0.3", ratio >= 0.3,
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
    straight = f"{median(bare):,.0f}/s {spread(bare)}"
    of_items = median(ours / pipe for ours, pipe in zip(in_items, bare, strict=True))
    of_events = median(ours / pipe / 3 for ours, pipe in zip(in_events, bare, strict=True))
    each = median(in_events) / median(in_items)
    rows = [
        Row("pipeline, items", f"{median(in_items):,.0f}/s {spread(in_items)}", straight,
            f"{of_items:.2f}", "≥ 0.2", of_items >= 0.2),
        Row("pipeline, events",
            f"{median(in_events):,.0f}/s {spread(in_events)}, {each:.1f} an item",
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
