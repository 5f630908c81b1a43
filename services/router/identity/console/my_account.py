"""What is one's own: where one is signed in, the second factor, the way to another password."""

from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.router import store
from services.router.directory.console.renderer import CONSOLE
from services.router.identity.authenticator import Authenticator
from services.router.identity.sessions import Sessions
from shared.clean_text import CleanText
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.rights import Action
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.menu import frame_of
from shared.web.permissions import requires

HERE = "/router/account"
Typed = Annotated[str, Form(max_length=1000), CleanText]
_WRONG = _("验证码不对，或者已经用过。请填应用里现在的六位数")
_DONE = {
    "others": _("别处的登录都已退出"),
    "off": _("两步验证已关闭，登录只要密码"),
}


class MyAccountPages:
    """Shows people what is their own; nobody else's can be asked for."""

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
        """Show where one is signed in, and how."""
        async with self._db.begin() as tx:
            rows = await store.list_sessions(tx, by.person_id)
            account = await store.account_of(tx, by.person_id)
            factor = await store.second_of(tx, by.person_id)
        on = factor is not None and factor.confirmed_at is not None
        return CONSOLE.render(
            request,
            "own.html",
            status=422 if wrong else 200,
            frame=self._frame(by, request.query_params.get("done", "")),
            sessions=rows,
            current=by.session.sid,
            account=account.name if account else "",
            left=len(factor.recovery) if factor and on else None,
            off=ui.Field("code", _("验证码"), error=wrong, autocomplete="one-time-code"),
            trial=self._trial,
        )

    def _frame(self, by: Actor, done: str = "", *more: ui.Crumb) -> ui.Frame:
        notes = [ui.Note("blue", _DONE[done])] if done in _DONE else []
        crumb = ui.Crumb(_("我的登录"), HERE if more else "")
        return frame_of(by, self._copy.snapshot, HERE, crumb, *more, notes=notes)

    async def set_up(self, request: Request, by: Actor, wrong: Text = "") -> Response:
        """Show the QR code that an app reads, and ask for its first code."""
        begun = await self._accounts.set_up(by.person_id)
        if begun is None:
            return RedirectResponse(HERE, 303)
        secret, address = begun
        return CONSOLE.render(
            request,
            "second.html",
            status=422 if wrong else 200,
            frame=self._frame(by, "", ui.Crumb(_("开启两步验证"))),
            picture=segno.make_qr(address, error="m").svg_data_uri(scale=4, border=4),
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            field=ui.Field("code", _("应用里的六位数"), error=wrong, autocomplete="one-time-code"),
        )

    async def confirm(self, request: Request, by: Actor, code: str) -> Response:
        """Turn the second factor on, and show the recovery codes this once."""
        codes = await self._accounts.confirm(by.person_id, code)
        if codes is None:
            return await self.set_up(request, by, _WRONG)
        return CONSOLE.render(
            request,
            "recovery.html",
            frame=self._frame(by, "", ui.Crumb(_("备用码"))),
            codes=codes,
        )

    async def turn_off(self, request: Request, by: Actor, code: str) -> Response:
        """Turn the second factor off, by a last code."""
        if not await self._accounts.turn_off(by.person_id, code):
            return await self.page(request, by, _WRONG)
        return RedirectResponse(f"{HERE}?done=off", 303)

    async def end_others(self, by: Actor) -> Response:
        """Sign out everywhere but here."""
        await self._sessions.end_others(by)
        return RedirectResponse(f"{HERE}?done=others", 303)


def routes(pages: MyAccountPages, officer: CurrentActor) -> APIRouter:
    """Make the addresses below `/account`."""
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

    @web.get("/second")
    @requires(Action.PUBLIC)
    async def set_up(request: Request, by: Annotated[Actor, proved]) -> Response:
        return await pages.set_up(request, by)

    @web.post("/second")
    @requires(Action.PUBLIC)
    async def confirm(request: Request, by: Annotated[Actor, proved], code: Typed = "") -> Response:
        return await pages.confirm(request, by, code)

    @web.post("/second/off")
    @requires(Action.PUBLIC)
    async def turn_off(request: Request, by: Annotated[Actor, who], code: Typed = "") -> Response:
        return await pages.turn_off(request, by, code)

    return web
