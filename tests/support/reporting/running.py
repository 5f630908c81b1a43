"""A reporting on real servers with two counties, their officers and their time."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx

from services.reporting import app, store
from services.reporting.domain.facts import COUNTED_TOPICS
from services.reporting.domain.model import report_key
from services.reporting.settings import ReportingSettings
from shared.contracts.envelope import Event
from shared.contracts.reporting import CutOffset
from shared.ids import Id, to_text
from shared.messaging.subject import Command
from tests.support.entries import divisions, grant, person, written
from tests.support.environment import settings_of
from tests.support.eventually import eventually
from tests.support.reporting import filing
from tests.support.reporting.counting import ITEM
from tests.support.shanghai import at
from tests.support.timed import Timed

PEOPLE: Mapping[str, tuple[str, str, str]] = {
    "liaison": ("林晓岚", "liaison", "331004"),
    "head": ("何立群", "committee_head", "331004"),
    "other_head": ("郑副主任", "committee_head", "331004"),
    "dispatcher": ("镇人大", "dispatcher", "331004102"),
    "linhai_liaison": ("王联络", "liaison", "331082"),
    "linhai_head": ("李主任", "committee_head", "331082"),
    "office": ("沈若水", "city_office", "331000"),
    "city_liaison": ("市联络", "liaison", "331000"),
    "city_head": ("市主任", "committee_head", "331000"),
    "clerk": ("周明远", "clerk", "331004"),
}
END = date(2022, 9, 20)
OLD = {"figures_sha256": "0" * 64}
"""Vouches for figures that are on no form."""


def report_id(filer: str = "331004", end: date = END) -> str:
    return to_text(report_key(filer, end))


@dataclass
class RunningReporting(Timed):
    settings: ReportingSettings = field(init=False)
    cut_wait_seconds: float = 10.0

    def __post_init__(self) -> None:
        more: dict[str, Any] = {
            "JIANYI_MOVED_TIME": True,
            "cut_wait_seconds": self.cut_wait_seconds,
        }
        self.settings = settings_of(ReportingSettings, self.dsn, self.bootstrap, **more)
        self.service = app.build(self.settings)

    def directory(self) -> list[tuple[Id, Event]]:
        people = [
            person(self.person(who), name, code, grant(role, code))
            for who, (name, role, code) in PEOPLE.items()
        ]
        places = divisions("331004102", "331004103", "331082101")
        return [*places, *people, self.session_key(written("331000"))]

    async def hear(self, *events: Event, key: Id = ITEM) -> None:
        await super().hear(*events, key=key)

    async def say(self, *events: Event, key: Id = ITEM) -> None:
        await self.publish([(key, event) for event in events])
        await eventually(self.is_read)

    async def is_read(self) -> bool:
        wanted = dict(self.seqs)
        rows = await self.sql("SELECT topic, key, seq FROM position")
        parked = {row["key"] for row in await self.sql("SELECT key FROM position WHERE blocked")}
        read = {(row["topic"], row["key"]): row["seq"] for row in rows}
        return all(read.get(at, 0) >= n or at[1] in parked for at, n in wanted.items())

    async def knows_everyone(self) -> bool:
        copy = self.service.copy
        return len(copy.snapshot.officers) == len(PEOPLE) and bool(copy.snapshot.session_pems())

    async def tick(self, when: str = "", filer: str = "331004", end: date = END) -> None:
        """Move time and let the clock of a report fire."""
        if when:
            await self.move(when)
        await self.fire("report", report_key(filer, end))

    async def step(
        self, who: str, name: str, body: Any = None, *, filer: str = "331004", end: date = END
    ) -> httpx.Response:
        return await self.post(who, f"/v1/reports/{report_id(filer, end)}/{name}", body)

    async def done(self, *steps: tuple[str, str], filer: str = "331004", end: date = END) -> None:
        for who, name in steps:
            body: Any = {"version": 1} if name == "receive" else None
            if name in ("check", "confirm"):
                body = await self.seen(who, filer, end)
            answer = await self.step(who, name, body, filer=filer, end=end)
            assert answer.status_code == 200, answer.text

    async def seen(self, who: str, filer: str = "331004", end: date = END) -> dict[str, str]:
        """Return the hash of the figures on a filer's draft, as this person sees them."""
        path = f"/v1/forms?period_end={end}&division={filer}&own=true"
        return {"figures_sha256": (await self.get(who, path)).json()["figures_sha256"]}

    async def act(self, act: Command) -> None:
        """Take one step of a report."""
        reports = next(
            subject for subject in self.service.messaging.subjects if subject.name == "report"
        )
        await self.service.messaging.act(reports, act)

    async def submit(self, code: str, end: date) -> None:
        """Take a report from its draft to the city."""
        key = report_key(code, end)
        liaison, head = self.person("liaison"), self.person("head")
        await self.tick(filer=code, end=end)
        period = self.settings.periods.period_of(at(str(end)))
        assert period
        cut = [
            CutOffset(topic=one.name, partition=0, offset=self.offsets[one.name])
            for one in COUNTED_TOPICS
        ]
        async with self.service.db.begin() as tx:
            ledger = await store.load_ledger(tx, self.service.copy.snapshot)
            filer = ledger.filers(end).get(code)
            assert filer
            parts = ledger.parts(filer.divisions, end)
            count = await store.count(tx, filer, period, parts, cut)
        await self.act(filing.check(liaison, count, code, end))
        await self.act(filing.confirm(head, count, code, end))
        await self.act(filing.submit(liaison, count, key=key))

    async def receive(self, code: str, end: date) -> None:
        """Take a report in."""
        await self.act(filing.receive(by=self.person("office"), key=report_key(code, end)))

    async def give_back(self, code: str, end: date) -> None:
        """Ask for another version."""
        await self.act(filing.send_back(by=self.person("office"), key=report_key(code, end)))

    async def form(self, who: str = "office", query: str = "") -> Any:
        answer = await self.get(who, f"/v1/forms?period_end={query or END}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def verify(self) -> list[str]:
        async with self.service.db.begin() as tx:
            return await store.verify(tx)


@asynccontextmanager
async def open_reporting(dsn: str, when: str) -> AsyncIterator[RunningReporting]:
    reporting = RunningReporting(dsn)
    await reporting.prepare(when)
    async with reporting.by_hand(reporting.directory()):
        yield reporting


@asynccontextmanager
async def run_reporting(
    dsn: str, bootstrap: str, when: str, **more: Any
) -> AsyncIterator[RunningReporting]:
    """Run a reporting with all its parts, reading Kafka; its directory is read."""
    reporting = RunningReporting(dsn, bootstrap=bootstrap, **more)
    await reporting.prepare(when)
    async with reporting.service.running():
        await reporting.publish(reporting.directory())
        await eventually(reporting.knows_everyone)
        yield reporting
