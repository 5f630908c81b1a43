"""Use cases: sign in with a local account, begin and end sessions, administer accounts."""

import asyncio
from datetime import datetime

from fastapi import Request, Response

from services.router.directory.domain.commands import PutEntry
from services.router.identity import store
from services.router.identity.domain import accounts, passwords, totp
from services.router.identity.domain.passwords import Weakness
from services.router.identity.domain.sessions import (
    SessionLimits,
    SessionRow,
    Way,
    end_sessions,
    proved_at,
)
from services.router.identity.domain.totp import TotpRow
from shared.calendar import local_day
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import DirectorySessionKey
from shared.db.pool import Database, Tx
from shared.directory import DirectoryCopy
from shared.directory.credentials import credentials_hold
from shared.ids import Id, named_id, new_id, to_text
from shared.messaging.loop import AnySubject
from shared.messaging.messaging import Messaging
from shared.sealing import Seal, WrongSeal
from shared.web.actor import Actor
from shared.web.rate_limit import address_of, network_of
from shared.web.session import COOKIE, Session, SessionExpired, Signer, clear_session, set_session

CONCURRENCY = 2
"""Passwords hashed at a time: each takes 19 MiB and a core."""
MAX_PROGRAM, BROWSER_LASTS = 200, 365 * 86_400
"""Characters kept of a browser's name; seconds for which an account recognises a browser."""


class Authenticator:
    """Checks passwords and codes; its answers do not reveal which accounts exist."""

    def __init__(
        self, db: Database, copy: DirectoryCopy, rule: accounts.LockRule, seal: Seal
    ) -> None:
        self._db, self._copy, self._rule, self._seal = db, copy, rule, seal
        self._slots = asyncio.Semaphore(CONCURRENCY)

    def remember_browser(self, response: Response, row: accounts.AccountRow) -> None:
        """Let the account recognise this browser from now on."""
        name, seal = accounts.browser_cookie(row.name), self._seal.seal
        response.set_cookie(
            name, seal(row.person, accounts.new_browser(row)), max_age=BROWSER_LASTS,
            path="/", secure=True, httponly=True, samesite="lax",
        )  # fmt: skip

    async def attempt(self, given: accounts.Credentials, request: Request) -> accounts.Attempt:
        """Judge and record an attempt; all refusals take the same time."""
        name = given.name.strip().lower()
        proved_hash = await self._proved_hash(name, given)
        async with self._db.begin() as tx:
            attempt = await self._judge(tx, name, proved_hash, given, request)
            person = attempt.account.person if attempt.account else None
            await record_sign_in(tx, person, "password", attempt.result, address_of(request))
        return attempt

    async def _proved_hash(self, name: str, given: accounts.Credentials) -> str | None:
        """Return the account's hash if the password fits it; None if not, or with a ticket."""
        if given.mfa_ticket:
            return None
        async with self._db.begin() as tx:
            seen = await store.find_account(tx, name)
        known, typed = seen.password_hash if seen else "", given.password
        if seen and seen.one_time_until:
            typed = passwords.as_one_time(typed)
        async with self._slots:
            fits = await asyncio.to_thread(passwords.fits, known, typed)
        return known if fits else None

    async def _judge(
        self,
        tx: Tx,
        name: str,
        proved_hash: str | None,
        given: accounts.Credentials,
        request: Request,
    ) -> accounts.Attempt:
        """Judge under the account's lock: concurrent attempts count one after the other."""
        row = await store.find_account(tx, name, lock=True)
        if row is None or self._copy.snapshot.person(row.person) is None:
            return accounts.Attempt("unknown")
        now = tx.now
        holds = credentials_hold(self._copy.snapshot, row.person, local_day(now))
        proved = holds and row.password_hash == proved_hash
        if given.mfa_ticket:
            ticket = self._opened(row.person, given.mfa_ticket) or ""
            proved = holds and totp.is_mfa_ticket(ticket, row, now)
        factor = await store.totp_of(tx, row.person)
        if not proved or factor is None or factor.confirmed_at is None:
            return accounts.Attempt(await self._count(tx, row, request, proved=proved), row)
        ticket = given.mfa_ticket or self._seal.seal(row.person, totp.mfa_ticket(row, now))
        return await self._judge_code(tx, row, factor, given.code, ticket, request)

    async def _judge_code(
        self,
        tx: Tx,
        row: accounts.AccountRow,
        factor: TotpRow,
        code: str,
        ticket: str,
        request: Request,
    ) -> accounts.Attempt:
        """Judge the code that follows a right password."""
        used = self._use_code(factor, code, tx)
        proved = used is not None or not code
        result = await self._count(tx, row, request, proved=proved, code=bool(code))
        if used is not None and result in ("in", "replace"):
            await store.save_totp(tx, used)
        return accounts.Attempt(result, row, ticket)

    async def _count(
        self,
        tx: Tx,
        row: accounts.AccountRow,
        request: Request,
        *,
        proved: bool,
        code: bool = True,
    ) -> accounts.Result:
        """Judge an attempt by the locks of the account and of its source, and save both."""
        cookie = request.cookies.get(accounts.browser_cookie(row.name), "")
        browser = accounts.known_browser(row, self._opened(row.person, cookie))
        source = browser or network_of(address_of(request))
        lock = await store.source_lock(tx, row.person, source)
        row, lock, result = self._rule.judge(row, lock, tx.now, proved=proved, code=code)
        await store.save_account(tx, row)
        await store.save_source_lock(tx, lock)
        return result

    def _use_code(self, factor: TotpRow, code: str, tx: Tx) -> TotpRow | None:
        secret = self._opened(factor.person, factor.sealed)
        return totp.use_code(factor, secret, code, tx.now)

    def _opened(self, person: Id, sealed: str) -> str | None:
        try:
            return self._seal.open(person, sealed)
        except WrongSeal:
            return None

    async def set_password(
        self, account: accounts.AccountRow, password: str
    ) -> Weakness | accounts.AccountRow:
        """Set the password a person chose; returns the account, or why it was refused.

        Raises Conflict if it has been replaced since it was judged.
        """
        person = self._copy.snapshot.person(account.person)
        weak = passwords.weakness(password, account.name, person.name if person else "")
        if weak:
            return weak
        password_hash = await self.hashed(password)
        async with self._db.begin() as tx:
            row = accounts.with_password(await _lock_judged(tx, account), password_hash, tx.now)
            await store.save_account(tx, row)
        return row

    async def hashed(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(passwords.hashed, password)

    async def account_of(self, person: Id) -> tuple[str, bool] | None:
        """Return the name of a person's account, and whether it has a second factor."""
        async with self._db.begin() as tx:
            row = await store.account_of(tx, person)
            factor = await store.totp_of(tx, person)
        return (row.name, bool(factor and factor.confirmed_at)) if row else None

    async def begin_totp(self, person: Id) -> tuple[str, str] | None:
        """Begin a second factor, or resume one: its secret and its address for the QR code.

        None for a person without an account here, or with a second factor already.
        """
        async with self._db.begin() as tx:
            row = await store.account_of(tx, person, lock=True)
            factor = await store.totp_of(tx, person)
            if row is None or (factor and factor.confirmed_at):
                return None
            secret = self._opened(person, factor.sealed) if factor else None
            if secret is None:
                secret = totp.new_secret()
                sealed = self._seal.seal(person, secret)
                await store.save_totp(tx, TotpRow(person=person, sealed=sealed))
        return secret, totp.provisioning_uri(secret, row.name)

    async def confirm_totp(self, person: Id, code: str) -> list[str] | None:
        """Turn the second factor on by its first code; returns recovery codes, None if wrong."""
        async with self._db.begin() as tx:
            row = await store.account_of(tx, person, lock=True)
            factor = await store.totp_of(tx, person)
            if row is None or factor is None or factor.confirmed_at:
                return None
            used = self._use_code(factor, code, tx)
            if used is None:
                return None
            active, codes = totp.activate(used, tx.now)
            await store.save_totp(tx, active)
        return codes

    async def remove_totp(self, person: Id, code: str, request: Request) -> bool:
        """Remove the second factor by a last code; wrong ones count as failed sign-ins."""
        async with self._db.begin() as tx:
            row = await store.account_of(tx, person, lock=True)
            factor = await store.totp_of(tx, person)
            if row is None or factor is None:
                return False
            attempt = await self._judge_code(tx, row, factor, code or "-", "", request)
            if attempt.result == "in":
                await store.remove_totp(tx, person)
        return attempt.result == "in"


async def _lock_judged(tx: Tx, judged: accounts.AccountRow) -> accounts.AccountRow:
    row = await store.find_account(tx, judged.name, lock=True)
    known = judged.password_hash, judged.changed_at
    if row is None or (row.password_hash, row.changed_at) != known:
        raise passwords.just_replaced()
    return row


async def record_sign_in(
    tx: Tx, person: Id | None, way: Way, result: accounts.Result, address: str
) -> None:
    """Add an attempt to the sign-in log."""
    record = accounts.SignInRecord(
        id=new_id(tx.now), at=tx.now, person=person, way=way, result=result, address=address
    )
    await store.add_sign_in_record(tx, record)


class Sessions:
    """Begins, renews and ends sessions; the directory's topic reports their end to all services."""

    def __init__(
        self, messaging: Messaging, entries: AnySubject, signer: Signer, limits: SessionLimits
    ) -> None:
        self._messaging, self._entries = messaging, entries
        self._signer, self.limits = signer, limits

    async def begin(
        self,
        request: Request,
        response: Response,
        person: Id,
        way: Way,
        auth_time: object = None,
        judged: accounts.AccountRow | None = None,
    ) -> None:
        """Sign a person in with this browser; `auth_time` is the provider's claim.

        Raises Conflict if the password `judged` right has been replaced since.
        """
        async with self._messaging.db.begin() as tx:
            if judged is not None:
                await _lock_judged(tx, judged)
            row = SessionRow(
                sid=new_id(tx.now),
                person=person,
                way=way,
                begun_at=tx.now,
                renewed_at=tx.now,
                proved_at=proved_at(auth_time, tx.now) if way == "oidc" else tx.now,
                address=address_of(request),
                program=request.headers.get("user-agent", "")[:MAX_PROGRAM],
            )
            await store.drop_idle_sessions(tx, tx.now - self.limits.idle)
            await store.save_session(tx, row)
            if way == "trial":
                await record_sign_in(tx, person, way, "in", row.address)
        set_session(response, self._token(row))

    def _token(self, row: SessionRow) -> str:
        proved_at = row.renewed_at if row.way == "trial" else row.proved_at  # trial: no proof
        by_password = row.way == "password"
        session = Session(row.person, row.sid, row.begun_at, proved_at, by_password=by_password)
        return self._signer.token(session, row.renewed_at)

    async def reauthenticate(self, by: Actor, response: Response) -> None:
        """Record that a person has proved again who they are; raises SessionExpired."""
        async with self._messaging.db.begin() as tx:
            row = await self._renew(tx, by.session.sid, proved_at=tx.now)
        set_session(response, self._token(row))

    async def renew(self, request: Request, response: Response) -> None:
        """Renew a session; raises SessionExpired when it ended or was idle for too long."""
        async with self._messaging.db.begin() as tx:
            row = await self._renew(tx, self._signed(request, tx.now).sid)
        set_session(response, self._token(row))

    async def _renew(self, tx: Tx, sid: Id, **proof: datetime) -> SessionRow:
        row = await store.lock_session(tx, sid)
        if row is None or not self.limits.is_alive(row, tx.now):
            raise SessionExpired
        row = row.model_copy(update={"renewed_at": tx.now, **proof})
        await store.save_session(tx, row)
        return row

    async def revive(self, request: Request, response: Response) -> bool:
        """Renew a session whose token ran out; one still good was refused for another reason."""
        now = await self._now()
        try:
            if now < self._signed(request, now).runs_out_at:
                return False
            await self.renew(request, response)
        except SessionExpired:
            return False
        return True

    def _signed(self, request: Request, now: datetime) -> Session:
        return self._signer.signed(request.cookies.get(COOKIE, ""), now, self.limits.total)

    async def _now(self) -> datetime:
        async with self._messaging.db.begin() as tx:
            return tx.now

    async def end(self, person: Id, by: Id, sid: Id | None = None) -> None:
        """End one session of a person, or all, in every service."""
        async with self._messaging.db.begin() as tx:
            await store.drop_sessions(tx, person, sid)
            now = tx.now
        sids = () if sid is None else (sid,)
        command = end_sessions(person, to_text(by), now, *sids, all_of_them=sid is None)
        await self._messaging.act(self._entries, command)

    async def end_others(self, by: Actor) -> None:
        """End all sessions of a person but the current one."""
        async with self._messaging.db.begin() as tx:
            rows = await store.list_sessions(tx, by.person_id)
            others = [row.sid for row in rows if row.sid != by.session.sid]
            for sid in others:
                await store.drop_sessions(tx, by.person_id, sid)
            now = tx.now
        if others:
            command = end_sessions(by.person_id, by.code, now, *others)
            await self._messaging.act(self._entries, command)

    async def end_trial(self) -> None:
        """End all sessions of the demo login: on a real system they prove nothing."""
        async with self._messaging.db.begin() as tx:
            rows = await store.list_trial_sessions(tx)
        for row in rows:
            await self.end(row.person, row.person, row.sid)

    async def end_here(self, request: Request, response: Response) -> None:
        """End this browser's session, if there is one."""
        clear_session(response)
        try:
            session = self._signed(request, await self._now())
        except SessionExpired:
            return
        await self.end(session.person, session.person, session.sid)

    async def publish_key(self) -> None:
        """Enter the public key into the directory, unless it is there."""
        key = DirectorySessionKey(
            occurred_at=await self._now(),
            division_code=EVERYWHERE,
            actor="router",
            kid=self._signer.kid,
            public_pem=self._signer.public_pem,
        )
        put = PutEntry(named_id("session_key", self._signer.kid), key)
        await self._messaging.act(self._entries, put)
