"""SQL of accounts, sessions, second factors, browsers at the provider and the sign-in log."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.router.identity.domain.accounts import (
    LOCKS_KEPT,
    AccountRow,
    SignInQuery,
    SignInRecord,
    SignInSummary,
    SourceLock,
)
from services.router.identity.domain.sessions import (
    PROVIDER_LASTS,
    AtProvider,
    SessionLimits,
    SessionRow,
)
from services.router.identity.domain.totp import TotpRow
from shared.db.pool import Tx
from shared.db.rows import Table, as_json, load_queries, read_rows, write_rows
from shared.ids import Id

SQL = load_queries(Path(__file__).with_name("queries.sql"))
SESSION = Table("session", SessionRow, key=("sid",))
AT_PROVIDER = Table("at_provider", AtProvider, key=())
ACCOUNT = Table("account", AccountRow, key=("person",))
SOURCE_LOCK = Table("source_lock", SourceLock, key=("person", "source"))
SECOND_FACTOR = Table("second_factor", TotpRow, key=("person",))
SIGN_IN_RECORD = Table("sign_in_record", SignInRecord, key=())


async def save_session(tx: Tx, row: SessionRow) -> None:
    await write_rows(tx, SESSION, [row])


async def lock_session(tx: Tx, sid: Id) -> SessionRow | None:
    """Read and lock a session; None for one that ended."""
    rows = read_rows(SessionRow, await tx.fetch(SQL["lock_session"], sid))
    return rows[0] if rows else None


async def list_sessions(tx: Tx, person: Id) -> list[SessionRow]:
    """List a person's sessions, the most recently used first."""
    return read_rows(SessionRow, await tx.fetch(SQL["list_sessions"], person))


async def list_trial_sessions(tx: Tx) -> list[SessionRow]:
    return read_rows(SessionRow, await tx.fetch(SQL["list_trial_sessions"]))


async def drop_sessions(tx: Tx, person: Id, sid: Id | None = None) -> None:
    """Delete one session of a person, or all."""
    await tx.execute(SQL["drop_sessions"], person, sid)


async def drop_idle_sessions(tx: Tx, since: datetime) -> None:
    await tx.execute(SQL["drop_idle_sessions"], since)


async def add_at_provider(tx: Tx, row: AtProvider) -> None:
    """Insert a browser sent to the provider, and delete those that did not come back."""
    await tx.execute(SQL["drop_old_at_provider"], tx.now - PROVIDER_LASTS)
    await write_rows(tx, AT_PROVIDER, [row])


async def take_at_provider(tx: Tx, state: str) -> AtProvider | None:
    """Delete and return a browser that comes back; None if it is unknown or took too long."""
    rows = read_rows(AtProvider, await tx.fetch(SQL["take_at_provider"], state))
    return next((row for row in rows if tx.now < row.begun_at + PROVIDER_LASTS), None)


async def add_account(tx: Tx, row: AccountRow) -> bool:
    """Insert an account; False if the person or the name has one already."""
    return bool(await tx.fetch(SQL["add_account"], as_json([row])))


async def save_account(tx: Tx, row: AccountRow) -> None:
    await write_rows(tx, ACCOUNT, [row])


async def find_account(tx: Tx, name: str, *, lock: bool = False) -> AccountRow | None:
    statement = SQL["lock_account"] if lock else SQL["find_account"]
    rows = read_rows(AccountRow, await tx.fetch(statement, name))
    return rows[0] if rows else None


async def account_of(tx: Tx, person: Id, *, lock: bool = False) -> AccountRow | None:
    statement = SQL["lock_account_of"] if lock else SQL["account_of"]
    rows = read_rows(AccountRow, await tx.fetch(statement, person))
    return rows[0] if rows else None


async def list_accounts(tx: Tx) -> list[AccountRow]:
    return read_rows(AccountRow, await tx.fetch(SQL["list_accounts"]))


async def has_accounts(tx: Tx) -> bool:
    return bool(await tx.fetch(SQL["any_account"]))


async def source_lock(tx: Tx, person: Id, source: str) -> SourceLock:
    """Read the lock of a source, whose account is locked in the database."""
    rows = read_rows(SourceLock, await tx.fetch(SQL["source_lock"], person, source))
    return rows[0] if rows else SourceLock(person=person, source=source)


async def save_source_lock(tx: Tx, lock: SourceLock) -> None:
    """Write a lock, or delete one that counts nothing."""
    if lock.failures or lock.locks:
        await write_rows(tx, SOURCE_LOCK, [lock])
    else:
        await drop_source_locks(tx, lock.person, lock.source)


async def drop_source_locks(tx: Tx, person: Id, source: str | None = None) -> None:
    """Delete the lock of one source of an account, or of all."""
    await tx.execute(SQL["drop_source_locks"], person, source)


async def list_source_locks(tx: Tx) -> dict[Id, list[SourceLock]]:
    """List the sources that are locked now, by person."""
    found: dict[Id, list[SourceLock]] = {}
    for lock in read_rows(SourceLock, await tx.fetch(SQL["list_source_locks"], tx.now)):
        found.setdefault(lock.person, []).append(lock)
    return found


async def save_totp(tx: Tx, row: TotpRow) -> None:
    """Write a second factor; its account is locked."""
    await write_rows(tx, SECOND_FACTOR, [row])


async def totp_of(tx: Tx, person: Id) -> TotpRow | None:
    rows = read_rows(TotpRow, await tx.fetch(SQL["totp_of"], person))
    return rows[0] if rows else None


async def remove_totp(tx: Tx, person: Id) -> None:
    await tx.execute(SQL["remove_totp"], person)


async def add_sign_in_record(tx: Tx, record: SignInRecord) -> None:
    await write_rows(tx, SIGN_IN_RECORD, [record])


async def drop_old_records(tx: Tx) -> None:
    await tx.execute(SQL["drop_old_records"])
    await tx.execute(SQL["drop_quiet_locks"], tx.now - LOCKS_KEPT)


async def list_records(tx: Tx, query: SignInQuery, limit: int) -> list[SignInRecord]:
    """List sign-in attempts, the newest first."""
    found = await tx.fetch(
        SQL["list_records"], query.people, query.unknown, query.before, query.since,
        query.results, query.ways, limit,
    )  # fmt: skip
    return read_rows(SignInRecord, found)


async def read_summaries(
    tx: Tx, people: Sequence[Id], limits: SessionLimits
) -> dict[Id, SignInSummary]:
    alive = tx.now - limits.idle, tx.now - limits.total
    found = map(dict, await tx.fetch(SQL["read_summaries"], people, *alive))
    return {row.pop("person"): SignInSummary(**row) for row in found}
