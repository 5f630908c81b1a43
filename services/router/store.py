"""SQL of sessions, accounts and the sign-in log."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.router.identity.domain.account_admin import ENDING, Manage, account_taken, managed
from services.router.identity.domain.accounts import (
    RECORDS_KEPT,
    AccountRow,
    SignInRecord,
    Wanted,
    WaysIn,
)
from services.router.identity.domain.sessions import PROVIDER_LASTS, AtProvider, Lasting, SessionRow
from services.router.identity.domain.totp import TotpRow
from shared.db.pool import Tx
from shared.db.queries import load_queries
from shared.db.rows import as_json, read_rows, write_rows
from shared.db.upsert import Table
from shared.ids import Id

SQL = load_queries(Path(__file__).with_name("queries.sql"))
SESSION = Table("session", SessionRow, key=("sid",))
AT_PROVIDER = Table("at_provider", AtProvider, key=())
ACCOUNT = Table("account", AccountRow, key=("person",))
SECOND_FACTOR = Table("second_factor", TotpRow, key=("person",))
SIGN_IN_RECORD = Table("sign_in_record", SignInRecord, key=())


async def put_session(tx: Tx, row: SessionRow) -> None:
    """Keep a session that began, or was renewed or proved again."""
    await write_rows(tx, SESSION, [row])


async def lock_session(tx: Tx, sid: Id) -> SessionRow | None:
    """Read a session that did not end and lock it."""
    rows = read_rows(SessionRow, await tx.fetch(SQL["lock_session"], sid))
    return rows[0] if rows else None


async def list_sessions(tx: Tx, person: Id) -> list[SessionRow]:
    """List where a person is signed in, the latest used first."""
    return read_rows(SessionRow, await tx.fetch(SQL["list_sessions"], person))


async def list_trial_sessions(tx: Tx) -> list[SessionRow]:
    """List who came by the trial's door."""
    return read_rows(SessionRow, await tx.fetch(SQL["list_trial_sessions"]))


async def drop_sessions(tx: Tx, person: Id, sid: Id | None = None) -> None:
    """Forget one session of a person, or all."""
    await tx.execute(SQL["drop_sessions"], person, sid)


async def drop_idle_sessions(tx: Tx, since: datetime) -> None:
    """Forget the sessions that nobody used since."""
    await tx.execute(SQL["drop_idle_sessions"], since)


async def put_at_provider(tx: Tx, row: AtProvider) -> None:
    """Remember a browser that is sent to the provider, and forget those that stay away."""
    await tx.execute(SQL["drop_old_at_provider"], tx.now - PROVIDER_LASTS)
    await write_rows(tx, AT_PROVIDER, [row])


async def take_at_provider(tx: Tx, state: str) -> AtProvider | None:
    """Take a browser that comes back, once; None for one that we do not wait for any more."""
    rows = read_rows(AtProvider, await tx.fetch(SQL["take_at_provider"], state))
    return next((row for row in rows if tx.now < row.begun_at + PROVIDER_LASTS), None)


async def add_account(tx: Tx, row: AccountRow) -> bool:
    """Make an account; tells whether neither the person nor the name had one."""
    return bool(await tx.fetch(SQL["add_account"], as_json([row])))


async def save_account(tx: Tx, row: AccountRow) -> None:
    """Write what became of an account."""
    await write_rows(tx, ACCOUNT, [row])


async def find_account(tx: Tx, name: str, *, lock: bool = False) -> AccountRow | None:
    """Read an account by its name."""
    statement = SQL["lock_account"] if lock else SQL["find_account"]
    rows = read_rows(AccountRow, await tx.fetch(statement, name))
    return rows[0] if rows else None


async def account_of(tx: Tx, person: Id, *, lock: bool = False) -> AccountRow | None:
    """Read a person's account."""
    statement = SQL["lock_account_of"] if lock else SQL["account_of"]
    rows = read_rows(AccountRow, await tx.fetch(statement, person))
    return rows[0] if rows else None


async def manage_account(tx: Tx, asked: Manage) -> None:
    """Do to an account what was asked, under its lock; raises Conflict and Invalid."""
    before = await account_of(tx, asked.person_id, lock=True)
    after = managed(before, asked, tx.now)
    if before is None and after is not None and not await add_account(tx, after):
        raise account_taken()
    if before is not None and after is not None:
        await save_account(tx, after)
    if asked.act == "drop_second":
        await drop_second(tx, asked.person_id)
    if asked.act in ENDING:
        await drop_sessions(tx, asked.person_id)


async def list_accounts(tx: Tx) -> list[AccountRow]:
    """List all accounts by name."""
    return read_rows(AccountRow, await tx.fetch(SQL["list_accounts"]))


async def has_accounts(tx: Tx) -> bool:
    """Tell whether there is any account."""
    return bool(await tx.fetch(SQL["any_account"]))


async def save_second(tx: Tx, row: TotpRow) -> None:
    """Write a second factor, under its account's lock."""
    await write_rows(tx, SECOND_FACTOR, [row])


async def second_of(tx: Tx, person: Id) -> TotpRow | None:
    """Read a person's second factor."""
    rows = read_rows(TotpRow, await tx.fetch(SQL["second_of"], person))
    return rows[0] if rows else None


async def drop_second(tx: Tx, person: Id) -> None:
    """Let the password be enough again."""
    await tx.execute(SQL["drop_second"], person)


async def note_sign_in(tx: Tx, record: SignInRecord) -> None:
    """Keep a try to sign in, for a year."""
    await write_rows(tx, SIGN_IN_RECORD, [record])


async def drop_old_records(tx: Tx) -> None:
    """Forget the tries that are a year old."""
    await tx.execute(SQL["drop_old_records"], tx.now - RECORDS_KEPT)


async def list_records(tx: Tx, wanted: Wanted, limit: int) -> list[SignInRecord]:
    """List tries to sign in, the newest first."""
    found = await tx.fetch(
        SQL["list_records"], wanted.people, wanted.unknown, wanted.before, wanted.since,
        wanted.results, wanted.ways, limit,
    )  # fmt: skip
    return read_rows(SignInRecord, found)


async def read_ways_in(tx: Tx, people: Sequence[Id], lasting: Lasting) -> dict[Id, WaysIn]:
    """Read how people sign in and did last."""
    begun = tx.now - lasting.idle, tx.now - lasting.longest
    found = map(dict, await tx.fetch(SQL["read_ways_in"], people, *begun))
    return {row.pop("person"): WaysIn(**row) for row in found}
