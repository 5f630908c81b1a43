"""The system under measure: own servers, four processes, a seeded city, stations with keys."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from deploy.local.servers import Servers
from services import router
from tests.bench.client import Signer
from tests.checker.checker import SCHEMAS, History, Verdict, check
from tests.support.database import connected
from tests.support.intake.stations import item_body
from tests.support.servers import fresh_database, fresh_servers
from tests.support.system import SERVICES, Process, System, free_port, seeded_system

STATIONS = 8
EXAMPLES = Path(router.__file__).with_name("seed") / "matters_examples.csv"
SINGLE, BATCH = "/intake/v1/items", "/intake/v1/items/batch"


@dataclass
class Place:
    servers: Servers
    system: System
    signers: Sequence[Signer]
    divisions: Mapping[str, str]
    history: History = field(default_factory=History)
    texts: Iterator[str] = field(default_factory=lambda: cycle(_texts()))

    @property
    def intake(self) -> str:
        return self.system.urls["intake"]

    def item(self, signer: Signer) -> dict[str, Any]:
        when = datetime.now(UTC) - timedelta(minutes=1)
        division, text = self.divisions[signer.station], next(self.texts)
        return item_body(division, when, "企业反映的问题", text)

    def singles(self, n: int, url: str) -> list[bytes]:
        """Sign so many requests of one item each to an intake."""
        signers = [self.signers[index % STATIONS] for index in range(n)]
        return [
            signer.request(url, SINGLE, json.dumps(self.item(signer)).encode())
            for signer in signers
        ]

    def batches(
        self, n: int, url: str, *, size: int = 200, duplicates: float = 0.0
    ) -> Iterator[bytes]:
        """Prepare requests of up to `size` items; a share of the items comes a second time.

        Each is signed when it is asked for: a signature lives five minutes.
        """
        prepared: list[tuple[Signer, bytes]] = []
        again: dict[str, list[dict[str, Any]]] = {signer.station: [] for signer in self.signers}
        for index in range(0, n, size):
            signer = self.signers[index // size % STATIONS]
            fresh = [self.item(signer) for _ in range(min(size, n - index))]
            repeated, again[signer.station] = again[signer.station], []
            again[signer.station] = fresh[: int(len(fresh) * duplicates)]
            prepared += [
                (signer, json.dumps({"items": part}).encode()) for part in (fresh, repeated) if part
            ]
        return (signer.request(url, BATCH, body) for signer, body in prepared)

    def note(self, items: Iterable[str]) -> None:
        """Remember what was acknowledged, for the checker."""
        for item in items:
            self.history.attempted.add(item)
            self.history.acked.add(item)

    @asynccontextmanager
    async def one_more(self, name: str, *module: str, **environ: str) -> AsyncIterator[str]:
        """Run one more process of a service, or a module in its place; gives its address."""
        log = self.system.folder / f"{name}-{len(self.system.processes)}.log"
        environ = {**self.system.environ, "INTAKE_AUTO_ACCEPT": "false", **environ}
        process = Process(name, free_port(), environ, log)
        process.start(*module)
        try:
            await process.wait_ready()
            yield process.url
        finally:
            process.kill()

    async def all_again(self) -> None:
        self.only(*SERVICES)
        for name in SERVICES:
            await self.system.processes[name].wait_ready()
        await self.system.wait_idle(900)

    async def count(self, sql: str) -> int:
        async with connected(self.system.dsn) as connection:
            return int(await connection.fetchval(sql))

    async def column(self, sql: str, *given: object) -> list[int]:
        async with connected(self.system.dsn) as connection:
            return [int(row[0]) for row in await connection.fetch(sql, *given)]

    async def wait_count(self, sql: str, wanted: int, seconds: float) -> None:
        """Wait until a count is reached; raises TimeoutError."""
        async with connected(self.system.dsn) as connection:
            async with asyncio.timeout(seconds):
                while int(await connection.fetchval(sql)) < wanted:  # noqa: ASYNC110  a table sets no event
                    await asyncio.sleep(0.05)

    async def applied(self) -> int:
        """Count the events of the journey that all services together have applied."""
        sums = [
            await self.count(
                f"SELECT coalesce(sum(seq), 0) FROM {schema}.position "  # noqa: S608
                "WHERE topic <> 'router.directory.v1' AND topic NOT LIKE '%.clock'"
            )
            for schema in SCHEMAS
        ]
        return sum(sums)

    async def judged(self) -> Verdict:
        await self.system.wait_idle(300)
        return await check(self.system.dsn, self.system.bootstrap, self.history)

    def memory(self) -> dict[str, float]:
        return {
            name: _resident(process.child.pid)
            for name, process in self.system.processes.items()
            if process.child is not None
        }

    def only(self, *names: str) -> None:
        for name in SERVICES:
            process = self.system.processes[name]
            if name not in names:
                process.kill()
            elif process.child is None:
                process.start()


def _texts() -> list[str]:
    with EXAMPLES.open(encoding="utf-8", newline="") as opened:
        return [line["text"] for line in csv.DictReader(opened)]


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} has no resident memory")


@asynccontextmanager
async def open_place(folder: Path) -> AsyncIterator[Place]:
    """Start servers and services, seed the city, give stations their keys."""
    environ = {"INTAKE_AUTO_ACCEPT": "true", "ROUTER_AUTO_DISPATCH": "true"}
    async with (
        fresh_servers() as servers,
        fresh_database(servers.dsn) as dsn,
        seeded_system(dsn, servers.bootstrap, folder, environ) as system,
    ):
        divisions = await _stations(dsn)
        signers = [_signer(system, code) for code in divisions]
        yield Place(servers, system, signers, divisions)


async def _stations(dsn: str) -> dict[str, str]:
    """Pick stations of different townships: code and division."""
    async with connected(dsn) as connection:
        rows = await connection.fetch(
            """SELECT DISTINCT ON (payload->>'division_code')
                payload->>'code' AS code, payload->>'division_code' AS division
            FROM (SELECT convert_from(payload, 'UTF8')::json AS payload FROM router.outbox
                WHERE type = 'directory.station') s
            ORDER BY payload->>'division_code' LIMIT $1""",
            STATIONS,
        )
    return {row["code"]: row["division"] for row in rows}


def _signer(system: System, station: str) -> Signer:
    told = system.enrol(station)
    key = OKPKey.import_key(told["key"]).private_key
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{station} was given no Ed25519 key")
    return Signer(station, told["kid"], key)
