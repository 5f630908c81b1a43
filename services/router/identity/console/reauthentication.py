"""Proving anew who one is, for the acts that want it; what was typed there waits in its window."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.router.directory.console.renderer import CONSOLE
from services.router.identity.authenticator import Authenticator, Credentials
from services.router.identity.console.sign_in import WRONG_CODE, password_field
from services.router.identity.sessions import Sessions, address_of
from shared.clean_text import CleanText
from shared.directory import DirectoryCopy
from shared.errors import TooManyRequests
from shared.rights import Action
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.menu import frame_of
from shared.web.permissions import requires
from shared.web.rate_limit import RateLimit
from shared.web.session import PROVE

Typed = Annotated[str, Form(max_length=1000), CleanText]


class Reauthentication:
    """Asks who is signed in for their password and code again, or sends them to the provider."""

    def __init__(
        self,
        accounts: Authenticator,
        sessions: Sessions,
        rate_limit: RateLimit,
        copy: DirectoryCopy,
        *,
        provider: bool,
    ) -> None:
        self._accounts, self._sessions, self._haste = accounts, sessions, rate_limit
        self._copy, self._provider = copy, provider

    async def page(
        self, request: Request, by: Actor, wrong: Text = "", error: Text = "", status: int = 200
    ) -> Response:
        """Show the form; or, just after, what to do next."""
        known = await self._accounts.known(by.person_id)
        name, second = known or ("", False)
        code = ui.Field("code", _("验证码"), error=error, autocomplete="one-time-code")
        fields = [password_field(_("密码"), wrong)]
        return CONSOLE.render(
            request,
            "prove.html",
            status=status,
            frame=frame_of(by, self._copy.snapshot, PROVE, ui.Crumb(_("确认身份"))),
            done=by.proved_lately and status == 200,
            name=name,
            fields=[*fields, code] if second else fields,
            provider=self._provider,
        )

    async def prove(self, request: Request, by: Actor, password: str, code: str) -> Response:
        """Take the proof; wrong ones count as at the door."""
        known = await self._accounts.known(by.person_id)
        if known is None:
            return RedirectResponse(PROVE, 303)
        try:
            self._haste.admit(address_of(request))
        except TooManyRequests as refused:
            words = _("试得太频繁，请%(seconds)s秒后再试", seconds=str(refused.retry_after))
            return await self.page(request, by, words, status=refused.status)
        tried = await self._accounts.attempt(
            Credentials(known[0], password, code=code), address_of(request)
        )
        if tried.result == "code" or (tried.result == "wrong" and tried.half):
            return await self.page(request, by, error=WRONG_CODE, status=422)
        if tried.result != "in":
            wrong = _("密码不对，或者账号因多次输错暂时锁定")
            return await self.page(request, by, wrong, status=422)
        response = RedirectResponse(PROVE, 303)
        await self._sessions.prove(by, response)
        return response


def routes(proving: Reauthentication, officer: CurrentActor) -> APIRouter:
    """Make the address of proving anew."""
    web = APIRouter(include_in_schema=False)
    who: Any = Depends(officer)

    @web.get("/prove")
    @requires(Action.PUBLIC)
    async def page(request: Request, by: Annotated[Actor, who]) -> Response:
        return await proving.page(request, by)

    @web.post("/prove")
    @requires(Action.PUBLIC)
    async def prove(
        request: Request, by: Annotated[Actor, who], password: Typed = "", code: Typed = ""
    ) -> Response:
        return await proving.prove(request, by, password, code)

    return web
