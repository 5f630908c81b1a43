"""Signing in with a local account, and replacing its password."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.router.identity.authenticator import Attempt, Authenticator, Credentials
from services.router.identity.console.demo_login import inside
from services.router.identity.domain import passwords
from services.router.identity.domain.passwords import LONGEST, SHORTEST, Weakness
from services.router.identity.sessions import Sessions, address_of, is_here
from shared.clean_text import CleanText
from shared.errors import TooManyRequests
from shared.ids import Id
from shared.rights import Action
from shared.text import Text, _
from shared.web import components as ui
from shared.web.console import Console
from shared.web.permissions import requires
from shared.web.rate_limit import RateLimit

Typed = Annotated[str, Form(max_length=1000), CleanText]
_WEAK: dict[Weakness, Text] = {
    "short": _("新密码至少%(least)s个字符，多长都比复杂好", least=str(SHORTEST)),
    "long": _("新密码最多%(most)s个字符", most=str(LONGEST)),
    "guessable": _("这个密码太容易猜到，请换一个，例如几个不相干的词连在一起"),
}
WRONG_CODE = _("验证码不对，或者已经用过。请填应用里现在的六位数，或一个没有用过的备用码")


class SignInPages:
    """The pages of signing in by password.

    `trial` tells that there is a door for everyone on this machine, `provider` that people may
    also sign in elsewhere.
    """

    def __init__(
        self,
        accounts: Authenticator,
        sessions: Sessions,
        rate_limit: RateLimit,
        console: Console,
        *,
        trial: bool,
        provider: bool,
    ) -> None:
        self._accounts, self._sessions = accounts, sessions
        self._haste, self._console = rate_limit, console
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
                ui.Field("name", _("账号"), name, autocomplete="username"),
                password_field(_("密码")),
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
        only = _("开启了两步验证的账号才要填")
        return self._console.render(
            request,
            "new_password.html",
            status=status,
            frame=ui.Frame(),
            fields=[
                ui.Field("name", _("账号"), name, autocomplete="username"),
                password_field(_("现在的密码")),
                ui.Field("code", _("验证码"), hint=only, required=False,
                         autocomplete="one-time-code"),
                ui.Field("new", _("新密码"), hint=hint, error=error, control="password",
                         autocomplete="new-password"),
            ],
            next=inside(next_),
        )  # fmt: skip

    def asking(
        self, request: Request, next_: str, name: str, tried: Attempt, error: Text = ""
    ) -> Response:
        """Show the form for the code of the second factor."""
        hint = _("应用里现在的六位数；手机不在身边，可以填一个备用码")
        return self._console.render(
            request,
            "code.html",
            status=422 if error else 200,
            frame=ui.Frame(),
            field=ui.Field(
                "code", _("验证码"), hint=hint, error=error, autocomplete="one-time-code"
            ),
            name=name,
            half=tried.half,
            next=inside(next_),
        )

    async def come_in(self, request: Request, given: Credentials, next_: str) -> Response:
        """Let somebody in, or say that it was refused, without saying why."""
        try:
            self._haste.admit(address_of(request))
        except TooManyRequests as refused:
            return self.refuse_rate(request, next_, given.name, refused)
        tried = await self._accounts.attempt(given, address_of(request))
        if tried.result == "replace":
            return self.replacing(request, next_, given.name)
        if tried.result == "code" or (tried.result == "wrong" and tried.half):
            error = WRONG_CODE if given.half else ""
            return self.asking(request, next_, given.name, tried, error)
        if tried.result != "in" or tried.account is None:
            return self.page(request, next_, given.name, _refused(), 422)
        return await self._let_in(request, tried.account.person, next_)

    async def replace(self, request: Request, given: Credentials, new: str, next_: str) -> Response:
        """Replace a password, end all sessions that it began, and begin one."""
        try:
            self._haste.admit(address_of(request))
        except TooManyRequests as refused:
            return self.refuse_rate(request, next_, given.name, refused)
        if words := _unfit(given, new):  # before it uses up a code
            return self.replacing(request, next_, given.name, words, 422)
        tried = await self._accounts.attempt(given, address_of(request))
        if tried.result == "code":
            words = _("您的账号开启了两步验证，请再填密码，并填验证码")
            return self.replacing(request, next_, given.name, words, 422)
        if tried.account is None or tried.result not in ("in", "replace"):
            return self.page(request, next_, given.name, _refused(), 422)
        if weak := await self._accounts.choose(tried.account, new):
            return self.replacing(request, next_, given.name, _WEAK[weak], 422)
        person = tried.account.person
        await self._sessions.end(person, person)
        return await self._let_in(request, person, next_)

    async def _let_in(self, request: Request, person: Id, next_: str) -> Response:
        response = RedirectResponse(inside(next_), 303)
        await self._sessions.begin(request, response, person, "password")
        return response

    def refuse_rate(
        self, request: Request, next_: str, name: str, refused: TooManyRequests
    ) -> Response:
        """Say when to try again."""
        seconds = str(refused.retry_after)
        words = _("这个网络地址登录太频繁，请%(seconds)s秒后再试", seconds=seconds)
        response = self.page(request, next_, name, words, refused.status)
        response.headers["Retry-After"] = seconds
        return response


def password_field(label: Text, error: Text = "") -> ui.Field:
    """Ask for the password one has."""
    return ui.Field(
        "password", label, error=error, control="password", autocomplete="current-password"
    )


def _unfit(given: Credentials, new: str) -> Text:
    if given.password == new:
        return _("新密码不能和现在的一样")
    weak = passwords.weakness(new, given.name)
    return _WEAK[weak] if weak else ""


def _refused() -> Text:
    return _("没有登录：账号或密码不对，或者账号因多次输错暂时锁定。忘记密码请联系本级系统管理员")


def routes(doors: SignInPages) -> Sequence[APIRouter]:
    """Make the addresses of signing in by password."""
    web = APIRouter(include_in_schema=False)

    @web.get("/sign-in")
    @requires(Action.PUBLIC)
    async def sign_in(request: Request, next: str = "") -> Response:  # noqa: A002
        return await doors.enter(request, next)

    @web.post("/sign-in")
    @requires(Action.PUBLIC)
    async def come_in(
        request: Request,
        name: Typed = "",
        password: Typed = "",
        next: Typed = "",  # noqa: A002
    ) -> Response:
        return await doors.come_in(request, Credentials(name, password), next)

    @web.post("/sign-in/code")
    @requires(Action.PUBLIC)
    async def give_code(
        request: Request,
        name: Typed = "",
        half: Typed = "",
        code: Typed = "",
        next: Typed = "",  # noqa: A002
    ) -> Response:
        return await doors.come_in(request, Credentials(name, half=half or "-", code=code), next)

    @web.get("/password")
    @requires(Action.PUBLIC)
    async def new_password(request: Request, next: str = "") -> Response:  # noqa: A002
        return doors.replacing(request, next, "")

    @web.post("/password")
    @requires(Action.PUBLIC)
    async def replace(
        request: Request,
        name: Typed = "",
        password: Typed = "",
        new: Typed = "",
        code: Typed = "",
        next: Typed = "",  # noqa: A002
    ) -> Response:
        return await doors.replace(request, Credentials(name, password, code=code), new, next)

    return [web]
