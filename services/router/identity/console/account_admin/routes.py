"""The addresses of the pages of accounts."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from services.router.identity.console.account_admin.lines import Shown
from services.router.identity.console.account_admin.pages import AccountPages
from services.router.identity.console.account_admin.sign_in_log import (
    Asked,
    Outcome,
    SignInLogPages,
    Since,
)
from services.router.identity.domain.accounts import NEWEST
from shared.clean_text import CleanText
from shared.contracts.router import AccountAct
from shared.rights import Action
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.permissions import requires

Named = Annotated[str, Query(max_length=100)]
Page = Annotated[int, Query(ge=1, le=10_000)]
Typed = Annotated[str, Form(max_length=1000), CleanText]


def routes(pages: AccountPages, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the addresses below `/accounts`."""
    who, proved = Depends(officer), Depends(just_proved(officer))
    return [_tries(SignInLogPages(pages), who), _accounts(pages, who, proved)]


def _asked(
    outcome: Outcome = "",
    way: Literal["", "password", "oidc"] = "",
    since: Since = "month",
    before: UUID | None = None,
) -> Asked:
    return Asked(outcome, way, since, before.bytes if before else NEWEST)


def _tries(pages: SignInLogPages, who: Any) -> APIRouter:
    web = APIRouter(prefix="/accounts", include_in_schema=False)
    asked: Any = Depends(_asked)

    @web.get("/sign-ins")
    @requires(Action.ACCOUNT_MANAGE)
    async def tries(
        request: Request, by: Annotated[Actor, who], wanted: Annotated[Asked, asked]
    ) -> Response:
        return await pages.page(request, by, wanted)

    @web.get("/{key}/sign-ins")
    @requires(Action.ACCOUNT_MANAGE)
    async def tries_of(
        request: Request, by: Annotated[Actor, who], key: UUID, wanted: Annotated[Asked, asked]
    ) -> Response:
        return await pages.page(request, by, wanted, key.bytes)

    return web


def _accounts(pages: AccountPages, who: Any, proved: Any) -> APIRouter:
    web = APIRouter(prefix="/accounts", include_in_schema=False)

    @web.get("")
    @requires(Action.ACCOUNT_MANAGE)
    async def accounts(
        request: Request,
        by: Annotated[Actor, who],
        show: Shown | Literal[""] = "",
        q: Named = "",
        page: Page = 1,
    ) -> Response:
        return await pages.list(request, by, show, q.strip(), page)

    @web.get("/{key}")
    @requires(Action.ACCOUNT_MANAGE)
    async def person(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.person(request, by, key.bytes)

    @web.post("/{key}/{do}")
    @requires(Action.ACCOUNT_MANAGE)
    async def act(
        request: Request,
        by: Annotated[Actor, proved],
        key: UUID,
        do: AccountAct,
        name: Typed = "",
    ) -> Response:
        return await pages.act(request, by, key.bytes, do, name)

    return web
