"""Local accounts: locks, one-time passwords, the sign-in log, and what administrators do to them.

Nobody acts on their own account, nor on that of a person who has, or will have, a right outside
the administrator's area: whoever replaces a password can sign in with it.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.refusals import not_there
from services.router.directory.domain.rights import (
    COMMAND_LINE,
    AdminScope,
    account_scope,
    reaches,
)
from services.router.identity.domain import passwords
from services.router.identity.domain.sessions import EndSessions, Way, end_sessions
from shared.calendar import local_day
from shared.contracts.envelope import EVERYWHERE, Key
from shared.contracts.router import AccountAct, DirectoryAccount, DirectoryPerson, Grant
from shared.directory.rights import COMMAND, holder
from shared.directory.snapshot import Directory, account_key
from shared.errors import Conflict, Forbidden, Invalid
from shared.ids import Id, from_text, named_id, to_text
from shared.messaging.subject import Row
from shared.text import _

ONE_TIME_LASTS = timedelta(days=3)
FIRST = "admin"
"""The code of the first person; the account's name is another."""
AFTER_ALL = b"\xff" * 16
LONGEST_LOCK = timedelta(days=1)
LOCKS_KEPT = timedelta(days=30)
"""Failures of a source are forgotten after its last one."""
BROWSER = "browser:"
"""Begins the source of an attempt from a known browser; other sources are addresses."""
RECORDS_KEPT = timedelta(days=365)
"""网络安全法 requires six months of logs; a year is kept."""
ONE_TIME: frozenset[AccountAct] = frozenset({"open", "reset"})
"""The acts that hand out a one-time password."""
UNLOCKING: frozenset[AccountAct] = frozenset({"reset", "unlock"})
"""The acts that lift the locks of all sources."""
ENDING: frozenset[AccountAct] = frozenset({"reset", "end_sessions"})
"""The acts that end all sessions of the person."""

AccountName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{1,63}$"
    ),
]
Result = Literal["in", "replace", "code", "wrong", "locked", "unknown"]
"""Signed in; signed in to replace a one-time password; asked for the code of the second factor;
refused for one of three reasons."""
RESULTS: tuple[Result, ...] = get_args(Result)
State = Literal["open", "locked", "one_time", "expired"]
"""In use; locked, at least for one source; its one-time password not yet used; not in time."""


class Lock(Row):
    """`failures` are those since the last success or lock, `locks` those since the last success."""

    failures: int = 0
    locks: int = 0
    locked_until: AwareDatetime | None = None

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until

    def unlocked(self) -> Self:
        return self.model_copy(update={"failures": 0, "locks": 0, "locked_until": None})


class SourceLock(Lock):
    """Failures with one account from one address (IPv6: one /64) or one known browser."""

    person: Key
    source: str
    failed_at: AwareDatetime | None = None

    @property
    def is_browser(self) -> bool:
        return self.source.startswith(BROWSER)


class AccountRow(Lock):
    """The local account of one person.

    Its lock counts the failures from all addresses and holds for unknown browsers. Until
    `one_time_until` the password is good for being replaced only.
    """

    person: Key
    name: AccountName
    password_hash: str = Field(repr=False)
    one_time_until: AwareDatetime | None = None
    changed_at: AwareDatetime

    def state(self, now: datetime, sources: Sequence[SourceLock] = ()) -> State:
        if any(lock.is_locked(now) for lock in (self, *sources)):
            return "locked"
        if self.one_time_until is None:
            return "open"
        return "one_time" if now < self.one_time_until else "expired"


AnyLock = TypeVar("AnyLock", AccountRow, SourceLock)


class SignInRecord(Row):
    """One attempt to sign in; `person` is None for an unknown account."""

    id: Key
    at: AwareDatetime
    person: Key | None
    way: Way
    result: Result
    address: str


@dataclass(frozen=True, slots=True)
class SignInQuery:
    """Selects sign-in attempts before `before`; `unknown` includes those without a person."""

    people: Sequence[Id]
    since: datetime
    before: Id = AFTER_ALL
    results: Sequence[Result] = RESULTS
    ways: Sequence[Way] = get_args(Way)
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class SignInSummary:
    """How a person signs in, when they last did (None: not within a year), and open sessions."""

    has_totp: bool = False
    last_at: datetime | None = None
    last_way: Way | None = None
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class LockRule:
    """Wrong passwords that lock an account for one source, and for all unknown ones together.

    Each lock lasts twice as long as the one before, up to a day.
    """

    failures: int
    failures_in_all: int
    first: timedelta

    def judge(
        self,
        row: AccountRow,
        source: SourceLock,
        now: datetime,
        *,
        proved: bool,
        code: bool = True,
    ) -> tuple[AccountRow, SourceLock, Result]:
        """Judge an attempt; while locked, even the right password does not count.

        While the `code` of the second factor is still to come, no failure is forgiven: whoever has
        the password could otherwise guess codes for ever. A known browser has only its own lock,
        so that nobody else can hold its owner out; it neither adds to the account's nor ends it
        (OWASP, device cookies).
        """
        strange = not source.is_browser
        if source.is_locked(now) or (strange and row.is_locked(now)):
            return row, source, "locked"
        if not proved or (row.one_time_until is not None and now >= row.one_time_until):
            after = self._failed(row, self.failures_in_all, now) if strange else row
            source = source.model_copy(update={"failed_at": now})
            return after, self._failed(source, self.failures, now), "wrong"
        if not code:
            return row, source, "code"
        after = row.unlocked() if strange else row
        return after, source.unlocked(), "replace" if row.one_time_until else "in"

    def _failed(self, lock: AnyLock, most: int, now: datetime) -> AnyLock:
        failures = lock.failures + 1
        if failures < most:
            return lock.model_copy(update={"failures": failures})
        lasting = min(self.first * 2 ** min(lock.locks, 20), LONGEST_LOCK)
        locked = {"failures": 0, "locks": lock.locks + 1, "locked_until": now + lasting}
        return lock.model_copy(update=locked)


def new_browser(row: AccountRow) -> str:
    """Encrypted cookie of a browser used to sign in before; invalid once the password changes."""
    return f"{BROWSER}{secrets.token_hex(8)} {row.changed_at.isoformat()}"


def known_browser(row: AccountRow, opened: str | None) -> str:
    """The source of attempts from the browser with this cookie; empty if it is not known."""
    source, _space, changed_at = (opened or "").partition(" ")
    return source if changed_at == row.changed_at.isoformat() else ""


def browser_cookie(name: str) -> str:
    """Name of the cookie by which an account recognises a browser: several may share one."""
    return f"__Host-browser-{hashlib.sha256(name.strip().lower().encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name with its password or, once that was right, an `mfa_ticket`; and the code, if any."""

    name: str
    password: str = field(default="", repr=False)
    mfa_ticket: str = field(default="", repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of an attempt to sign in; with the `mfa_ticket` a code may follow."""

    result: Result
    account: AccountRow | None = None
    mfa_ticket: str = field(default="", repr=False)


def new_account(person: Id, name: str, password_hash: str, now: datetime) -> AccountRow:
    row = AccountRow(person=person, name=name, password_hash=password_hash, changed_at=now)
    return with_one_time(row, password_hash, now)


def first_account(name: str, password_hash: str, now: datetime) -> tuple[PutEntry, AccountRow]:
    """Create the administrator of a new system, who registers everybody else.

    Without a name the account gets one that nobody can guess.
    """
    name = name or f"admin-{secrets.token_hex(3)}"
    key = named_id("person", FIRST)
    grant = Grant(role="admin", division_code=EVERYWHERE, valid_from=local_day(now))
    person = DirectoryPerson(
        occurred_at=now,
        division_code=EVERYWHERE,
        actor="router",
        code=FIRST,
        name="系统管理员",
        grants=(grant,),
    )
    return PutEntry(key, person), new_account(key, name, password_hash, now)


def with_password(row: AccountRow, password_hash: str, now: datetime) -> AccountRow:
    """Set the password the person chose."""
    chosen = {"password_hash": password_hash, "one_time_until": None, "changed_at": now}
    return row.model_copy(update=chosen)


def with_one_time(row: AccountRow, password_hash: str, now: datetime) -> AccountRow:
    row = with_password(row.unlocked(), password_hash, now)
    return row.model_copy(update={"one_time_until": now + ONE_TIME_LASTS})


@dataclass(frozen=True, slots=True)
class ManageAccount:
    """An administrator's act on a person's account.

    `name` is that of a new account, `password_hash` that of a one-time password.
    """

    act: AccountAct
    person_id: Id
    by: str
    name: str = ""
    password_hash: str = field(default="", repr=False)


def account_after(
    row: AccountRow | None, command: ManageAccount, now: datetime
) -> AccountRow | None:
    """Return the account as an act leaves it; raises Conflict, and Invalid for a name."""
    if command.act == "open":
        if row is not None:
            raise account_taken()
        return _opened(command, now)
    if command.act == "end_sessions":
        return row
    if row is None:
        raise no_account()
    match command.act:
        case "reset":
            return with_one_time(row, command.password_hash, now)
        case "unlock":
            return row.unlocked()
        case "remove_totp":
            return row


def _opened(command: ManageAccount, now: datetime) -> AccountRow:
    try:
        return new_account(command.person_id, command.name, command.password_hash, now)
    except ValidationError:
        raise Invalid(
            "account_name",
            _("账号名用2至64个字母、数字和_.@-，以字母或数字开头。"),
            _("请另取一个账号名。"),
        ) from None


def entry_commands(
    command: ManageAccount, directory: Directory, now: datetime
) -> Iterator[PutEntry | EndSessions]:
    """Record the act in the directory, and end the person's sessions in all services."""
    person = directory.person(command.person_id)
    scope = _scope_of(command, directory, local_day(now))
    event = DirectoryAccount(
        occurred_at=now,
        division_code=person.division_code if person else EVERYWHERE,
        actor=command.by,
        person_id=command.person_id,
        act=command.act,
        acted_at=now,
        places=(EVERYWHERE,) if scope.places is None else tuple(scope.places),
    )
    yield PutEntry(account_key(command.person_id, command.act), event)
    if command.act in ENDING:
        yield end_sessions(command.person_id, command.by, now, all_of_them=True)


def _scope_of(command: ManageAccount, directory: Directory, today: date) -> AdminScope:
    if command.by == COMMAND:
        return COMMAND_LINE
    return account_scope(holder(directory, from_text(command.by), today))


def managed_person(
    scope: AdminScope, directory: Directory, key: Id, today: date
) -> DirectoryPerson:
    """Return a person whose account the administrator may see; raises NotFound."""
    person = directory.person(key)
    if person is None or not reaches(scope, directory, key, today):
        raise not_there()
    return person


def require_may_manage(directory: Directory, command: ManageAccount, today: date) -> None:
    """Check that its author may carry out an act; raises NotFound and Forbidden.

    The command line also reaches the account of a person who is no longer in the directory.
    """
    if command.by != COMMAND:
        scope = _scope_of(command, directory, today)
        managed_person(scope, directory, command.person_id, today)
    elif command.act == "open" and directory.person(command.person_id) is None:
        raise not_there()
    if command.by == to_text(command.person_id):
        raise Forbidden(
            "own_account",
            _("自己的账号不能由自己在这里办理，没有改动。"),
            _("换密码和两步验证在“我的登录”；其他请由另一位系统管理员办理。"),
        )


def no_account() -> Conflict:
    return Conflict("no_account", _("此人没有本系统的账号，没有改动。"), _("需要时请先开设账号。"))


def account_taken() -> Conflict:
    return Conflict(
        "account_taken",
        _("此人已有账号，或账号名已有人用，没有开设。"),
        _("请看此人的账号，或另取一个账号名。"),
    )


def one_time_password(act: AccountAct) -> str:
    """Generate the one-time password an act hands out; empty for the other acts."""
    return passwords.one_time() if act in ONE_TIME else ""
