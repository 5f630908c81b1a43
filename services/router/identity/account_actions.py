"""Use cases of administrators: what they do to the accounts of their people."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain

from services.router.directory.domain.rights import AdminScope, reaches
from services.router.directory.store import lock_directory, read_current
from services.router.identity import store
from services.router.identity.domain import accounts
from shared.calendar import local_day
from shared.contracts.router import DirectoryPerson
from shared.db.pool import Tx
from shared.directory import Directory, DirectoryCopy
from shared.ids import Id
from shared.messaging.loop import OnBegin
from shared.messaging.subject import Command

Execute = Callable[[Sequence[Command], OnBegin], Awaitable[object]]
"""Carries out commands on directory entries in one transaction, after the given first step."""


class _BegunSince(Exception):
    """A session began after the instant up to which all of its person were to end."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at


async def manage_accounts(
    execute: Execute,
    copy: DirectoryCopy,
    directory: Directory,
    commands: Sequence[accounts.ManageAccount],
    now: datetime,
) -> None:
    """Carry out acts of one administrator, all or none, on people of the current directory.

    Raises NotFound, Forbidden, Conflict and Invalid.
    """
    on_begin = partial(_change_accounts, copy=copy, commands=commands, now=now)
    entries = (accounts.entry_commands(one, directory, now) for one in commands)
    try:
        await execute(list(chain.from_iterable(entries)), on_begin)
    except _BegunSince as session:
        await manage_accounts(execute, copy, directory, commands, session.at)


async def _change_accounts(
    tx: Tx, copy: DirectoryCopy, commands: Sequence[accounts.ManageAccount], now: datetime
) -> None:
    await lock_directory(tx)
    directory, today = await read_current(tx, copy), local_day(tx.now)
    for command in commands:
        accounts.require_may_manage(directory, command, today)
        await _change_account(tx, command, now)


async def _change_account(tx: Tx, command: accounts.ManageAccount, now: datetime) -> None:
    before = await store.account_of(tx, command.person_id, lock=True)
    after = accounts.account_after(before, command, tx.now)
    if before is None and after is not None and not await store.add_account(tx, after):
        raise accounts.account_taken()
    if before is not None and after is not None:
        await store.save_account(tx, after)
    if command.act == "remove_totp":
        await store.remove_totp(tx, command.person_id)
    if command.act in accounts.UNLOCKING:
        await store.drop_source_locks(tx, command.person_id)
    if command.act in accounts.ENDING:
        await _drop_sessions(tx, command.person_id, now)


async def _drop_sessions(tx: Tx, person: Id, now: datetime) -> None:
    """Delete all sessions of a person, whose tokens end as those begun until now."""
    begun = [one.begun_at for one in await store.list_sessions(tx, person)]
    if begun and max(begun) > now:
        raise _BegunSince(max(begun))
    await store.drop_sessions(tx, person)


async def load_managed(
    tx: Tx, scope: AdminScope, directory: Directory
) -> tuple[Mapping[Id, accounts.AccountRow], Mapping[Id, DirectoryPerson]]:
    """Load the accounts, and the people of an area who hold a right or an account."""
    rows = {row.person: row for row in await store.list_accounts(tx)}
    found = directory.people.read(dict.fromkeys((*directory.officers, *rows)))
    today = local_day(tx.now)
    return rows, {key: one for key, one in found if reaches(scope, directory, key, today)}
