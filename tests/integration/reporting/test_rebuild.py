"""All is counted anew beside a running service: found again, swapped in, or refused and left."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest_asyncio

from deploy.local.postgres import login
from deploy.local.servers import Servers
from services.__main__ import app
from services.reporting import store
from services.reporting.cli import FROM_COMMANDS
from services.reporting.domain.model import report_key
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemErased
from shared.contracts.topics import INTAKE_ITEM, REPORTING_REPORT
from shared.features.access_log.store import EXPORT, AccessEntry, log_access
from shared.ids import Id, named_id
from shared.messaging.dead_letters import list_dead_letters
from shared.messaging.shadow_schema import EMITTED
from tests.support import commands
from tests.support.database import connected
from tests.support.entries import division
from tests.support.eventually import eventually
from tests.support.reporting import filing
from tests.support.reporting.counting import accepted
from tests.support.reporting.story import AUGUST, CITY, SEPTEMBER, Story
from tests.support.servers import NO_KAFKA, fresh_database, reset_topics
from tests.support.tampering import tamper
from tests.support.topic_log import orders, publish, read_topic

COUNTY, LINHAI, SANMEN = "331004", "331082", "331022"
SIGN = (("liaison", "check"), ("head", "confirm"), ("liaison", "submit"))
LINHAI_SIGN = tuple((f"linhai_{who}", step) for who, step in SIGN)
ERASED = ItemErased(
    occurred_at=datetime(2022, 8, 25, tzinfo=UTC),
    division_code=COUNTY,
    actor="officer-7",
    reason="asked",
)
GIVEN_UP, WAITING = named_id("i", "given up"), named_id("i", "waiting")
FROZEN = """SELECT filer, period_end, version, fact_count, facts_sha256, figures_sha256
    FROM version ORDER BY 1, 2, 3"""
RIGHTS = """
SELECT 'table', relname, relowner::regrole::text, relacl::text,
       (relrowsecurity, relforcerowsecurity)::text
FROM pg_class WHERE relnamespace = 'reporting'::regnamespace AND relkind <> 'i'
UNION ALL
SELECT 'routine', oid::regprocedure::text, proowner::regrole::text, proacl::text, proconfig::text
FROM pg_proc WHERE pronamespace = 'reporting'::regnamespace
UNION ALL
SELECT 'policy', tablename || policyname, roles::text, qual, with_check
FROM pg_policies WHERE schemaname = 'reporting'
UNION ALL
SELECT 'schema', nspname, nspowner::regrole::text, nspacl::text, '' FROM pg_namespace
WHERE nspname = 'reporting'
"""
BORN = "SELECT 'reporting'::regnamespace::oid::int AS it"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'reporting\\_%'"


@dataclass
class City(Story):
    """A running reporting that reads Kafka; only what it says is not sent yet."""

    parts: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, *parts: Any) -> None:
        """Let parts run until the city ends."""
        self.parts += [asyncio.create_task(part.run()) for part in parts]

    async def end(self) -> None:
        """End all parts."""
        for part in self.parts:
            part.cancel()
            with suppress(asyncio.CancelledError):
                await part
        await self.service.db.close()

    async def hear_all(self, pairs: Sequence[tuple[Id, Event]]) -> None:
        """Say events on Kafka as their owners would, and wait until they are read."""
        await publish(self.bootstrap, (self.envelope(it, key, it.occurred_at) for key, it in pairs))
        await eventually(self.is_read)

    async def say_unreadable(self, key: Id) -> None:
        """Say an accepted item whose body nobody can read, and wait until it is parked."""
        event = accepted("2022-09-02", COUNTY)
        broken = self.envelope(event, key, event.occurred_at)._replace(payload=b"{")
        await publish(self.bootstrap, [broken])
        await eventually(self.is_read)

    async def letter(self, key: Id) -> int:
        """Give the number of the first letter of an item."""
        async with self.service.db.begin() as tx:
            return (await list_dead_letters(tx, INTAKE_ITEM.name, key))[0].id

    async def ask_discard(self, key: Id) -> None:
        """Ask to give an event of an item up."""
        await self.service.messaging.repairs.ask_discard(await self.letter(key), "ops", "worthless")

    async def confirm_discard(self, key: Id) -> None:
        """Give up what was asked to be given up."""
        await self.service.messaging.repairs.confirm_discard(
            await self.letter(key), "second", lambda *_: True
        )

    @property
    def environ(self) -> dict[str, str]:
        """What the command is told."""
        return {
            "DATABASE_URL": self.dsn,
            "REPORTING_DATABASE_URL": login(self.dsn, "reporting"),
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "JIANYI_ENV": "development",
            "JIANYI_MOVED_TIME": "true",
        }

    async def rebuild(self, **other: str) -> tuple[int, str]:
        """Run `jianyi reporting rebuild`."""
        return await commands.run(app, self.environ | other, "reporting", "rebuild")

    async def schemas(self) -> set[str]:
        """Name the schemas that a rebuild made and left."""
        return {row["nspname"] for row in await self.sql(SCHEMAS)}


@pytest_asyncio.fixture(scope="module")
async def city(servers: Servers) -> AsyncIterator[City]:
    """August filed by three counties, of which one then went into another; one item erased since.

    September is under way.
    """
    await reset_topics(servers.bootstrap)
    async with fresh_database(servers.dsn) as dsn:
        story = City(dsn, bootstrap=servers.bootstrap)
        await story.prepare("2022-08-16 09:00")
        await story.service.db.open()
        story.start(story.service.messaging.acts, story.service.messaging.reader)
        story.start(story.service.copy)
        try:
            await told_august(story)
            yield story
        finally:
            await story.end()


async def sanmen_goes_into_luqiao(story: City) -> None:
    """Let a county end before it filed August: the people of the other one do it."""
    ends = {"valid_to": date(2022, 9, 10), "successor_code": COUNTY}
    await story.happen("2022-09", SANMEN, 1)
    await story.hear_all([division(SANMEN, "三门县", "county", CITY, **ends)])

    async def is_known() -> bool:
        return bool(story.service.copy.snapshot.ending_divisions)

    await eventually(is_known)
    await story.done(*SIGN, ("office", "receive"), filer=SANMEN, end=AUGUST)


async def divisions_of(story: City, filer: str, end: date) -> set[str]:
    """Name the divisions a filer's last version counted."""
    async with story.service.db.begin() as tx:
        book = await store.load_ledger(tx, story.service.copy.snapshot)
    return {*book.reports[filer][end].divisions}


async def told_august(story: City) -> None:
    for entry in story.directory():  # more sets, and so revisions, than a rebuild needs
        await story.hear_all([entry])
    await eventually(story.knows_everyone)
    for code in (COUNTY, LINHAI):
        await story.happen("2022-08", code, 5)
        await story.tick(filer=code, end=AUGUST)
    await story.done(*SIGN, end=AUGUST)
    await story.give_back(COUNTY, AUGUST)
    await story.done(*SIGN, end=AUGUST)
    await story.act(filing.receive(2, by=story.person("office"), key=report_key(COUNTY, AUGUST)))
    await story.done(*LINHAI_SIGN, filer=LINHAI, end=AUGUST)
    await story.happen("2022-08", SANMEN, 2)
    await story.tick(filer=SANMEN, end=AUGUST)
    await story.move("2022-09-16 09:00")
    await story.hear_all([(named_id("i", f"2022-08{COUNTY}1"), ERASED)])
    await sanmen_goes_into_luqiao(story)
    for code in (COUNTY, LINHAI):
        await story.happen("2022-09", code, 3)
        await story.tick(filer=code, end=SEPTEMBER)
    await story.done(*SIGN, end=SEPTEMBER)
    assert await divisions_of(story, COUNTY, SEPTEMBER) >= {COUNTY, SANMEN}
    async with story.service.db.begin() as tx:
        key = report_key(COUNTY, AUGUST)
        await log_access(tx, AccessEntry(story.person("head"), key, COUNTY, ("trail",), EXPORT))
    for key in (GIVEN_UP, WAITING):
        await story.say_unreadable(key)
        await story.ask_discard(key)
    await story.confirm_discard(GIVEN_UP)
    await story.hear_all([(GIVEN_UP, accepted("2022-09-04", COUNTY))])


TOUCHED = {
    f"冻结的数字 frozen figure\t{AUGUST}\t{LINHAI}\tv1 {LINHAI} C3 counted\t12\t5": """
        UPDATE version_figure SET counted = counted {}
        WHERE division_code = '331082' AND "column" = 'C3'""",
    f"现在的数字 present figure\t{SEPTEMBER}\t{COUNTY}\t{COUNTY} C1\t10\t3": """
        UPDATE cell SET n = n {}
        WHERE division_code = '331004' AND "column" = 'C1' AND period_start = '2022-08-21'""",
}


async def test_a_figure_that_was_touched_is_named_and_nothing_swapped(city: City) -> None:
    born, frozen = await city.sql(BORN), await city.sql(FROZEN)
    for named, touch in TOUCHED.items():
        await tamper(city.dsn, "reporting", touch.format("+ 7"))
        code, said = await city.rebuild()
        assert (code, said.splitlines()[0]) == (1, named), said
        assert "no table was replaced" in said
        assert await city.schemas() == {"reporting_rebuild"}
        await tamper(city.dsn, "reporting", touch.format("- 7"))
    assert (await city.sql(BORN), await city.sql(FROZEN)) == (born, frozen)


async def test_every_table_is_heard_anew_or_comes_across(city: City) -> None:
    received = {"position", "item", "activity", "attendee", "fact", "cell"}
    directory = {"directory_copy", "directory_revision"}
    tables = await city.sql(
        """SELECT relname FROM pg_class WHERE relnamespace = 'reporting'::regnamespace
        AND relkind IN ('r', 'p') AND NOT relispartition"""
    )
    own = {"relay", "migration", "pulse", "outage"}
    known = {*received, *directory, *FROM_COMMANDS, *EMITTED, *own}
    assert {row["relname"] for row in tables} == known


async def test_it_says_why_it_cannot_begin(city: City) -> None:
    async with connected(city.dsn) as other:
        await other.execute("SELECT pg_advisory_lock(hashtext('migrate.reporting'))")
        code, said = await city.rebuild()
    assert (code, "另一次重建或迁移" in said, "a migration is running" in said) == (1, True, True)
    away = city.dsn.replace(city.dsn.partition("@")[2], "127.0.0.1:1/jianyi")
    for gone in ({"KAFKA_BOOTSTRAP_SERVERS": NO_KAFKA}, {"DATABASE_URL": away}):
        code, said = await city.rebuild(**gone)
        assert (code, "系统正忙" in said, "Try again later" in said) == (1, True, True)


async def test_beside_the_running_service_all_is_found_again_and_swapped_in(city: City) -> None:
    before, done = await everything(city), asyncio.Event()
    working = asyncio.create_task(more(city, done))
    code, said = await city.rebuild()
    done.set()
    assert code == 0, said
    assert said.endswith("\n全部一致，已换上 / no differences; the rebuilt tables are in use\n"), (
        said
    )
    assert "5 frozen reports\n" in said
    keys = await working
    facts = await city.sql("SELECT count(*) AS n FROM fact WHERE subject = ANY ($1)", keys)
    assert facts[0]["n"] == len(keys)
    after = await everything(city)
    assert before.pop("born") != after.pop("born")
    assert before.pop("said") < after.pop("said")
    assert after == before
    assert all(after.values())
    assert await city.schemas() == set()
    assert await read_topic(city.bootstrap, REPORTING_REPORT.name) == []
    await city.done(*LINHAI_SIGN[:2], filer=LINHAI, end=SEPTEMBER)
    await city.hear_all([division("331004104", "新设镇", "township", COUNTY)])
    await eventually(lambda: knows(city, "331004104"))


async def more(city: City, done: asyncio.Event) -> list[Id]:
    """Let the city work until something is done: a report is received, items come in."""
    await city.done(("office", "receive"), filer=LINHAI, end=AUGUST)
    keys: list[Id] = []
    while not done.is_set():
        keys.append(named_id("i", f"more {len(keys)}"))
        await city.hear_all([(keys[-1], accepted("2022-09-05", COUNTY))])
    return keys


async def knows(city: City, division: str) -> bool:
    return city.service.copy.snapshot.division(division) is not None


async def test_killed_while_it_holds_the_service_it_leaves_it_and_is_begun_again(
    city: City,
) -> None:
    blocker = await asyncpg.connect(city.dsn)
    words = (sys.executable, "-m", "services.reporting", "rebuild")
    rebuild = await asyncio.create_subprocess_exec(*words, env=city.environ)
    try:
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE reporting.report IN ROW SHARE MODE")
            await eventually(lambda: is_held(city))
            await end(rebuild)
            await city.hear_all([(named_id("i", "meanwhile"), accepted("2022-09-03", COUNTY))])
    finally:
        await end(rebuild)
        await blocker.close()
    assert await city.schemas() == {"reporting_rebuild"}
    code, said = await city.rebuild()
    assert code == 0, said
    assert await city.schemas() == set()


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def is_held(city: City) -> bool:
    rows = await city.sql(
        """SELECT FROM pg_locks WHERE mode = 'ExclusiveLock' AND NOT granted
        AND relation = 'reporting.report'::regclass"""
    )
    return bool(rows)


async def test_after_the_swap_the_service_goes_on(city: City) -> None:
    await city.confirm_discard(WAITING)
    await city.done(*LINHAI_SIGN[2:], filer=LINHAI, end=SEPTEMBER)
    assert await city.verify() == []
    city.start(city.service.messaging._relay)
    await eventually(lambda: all_is_sent(city))
    received = orders(await read_topic(city.bootstrap, REPORTING_REPORT.name))
    rows = await city.sql(
        "SELECT key, array_agg(seq ORDER BY seq) AS seqs FROM outbox GROUP BY key"
    )
    assert received == {row["key"]: row["seqs"] for row in rows}
    n = sum(map(len, received.values()))
    audited = f"reporting：{n}条，0个锚，断0处 / {n} events, 0 anchors, 0 broken\n"
    assert await commands.run(app, city.environ, "reporting", "audit", "verify") == (0, audited)


async def all_is_sent(city: City) -> bool:
    return await city.count("outbox_pending") == {"outbox_pending": 0}


async def everything(city: City) -> dict[str, set[str]]:
    """Read what a swap leaves as it is, and the number of the schema, which is new then."""
    return {
        name: set(map(str, await city.sql(statement)))
        for name, statement in {
            "born": BORN,
            "rights": RIGHTS,
            "said": "SELECT id, topic, key, seq, hash, payload FROM outbox",
            "frozen": "SELECT * FROM version NATURAL JOIN version_figure",
            "letters": "SELECT * FROM dead_letter",
            "decisions": "SELECT * FROM dead_letter_decision",
            "blocked": "SELECT * FROM position WHERE blocked",
            "access_log": "SELECT * FROM access_log",
        }.items()
    }
