"""The second wall, asked of the catalogue and tried: what a page may read at all."""

import asyncpg
import pytest

from deploy.local.runner import SERVICES
from shared.db.migrate import OWNER, reader_of, role_of
from shared.ids import named_id
from shared.rights import RowScope
from tests.integration.db.opened import case, opened, save_cases
from tests.support.database import connected
from tests.support.places import CITY, COUNTY, OLD_TOWN

OPEN = {"intake": {"position"}, "tracker": {"position", "outage"}, "reporting": {"item"}}
"""Tables a page reads that hold nothing of anybody: how far a key is, and its number."""
WRITES = {"intake": {"access_log": "SELECT INSERT"}}
DEFINERS = {"ensure_outbox_month", "has_come", "hands_out_files", "is_handled", "is_raised"}
"""Functions that read or make with the owner's rights; each answers yes or no, or makes a month."""
NOBODY = RowScope(codes={}, keys={})
PLACES = (CITY, COUNTY, OLD_TOWN)


async def asked(system: str, statement: str, *args: object) -> list[asyncpg.Record]:
    async with connected(system) as connection:
        return await connection.fetch(statement, *args)


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
async def test_whoever_has_no_sight_reads_no_row(system: str, sets: bool, sight: RowScope) -> None:
    async with opened(system, "tracker") as db:
        await save_cases(db, [case(division_code=code) for code in PLACES])
        async with db.begin() as tx:
            await tx.execute("SELECT set_config('role', $1, true)", reader_of("tracker"))
            if sets:
                await tx.execute("SELECT set_config('jianyi.sight', $1, true)", sight.as_json())
            for table in (
                '"case"',
                "task",
                "clock",
                "words",
                "timeline_entry",
                "item_text",
                "outbox",
            ):
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
    sight = RowScope(codes={}, keys={"person": [own]})
    async with opened(system, "intake") as db:
        async with db.begin_as(sight) as tx:
            await tx.execute(look, own)
            assert len(await tx.fetch("SELECT FROM access_log")) == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.begin_as(sight) as tx:
                await tx.execute(look, other)
