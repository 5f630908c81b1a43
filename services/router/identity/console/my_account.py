"""A person's own pages: sessions, second factor, and reauthentication before critical acts."""

from collections.abc import Sequence
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL

from services.router.directory.console.labels import CONSOLE
from services.router.identity import store
from services.router.identity.actions import Authenticator, Sessions
from services.router.identity.console.sign_in import WRONG_CODE, password_field
from services.router.identity.domain.accounts import Credentials
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.errors import TooManyRequests
from shared.rights import Action
from shared.text import CleanText, Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.links import REAUTHENTICATE, SIGN_IN
from shared.web.menu import first_page, frame_of
from shared.web.rate_limit import RateLimit, address_of, network_of
from shared.web.session import clear_session

HERE = "/router/account"
Typed = Annotated[str, Form(max_length=1000), CleanText]
_WRONG = _("验证码不对，或者已经用过。请填应用里现在的六位数")
_DONE = {"others": _("别处的登录都已退出"), "removed": _("两步验证已关闭，登录只要密码")}
_NO_ROLE = _("名录里没有您现在的职务，所以这里没有要办的事。有职务的，请本地系统管理员登记")
_BROWSERS: Sequence[tuple[str, Text]] = (
    ("MicroMessenger", _("微信")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
"""Marks of user agents; a browser also names those it is compatible with, which stand below it."""
_SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def program_words(program: str) -> Text:
    """Name the browser and the system of a user agent."""
    browser = next((words for mark, words in _BROWSERS if mark in program), _("其他浏览器"))
    system = next((words for mark, words in _SYSTEMS.items() if mark in program), "")
    return _("%(browser)s（%(system)s）", browser=browser, system=system) if system else browser


class MyAccountPages:
    """A person's own sessions, second factor and password."""

    def __init__(
        self,
        db: Database,
        copy: DirectoryCopy,
        accounts: Authenticator,
        sessions: Sessions,
        *,
        trial: bool,
    ) -> None:
        self._db, self._copy = db, copy
        self._accounts, self._sessions, self._trial = accounts, sessions, trial

    async def page(self, request: Request, by: Actor, wrong: Text = "") -> Response:
        async with self._db.begin() as tx:
            rows = await store.list_sessions(tx, by.person_id)
            account = await store.account_of(tx, by.person_id)
            factor = await store.totp_of(tx, by.person_id)
        active = factor is not None and factor.confirmed_at is not None
        return CONSOLE.render(
            request,
            "my_account.html",
            status=422 if wrong else 200,
            frame=self._frame(by, request.query_params.get("done", "")),
            sessions=[(row, program_words(row.program)) for row in rows],
            current=by.session.sid,
            account=account.name if account else "",
            unused=len(factor.recovery) if factor and active else None,
            code=ui.Field("code", _("验证码"), error=wrong, autocomplete="one-time-code"),
            trial=self._trial,
        )

    def _frame(self, by: Actor, done: str = "", *more: ui.Crumb) -> ui.Frame:
        notes = [ui.Note("blue", _DONE[done])] if done in _DONE else []
        if not by.grants:
            notes.append(ui.Note("amber", _NO_ROLE))
        crumb = ui.Crumb(_("我的登录"), HERE if more else "")
        return frame_of(by, self._copy.snapshot, HERE, crumb, *more, notes=notes)

    async def totp_page(self, request: Request, by: Actor, wrong: Text = "") -> Response:
        """Show the QR code, and ask for the app's first code."""
        begun = await self._accounts.begin_totp(by.person_id)
        if begun is None:
            return RedirectResponse(HERE, 303)
        secret, address = begun
        return CONSOLE.render(
            request,
            "totp.html",
            status=422 if wrong else 200,
            frame=self._frame(by, "", ui.Crumb(_("开启两步验证"))),
            picture=segno.make_qr(address, error="m").svg_data_uri(scale=4, border=4),
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            field=ui.Field("code", _("应用里的六位数"), error=wrong, autocomplete="one-time-code"),
        )

    async def confirm_totp(self, request: Request, by: Actor, code: str) -> Response:
        """Turn the second factor on, and show the recovery codes, only now."""
        codes = await self._accounts.confirm_totp(by.person_id, code)
        if codes is None:
            return await self.totp_page(request, by, _WRONG)
        return CONSOLE.render(
            request,
            "recovery_codes.html",
            frame=self._frame(by, "", ui.Crumb(_("备用码"))),
            codes=codes,
        )

    async def remove_totp(self, request: Request, by: Actor, code: str) -> Response:
        if not await self._accounts.remove_totp(by.person_id, code, request):
            return await self.page(request, by, _WRONG)
        return RedirectResponse(f"{HERE}?done=removed", 303)

    async def end_others(self, by: Actor) -> Response:
        await self._sessions.end_others(by)
        return RedirectResponse(f"{HERE}?done=others", 303)


class Reauthentication:
    """Asks for password and code again, or sends to the provider, before acts that require it."""

    def __init__(
        self,
        accounts: Authenticator,
        sessions: Sessions,
        rate_limit: RateLimit,
        copy: DirectoryCopy,
        *,
        provider: bool,
    ) -> None:
        self._accounts, self._sessions, self._rate_limit = accounts, sessions, rate_limit
        self._copy, self._provider = copy, provider

    async def page(
        self, request: Request, by: Actor, wrong: Text = "", error: Text = "", status: int = 200
    ) -> Response:
        """Show the form; after success, what to do next."""
        account = await self._accounts.account_of(by.person_id)
        name, has_totp = account or ("", False)
        code = ui.Field("code", _("验证码"), error=error, autocomplete="one-time-code")
        fields = [password_field(_("密码"), wrong)]
        return CONSOLE.render(
            request,
            "reauthenticate.html",
            status=status,
            frame=frame_of(by, self._copy.snapshot, REAUTHENTICATE, ui.Crumb(_("确认身份"))),
            done=by.proved_lately and status == 200,
            name=name,
            fields=[*fields, code] if has_totp else fields,
            provider=self._provider,
        )

    async def submit(self, request: Request, by: Actor, password: str, code: str) -> Response:
        """Check the proof; wrong ones count as failed sign-ins."""
        account = await self._accounts.account_of(by.person_id)
        if account is None:
            return RedirectResponse(REAUTHENTICATE, 303)
        try:
            self._rate_limit.admit(network_of(address_of(request)))
        except TooManyRequests as refused:
            words = _("试得太频繁，请%(seconds)s秒后再试", seconds=str(refused.retry_after))
            return await self.page(request, by, words, status=refused.status)
        given = Credentials(account[0], password, code=code)
        attempt = await self._accounts.attempt(given, request)
        if attempt.result == "code" or (attempt.result == "wrong" and attempt.mfa_ticket):
            return await self.page(request, by, error=WRONG_CODE, status=422)
        if attempt.result != "in":
            wrong = _("密码不对，或者因多次输错暂时不能从这里登录，请过一会儿再试")
            return await self.page(request, by, wrong, status=422)
        response = RedirectResponse(REAUTHENTICATE, 303)
        await self._sessions.reauthenticate(by, response)
        return response


def routes(pages: MyAccountPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(prefix="/account", include_in_schema=False)
    who: Any = Depends(officer)
    proved: Any = Depends(just_proved(officer))

    @web.get("")
    @requires(Action.PUBLIC)
    async def page(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.page(request, by)

    @web.post("/others")
    @requires(Action.PUBLIC)
    async def end_others(by: Annotated[Actor, who]) -> Response:
        return await pages.end_others(by)

    @web.get("/totp")
    @requires(Action.PUBLIC)
    async def totp_page(request: Request, by: Annotated[Actor, proved]) -> Response:
        return await pages.totp_page(request, by)

    @web.post("/totp")
    @requires(Action.PUBLIC)
    async def confirm_totp(
        request: Request, by: Annotated[Actor, proved], code: Typed = ""
    ) -> Response:
        return await pages.confirm_totp(request, by, code)

    @web.post("/totp/remove")
    @requires(Action.PUBLIC)
    async def remove_totp(
        request: Request, by: Annotated[Actor, who], code: Typed = ""
    ) -> Response:
        return await pages.remove_totp(request, by, code)

    return web


def session_routes(sessions: Sessions, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    who: Any = Depends(officer)

    @web.get("/")
    @requires(Action.PUBLIC)
    async def first(request: Request, by: Annotated[Actor, who]) -> Response:
        page = URL(first_page(by)).replace(query=request.url.query)
        return RedirectResponse(str(page), 303)

    @web.post("/renew", status_code=204)
    @requires(Action.PUBLIC)
    async def renew(request: Request, response: Response) -> None:
        await sessions.renew(request, response)

    @web.post("/leave")
    @requires(Action.PUBLIC)
    async def leave(request: Request) -> Response:
        response = RedirectResponse(SIGN_IN, 303)
        await sessions.end_here(request, response)
        return response

    @web.post("/leave/everywhere")
    @requires(Action.PUBLIC)
    async def leave_everywhere(by: Annotated[Actor, who]) -> Response:
        await sessions.end(by.person_id, by.person_id)
        response = RedirectResponse(SIGN_IN, 303)
        clear_session(response)
        return response

    return web


def reauthentication_routes(pages: Reauthentication, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    who: Any = Depends(officer)

    @web.get("/reauthenticate")
    @requires(Action.PUBLIC)
    async def page(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.page(request, by)

    @web.post("/reauthenticate")
    @requires(Action.PUBLIC)
    async def submit(
        request: Request, by: Annotated[Actor, who], password: Typed = "", code: Typed = ""
    ) -> Response:
        return await pages.submit(request, by, password, code)

    return web
