"""Accounts and tries to sign in, as the administrator's pages show them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.router.directory.console.labels import actor_name, place_name
from services.router.directory.domain.model import EntryVersion
from services.router.identity.domain.accounts import AccountRow, Result, SignInRecord, State, WaysIn
from services.router.identity.domain.sessions import Way
from shared.contracts.router import AccountAct, DirectoryAccount, DirectoryPerson
from shared.directory.snapshot import Directory
from shared.ids import Id, to_text
from shared.text import Sentence, Text, _
from shared.web import components as ui

HERE = "/router/accounts"
Shown = State | Literal["none"]
STATES: Mapping[Shown, Sentence] = {
    "locked": _("已锁定"),
    "expired": _("一次性密码已过期"),
    "one_time": _("一次性密码还没有用"),
    "open": _("使用中"),
    "none": _("没有账号"),
}
"""In the order in which they ask for attention."""
WAYS: Mapping[Way, Sentence] = {"password": _("密码"), "oidc": _("统一身份认证")}
RESULTS: Mapping[Result, Sentence] = {
    "in": _("登录了"),
    "replace": _("凭一次性密码，换新密码"),
    "code": _("密码对，等验证码"),
    "wrong": _("没有登录：密码或验证码不对"),
    "locked": _("没有登录：账号锁定着"),
    "unknown": _("没有登录：没有这个人"),
}
ACTS: Mapping[AccountAct, Sentence] = {
    "open": _("开设账号，发一次性密码"),
    "reset": _("重设密码，发一次性密码"),
    "unlock": _("解除锁定"),
    "drop_second": _("取消两步验证"),
    "end_sessions": _("全部退出登录"),
}
HINTS: Mapping[AccountAct, Sentence] = {
    "reset": _("原来的密码作废，此人在各处都退出登录；两步验证仍然有效。"),
    "unlock": _("马上可以再试，密码不变。"),
    "drop_second": _("手机和备用码都不在了才用；以后登录只要密码，直到此人重新开启。"),
    "end_sessions": _("此人在各处都要重新登录，密码不变。"),
}


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One person and how they sign in."""

    name: str
    href: str
    place: Text
    account: str
    state: Text
    is_odd: bool
    locked_until: datetime | None
    ways: WaysIn
    last_way: Text


def address_of(key: Id) -> str:
    """Give the page of a person's account."""
    return f"{HERE}/{to_text(key)}"


def state_of(row: AccountRow | None, now: datetime) -> Shown:
    """Tell how an account stands, also one that is not there."""
    return row.state(now) if row else "none"


def account_line(
    directory: Directory,
    found: tuple[Id, DirectoryPerson],
    row: AccountRow | None,
    ways: WaysIn,
    now: datetime,
) -> AccountLine:
    """Show a person and how they sign in."""
    key, person = found
    state = state_of(row, now)
    return AccountLine(
        person.name,
        address_of(key),
        place_name(directory, person.division_code),
        row.name if row else "",
        STATES[state],
        state in ("locked", "expired"),
        row.locked_until if row and state == "locked" else None,
        ways,
        WAYS[ways.last_way] if ways.last_way else "",
    )


def account_facts(row: AccountRow | None, ways: WaysIn, now: datetime) -> list[ui.Fact]:
    """Say how somebody signs in."""
    state, last = state_of(row, now), _("一年内没有")
    if ways.last_at and ways.last_way:
        last = _("%(at)s，%(way)s", at=ways.last_at, way=WAYS[ways.last_way])
    until: Text = ""
    if row and row.locked_until and state == "locked":
        until = _("%(at)s前不能登录", at=row.locked_until)
    elif row and row.one_time_until:
        until = _("有效至%(at)s", at=row.one_time_until)
    return [
        ui.Fact(_("账号"), STATES[state], note=until, quiet=row is None),
        ui.Fact(_("两步验证"), _("已开启") if ways.has_second else _("没有开启")),
        ui.Fact(_("登录着的浏览器"), str(ways.sessions), quiet=not ways.sessions),
        ui.Fact(_("最近登录"), last, quiet=ways.last_at is None),
    ]


def open_acts(row: AccountRow | None, ways: WaysIn, now: datetime) -> list[AccountAct]:
    """List what can be done to somebody's ways in; an account is made by a form of its own."""
    acts: dict[AccountAct, bool] = {
        "unlock": state_of(row, now) == "locked",
        "reset": row is not None,
        "drop_second": row is not None and ways.has_second,
        "end_sessions": ways.sessions > 0,
    }
    return [act for act, is_open in acts.items() if is_open]


@dataclass(frozen=True, slots=True)
class TryLine:
    """One try to sign in."""

    at: datetime
    who: Text
    href: str
    way: Text
    address: str
    result: Text
    is_refused: bool


def try_lines(directory: Directory, found: Iterable[SignInRecord]) -> Iterator[TryLine]:
    """Show tries to sign in."""
    for one in found:
        person = directory.person(one.person) if one.person else None
        yield TryLine(
            one.at,
            person.name if person else _("没有这个人"),
            address_of(one.person) if one.person and person else "",
            WAYS.get(one.way, ""),
            one.address,
            RESULTS[one.result],
            one.result in ("wrong", "locked", "unknown"),
        )


def act_lines(directory: Directory, said: Sequence[EntryVersion]) -> Iterator[Mapping[str, object]]:
    """Show what administrators did to somebody's ways in: when, who, what."""
    for one in said:
        if one.body is not None:
            event = DirectoryAccount.model_validate_json(one.body, extra="ignore")
            who = actor_name(directory, event.actor)
            yield {"at": one.at, "who": who, "what": ACTS[event.act]}


def done_words(done: str) -> Text:
    """Say what was just done; nothing for what was not asked here."""
    return next((words for act, words in _DONE.items() if act == done), "")


_DONE: Mapping[AccountAct, Text] = {
    "unlock": _("已解除锁定，马上可以再试"),
    "drop_second": _("两步验证已取消，登录只要密码"),
    "end_sessions": _("此人在各处都已退出登录"),
}
