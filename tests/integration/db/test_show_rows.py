"""The second wall: which rows the database lets a page read, asked of the catalogue and tried."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

import services
from deploy.local.postgres import login
from deploy.local.runner import SERVICES
from deploy.local.servers import Servers
from services.intake import store as intake_store
from services.intake.domain import rights as intake
from services.intake.domain import rows as intake_rows
from services.reporting.domain import rights as reporting
from services.reporting.domain.filers import filers_of
from services.router import store as router_store
from services.router.domain import items
from services.router.domain import rights as router
from services.tracker import store as tracker_store
from services.tracker.domain import rights as tracker
from services.tracker.domain import rows as tracker_rows
from shared.clock import Clock
from shared.contracts.router import DirectoryStation, Grant, TaskGiven
from shared.db.migrate import OWNER, reader_of, role_of
from shared.db.pool import Database, Tx
from shared.directory.snapshot import Directory
from shared.errors import NotFound
from shared.ids import Id, named_id
from shared.messaging.fold import Change, State
from shared.rights import Action, Resource, Sight, may
from shared.rights.table import RIGHTS
from shared.service import migrate_service
from tests.support.servers import fresh_database, schema_settings
from tests.support.shanghai import at
from tests.unit.directory.places import (
    CITY,
    COUNTY,
    NEIGHBOUR,
    NEW_TOWN,
    OLD_TOWN,
    OTHER_COUNTY,
    SAID,
    directory,
    organ_id,
    unit_id,
)

OPEN = {"tracker": {"position"}, "reporting": {"item"}}
"""Tables a page reads that hold nothing of anybody: how far a key is, and its number."""
WRITES = {"intake": {"access_log": "SELECT INSERT"}}
DEFINERS = {"ensure_outbox_month", "is_handled"}
"""Functions that read or make with the owner's rights; each answers yes or no, or makes a month."""
NOBODY = Sight(codes={}, keys={})
PLACES = (CITY, COUNTY, OTHER_COUNTY, OLD_TOWN, NEW_TOWN, NEIGHBOUR)
SOMEBODY = named_id("person", "somebody")
UNITS = (unit_id("power"), unit_id("tax"))
STATION, POINT, ELSEWHERE = (named_id("station", n) for n in ("main", "point", "elsewhere"))
TREE = directory(
    *(
        (
            key,
            DirectoryStation.model_validate(
                SAID | {"division_code": code, "code": code, "name": code, "parent_id": above}
            ),
        )
        for key, code, above in (
            (STATION, NEW_TOWN, None),
            (POINT, OLD_TOWN, STATION),
            (ELSEWHERE, NEIGHBOUR, None),
        )
    )
)


@dataclass(frozen=True)
class Officer:
    """Who has one right and stands in for somebody."""

    grants: Sequence[Grant]
    code: str = "stand-in"
    codes: Collection[str] = ("stand-in", "somebody")
    person_id: Id = SOMEBODY


def officers() -> Iterator[Officer]:
    """One of every role at every place, and of every unit, station and organ."""
    for role in RIGHTS:
        for code in PLACES:
            yield officer(role, code, organ_id=organ_id(code))
        for unit in UNITS:
            yield officer(role, COUNTY, unit_id=unit)
        for station in (STATION, POINT, ELSEWHERE):
            yield officer(role, NEW_TOWN, station_id=station)


def officer(role: str, code: str, **place: Id) -> Officer:
    values = {"role": role, "division_code": code, "valid_from": "2020-01-01"}
    return Officer((Grant.model_validate(values | place),))


@pytest_asyncio.fixture(scope="module")
async def system(servers: Servers) -> AsyncIterator[str]:
    """An administrator's address of a database with the four schemas."""
    async with fresh_database(servers.dsn) as dsn:
        for name in SERVICES:
            own = Path(services.__file__).parent / name / "migrations"
            await migrate_service(schema_settings(dsn), name, own)
        yield dsn


@asynccontextmanager
async def opened(system: str, service: str) -> AsyncIterator[Database]:
    db = Database(login(system, service), service, Clock())
    await db.open()
    try:
        yield db
    finally:
        await db.close()


async def asked(system: str, statement: str, *args: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(system)
    try:
        return await connection.fetch(statement, *args)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_what_a_page_may_read_is_behind_the_wall(system: str, service: str) -> None:
    rows = await asked(
        system,
        """SELECT c.relname, c.relkind::text, c.relrowsecurity AND c.relforcerowsecurity AS walled,
            (SELECT string_agg(p.name, ' ' ORDER BY p.place)
                FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',
                    'TRIGGER', 'MAINTAIN']) WITH ORDINALITY AS p (name, place)
                WHERE has_table_privilege($2, c.oid, p.name)) AS rights,
            EXISTS (SELECT FROM pg_attribute a, aclexplode(a.attacl) acl JOIN pg_roles r
                ON r.oid = acl.grantee WHERE a.attrelid = c.oid AND r.rolname = $2) AS by_column,
            (SELECT coalesce(array_agg(pol.polname::text ORDER BY pol.polname), '{}')
                FROM pg_policy pol JOIN pg_roles r ON r.oid = ANY (pol.polroles)
                WHERE pol.polrelid = c.oid AND r.rolname = $2) AS readers,
            (SELECT coalesce(array_agg(r.rolname::text ORDER BY r.rolname), '{}')
                FROM pg_policy pol JOIN pg_roles r ON r.oid = ANY (pol.polroles)
                WHERE pol.polrelid = c.oid AND pol.polname = 'work') AS workers
        FROM pg_class c
        WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')""",
        service,
        reader_of(service),
    )
    read = {row["relname"]: row for row in rows if row["rights"]}
    assert not [row["relname"] for row in rows if row["relkind"] in ("v", "m", "f")]
    assert not any(row["by_column"] for row in rows)
    assert {name: row["rights"] for name, row in read.items()} == {
        name: WRITES.get(service, {}).get(name, "SELECT") for name in read
    }
    for name, row in read.items():
        assert row["walled"] is (name not in OPEN.get(service, ())), name
        if row["walled"]:
            assert "sight" in row["readers"], name
            assert row["workers"] == sorted([OWNER, role_of(service)]), name
    assert {row["relname"] for row in rows if row["walled"]} <= read.keys()


async def test_a_reader_signs_in_nowhere_and_its_service_takes_nothing_over(system: str) -> None:
    """The service may become its reader, nobody else may, and has none of its rights before."""
    rows = await asked(
        system,
        """SELECT r.rolname, r.rolcanlogin, m.inherit_option, m.set_option, m.admin_option,
            member.rolname AS member
        FROM pg_roles r LEFT JOIN pg_auth_members m ON m.roleid = r.oid
            LEFT JOIN pg_roles member ON member.oid = m.member AND NOT member.rolsuper
        WHERE r.rolname LIKE 'jianyi\\_%\\_reader' AND member.rolname IS NOT NULL""",
    )
    assert {tuple(row) for row in rows} >= {
        (reader_of(name), False, False, True, False, role_of(name)) for name in SERVICES
    }
    assert len(rows) == len({row["rolname"] for row in rows})


async def test_functions_with_the_owners_rights_are_these(system: str) -> None:
    rows = await asked(
        system,
        """SELECT proname FROM pg_proc
        WHERE prosecdef AND pronamespace::regnamespace::text = ANY ($1::text[])""",
        list(SERVICES),
    )
    assert {row["proname"] for row in rows} == DEFINERS


@pytest.mark.parametrize(
    ("sets", "sight"), [(False, NOBODY), (True, NOBODY)], ids=["none", "empty"]
)
async def test_whoever_has_no_sight_reads_no_row(system: str, sets: bool, sight: Sight) -> None:
    async with opened(system, "tracker") as db:
        await save_cases(db, [case(division_code=code) for code in PLACES])
        async with db.begin() as tx:
            await tx.execute("SELECT set_config('role', $1, true)", reader_of("tracker"))
            if sets:
                await tx.execute("SELECT set_config('jianyi.sight', $1, true)", sight.as_json())
            for table in ('"case"', "task", "clock", "words", "happening", "item_text", "outbox"):
                assert await tx.fetch(f"SELECT FROM {table}") == []


async def test_the_wall_stands_for_one_transaction_and_lets_nothing_be_written(system: str) -> None:
    async with opened(system, "tracker") as db:
        await save_cases(db, [case()])
        async with db.begin_as(NOBODY) as tx:
            assert await tx.fetch('SELECT FROM "case"') == []
        async with db.begin() as tx:
            assert await tx.fetch('SELECT FROM "case"') != []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.begin_as(NOBODY) as tx:
                await tx.execute("""UPDATE "case" SET number = 'x'""")


async def test_a_reader_logs_looks_of_the_asker_only(system: str) -> None:
    look = """INSERT INTO access_log VALUES (gen_random_uuid(), now(), $1, gen_random_uuid(),
        '331004', '{}', 'contact', 'words', gen_random_uuid())"""
    own, other = named_id("person", "a"), named_id("person", "b")
    sight = Sight(codes={}, keys={"person": [own]})
    async with opened(system, "intake") as db:
        async with db.begin_as(sight) as tx:
            await tx.execute(look, own)
            assert len(await tx.fetch("SELECT FROM access_log")) == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.begin_as(sight) as tx:
                await tx.execute(look, other)


Decide = Callable[[Officer, Id], bool]


async def compare(
    db: Database,
    sight_of: Callable[[Officer, Directory], Sight],
    decide: Decide,
    keys: Collection[Id],
    *tables: str,
    column: str = "key",
) -> None:
    """Hold what the database shows each officer against what is decided for each row."""
    shown = set[int]()
    for by in officers():
        expected = {key for key in keys if decide(by, key)}
        async with db.begin_as(sight_of(by, TREE)) as tx:
            for table in tables:
                found = {row[column] for row in await tx.fetch(f"TABLE {table}")}
                assert found & set(keys) == expected, (table, by.grants)
        shown.add(len(expected))
    assert 0 in shown
    assert len(shown) > 2


def case(**values: object) -> tracker_rows.Case:
    row = tracker_rows.CaseRow.model_validate({"key": named_id("case", str(values))} | values)
    return tracker_rows.blank(row)


async def save_cases(db: Database, cases: Sequence[tracker_rows.Case]) -> None:
    async with db.begin() as tx:
        await tracker_store.load_cases(tx, [one.row.key for one in cases], skip_locked=False)
        changes = [Change(tracker_rows.blank(case().row), one) for one in cases]
        await tracker_store.save_cases(tx, changes)


def tracked_task(key: Id, unit: Id) -> tracker_rows.TaskRow:
    return tracker_rows.TaskRow(
        key=key, task_id=named_id("task", key.hex()), unit_id=unit, role="lead", external=False,
        dispatch_no=1, given_at=at("2022-09-08"), sign_n=1, sign_kind="wd", reply_n=15,
        reply_kind="wd", object_until=at("2022-09-10"),
    )  # fmt: skip


async def test_the_tracker_shows_the_cases_that_the_rights_do(system: str) -> None:
    cases = {}
    places = product(("", *PLACES), ("", CITY, OLD_TOWN), (None, CITY, COUNTY), ("", "somebody"))
    for place, (code, routed, organ, leader) in enumerate(places):
        one = case(
            division_code=code,
            routed_division=routed,
            dispatcher_organ=organ_id(organ) if organ else None,
            leader=leader,
        )
        task = tracked_task(one.row.key, UNITS[place % 2])
        cases[one.row.key] = replace(one, tasks={task.task_id: task} if place % 3 else {})

    def decide(by: Officer, key: Id) -> bool:
        found = cases[key]
        try:
            tracker.check_sight(found, by, TREE.within(found.row.division))
        except NotFound:
            return False
        return True

    async with opened(system, "tracker") as db:
        await save_cases(db, list(cases.values()))
        await compare(db, tracker.sight_of, decide, cases, '"case"')
        with_task = [key for key, one in cases.items() if one.tasks]
        await compare(db, tracker.sight_of, decide, with_task, "task")


async def test_the_router_shows_the_items_that_the_rights_do(system: str) -> None:
    found = {}
    for place, (code, organ) in enumerate(product(("", *PLACES), (None, CITY, COUNTY, NEIGHBOUR))):
        key = named_id("item", f"{code} {organ}")
        row = items.ItemRow(key=key, division_code=code, organ_id=organ and organ_id(organ))
        task = items.TaskRow(
            task_id=named_id("task", key.hex()), key=key, unit_id=UNITS[place % 2], role="lead",
            dispatch_no=1, external=False,
        )  # fmt: skip
        found[key] = items.Item(row, (task,) if place % 3 else (), ())

    def decide(by: Officer, key: Id) -> bool:
        if found[key].row.organ_id in router.organs_of(by):
            return True
        try:
            router.check_trail(found[key], by, TREE)
        except NotFound:
            return False
        return True

    async with opened(system, "router") as db:
        async with db.begin() as tx:
            blank = items.Item(items.ItemRow(key=bytes(16)), (), ())
            await router_store.save_items(tx, [Change(blank, one) for one in found.values()])
        await compare(db, router.sight_of, decide, found, "item")
        with_task = [key for key, one in found.items() if one.tasks]
        await compare(db, router.sight_of, decide, with_task, "task")


async def test_intake_shows_the_items_of_those_who_see_the_case_or_the_source(system: str) -> None:
    """How far up an item came, and whether it is confidential, is decided behind this wall."""
    found: dict[Id, tuple[intake_rows.ItemRow, intake_rows.ProgressRow]] = {}
    for place, (code, station) in enumerate(product(PLACES, (STATION, POINT, ELSEWHERE))):
        key = named_id("item", f"{code} {station.hex()}")
        given = TaskGiven(task_id=key, unit_id=UNITS[place % 2], role="lead")
        found[key] = (
            intake_rows.ItemRow(key=key, division_code=code, station_id=station),
            intake_rows.ProgressRow(key=key).model_copy(
                update={"tasks": (given,) if place % 3 else ()}
            ),
        )

    def decide(by: Officer, key: Id) -> bool:
        item, progress = found[key]
        place = Resource(
            division=item.division_code,
            within=TREE.within(item.division_code),
            stations=intake.stations_of(item.station_id, TREE),
            units={task.unit_id for task in progress.tasks},
        )
        wide = may(by, Action.CASE_READ, place) or may(by, Action.SOURCE_READ, place)
        assert wide or not intake.may_see(by, item, progress, TREE)
        return wide

    async with opened(system, "intake") as db:
        async with db.begin() as tx:
            await save_intake(tx, list(found.values()))
        await compare(db, intake.sight_of, decide, found, "item", "progress", "contact")


async def test_reporting_shows_the_facts_and_forms_that_the_rights_do(system: str) -> None:
    filers = filers_of(TREE, date(2026, 3, 20))
    facts = {named_id("fact", code): code for code in PLACES}
    forms = {named_id("report", one.code): one for one in filers}

    def may_open(by: Officer, key: Id) -> bool:
        return may(by, Action.REPORT_OPEN, reporting.line_of(facts[key], TREE))

    def may_read(by: Officer, key: Id) -> bool:
        return may(by, Action.REPORT_READ, reporting.place_of(forms[key], filers, TREE))

    def sight_of(by: Officer, tree: Directory) -> Sight:
        return reporting.sight_of(by, filers, tree)

    async with opened(system, "reporting") as db:
        async with db.begin() as tx:
            for place, (key, code) in enumerate(facts.items()):
                await tx.execute(
                    """INSERT INTO fact VALUES ('t', 0, $1, 'C3', 1, $2, NULL, $3, $2, now(), now(),
                        NULL)""",
                    place,
                    key,
                    code,
                )
            for key, one in forms.items():
                await tx.execute("INSERT INTO report (key, filer) VALUES ($1, $2)", key, one.code)
        await compare(db, sight_of, may_open, facts, "fact", column="subject")
        await compare(db, sight_of, may_read, forms, "report")


async def save_intake(
    tx: Tx, pairs: Sequence[tuple[intake_rows.ItemRow, intake_rows.ProgressRow]]
) -> None:
    nothing = intake_rows.TextRow(key=bytes(16))
    blank = intake_rows.Item(intake_rows.ItemRow(key=bytes(16)), nothing)
    changes = [
        Change(blank, intake_rows.Item(item, nothing, contact="sealed")) for item, _ in pairs
    ]
    await intake_store.save_items(tx, changes)
    heard = intake_rows.ProgressRow(key=bytes(16))
    await intake_store.save_progress(
        tx,
        [Change(State(heard), State(progress)) for _, progress in pairs],
    )
