"""Signing in at the provider: there, and back with what it says; every answer has its page."""

import secrets
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.router import store
from services.router.identity.console.demo_login import inside
from services.router.identity.console.sign_in import SignInPages
from services.router.identity.domain.accounts import Result, SignInRecord
from services.router.identity.domain.sessions import AtProvider
from services.router.identity.oidc_client import Person, Provider, ProviderAway, ProviderRefused
from services.router.identity.sessions import Sessions, address_of
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.errors import TooManyRequests
from shared.ids import Id, named_id, new_id
from shared.rights import Action
from shared.text import Text, _
from shared.web.permissions import requires
from shared.web.rate_limit import RateLimit

COOKIE = "__Host-provider"
"""The state of a browser that is at the provider: an answer belongs to the browser that asked."""
PATH = "/oidc/back"
_AWAY = _("统一身份认证现在连不上。请稍后再试；有本系统账号的，可以用账号登录")
_OVER = _("没有登录：这次登录已经用过、放得太久，或不是在这个浏览器开始的。请再登录一次")
_DENIED = _("没有登录：您在统一身份认证取消了登录，或那里没有放行。可以再试一次")
_WRONG = _("没有登录：统一身份认证的答复有误。请再试一次；如一直如此，请联系本级系统管理员")


class OidcDoor:
    """Sends people to the provider and lets in whom the directory knows."""

    def __init__(
        self,
        provider: Provider,
        db: Database,
        copy: DirectoryCopy,
        sessions: Sessions,
        doors: SignInPages,
        rate_limit: RateLimit,
    ) -> None:
        self._provider, self._db, self._copy = provider, db, copy
        self._sessions, self._doors, self._haste = sessions, doors, rate_limit

    async def leave(self, request: Request, next_: str, *, anew: bool = False) -> Response:
        """Send a browser to the provider, to prove `anew` who it is, or say that it is away."""
        try:
            self._haste.admit(address_of(request))
            begun = await self._provider.begin(anew=anew)
        except TooManyRequests as refused:
            return self._doors.refuse_rate(request, next_, "", refused)
        except ProviderAway:
            return self._doors.page(request, next_, wrong=_AWAY, status=503)
        async with self._db.begin() as tx:
            row = AtProvider(
                state=begun.state,
                nonce=begun.nonce,
                verifier=begun.verifier,
                next=inside(next_),
                begun_at=tx.now,
            )
            await store.put_at_provider(tx, row)
        response = RedirectResponse(begun.url, 303)
        response.set_cookie(
            COOKIE, begun.state, path="/", secure=True, httponly=True, samesite="lax"
        )
        return response

    async def come_back(self, request: Request) -> Response:
        """Let somebody in by what the provider says of them, or say why not."""
        try:
            self._haste.admit(address_of(request))
        except TooManyRequests as refused:
            return self._doors.refuse_rate(request, "", "", refused)
        response = await self._answer(request, await self._take(request))
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response

    async def _take(self, request: Request) -> AtProvider | None:
        """Find the browser's start by a state that it and the address agree on; it is used up."""
        state = request.query_params.get("state", "")
        known = request.cookies.get(COOKIE, "")
        if not known or not secrets.compare_digest(state.encode(), known.encode()):
            return None
        async with self._db.begin() as tx:
            return await store.take_at_provider(tx, known)

    async def _answer(self, request: Request, begun: AtProvider | None) -> Response:
        query, next_ = request.query_params, begun.next if begun else ""
        if "error" in query:  # it lets nobody in, so also one without its state may be told
            said = _DENIED if query["error"] == "access_denied" else _WRONG
            return await self._refuse(request, next_, said, 403)
        if begun is None:
            return await self._refuse(request, next_, _OVER, 400)
        try:
            person = await self._provider.who(begun, query.get("code", ""))
        except ProviderAway:
            return self._doors.page(request, next_, wrong=_AWAY, status=503)
        except ProviderRefused:
            return await self._refuse(request, next_, _WRONG, 403)
        return await self._let_in(request, next_, person)

    async def _let_in(self, request: Request, next_: str, found: Person) -> Response:
        person = named_id("person", found.code)
        if self._copy.snapshot.person(person) is None:
            words = _(
                "统一身份认证确认了您的身份，但名录里没有编号为%(code)s的人。"
                "请把这个编号告诉本级系统管理员，登记以后就能登录",
                code=found.code,
            )
            return await self._refuse(request, next_, words, 403, "unknown")
        response = RedirectResponse(next_, 303)
        await self._note(request, person, "in")
        await self._sessions.begin(request, response, person, "oidc", found.proved_at)
        return response

    async def _refuse(
        self, request: Request, next_: str, words: Text, status: int, result: Result = "wrong"
    ) -> Response:
        await self._note(request, None, result)
        return self._doors.page(request, next_, wrong=words, status=status)

    async def _note(self, request: Request, person: Id | None, result: Result) -> None:
        async with self._db.begin() as tx:
            record = SignInRecord(
                id=new_id(tx.now),
                at=tx.now,
                person=person,
                way="oidc",
                result=result,
                address=address_of(request),
            )
            await store.note_sign_in(tx, record)


def routes(door: OidcDoor) -> Sequence[APIRouter]:
    """Make the addresses of signing in at the provider."""
    web = APIRouter(include_in_schema=False)

    @web.get("/oidc")
    @requires(Action.PUBLIC)
    async def leave(
        request: Request,
        next: str = "",  # noqa: A002
        anew: bool = False,
    ) -> Response:
        return await door.leave(request, next, anew=anew)

    @web.get(PATH)
    @requires(Action.PUBLIC)
    async def come_back(request: Request) -> Response:
        return await door.come_back(request)

    return [web]
