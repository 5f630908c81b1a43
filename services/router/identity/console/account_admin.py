"""Account administration: how the people of an area sign in, and the acts on their accounts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.router.directory import store as directory_store
from services.router.directory.console.labels import CONSOLE, actor_name, known_as, place_name
from services.router.directory.domain.model import EntryVersion
from services.router.directory.domain.rights import account_scope
from services.router.identity import store
from services.router.identity.account_actions import Execute, load_managed, manage_accounts
from services.router.identity.console.sign_in_log import HERE, WAYS, page_of, sign_in_lines
from services.router.identity.domain.accounts import (
    RECORDS_KEPT,
    AccountRow,
    ManageAccount,
    SignInQuery,
    SignInSummary,
    SourceLock,
    State,
    managed_person,
    one_time_password,
)
from services.router.identity.domain.passwords import hashed_one_time
from services.router.identity.domain.sessions import SessionLimits
from shared.calendar import local_day
from shared.contracts.router import AccountAct, DirectoryAccount, DirectoryPerson
from shared.db.pool import Database, Tx
from shared.directory import Directory, DirectoryCopy
from shared.directory.credentials import credentials_hold
from shared.directory.snapshot import account_key
from shared.errors import Conflict, Invalid, Refused
from shared.ids import Id, to_text
from shared.rights import Action
from shared.text import CleanText, Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.menu import frame_of

Shown = State | Literal["void", "none"]
STATES: Mapping[Shown, Sentence] = {
    "locked": _("登录受限"),
    "void": _("任职增加，密码不再有效"),
    "expired": _("一次性密码已过期"),
    "one_time": _("一次性密码还没有用"),
    "open": _("使用中"),
    "none": _("没有账号"),
}
"""By urgency, the order of the list."""
ACTS: Mapping[AccountAct, Sentence] = {
    "open": _("开设账号，发一次性密码"),
    "reset": _("重设密码，发一次性密码"),
    "unlock": _("解除锁定"),
    "remove_totp": _("取消两步验证"),
    "end_sessions": _("全部退出登录"),
}
HINTS: Mapping[AccountAct, Sentence] = {
    "reset": _("原来的密码作废，此人在各处都退出登录；两步验证仍然有效。"),
    "unlock": _("马上可以再试，密码不变。"),
    "remove_totp": _("手机和备用码都不在了才用；以后登录只要密码，直到此人重新开启。"),
    "end_sessions": _("此人在各处都要重新登录，密码不变。"),
}


DONE: Mapping[AccountAct, Text] = {
    "unlock": _("已解除锁定，马上可以再试"),
    "remove_totp": _("两步验证已取消，登录只要密码"),
    "end_sessions": _("此人在各处都已退出登录"),
}
PAGE, LATEST, CHANGES = 50, 10, 20
Typed = Annotated[str, Form(max_length=1000), CleanText]


@dataclass(frozen=True, slots=True)
class AccountLine:
    name: str
    href: str
    place: Text
    account: str
    state: Text
    is_odd: bool
    locks: Sequence[Text]
    ways: SignInSummary
    last_way: Text


Locks = Sequence[SourceLock]


def state_of(directory: Directory, row: AccountRow | None, locks: Locks, now: datetime) -> Shown:
    if row is None:
        return "none"
    holds = credentials_hold(directory, row.person, local_day(now))
    return row.state(now, locks) if holds else "void"


def lock_lines(row: AccountRow | None, locks: Locks, now: datetime) -> Iterator[Text]:
    """The sources from which an account is locked, and until when."""
    if row is not None and row.locked_until is not None and row.is_locked(now):
        yield _("%(at)s前只能用以前登录过的浏览器登录", at=row.locked_until)
    for lock in locks:
        if lock.locked_until is None or not lock.is_locked(now):
            continue
        if lock.is_browser:
            yield _("%(at)s前不能用一个以前登录过的浏览器登录", at=lock.locked_until)
        else:
            yield _("%(at)s前不能从%(source)s登录", at=lock.locked_until, source=lock.source)


def account_line(
    directory: Directory,
    found: tuple[Id, DirectoryPerson],
    row: AccountRow | None,
    locks: Locks,
    ways: SignInSummary,
    now: datetime,
) -> AccountLine:
    key, person = found
    state = state_of(directory, row, locks, now)
    return AccountLine(
        person.name,
        page_of(key),
        _(
            "%(place)s，%(what)s",
            place=place_name(directory, person.division_code),
            what=known_as(directory, person, local_day(now)),
        ),
        row.name if row else "",
        STATES[state],
        state in ("locked", "void", "expired"),
        list(lock_lines(row, locks, now)),
        ways,
        WAYS[ways.last_way] if ways.last_way else "",
    )


def account_facts(state: Shown, row: AccountRow | None, ways: SignInSummary) -> list[ui.Fact]:
    last: Text = _("一年内没有")
    if ways.last_at and ways.last_way:
        last = _("%(at)s，%(way)s", at=ways.last_at, way=WAYS[ways.last_way])
    until: Text = ""
    if row and row.one_time_until:
        until = _("有效至%(at)s", at=row.one_time_until)
    return [
        ui.Fact(_("账号"), STATES[state], note=until, quiet=row is None),
        ui.Fact(_("两步验证"), _("已开启") if ways.has_totp else _("没有开启")),
        ui.Fact(_("登录着的浏览器"), str(ways.sessions), quiet=not ways.sessions),
        ui.Fact(_("最近登录"), last, quiet=ways.last_at is None),
    ]


def possible_acts(state: Shown, row: AccountRow | None, ways: SignInSummary) -> list[AccountAct]:
    """List the acts that are possible now, except opening an account, which has its own form."""
    acts: dict[AccountAct, bool] = {
        "unlock": state == "locked",
        "reset": row is not None,
        "remove_totp": row is not None and ways.has_totp,
        "end_sessions": ways.sessions > 0,
    }
    return [act for act, is_open in acts.items() if is_open]


def act_lines(
    directory: Directory, changes: Sequence[EntryVersion]
) -> Iterator[Mapping[str, object]]:
    """The acts of administrators on an account: when, who, what."""
    for one in changes:
        if one.body is not None:
            event = DirectoryAccount.model_validate_json(one.body, extra="ignore")
            who = actor_name(directory, event.actor)
            yield {"at": one.at, "who": who, "what": ACTS[event.act]}


class AccountPages:
    """An administrator's pages of accounts: the list, one person, and the acts."""

    def __init__(
        self,
        db: Database,
        copy: DirectoryCopy,
        execute: Execute,
        limits: SessionLimits,
    ) -> None:
        self._db, self._copy = db, copy
        self._execute, self._limits = execute, limits

    async def list(self, request: Request, by: Actor, show: str, q: str, page: int) -> Response:
        """Show the people of an administrator's area, the most urgent first, then by name."""
        directory, states = self._copy.snapshot, list(STATES)
        async with self._db.begin() as tx:
            now = tx.now
            rows, people = await load_managed(tx, account_scope(by), directory)
            locks = await store.list_source_locks(tx)
            fits = [
                (state_of(directory, rows.get(key), locks.get(key, ()), now), one.name, key)
                for key, one in people.items()
                if _is_named(q, one, rows.get(key))
            ]
            fits = [one for one in fits if show in ("", one[0])]
            fits.sort(key=lambda one: (states.index(one[0]), *one[1:]))
            shown = [key for _state, _name, key in fits[(page - 1) * PAGE : page * PAGE]]
            ways = await store.read_summaries(tx, shown, self._limits)
        return CONSOLE.render(
            request,
            "accounts/list.html",
            frame=frame_of(by, directory, HERE, ui.Crumb(_("账号管理"))),
            lines=[
                account_line(
                    directory, (key, people[key]), rows.get(key), locks.get(key, ()), ways[key], now
                )
                for key in shown
            ],
            count=len(fits),
            states=[ui.Option("", _("全部")), *(ui.Option(*one) for one in STATES.items())],
            show=show,
            q=q,
            page_no=page,
            has_more=len(fits) > page * PAGE,
        )

    async def person(
        self, request: Request, by: Actor, key: Id, refused: Refused | None = None, name: str = ""
    ) -> Response:
        """Show how a person signs in, what can be done, what was done, and recent attempts."""
        async with self._db.begin() as tx:
            person = self._person(tx, by, key)
            row = await store.account_of(tx, key)
            locks = (await store.list_source_locks(tx)).get(key, [])
            ways = (await store.read_summaries(tx, [key], self._limits))[key]
            latest = SignInQuery([key], tx.now - RECORDS_KEPT)
            attempts = await store.list_records(tx, latest, LATEST)
            entries = {account_key(key, act) for act in ACTS}
            changes = await directory_store.list_changes(tx, list(entries), CHANGES)
            state = state_of(self._copy.snapshot, row, locks, tx.now)
        return self._show(
            request,
            by,
            "accounts/person.html",
            [ui.Crumb(person.name)],
            notes=_notes(request, refused),
            status=refused.status if refused else 200,
            person=person,
            account=row.name if row else "",
            here=page_of(key),
            key=to_text(key),
            facts=account_facts(state, row, ways),
            locks=list(lock_lines(row, locks, tx.now)),
            own=key == by.person_id,
            opening=_opening(person, refused, name) if row is None else None,
            acts=[(act, ACTS[act], HINTS[act]) for act in possible_acts(state, row, ways)],
            attempts=list(sign_in_lines(self._copy.snapshot, attempts)),
            done=list(act_lines(self._copy.snapshot, changes)),
        )

    async def act(
        self, request: Request, by: Actor, key: Id, act: AccountAct, name: str
    ) -> Response:
        """Carry out an act; the answer shows a one-time password, only now."""
        async with self._db.begin() as tx:
            person, now = self._person(tx, by, key), tx.now
        password = one_time_password(act)
        password_hash = hashed_one_time(password) if password else ""
        command = ManageAccount(act, key, by.code, name, password_hash)
        try:
            await manage_accounts(self._execute, self._copy, self._copy.snapshot, [command], now)
        except (Conflict, Invalid) as refused:
            return await self.person(request, by, key, refused, name)
        if not password:
            return RedirectResponse(f"{page_of(key)}?done={act}", 303)
        crumbs = [ui.Crumb(person.name, page_of(key)), ui.Crumb(_("一次性密码"))]
        async with self._db.begin() as tx:
            row = await store.account_of(tx, key)
        return self._show(
            request, by, "accounts/one_time_password.html", crumbs,
            person=person, account=row, password=password, here=page_of(key),
        )  # fmt: skip

    def _person(self, tx: Tx, by: Actor, key: Id) -> DirectoryPerson:
        return managed_person(account_scope(by), self._copy.snapshot, key, local_day(tx.now))

    def _show(
        self,
        request: Request,
        by: Actor,
        template: str,
        crumbs: Sequence[ui.Crumb],
        notes: Sequence[ui.Note] = (),
        status: int = 200,
        **values: Any,
    ) -> Response:
        top = ui.Crumb(_("账号管理"), HERE)
        frame = frame_of(by, self._copy.snapshot, HERE, top, *crumbs, notes=notes)
        return CONSOLE.render(request, template, frame=frame, status=status, **values)


def _is_named(query: str, person: DirectoryPerson, row: AccountRow | None) -> bool:
    """Whether a person's name, code or account name contains the query."""
    names = (person.name, person.code or "", row.name if row else "")
    return any(query.lower() in name.lower() for name in names)


def _notes(request: Request, refused: Refused | None) -> Sequence[ui.Note]:
    if isinstance(refused, Conflict):
        return [ui.Note("amber", refused.full_message)]
    act = request.query_params.get("done", "")
    done = next((words for one, words in DONE.items() if one == act), "")
    return [ui.Note("blue", done)] if done else []


def _opening(person: DirectoryPerson, refused: Refused | None, name: str) -> ui.Field:
    """The field for the name of a new account, by default the person's code."""
    hint = _("2至64个字母、数字和_.@-，此人登录时填写")
    wrong: Text = ""
    if isinstance(refused, Invalid):
        wrong = refused.message
    return ui.Field("name", _("账号名"), name or person.code or "", wrong, hint)


def routes(pages: AccountPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(prefix="/accounts", include_in_schema=False)
    who: Any = Depends(officer)
    proved: Any = Depends(just_proved(officer))

    @web.get("")
    @requires(Action.ACCOUNT_MANAGE)
    async def accounts(
        request: Request,
        by: Annotated[Actor, who],
        show: Shown | Literal[""] = "",
        q: Annotated[str, Query(max_length=100)] = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        return await pages.list(request, by, show, q.strip(), page)

    @web.get("/{key}")
    @requires(Action.ACCOUNT_MANAGE)
    async def person(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.person(request, by, key.bytes)

    @web.post("/{key}/{do}")
    @requires(Action.ACCOUNT_MANAGE)
    async def act(
        request: Request, by: Annotated[Actor, proved], key: UUID, do: AccountAct, name: Typed = ""
    ) -> Response:
        return await pages.act(request, by, key.bytes, do, name)

    return web
