"""`make profile`: where the time of the pipeline goes, by process, and a flame graph a service.

Processor time is that of the processes themselves; PostgreSQL's sessions are told apart by their
login. Everything is divided by the number of items.
"""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.table import Table

from shared.contracts.topics import BY_NAME
from tests.bench import rows
from tests.bench.counted import COUNTS
from tests.bench.place import Place, open_place
from tests.support.database import connected
from tests.support.system import SERVICES

console = Console(width=140)

LOGINS = "SELECT pid, usename FROM pg_stat_activity WHERE backend_type = 'client backend'"
TABLES = """
SELECT sum(n_tup_upd + n_tup_del) AS dead, sum(n_tup_hot_upd) AS hot, sum(n_tup_upd) AS updated
FROM pg_stat_user_tables"""
DATABASE = """
SELECT xact_commit AS commits, pg_current_wal_lsn() - '0/0' AS wal
FROM pg_stat_database WHERE datname = current_database()"""
TYPES = """
SELECT topic || ' ' || type AS type, count(*) AS n FROM {0}.outbox
WHERE recorded_at >= $1 GROUP BY 1"""
SETS = {
    "intake": "SELECT count(*) AS n FROM intake.outbox WHERE recorded_at >= $1 GROUP BY xmin",
    "router": "SELECT count(*) AS n FROM router.outbox WHERE recorded_at >= $1 GROUP BY xmin",
    "tracker": "SELECT count(*) AS n FROM tracker.outbox WHERE recorded_at >= $1 GROUP BY xmin",
    "reporting": "SELECT count(*) AS n FROM reporting.fact WHERE $1::timestamptz IS NOT NULL"
    " GROUP BY xmin",
}
"""Rows that are only inserted carry the number of their transaction: events of one set."""


@dataclass(frozen=True)
class Snapshot:
    """Processor seconds of each process, and the figures of the database, since their start."""

    seconds: Mapping[str, float]
    database: Mapping[str, int]

    def since(self, before: "Snapshot") -> "Snapshot":
        return Snapshot(
            {name: it - before.seconds.get(name, 0.0) for name, it in self.seconds.items()},
            {name: it - before.database[name] for name, it in self.database.items()},
        )


def main(
    items: int = 20_000,
    graphs: Annotated[
        Path | None, typer.Option(help="Folder for the flame graphs; py-spy slows the run.")
    ] = None,
) -> None:
    """Send items through all services once and print what each process spent on one."""
    with tempfile.TemporaryDirectory(prefix="jianyi-profile-") as folder:
        asyncio.run(_measure(Path(folder), items, graphs))


async def _measure(folder: Path, items: int, graphs: Path | None) -> None:
    async with open_place(folder) as place:
        await _count_requests(place)
        await rows.once_through(place, 1_000)
        kafka, postgres = place.servers.kafka.pid, place.servers.postgres.pid
        if kafka is None or postgres is None:
            raise RuntimeError("the servers do not run")
        began = datetime.now(UTC)
        before = await _take(place, kafka, postgres)
        with _flame_graphs(place, graphs):
            seconds, events = await rows.once_through(place, items)
        spent = (await _take(place, kafka, postgres)).since(before)
        sets = {name: await place.column(sql, began) for name, sql in SETS.items()}
        published = await _published(place, began)
        requests = _requests(place)
    _show_seconds(spent.seconds, items)
    per = {name: n / items for name, n in spent.database.items()}
    console.print(
        f"{items:,} items, {items / seconds:,.0f}/s, {events / items:.1f} events an item; an item:"
        f" {per['wal']:,.0f} bytes of WAL, {per['commits']:.3f} commits, {per['dead']:.1f} dead"
        f" rows, {per['hot'] / max(per['updated'], 1e-9):.0%} of updates in the same page"
    )
    _show_events(published, items)
    for name, found in sets.items():
        ordered = sorted(found) or [0]
        console.print(
            f"{name}: {len(found)} sets with events, p50 {ordered[len(ordered) // 2]},"
            f" p90 {ordered[int(len(ordered) * 0.9)]} events; Kafka requests an item: "
            + ", ".join(f"{kind} {n / items:.3f}" for kind, n in requests[name].most_common(4))
        )


async def _count_requests(place: Place) -> None:
    """Start the services again, each with its requests to Kafka counted."""
    place.only()
    for name, process in place.system.processes.items():
        process.environ = {**process.environ, COUNTS: str(place.system.folder / f"{name}.json")}
        process.start("tests.bench.counted", name)
    for process in place.system.processes.values():
        await process.wait_ready()


async def _published(place: Place, since: datetime) -> Mapping[str, int]:
    """Count the events published since an instant, by topic and type."""
    async with connected(place.system.dsn) as connection:
        found = [await connection.fetch(TYPES.format(name), since) for name in SERVICES]
    return {row["type"]: row["n"] for rows_ in found for row in rows_}


def _requests(place: Place) -> Mapping[str, Counter[str]]:
    """End the services and read what they counted."""
    for process in place.system.processes.values():
        process.kill(signal.SIGTERM)
    return {
        name: Counter(json.loads((place.system.folder / f"{name}.json").read_text()))
        for name in SERVICES
    }


async def _take(place: Place, kafka: int, postgres: int) -> Snapshot:
    async with connected(place.system.dsn) as connection:
        logins = {it["pid"]: it["usename"] for it in await connection.fetch(LOGINS)}
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        database = {**dict(await connection.fetchrow(DATABASE) or {})}
        database |= dict(await connection.fetchrow(TABLES) or {})
    seconds = defaultdict(float, client=_own(psutil.Process()))
    for name, process in place.system.processes.items():
        if process.child is not None:
            seconds[name] = _own(psutil.Process(process.child.pid))
    seconds["Kafka"] = _own(psutil.Process(kafka))
    server = psutil.Process(postgres)
    ended = server.cpu_times()
    seconds["PostgreSQL, itself"] = _own(server) + ended.children_user + ended.children_system
    for session in server.children():
        login = logins.get(session.pid, "")
        service = login.removeprefix("jianyi_")
        name = f"PostgreSQL for {service}" if service in SERVICES else "PostgreSQL, itself"
        seconds[name] += _own(session)
    return Snapshot(seconds, {name: int(it) for name, it in database.items()})


def _own(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def _flame_graphs(place: Place, folder: Path | None) -> Iterator[None]:
    """Record one flame graph a service, as SVG, until the block ends."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    recording = [
        subprocess.Popen(
            [str(Path(sys.executable).with_name("py-spy")), "record", "--rate", "200",
             "--output", str(folder / f"{name}.svg"), "--pid", str(process.child.pid)],
            stdout=subprocess.DEVNULL,
        )
        for name, process in place.system.processes.items()
        if process.child is not None
    ]  # fmt: skip
    try:
        yield
    finally:
        for one in recording:
            one.send_signal(signal.SIGINT)
            one.wait(60)


def _show_seconds(seconds: Mapping[str, float], items: int) -> None:
    table = Table("process", "processor µs an item", "share")
    whole = sum(seconds.values())
    for name, spent in sorted(seconds.items(), key=lambda it: -it[1]):
        table.add_row(name, f"{spent / items * 1e6:,.0f}", f"{spent / whole:.0%}")
    table.add_row("all", f"{whole / items * 1e6:,.0f}", "")
    console.print(table)


def _show_events(published: Mapping[str, int], items: int) -> None:
    table = Table("event", "an item", "read by")
    for name, n in sorted(published.items(), key=lambda it: -it[1]):
        readers = ", ".join(BY_NAME[name.partition(" ")[0]].readers)
        table.add_row(name, f"{n / items:.2f}", readers)
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
