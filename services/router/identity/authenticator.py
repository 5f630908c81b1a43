"""Tries to sign in with a local account: proved by password and code, judged, put on record."""

import asyncio
from dataclasses import dataclass, field

from services.router import store
from services.router.identity.domain import passwords, totp
from services.router.identity.domain.accounts import (
    AccountRow,
    LockRule,
    Result,
    SignInRecord,
    with_password,
)
from services.router.identity.domain.passwords import Weakness
from services.router.identity.domain.totp import TotpRow
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.ids import Id, new_id
from shared.messaging.messaging import Messaging
from shared.sealing import Seal, WrongSeal

AT_ONCE = 2
"""So many passwords are hashed at a time: each takes 19 MiB and a core."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody gives to prove who they are.

    A `half` was made by us when the password was right and the code was still to come.
    """

    name: str
    password: str = field(default="", repr=False)
    half: str = field(default="", repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a try to sign in, of whose account; the `half` with which to try a code."""

    result: Result
    account: AccountRow | None = None
    half: str = field(default="", repr=False)


class Authenticator:
    """Lets people in by password; tells nobody which accounts there are."""

    def __init__(
        self, messaging: Messaging, copy: DirectoryCopy, rule: LockRule, seal: Seal
    ) -> None:
        self._db, self._copy, self._rule, self._seal = messaging.db, copy, rule, seal
        self._places = asyncio.Semaphore(AT_ONCE)

    async def attempt(self, given: Credentials, address: str) -> Attempt:
        """Try to sign in; the same words and the same time for whoever is not let in."""
        name = given.name.strip().lower()
        known = await self._fitting(name, given)
        async with self._db.begin() as tx:
            tried = await self._judge(tx, name, known, given)
            record = SignInRecord(
                id=new_id(tx.now),
                at=tx.now,
                person=tried.account.person if tried.account else None,
                way="password",
                result=tried.result,
                address=address,
            )
            await store.note_sign_in(tx, record)
        return tried

    async def _fitting(self, name: str, given: Credentials) -> str | None:
        """Find the hash that the password fits; None when it fits none."""
        if given.half:
            return None
        async with self._db.begin() as tx:
            seen = await store.find_account(tx, name)
        known = seen.password_hash if seen else ""
        async with self._places:
            fits = await asyncio.to_thread(passwords.fits, known, given.password)
        return known if fits else None

    async def _judge(self, tx: Tx, name: str, known: str | None, given: Credentials) -> Attempt:
        """Judge under the account's lock: many tries at once count one after the other."""
        row = await store.find_account(tx, name, lock=True)
        if row is None or self._copy.snapshot.person(row.person) is None:
            return Attempt("unknown")
        now = tx.now
        proved = row.password_hash == known
        if given.half:
            proved = totp.is_mfa_ticket(self._opened(row.person, given.half) or "", row, now)
        factor = await store.second_of(tx, row.person)
        if not proved or factor is None or factor.confirmed_at is None:
            row, result = self._rule.tried(row, now, proved=proved)
            await store.save_account(tx, row)
            return Attempt(result, row)
        half = self._seal.seal(row.person, totp.mfa_ticket(row, now))
        return await self._prove_second(tx, row, factor, given.code, given.half or half)

    async def _prove_second(
        self, tx: Tx, row: AccountRow, factor: TotpRow, code: str, half: str
    ) -> Attempt:
        """Judge the code of somebody whose password is right."""
        used = self._used(factor, code, tx)
        row, result = self._rule.tried(row, tx.now, proved=used is not None or not code,
                                       code=bool(code))  # fmt: skip
        await store.save_account(tx, row)
        if used is not None and result in ("in", "replace"):
            await store.save_second(tx, used)
        return Attempt(result, row, half)

    def _used(self, factor: TotpRow, code: str, tx: Tx) -> TotpRow | None:
        secret = self._opened(factor.person, factor.sealed)
        return totp.accepted(factor, secret, code, tx.now)

    def _opened(self, person: Id, sealed: str) -> str | None:
        try:
            return self._seal.open(person, sealed)
        except WrongSeal:
            return None

    async def choose(self, account: AccountRow, password: str) -> Weakness | None:
        """Give an account the password its person chose; says why it was refused."""
        person = self._copy.snapshot.person(account.person)
        weak = passwords.weakness(password, account.name, person.name if person else "")
        if weak:
            return weak
        known = await self.hashed(password)
        async with self._db.begin() as tx:
            row = await store.find_account(tx, account.name, lock=True)
            if row is not None:
                await store.save_account(tx, with_password(row, known, tx.now))
        return None

    async def hashed(self, password: str) -> str:
        """Hash a password when it is its turn."""
        async with self._places:
            return await asyncio.to_thread(passwords.hashed, password)

    async def known(self, person: Id) -> tuple[str, bool] | None:
        """Tell the name of somebody's account, and whether it has a second factor."""
        async with self._db.begin() as tx:
            row = await store.account_of(tx, person)
            factor = await store.second_of(tx, person)
        return (row.name, bool(factor and factor.confirmed_at)) if row else None

    async def set_up(self, person: Id) -> tuple[str, str] | None:
        """Begin a second factor, or go on with one begun: the secret and what an app reads.

        None for who has no account here, or has a second factor already.
        """
        async with self._db.begin() as tx:
            row = await store.account_of(tx, person, lock=True)
            factor = await store.second_of(tx, person)
            if row is None or (factor and factor.confirmed_at):
                return None
            secret = self._opened(person, factor.sealed) if factor else None
            if secret is None:
                secret = totp.new_secret()
                sealed = self._seal.seal(person, secret)
                await store.save_second(tx, TotpRow(person=person, sealed=sealed))
        return secret, totp.address(secret, row.name)

    async def confirm(self, person: Id, code: str) -> list[str] | None:
        """Turn a second factor on by its first code; gives the recovery codes, None if wrong."""
        async with self._db.begin() as tx:
            row = await store.account_of(tx, person, lock=True)
            factor = await store.second_of(tx, person)
            if row is None or factor is None or factor.confirmed_at:
                return None
            used = self._used(factor, code, tx)
            if used is None:
                return None
            on, codes = totp.confirmed(used, tx.now)
            await store.save_second(tx, on)
        return codes

    async def turn_off(self, person: Id, code: str) -> bool:
        """Let the password be enough again, by a last code; wrong ones count as at the door."""
        async with self._db.begin() as tx:
            row = await store.account_of(tx, person, lock=True)
            factor = await store.second_of(tx, person)
            if row is None or factor is None:
                return False
            tried = await self._prove_second(tx, row, factor, code or "-", "")
            if tried.result == "in":
                await store.drop_second(tx, person)
        return tried.result == "in"
