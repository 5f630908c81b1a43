"""Local accounts: who may try, who is let in, who is locked out for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, Field, StringConstraints

from services.router.directory.domain.commands import PutEntry
from services.router.identity.domain.sessions import Way
from shared.calendar import local_day
from shared.contracts.envelope import EVERYWHERE, Key
from shared.contracts.router import DirectoryPerson, Grant
from shared.ids import Id, named_id
from shared.messaging.subject import Row

ONE_TIME_LASTS = timedelta(days=3)
FIRST = "admin"
NEWEST = b"\xff" * 16
LONGEST_LOCK = timedelta(days=1)
RECORDS_KEPT = timedelta(days=365)
"""网络安全法 asks for six months of logs; a year is kept."""

AccountName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{1,63}$"
    ),
]
Result = Literal["in", "replace", "code", "wrong", "locked", "unknown"]
"""Let in; let in to replace a one-time password; asked for the code of the second factor; refused
for one of three reasons."""


RESULTS: tuple[Result, ...] = get_args(Result)
State = Literal["open", "locked", "one_time", "expired"]
"""In use; locked out; its one-time password not used yet; not used in time."""


class AccountRow(Row):
    """The local account of one person.

    A password with `one_time_until` is good for being replaced, until then. `failures` are those
    since the last success or lock, `locks` the locks since the last success.
    """

    person: Key
    name: AccountName
    password_hash: str = Field(repr=False)
    one_time_until: AwareDatetime | None = None
    failures: int = 0
    locks: int = 0
    locked_until: AwareDatetime | None = None
    changed_at: AwareDatetime

    def state(self, now: datetime) -> State:
        """Tell how an account stands."""
        if self.locked_until is not None and now < self.locked_until:
            return "locked"
        if self.one_time_until is None:
            return "open"
        return "one_time" if now < self.one_time_until else "expired"


class SignInRecord(Row):
    """One try to sign in: when, as whom (None: an unknown account), from where, what came of it."""

    id: Key
    at: AwareDatetime
    person: Key | None
    way: Way
    result: Result
    address: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tries to sign in are looked for, the newest first, those before `before`.

    `unknown` are those at no account, or of nobody the directory knows.
    """

    people: Sequence[Id]
    since: datetime
    before: Id = NEWEST
    results: Sequence[Result] = RESULTS
    ways: Sequence[Way] = ("password", "oidc")
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How somebody signs in and did last (None: not within a year), and in how many browsers."""

    has_second: bool = False
    last_at: datetime | None = None
    last_way: Way | None = None
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class LockRule:
    """How many wrong passwords lock an account, each time twice as long, for a day at most."""

    failures: int
    first: timedelta

    def tried(
        self, row: AccountRow, now: datetime, *, proved: bool, code: bool = True
    ) -> tuple[AccountRow, Result]:
        """Judge a try; while locked even the right password does not count.

        Without the `code` of the second factor that is still to come, it forgives no failure: who
        has the password could guess codes for ever.
        """
        if row.locked_until is not None and now < row.locked_until:
            return row, "locked"
        if not proved or (row.one_time_until is not None and now >= row.one_time_until):
            return self._failed(row, now), "wrong"
        if not code:
            return row, "code"
        passed = {"failures": 0, "locks": 0, "locked_until": None}
        return row.model_copy(update=passed), "replace" if row.one_time_until else "in"

    def _failed(self, row: AccountRow, now: datetime) -> AccountRow:
        failures = row.failures + 1
        if failures < self.failures:
            return row.model_copy(update={"failures": failures})
        lasting = min(self.first * 2 ** min(row.locks, 20), LONGEST_LOCK)
        locked = {"failures": 0, "locks": row.locks + 1, "locked_until": now + lasting}
        return row.model_copy(update=locked)


def new_account(person: Id, name: str, known: str, now: datetime) -> AccountRow:
    """Make an account whose password (`known` is its hash) is to be replaced at its first use."""
    row = AccountRow(person=person, name=name, password_hash=known, changed_at=now)
    return with_one_time(row, known, now)


def first_account(known: str, now: datetime) -> tuple[PutEntry, AccountRow]:
    """Make the administrator of a new system and their account; they enter everybody else."""
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
    return PutEntry(key, person), new_account(key, FIRST, known, now)


def with_password(row: AccountRow, known: str, now: datetime) -> AccountRow:
    """Give an account the password its person chose (`known` is its hash)."""
    return row.model_copy(
        update={"password_hash": known, "one_time_until": None, "changed_at": now}
    )


def with_one_time(row: AccountRow, known: str, now: datetime) -> AccountRow:
    """Give an account a password to be replaced at its first use, and unlock it."""
    return unlocked(row).model_copy(
        update={
            "password_hash": known,
            "one_time_until": now + ONE_TIME_LASTS,
            "changed_at": now,
        }
    )


def unlocked(row: AccountRow) -> AccountRow:
    """Let an account be tried again at once."""
    return row.model_copy(update={"failures": 0, "locks": 0, "locked_until": None})
