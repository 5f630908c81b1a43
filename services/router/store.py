"""The only file of the router that runs SQL: the directory, items, the queue."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TypeVar

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
from services.router.routing.domain.model import Item, ItemRow, ReasonRow, TaskRow, TextRow
from services.router.routing.domain.rights import check_trail, require_visible
from shared.db.pool import Tx
from shared.db.queries import load_queries
from shared.db.rows import as_json, lock_rows, read_rows, write_rows
from shared.db.upsert import Table
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.messaging.subject import Change, DatabaseMetric
from shared.rights import Holder

SQL = load_queries(Path(__file__).with_name("queries.sql"))
ITEM = Table("item", ItemRow)
TASK = Table("task", TaskRow, key=("task_id",))
REASON = Table("reason", ReasonRow, key=("key", "n"))
ITEM_TEXT = Table("item_text", TextRow)
SESSION = Table("session", SessionRow, key=("sid",))
AT_PROVIDER = Table("at_provider", AtProvider, key=())
ACCOUNT = Table("account", AccountRow, key=("person",))
SECOND_FACTOR = Table("second_factor", TotpRow, key=("person",))
SIGN_IN_RECORD = Table("sign_in_record", SignInRecord, key=())
ITEM_ENDS = SQL["ends_of_item"]

R = TypeVar("R", TaskRow, ReasonRow)


async def load_items(tx: Tx, keys: Sequence[Id], *, skip_locked: bool = False) -> dict[Id, Item]:
    """Create what is missing and lock all in key order, then read the children."""
    lock = SQL["claim_items"] if skip_locked else SQL["load_items"]
    rows = await lock_rows(tx, ItemRow, SQL["create_items"], lock, keys)
    return await _whole(tx, list(chain(*rows)))


async def _whole(tx: Tx, rows: Sequence[ItemRow]) -> dict[Id, Item]:
    given = [row.key for row in rows if row.dispatch_no or row.seq]
    tasks = read_rows(TaskRow, await tx.fetch(SQL["load_tasks"], given)) if given else []
    reasons = read_rows(ReasonRow, await tx.fetch(SQL["load_reasons"], given)) if given else []
    tasks_of, reasons_of = _by_key(tasks), _by_key(reasons)
    return {
        row.key: Item(row, tuple(tasks_of[row.key]), tuple(reasons_of[row.key])) for row in rows
    }


def _by_key(rows: Iterable[R]) -> defaultdict[Id, list[R]]:
    found: defaultdict[Id, list[R]] = defaultdict(list)
    for row in rows:
        found[row.key].append(row)
    return found


async def save_items(tx: Tx, changes: Sequence[Change[Item]]) -> None:
    """Write the rows, then what changed of their children."""
    await write_rows(tx, ITEM, [change.after.row for change in changes])
    tasks = [t for c in changes for t in c.after.tasks if t not in c.before.tasks]
    await write_rows(tx, TASK, tasks)
    reasons = [r for c in changes for r in c.after.reasons if r not in c.before.reasons]
    await write_rows(tx, REASON, reasons)
    await write_rows(tx, ITEM_TEXT, [c.after.text for c in changes if c.after.text])


async def forget_items(tx: Tx, keys: Sequence[Id]) -> None:
    """Delete of these what this transaction made."""
    await tx.execute(SQL["forget_items"], keys)


async def list_unhomed(tx: Tx, ended: Sequence[Id], limit: int) -> list[Id]:
    """List open items with a running task at one of these abolished units, not yet looked at."""
    return [row["key"] for row in await tx.fetch(SQL["list_unhomed"], ended, limit)]


async def get_visible_item(tx: Tx, key: Id, by: Holder) -> Item:
    """Read an item for somebody who gives it out, with its words; raises NotFound."""
    return require_visible((await read_items(tx, [key])).get(key), by)


async def see_trail(tx: Tx, key: Id, by: Holder, directory: Directory) -> Item:
    """Read an item for somebody who may see its case; raises NotFound."""
    return check_trail((await read_items(tx, [key])).get(key), by, directory)


async def read_items(tx: Tx, keys: Sequence[Id]) -> dict[Id, Item]:
    """Read items with their words, without a lock; one not heard of is left out."""
    items = await _whole(tx, read_rows(ItemRow, await tx.fetch(SQL["read_items"], keys)))
    texts = {row.key: row for row in read_rows(TextRow, await tx.fetch(SQL["load_texts"], keys))}
    return {
        key: Item(item.row, item.tasks, item.reasons, texts.get(key) or TextRow(key=key))
        for key, item in items.items()
        if item.row.intake_state
    }


async def list_queue(tx: Tx, organs: Sequence[Id], limit: int) -> list[Item]:
    """List what waits for these organs' decision, the longest waiting first."""
    keys = [row["key"] for row in await tx.fetch(SQL["list_queue"], organs, limit)]
    found = await read_items(tx, keys)
    return [found[key] for key in keys]


async def count_queue(tx: Tx, organs: Sequence[Id]) -> int:
    """Count what waits for these organs' decision."""
    return int((await tx.fetch(SQL["count_queue"], organs))[0]["n"])


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


FIGURES = (
    DatabaseMetric(
        "dispatch_oldest_waiting_seconds",
        "待交办的件，最久",
        "Age of the oldest item that waits for a dispatcher.",
        SQL["oldest_duty"],
    ),
)
