"""What administrators do to how people sign in: to whom they may, what becomes of it, what is said.

Nobody acts on themself, nor on somebody who has, or will have, a right outside the administrator's
area: who can replace a password can sign in with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from pydantic import ValidationError

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.refusals import not_there
from services.router.directory.domain.rights import AdminScope, reaches
from services.router.identity.domain.accounts import (
    AccountRow,
    new_account,
    unlocked,
    with_one_time,
)
from services.router.identity.domain.sessions import EndSessions, end_sessions
from shared.contracts.router import AccountAct, DirectoryAccount, DirectoryPerson
from shared.directory.snapshot import Directory
from shared.errors import Conflict, Forbidden, Invalid
from shared.ids import Id, named_id, to_text
from shared.text import _

ONE_TIME: frozenset[AccountAct] = frozenset({"open", "reset"})
"""The acts that hand out a password to be replaced at its first use."""
ENDING: frozenset[AccountAct] = frozenset({"reset", "end_sessions"})
"""The acts after which the person is signed in nowhere."""


@dataclass(frozen=True, slots=True)
class Manage:
    """Somebody does this to how a person signs in.

    `name` is what a new account is called, `known` the hash of a one-time password.
    """

    act: AccountAct
    person_id: Id
    by: str
    name: str = ""
    known: str = field(default="", repr=False)


def managed(row: AccountRow | None, asked: Manage, now: datetime) -> AccountRow | None:
    """Give the account as an act leaves it; raises Conflict, and Invalid for a name."""
    if asked.act == "open":
        if row is not None:
            raise account_taken()
        return _opened(asked, now)
    if asked.act == "end_sessions":
        return row
    if row is None:
        raise no_account()
    match asked.act:
        case "reset":
            return with_one_time(row, asked.known, now)
        case "unlock":
            return unlocked(row)
        case "drop_second":
            return row


def _opened(asked: Manage, now: datetime) -> AccountRow:
    try:
        return new_account(asked.person_id, asked.name, asked.known, now)
    except ValidationError:
        raise Invalid(
            "account_name",
            _("账号名用2至64个字母、数字和_.@-，以字母或数字开头。"),
            _("请另取一个账号名。"),
        ) from None


def said_of(asked: Manage, division_code: str, now: datetime) -> Iterator[PutEntry | EndSessions]:
    """Say what was done, on record for good, and to all services who is signed out."""
    event = DirectoryAccount(
        occurred_at=now,
        division_code=division_code,
        actor=asked.by,
        person_id=asked.person_id,
        act=asked.act,
        acted_at=now,
    )
    yield PutEntry(account_key(asked.person_id), event)
    if asked.act in ENDING:
        yield end_sessions(asked.person_id, asked.by, now, all_of_them=True)


def account_key(person_id: Id) -> Id:
    """Give the entry under which is said what was done to a person's account."""
    return named_id("account", to_text(person_id))


def managed_person(
    keeper: AdminScope, directory: Directory, key: Id, today: date
) -> DirectoryPerson:
    """Find somebody whose account is this administrator's to look at; raises NotFound."""
    person = directory.person(key)
    if person is None or not reaches(keeper, directory, key, today):
        raise not_there()
    return person


def require_other(keeper: AdminScope, key: Id) -> None:
    """See that nobody acts on their own account; raises Forbidden."""
    if keeper.actor == to_text(key):
        raise Forbidden(
            "own_account",
            _("自己的账号不能由自己在这里办理，没有改动。"),
            _("换密码和两步验证在“我的登录”；其他请由另一位系统管理员办理。"),
        )


def no_account() -> Conflict:
    """Refuse to change an account that is not there."""
    return Conflict(
        "no_account",
        _("此人没有本系统的账号，没有改动。"),
        _("需要时请先开设账号。"),
    )


def account_taken() -> Conflict:
    """Refuse a second account of a person, and a name that somebody else has."""
    return Conflict(
        "account_taken",
        _("此人已有账号，或账号名已有人用，没有开设。"),
        _("请看此人的账号，或另取一个账号名。"),
    )
