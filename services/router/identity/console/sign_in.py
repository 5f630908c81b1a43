"""Sign in with a local account or at the OIDC provider, and replace a password."""

import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.router.directory.console.labels import CONSOLE
from services.router.identity import store
from services.router.identity.actions import Authenticator, Sessions, record_sign_in
from services.router.identity.console.demo_login import inside, is_here
from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import (
    AccountRow,
    Attempt,
    Credentials,
    Result,
)
from services.router.identity.domain.passwords import LONGEST, SHORTEST, Weakness
from services.router.identity.domain.sessions import AtProvider
from services.router.identity.oidc_client import (
    OidcClient,
    OidcIdentity,
    ProviderRefused,
    ProviderUnavailable,
)
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.errors import TooManyRequests
from shared.ids import Id, named_id
from shared.rights import Action
from shared.text import CleanText, Text, _
from shared.web import components as ui
from shared.web.actor import requires
from shared.web.links import SIGN_IN
from shared.web.rate_limit import RateLimit, address_of, network_of

Typed = Annotated[str, Form(max_length=1000), CleanText]
_WEAK: dict[Weakness, Text] = {
    "short": _("新密码至少%(least)s个字符，多长都比复杂好", least=str(SHORTEST)),
    "long": _("新密码最多%(most)s个字符", most=str(LONGEST)),
    "guessable": _("这个密码太容易猜到，请换一个，例如几个不相干的词连在一起"),
}
WRONG_CODE = _("验证码不对，或者已经用过。请填应用里现在的六位数，或一个没有用过的备用码")
PROVIDER_COOKIE = "__Host-provider"
"""The state of a browser at the provider: only the browser that asked may bring the answer."""
OIDC_RETURN = "/oidc/back"
_UNAVAILABLE = _("统一身份认证现在连不上。请稍后再试；有本系统账号的，可以用账号登录")
_EXPIRED = _("没有登录：这次登录已经用过、放得太久，或不是在这个浏览器开始的。请再登录一次")
_DENIED = _("没有登录：您在统一身份认证取消了登录，或那里没有放行。可以再试一次")
_BAD_ANSWER = _("没有登录：统一身份认证的答复有误。请再试一次；如一直如此，请联系本级系统管理员")


class SignInPages:
    """Sign in by password, and replace a password.

    `trial`: there is a demo login; `provider`: people may also sign in at a provider.
    """

    def __init__(
        self,
        accounts: Authenticator,
        sessions: Sessions,
        rate_limit: RateLimit,
        *,
        trial: bool,
        provider: bool,
    ) -> None:
        self._accounts, self._sessions = accounts, sessions
        self._rate_limit, self._trial, self._provider = rate_limit, trial, provider

    async def enter(self, request: Request, next_: str) -> Response:
        """Resume an idle session, else show the form; a trial system shows its demo login."""
        response = RedirectResponse(inside(next_), 303)
        if await self._sessions.revive(request, response):
            return response
        if self._trial and is_here(request) and "account" not in request.query_params:
            way_back = f"?{urlencode({'next': next_})}" if next_ else ""
            return RedirectResponse(f"/router/demo-login{way_back}", 303)
        return self.page(request, next_)

    def page(
        self, request: Request, next_: str, name: str = "", wrong: Text = "", status: int = 200
    ) -> Response:
        """Show the form; one refused without a reason asks for what was left empty."""
        is_empty = status == 422 and not wrong
        no_name: Text = _("请填写账号") if is_empty and not name else ""
        no_password: Text = _("请填写密码") if is_empty else ""
        return CONSOLE.render(
            request,
            "sign_in.html",
            status=status,
            shown_at=_sign_in_at(next_),
            frame=ui.Frame(notes=[ui.Note("amber", wrong)] if wrong else []),
            fields=[
                ui.Field("name", _("账号"), name, no_name, autocomplete="username"),
                password_field(_("密码"), no_password),
            ],
            next=inside(next_),
            trial=self._trial and is_here(request),
            provider=self._provider,
        )

    def password_page(
        self, request: Request, next_: str, name: str, error: Text = "", status: int = 200
    ) -> Response:
        """Show the form that replaces a one-time or any other password."""
        hint = _("至少%(least)s个字符，不要求大小写和符号", least=str(SHORTEST))
        only = _("开启了两步验证的账号才要填")
        return CONSOLE.render(
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

    def code_page(
        self, request: Request, next_: str, name: str, attempt: Attempt, error: Text = ""
    ) -> Response:
        """Ask for the code of the second factor."""
        hint = _("应用里现在的六位数；手机不在身边，可以填一个备用码")
        return CONSOLE.render(
            request,
            "totp_code.html",
            status=422 if error else 200,
            shown_at=_sign_in_at(next_),
            frame=ui.Frame(),
            field=ui.Field(
                "code", _("验证码"), hint=hint, error=error, autocomplete="one-time-code"
            ),
            name=name,
            mfa_ticket=attempt.mfa_ticket,
            next=inside(next_),
        )

    async def sign_in(self, request: Request, given: Credentials, next_: str) -> Response:
        """Sign in; a refusal does not reveal its reason."""
        try:
            self._rate_limit.admit(network_of(address_of(request)))
        except TooManyRequests as refused:
            return self.refuse_rate(request, next_, given.name, refused)
        if not given.mfa_ticket and not (given.name and given.password):
            return self.page(request, next_, given.name, status=422)
        attempt = await self._accounts.attempt(given, request)
        if attempt.result == "replace":
            return self.password_page(request, next_, given.name)
        if attempt.result == "code" or (attempt.result == "wrong" and attempt.mfa_ticket):
            error = WRONG_CODE if given.mfa_ticket else ""
            return self.code_page(request, next_, given.name, attempt, error)
        if attempt.result != "in" or attempt.account is None:
            return self.page(request, next_, given.name, _refused(), 422)
        return await self._let_in(request, attempt.account, next_)

    async def replace(self, request: Request, given: Credentials, new: str, next_: str) -> Response:
        """Replace a password, end all sessions of the person, and begin a new one."""
        try:
            self._rate_limit.admit(network_of(address_of(request)))
        except TooManyRequests as refused:
            return self.refuse_rate(request, next_, given.name, refused)
        if words := _unfit(given, new):  # checked before a code is used up
            return self.password_page(request, next_, given.name, words, 422)
        attempt = await self._accounts.attempt(given, request)
        if attempt.result == "code":
            words = _("您的账号开启了两步验证，请再填密码，并填验证码")
            return self.password_page(request, next_, given.name, words, 422)
        if attempt.account is None or attempt.result not in ("in", "replace"):
            return self.page(request, next_, given.name, _refused(), 422)
        account = await self._accounts.set_password(attempt.account, new)
        if isinstance(account, str):
            return self.password_page(request, next_, given.name, _WEAK[account], 422)
        await self._sessions.end(account.person, account.person)
        return await self._let_in(request, account, next_)

    async def _let_in(self, request: Request, account: AccountRow, next_: str) -> Response:
        response = RedirectResponse(inside(next_), 303)
        begin = self._sessions.begin
        await begin(request, response, account.person, "password", judged=account)
        self._accounts.remember_browser(response, account)
        return response

    def refuse_rate(
        self, request: Request, next_: str, name: str, refused: TooManyRequests
    ) -> Response:
        seconds = str(refused.retry_after)
        words = _("登录太频繁，请%(seconds)s秒后再试", seconds=seconds)
        response = self.page(request, next_, name, words, refused.status)
        response.headers["Retry-After"] = seconds
        return response


def _sign_in_at(next_: str) -> str:
    """Return the address of the sign-in form, in a trial system too, with the way back."""
    return f"{SIGN_IN}?{urlencode({'account': '', 'next': next_})}"


def password_field(label: Text, error: Text = "") -> ui.Field:
    return ui.Field(
        "password", label, error=error, control="password", autocomplete="current-password"
    )


def _unfit(given: Credentials, new: str) -> Text:
    if given.password == new:
        return _("新密码不能和现在的一样")
    weak = passwords.weakness(new, given.name)
    return _WEAK[weak] if weak else ""


def _refused() -> Text:
    return _(
        "没有登录：账号或密码不对，或者因多次输错暂时不能从这里登录。"
        "请过一会儿再试，或用以前登录过的浏览器；忘记密码，或任职增加后登录不了，请联系本级系统管理员"
    )


class OidcPages:
    """Sends browsers to the provider and signs in the people the directory has."""

    def __init__(
        self,
        client: OidcClient,
        db: Database,
        copy: DirectoryCopy,
        sessions: Sessions,
        sign_in: SignInPages,
        rate_limit: RateLimit,
    ) -> None:
        self._client, self._db, self._copy = client, db, copy
        self._sessions, self._sign_in, self._rate_limit = sessions, sign_in, rate_limit

    async def go(self, request: Request, next_: str, *, reauthenticate: bool = False) -> Response:
        """Send a browser to the provider."""
        try:
            self._rate_limit.admit(network_of(address_of(request)))
            begun = await self._client.authorize(reauthenticate=reauthenticate)
        except TooManyRequests as refused:
            return self._sign_in.refuse_rate(request, next_, "", refused)
        except ProviderUnavailable:
            return self._sign_in.page(request, next_, wrong=_UNAVAILABLE, status=503)
        async with self._db.begin() as tx:
            row = AtProvider(
                state=begun.state,
                nonce=begun.nonce,
                verifier=begun.verifier,
                next=inside(next_),
                begun_at=tx.now,
            )
            await store.add_at_provider(tx, row)
        response = RedirectResponse(begun.url, 303)
        response.set_cookie(
            PROVIDER_COOKIE, begun.state, path="/", secure=True, httponly=True, samesite="lax"
        )
        return response

    async def come_back(self, request: Request) -> Response:
        """Sign in by the provider's answer, or show why not."""
        try:
            self._rate_limit.admit(network_of(address_of(request)))
        except TooManyRequests as refused:
            return self._sign_in.refuse_rate(request, "", "", refused)
        response = await self._answer(request, await self._take(request))
        response.delete_cookie(
            PROVIDER_COOKIE, path="/", secure=True, httponly=True, samesite="lax"
        )
        return response

    async def _take(self, request: Request) -> AtProvider | None:
        """Use up the state, on which cookie and address must agree."""
        state = request.query_params.get("state", "")
        known = request.cookies.get(PROVIDER_COOKIE, "")
        if not known or not secrets.compare_digest(state.encode(), known.encode()):
            return None
        async with self._db.begin() as tx:
            return await store.take_at_provider(tx, known)

    async def _answer(self, request: Request, begun: AtProvider | None) -> Response:
        query, next_ = request.query_params, begun.next if begun else ""
        if "error" in query:  # signs nobody in, so it is shown even without a state
            words = _DENIED if query["error"] == "access_denied" else _BAD_ANSWER
            return await self._refuse(request, next_, words, 403)
        if begun is None:
            return await self._refuse(request, next_, _EXPIRED, 400)
        try:
            identity = await self._client.identify(begun, query.get("code", ""))
        except ProviderUnavailable:
            return self._sign_in.page(request, next_, wrong=_UNAVAILABLE, status=503)
        except ProviderRefused:
            return await self._refuse(request, next_, _BAD_ANSWER, 403)
        return await self._let_in(request, next_, identity)

    async def _let_in(self, request: Request, next_: str, found: OidcIdentity) -> Response:
        person = named_id("person", found.code)
        if self._copy.snapshot.person(person) is None:
            words = _(
                "统一身份认证确认了您的身份，但名录里没有编号为%(code)s的人。"
                "请把这个编号告诉本级系统管理员，登记以后就能登录",
                code=found.code,
            )
            return await self._refuse(request, next_, words, 403, "unknown")
        response = RedirectResponse(next_, 303)
        await self._record(request, person, "in")
        await self._sessions.begin(request, response, person, "oidc", found.auth_time)
        return response

    async def _refuse(
        self, request: Request, next_: str, words: Text, status: int, result: Result = "wrong"
    ) -> Response:
        await self._record(request, None, result)
        return self._sign_in.page(request, next_, wrong=words, status=status)

    async def _record(self, request: Request, person: Id | None, result: Result) -> None:
        async with self._db.begin() as tx:
            await record_sign_in(tx, person, "oidc", result, address_of(request))


def routes(pages: SignInPages) -> APIRouter:
    web = APIRouter(include_in_schema=False)

    @web.get("/sign-in")
    @requires(Action.PUBLIC)
    async def page(request: Request, next: str = "") -> Response:  # noqa: A002
        return await pages.enter(request, next)

    @web.post("/sign-in")
    @requires(Action.PUBLIC)
    async def sign_in(
        request: Request,
        name: Typed = "",
        password: Typed = "",
        next: Typed = "",  # noqa: A002
    ) -> Response:
        return await pages.sign_in(request, Credentials(name, password), next)

    @web.post("/sign-in/code")
    @requires(Action.PUBLIC)
    async def give_code(
        request: Request,
        name: Typed = "",
        mfa_ticket: Typed = "",
        code: Typed = "",
        next: Typed = "",  # noqa: A002
    ) -> Response:
        given = Credentials(name, mfa_ticket=mfa_ticket or "-", code=code)
        return await pages.sign_in(request, given, next)

    _add_new_password(web, pages)
    return web


def _add_new_password(web: APIRouter, pages: SignInPages) -> None:
    @web.get("/password")
    @requires(Action.PUBLIC)
    async def new_password(request: Request, next: str = "") -> Response:  # noqa: A002
        return pages.password_page(request, next, "")

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
        return await pages.replace(request, Credentials(name, password, code=code), new, next)


def oidc_routes(pages: OidcPages) -> APIRouter:
    web = APIRouter(include_in_schema=False)

    @web.get("/oidc")
    @requires(Action.PUBLIC)
    async def go(
        request: Request,
        next: str = "",  # noqa: A002
        reauthenticate: bool = False,
    ) -> Response:
        return await pages.go(request, next, reauthenticate=reauthenticate)

    @web.get(OIDC_RETURN)
    @requires(Action.PUBLIC)
    async def come_back(request: Request) -> Response:
        return await pages.come_back(request)

    return web
