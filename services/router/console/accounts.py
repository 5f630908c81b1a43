"""Signing in with a local account, and replacing its password."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.router import store
from services.router.console.entering import inside
from services.router.console.sessions import Sessions, address_of, is_here
from services.router.domain import passwords
from services.router.domain.accounts import (
    AccountRow,
    LockRule,
    Result,
    SignInRecord,
    with_password,
)
from services.router.domain.passwords import LONGEST, SHORTEST, Weakness
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.errors import TooManyRequests
from shared.ids import Id, new_id
from shared.messaging.messaging import Messaging
from shared.web import components as ui
from shared.web.console import Console
from shared.web.haste import Haste
from shared.web.words import Text, _
from shared.writing import Readable

AT_ONCE = 2
"""So many passwords are hashed at a time: each takes 19 MiB and a core."""
Typed = Annotated[str, Form(max_length=1000), Readable]
_WEAK: dict[Weakness, Text] = {
    "short": _("新密码至少%(least)s个字符，多长都比复杂好", least=str(SHORTEST)),
    "long": _("新密码最多%(most)s个字符", most=str(LONGEST)),
    "guessable": _("这个密码太容易猜到，请换一个，例如几个不相干的词连在一起"),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try to sign in, and of whose account."""

    result: Result
    account: AccountRow | None = None


class Accounts:
    """Lets people in by password; tells nobody which accounts there are."""

    def __init__(self, messaging: Messaging, copy: DirectoryCopy, rule: LockRule) -> None:
        self._db, self._copy, self._rule = messaging.db, copy, rule
        self._places = asyncio.Semaphore(AT_ONCE)

    async def attempt(self, name: str, password: str, address: str) -> Tried:
        """Try a password; the same words and the same time for whoever is not let in."""
        name = name.strip().lower()
        async with self._db.begin() as tx:
            seen = await store.find_account(tx, name)
        known = seen.password_hash if seen else ""
        async with self._places:
            proved = await asyncio.to_thread(passwords.fits, known, password)
        async with self._db.begin() as tx:
            tried = await self._judge(tx, name, known, proved=proved)
            person = tried.account.person if tried.account else None
            record = SignInRecord(
                id=new_id(tx.now),
                at=tx.now,
                person=person,
                way="password",
                result=tried.result,
                address=address,
            )
            await store.note_sign_in(tx, record)
        return tried

    async def _judge(self, tx: Tx, name: str, known: str, *, proved: bool) -> Tried:
        """Judge under the account's lock: many tries at once count one after the other."""
        row = await store.find_account(tx, name, lock=True)
        if row is None or self._copy.snapshot.person(row.person) is None:
            return Tried("unknown")
        row, result = self._rule.tried(row, tx.now, proved=proved and row.password_hash == known)
        await store.save_account(tx, row)
        return Tried(result, row)

    async def choose(self, account: AccountRow, password: str) -> Weakness | None:
        """Give an account the password its person chose; says why it was refused."""
        person = self._copy.snapshot.person(account.person)
        weak = passwords.weakness(password, account.name, person.name if person else "")
        if weak:
            return weak
        async with self._places:
            known = await asyncio.to_thread(passwords.hashed, password)
        async with self._db.begin() as tx:
            row = await store.find_account(tx, account.name, lock=True)
            if row is not None:
                await store.save_account(tx, with_password(row, known, tx.now))
        return None


class Doors:
    """The pages of signing in by password.

    `trial` tells that there is a door for everyone on this machine, `provider` that people may
    also sign in elsewhere.
    """

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        haste: Haste,
        console: Console,
        *,
        trial: bool,
        provider: bool,
    ) -> None:
        self._accounts, self._sessions = accounts, sessions
        self._haste, self._console = haste, console
        self._trial, self._provider = trial, provider

    async def enter(self, request: Request, next_: str) -> Response:
        """Go on with a session that was not used for a while; else ask who it is.

        A trial system sends whoever sits at it to its own door, unless they come from there.
        """
        response = RedirectResponse(inside(next_), 303)
        if await self._sessions.revive(request, response):
            return response
        if self._trial and is_here(request) and "account" not in request.query_params:
            way_back = f"?{urlencode({'next': next_})}" if next_ else ""
            return RedirectResponse(f"/router/enter{way_back}", 303)
        return self.page(request, next_)

    def page(
        self, request: Request, next_: str, name: str = "", wrong: Text = "", status: int = 200
    ) -> Response:
        """Show the form for account and password."""
        return self._console.render(
            request,
            "sign_in.html",
            status=status,
            frame=ui.Frame(notes=[ui.Note("amber", wrong)] if wrong else []),
            fields=[
                ("text", "username", ui.Field("name", _("账号"), name)),
                ("password", "current-password", ui.Field("password", _("密码"))),
            ],
            next=inside(next_),
            trial=self._trial and is_here(request),
            provider=self._provider,
        )

    def replacing(
        self, request: Request, next_: str, name: str, error: Text = "", status: int = 200
    ) -> Response:
        """Show the form that replaces a one-time password, or any."""
        hint = _("至少%(least)s个字符，不要求大小写和符号", least=str(SHORTEST))
        return self._console.render(
            request,
            "new_password.html",
            status=status,
            frame=ui.Frame(),
            fields=[
                ("text", "username", ui.Field("name", _("账号"), name)),
                ("password", "current-password", ui.Field("password", _("现在的密码"))),
                ("password", "new-password",
                 ui.Field("new", _("新密码"), hint=hint, error=error)),
            ],
            next=inside(next_),
        )  # fmt: skip

    async def come_in(self, request: Request, name: str, password: str, next_: str) -> Response:
        """Let somebody in, or say that it was refused, without saying why."""
        try:
            self._haste.admit(address_of(request))
        except TooManyRequests as refused:
            return self.refuse_haste(request, next_, name, refused)
        tried = await self._accounts.attempt(name, password, address_of(request))
        if tried.result == "replace":
            return self.replacing(request, next_, name)
        if tried.result != "in" or tried.account is None:
            return self.page(request, next_, name, _refused(), 422)
        return await self._let_in(request, tried.account.person, next_)

    async def replace(
        self, request: Request, name: str, password: str, new: str, next_: str
    ) -> Response:
        """Replace a password, end all sessions that it began, and begin one."""
        try:
            self._haste.admit(address_of(request))
        except TooManyRequests as refused:
            return self.refuse_haste(request, next_, name, refused)
        tried = await self._accounts.attempt(name, password, address_of(request))
        if tried.account is None or tried.result not in ("in", "replace"):
            return self.page(request, next_, name, _refused(), 422)
        if new == password:
            return self.replacing(request, next_, name, _("新密码不能和现在的一样"), 422)
        if weak := await self._accounts.choose(tried.account, new):
            return self.replacing(request, next_, name, _WEAK[weak], 422)
        person = tried.account.person
        await self._sessions.end(person, person)
        return await self._let_in(request, person, next_)

    async def _let_in(self, request: Request, person: Id, next_: str) -> Response:
        response = RedirectResponse(inside(next_), 303)
        await self._sessions.begin(request, response, person, "password")
        return response

    def refuse_haste(
        self, request: Request, next_: str, name: str, refused: TooManyRequests
    ) -> Response:
        """Say when to try again."""
        seconds = str(refused.retry_after)
        words = _("这个网络地址登录太频繁，请%(seconds)s秒后再试", seconds=seconds)
        response = self.page(request, next_, name, words, refused.status)
        response.headers["Retry-After"] = seconds
        return response


def _refused() -> Text:
    return _("没有登录：账号或密码不对，或者账号因多次输错暂时锁定。忘记密码请联系本级系统管理员")


def routes(doors: Doors) -> Sequence[APIRouter]:
    """Make the addresses of signing in by password."""
    web = APIRouter(include_in_schema=False)

    @web.get("/sign-in")
    async def sign_in(request: Request, next: str = "") -> Response:  # noqa: A002
        return await doors.enter(request, next)

    @web.post("/sign-in")
    async def come_in(
        request: Request,
        name: Typed = "",
        password: Typed = "",
        next: Typed = "",  # noqa: A002
    ) -> Response:
        return await doors.come_in(request, name, password, next)

    @web.get("/password")
    async def new_password(request: Request, next: str = "") -> Response:  # noqa: A002
        return doors.replacing(request, next, "")

    @web.post("/password")
    async def replace(
        request: Request,
        name: Typed = "",
        password: Typed = "",
        new: Typed = "",
        next: Typed = "",  # noqa: A002
    ) -> Response:
        return await doors.replace(request, name, password, new, next)

    return [web]
