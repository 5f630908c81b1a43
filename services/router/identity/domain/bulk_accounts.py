"""Accounts for many people in one act: who is meant, under which names, and who is left out."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from services.router.directory.domain.rights import AdminScope, reaches
from services.router.identity.domain.accounts import AccountName, AccountRow
from shared.contracts.codes import Role
from shared.contracts.router import DirectoryPerson
from shared.directory.credentials import rights_through
from shared.directory.people import seats_of
from shared.directory.snapshot import Directory
from shared.errors import Conflict, Invalid
from shared.ids import Id, to_text
from shared.text import Sentence, _, n_

MAX_AT_ONCE = 2_000
Lacking = Literal["account", "sign_in"]
"""People without an account; people whose one-time password was never used."""
_NAME = TypeAdapter[str](AccountName)


@dataclass(frozen=True, slots=True)
class Selection:
    """People of a division and below it with a role there; without either, of the whole area."""

    division: str = ""
    role: Role | None = None
    lacking: Lacking = "account"


@dataclass(frozen=True, slots=True)
class Candidate:
    person_id: Id
    person: DirectoryPerson
    account: str


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """The selected people: `left_out` are those for whom no account name can be made."""

    chosen: Sequence[Candidate]
    left_out: Sequence[tuple[Id, DirectoryPerson, Sentence]]

    @property
    def digest(self) -> str:
        """Plans of the same people under the same names have the same digest."""
        found = hashlib.sha256()
        for one in self.chosen:
            found.update(f"{to_text(one.person_id)} {one.account}\n".encode())
        return found.hexdigest()

    def require(self, digest: str) -> None:
        """Check that this is what was shown and not too much; raises Conflict and Invalid."""
        if not self.chosen:
            raise nobody_chosen()
        if len(self.chosen) > MAX_AT_ONCE:
            raise too_many(len(self.chosen))
        if self.digest != digest:
            raise people_changed()


def plan_accounts(
    directory: Directory,
    scope: AdminScope,
    rows: Mapping[Id, AccountRow],
    asked: Selection,
    today: date,
) -> BulkPlan:
    """Find who is meant, by name; nobody opens an account for themselves."""
    wanted = [
        (key, person)
        for key, person in directory.people.read(_keys(directory, asked.role))
        if to_text(key) != scope.actor
        and _lacks(rows.get(key), asked.lacking)
        and _is_meant(directory, key, person, asked, today)
        and reaches(scope, directory, key, today)
    ]
    wanted.sort(key=lambda one: (one[1].division_code, one[1].name, one[0]))
    chosen: list[Candidate] = []
    left_out: list[tuple[Id, DirectoryPerson, Sentence]] = []
    taken = {row.name for row in rows.values()}
    for key, person in wanted:
        row = rows.get(key)
        name, why = (row.name, None) if row else _new_name(person, taken)
        if why:
            left_out.append((key, person, why))
        else:
            taken.add(name)
            chosen.append(Candidate(key, person, name))
    return BulkPlan(chosen, left_out)


def _keys(directory: Directory, role: Role | None) -> Collection[Id]:
    """The people who may have the role; deputies only when asked for: most need no account."""
    if role == "deputy":
        seats = directory.people.by_seat.values()
        return dict.fromkeys(key for keys in seats for key in keys)
    return directory.officers


def _lacks(row: AccountRow | None, lacking: Lacking) -> bool:
    if lacking == "account":
        return row is None
    return row is not None and row.one_time_until is not None


def _is_meant(
    directory: Directory, key: Id, person: DirectoryPerson, asked: Selection, today: date
) -> bool:
    """Whether a person has, or will have, the role in the division or below it."""
    places: Iterator[str]
    if asked.role == "deputy":
        places = iter(seats_of(person))
    else:
        rights = rights_through(directory, key, today)
        places = (one.division_code for one in rights if asked.role in (None, one.role))
    return any(not asked.division or directory.covers(asked.division, code) for code in places)


def _new_name(person: DirectoryPerson, taken: Collection[str]) -> tuple[str, Sentence | None]:
    """Name an account by the person's code, or say why that cannot be."""
    if not person.code:
        return "", _("没有编号，请在此人的账号页另取账号名")
    try:
        name = _NAME.validate_python(person.code)
    except ValidationError:
        return "", _("编号不能作账号名，请在此人的账号页另取")
    if name in taken:
        return "", _("账号名%(name)s已有人用，请在此人的账号页另取", name=name)
    return name, None


def nobody_chosen() -> Invalid:
    return Invalid(
        "nobody_chosen", _("这个范围里没有这样的人，什么也没有办。"), _("请换一个地方或角色。")
    )


def too_many(number: int) -> Invalid:
    return Invalid(
        "too_many_accounts",
        n_("选中了%(num)s人，什么也没有办。", number),
        _("一次最多%(most)s人：请按地方或角色分几次办。", most=f"{MAX_AT_ONCE:,}"),
    )


def people_changed() -> Conflict:
    return Conflict(
        "people_changed",
        _("您看过以后名单有了改动，或已经办过，什么也没有办。"),
        _("请看最新的名单，再办一次；已经发出的一次性密码不会再显示。"),
    )
