"""One login a service: what it may do, asked of the catalogue and tried."""

import asyncpg
import pytest

from deploy.local.postgres import login
from deploy.local.runner import SERVICES, addresses
from deploy.local.servers import Servers
from deploy.postgres.roles import WrongAddress, make_roles
from shared.db.migrate import OWNER, role_of
from shared.settings import address_of
from tests.support.database import connected

ROWS = "SELECT INSERT UPDATE DELETE"
COMMON = {
    "migration": "",
    "position": "SELECT INSERT UPDATE",
    "pulse": "SELECT INSERT UPDATE",
    "outage": "SELECT INSERT",
    "outbox": "SELECT INSERT",
    "outbox_pending": "SELECT INSERT DELETE",
    "audit_anchor": "SELECT INSERT",
    "relay": "SELECT UPDATE",
    "dead_letter_decision": "SELECT INSERT",
    "directory_copy": "SELECT INSERT UPDATE",
    "directory_revision": "SELECT UPDATE",
    "access_log": "SELECT INSERT DELETE",
}
"""What every service may do less than read and write rows; an outbox' payload it may erase."""
LESS = {
    "intake": {
        "activity_text": "SELECT INSERT UPDATE",
        "attachment": "SELECT INSERT UPDATE",
        "attendance": "SELECT INSERT UPDATE",
        "invitation": "SELECT INSERT UPDATE",
        "call_back": "SELECT INSERT UPDATE",
        "notice": "SELECT INSERT UPDATE",
        "number_series": "SELECT INSERT UPDATE",
        "proposer": "SELECT INSERT UPDATE",
        "proposer_secret": "SELECT INSERT UPDATE",
        "search_title": "SELECT INSERT UPDATE",
        "station_key": "SELECT INSERT UPDATE",
    },
    "router": {"sign_in_record": "SELECT INSERT DELETE"},
    "tracker": {"timeline_entry": "SELECT INSERT"},
    "reporting": {
        "attendee": "SELECT INSERT UPDATE",
        "fact": "SELECT INSERT",
        "version": "SELECT INSERT",
        "version_figure": "SELECT INSERT",
    },
}
SAID = """
INSERT INTO outbox VALUES (1, now(), $1, gen_random_uuid(), 1, gen_random_uuid(), 'some.event',
    now(), gen_random_uuid(), '', '', 'words')
"""
ERASE = "UPDATE outbox SET payload = NULL"


async def _run(
    address: str, statement: str, *args: object, schema: str, role: str | None = None
) -> list[asyncpg.Record]:
    async with connected(address, search_path=schema) as connection:
        if role:
            await connection.execute(f"SET ROLE {role}")
        return await connection.fetch(statement, *args)


async def test_a_login_owns_nothing_and_inherits_nothing(system: str) -> None:
    roles = await _run(
        system,
        """SELECT rolname, rolcanlogin,
            rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls AS strong,
            EXISTS (SELECT FROM pg_auth_members m
                WHERE m.member = r.oid AND m.inherit_option) AS member,
            EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) AS owns
        FROM pg_roles r WHERE rolname LIKE 'jianyi\\_%' AND rolname NOT LIKE '%\\_reader'
        ORDER BY rolname""",
        schema="public",
    )
    found = {row["rolname"]: tuple(row)[1:] for row in roles}
    assert found.pop(OWNER) == (False, False, False, True)
    assert found.keys() >= {role_of(name) for name in SERVICES}
    assert set(found.values()) == {(True, False, False, False)}


async def test_a_login_enters_its_own_schema_only(system: str) -> None:
    entered = await _run(
        system,
        """SELECT r.rolname, array_agg(n.nspname::text) FROM pg_roles r, pg_namespace n
        WHERE r.rolname LIKE 'jianyi\\_%' AND r.rolcanlogin AND n.nspname !~ '^pg_'
            AND n.nspname <> 'information_schema'
            AND (has_schema_privilege(r.oid, n.oid, 'USAGE')
                OR has_schema_privilege(r.oid, n.oid, 'CREATE'))
        GROUP BY 1""",
        schema="public",
    )
    assert {row[0]: row[1] for row in entered} == {role_of(name): [name] for name in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
async def test_each_table_bears_exactly_these_rights(system: str, service: str) -> None:
    granted = await _run(
        system,
        """SELECT c.relname, r.rolname, string_agg(p.name, ' ' ORDER BY p.place) AS rights
        FROM pg_class c
        CROSS JOIN pg_roles r
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',
            'TRIGGER', 'MAINTAIN']) WITH ORDINALITY AS p (name, place)
        WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
            AND r.rolname LIKE 'jianyi\\_%' AND r.rolcanlogin
            AND has_table_privilege(r.oid, c.oid, p.name)
        GROUP BY 1, 2""",
        service,
        schema="public",
    )
    tables = await _run(
        system,
        """SELECT relname, relispartition FROM pg_class
        WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'p')""",
        service,
        schema="public",
    )
    less = COMMON | LESS[service]
    expected = {name: "" if is_month else less.get(name, ROWS) for name, is_month in tables}
    assert less.keys() <= expected.keys()
    assert any(is_month for _, is_month in tables)
    assert {row["rolname"] for row in granted} == {role_of(service)}
    assert {row["relname"]: row["rights"] for row in granted} == {
        name: rights for name, rights in expected.items() if rights
    }


@pytest.mark.parametrize("other", SERVICES)
@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_its_own_record_and_nobody_elses(
    system: str, service: str, other: str
) -> None:
    address = login(system, service)
    if service == other:
        await _run(address, "TABLE outbox", schema=other)
        return
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _run(address, f"TABLE {other}.outbox", schema=other)


@pytest.mark.parametrize(
    ("topic", "statement"),
    [
        ("tracker.case.v1", f"{ERASE} WHERE topic = 'tracker.case.v1'"),
        ("tracker.text.v1", "UPDATE outbox SET payload = 'others' WHERE topic = 'tracker.text.v1'"),
        ("tracker.text.v1", f"{ERASE}, hash = 'x' WHERE topic = 'tracker.text.v1'"),
        ("tracker.text.v1", "DELETE FROM outbox"),
        ("tracker.text.v1", "TRUNCATE outbox"),
        ("tracker.text.v1", "CREATE TABLE more (n integer)"),
        ("tracker.text.v1", "SELECT * FROM migration"),
        ("tracker.text.v1", "ALTER TABLE outbox DISABLE TRIGGER ALL"),
        ("tracker.text.v1", "SET session_replication_role = replica"),
        ("tracker.text.v1", f"SET ROLE {OWNER}"),
    ],
)
async def test_what_was_said_stays(system: str, topic: str, statement: str) -> None:
    """The service may neither; of the rest a trigger keeps also the owner away."""
    address = login(system, "tracker")
    await _run(address, SAID, topic, schema="tracker")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _run(address, statement, schema="tracker")
    if statement.startswith(("UPDATE", "DELETE", "TRUNCATE")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _run(system, statement, schema="tracker", role=OWNER)


async def test_the_payload_of_a_text_may_be_erased(system: str) -> None:
    address = login(system, "intake")
    await _run(address, SAID, "intake.text.v1", schema="intake")
    own = f"{ERASE} WHERE type = 'some.event' RETURNING payload"
    erased = await _run(address, own, schema="intake")
    assert [row["payload"] for row in erased] == [None]


async def test_roles_made_again_take_the_new_passwords(servers: Servers) -> None:
    old = login(servers.dsn, "newcomer")
    new = old.replace("@", "new@")
    await make_roles(servers.dsn, {"newcomer": old})
    await make_roles(servers.dsn, {"newcomer": new})
    await (await asyncpg.connect(new)).close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(old)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://jianyi_router:secret@localhost/jianyi",
        "postgresql://jianyi_intake@localhost/jianyi",
    ],
)
async def test_an_address_of_somebody_else_or_without_a_password_is_refused(
    servers: Servers, address: str
) -> None:
    told = addresses(servers.dsn) | {address_of("intake"): address}
    with pytest.raises(WrongAddress, match="INTAKE_DATABASE_URL must sign in as jianyi_intake"):
        await make_roles(servers.dsn, {name: told[address_of(name)] for name in SERVICES})
