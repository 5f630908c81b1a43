"""The sign-in log of an administrator's people: when, how, from where, and why refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.router.directory.console.labels import CONSOLE
from services.router.directory.domain.rights import account_scope
from services.router.identity import store
from services.router.identity.account_actions import load_managed
from services.router.identity.domain import accounts
from services.router.identity.domain.accounts import RESULTS as ALL_RESULTS
from services.router.identity.domain.sessions import Way
from shared.calendar import local_day
from shared.contracts.envelope import EVERYWHERE
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.ids import Id, to_text
from shared.rights import Action
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.menu import frame_of

HERE = "/router/accounts"
WAYS: Mapping[Way, Sentence] = {
    "password": _("密码"), "oidc": _("统一身份认证"), "trial": _("试用入口，不用密码"),
}  # fmt: skip
RESULTS: Mapping[accounts.Result, Sentence] = {
    "in": _("登录了"),
    "replace": _("凭一次性密码，换新密码"),
    "code": _("密码对，等验证码"),
    "wrong": _("没有登录：密码或验证码不对"),
    "locked": _("没有登录：因多次输错，登录受限"),
    "unknown": _("没有登录：没有这个人"),
}
PAGE = 50
Outcome = Literal["", "entered", "refused", "code", "wrong", "locked", "unknown"]
Since = Literal["day", "week", "month", "year"]
OUTCOMES: Mapping[Outcome, tuple[accounts.Result, ...]] = {
    "": ALL_RESULTS,
    "entered": ("in", "replace"),
    "refused": ("wrong", "locked", "unknown"),
    "wrong": ("wrong",),
    "locked": ("locked",),
    "unknown": ("unknown",),
    "code": ("code",),
}
OUTCOME_LABELS: Mapping[Outcome, Sentence] = {
    "": _("全部"),
    "entered": _("登录了"),
    "refused": _("没有登录"),
    "wrong": RESULTS["wrong"],
    "locked": RESULTS["locked"],
    "unknown": RESULTS["unknown"],
    "code": RESULTS["code"],
}
SINCE: Mapping[Since, tuple[Sentence, timedelta]] = {
    "day": (_("最近一天"), timedelta(days=1)),
    "week": (_("最近七天"), timedelta(days=7)),
    "month": (_("最近三十天"), timedelta(days=30)),
    "year": (_("一年内"), accounts.RECORDS_KEPT),
}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Filter of the sign-in log, read from the URL."""

    outcome: Outcome = ""
    way: Way | Literal[""] = ""
    since: Since = "month"
    before: Id = accounts.AFTER_ALL

    def query(self, people: Sequence[Id], now: datetime, *, unknown: bool) -> accounts.SignInQuery:
        return accounts.SignInQuery(
            people,
            now - SINCE[self.since][1],
            self.before,
            OUTCOMES[self.outcome],
            [self.way] if self.way else list(WAYS),
            unknown,
        )

    def filters(self) -> Sequence[ui.Filter]:
        outcomes = [ui.Option(one, OUTCOME_LABELS[one]) for one in OUTCOMES]
        ways = [ui.Option("", _("全部")), *(ui.Option(*one) for one in WAYS.items())]
        times = [ui.Option(one, words) for one, (words, _time) in SINCE.items()]
        return [
            ui.Filter("outcome", _("结果"), outcomes, self.outcome),
            ui.Filter("way", _("方式"), ways, self.way),
            ui.Filter("since", _("时间"), times, self.since),
        ]

    def older(self, last: Id) -> str:
        """The query string for the attempts before these."""
        chosen = {"outcome": self.outcome, "way": self.way, "since": self.since}
        return urlencode({**chosen, "before": to_text(last)})


def page_of(key: Id) -> str:
    """The address of a person's account page."""
    return f"{HERE}/{to_text(key)}"


@dataclass(frozen=True, slots=True)
class SignInLine:
    at: datetime
    who: Text
    href: str
    way: Text
    address: str
    result: Text
    is_refused: bool


def sign_in_lines(
    directory: Directory, found: Iterable[accounts.SignInRecord]
) -> Iterator[SignInLine]:
    for one in found:
        person = directory.person(one.person) if one.person else None
        yield SignInLine(
            one.at,
            person.name if person else _("没有这个人"),
            page_of(one.person) if one.person and person else "",
            WAYS.get(one.way, ""),
            one.address,
            RESULTS[one.result],
            one.result in ("wrong", "locked", "unknown"),
        )


class SignInLogPages:
    """The attempts to sign in of an administrator's people, or of one."""

    def __init__(self, db: Database, copy: DirectoryCopy) -> None:
        self._db, self._copy = db, copy

    async def page(
        self, request: Request, by: Actor, chosen: LogFilter, key: Id | None = None
    ) -> Response:
        """Show attempts, the newest first; unknown accounts only to whoever manages everybody."""
        directory, scope = self._copy.snapshot, account_scope(by)
        crumbs = [ui.Crumb(_("账号管理"), HERE)]
        async with self._db.begin() as tx:
            if key is not None:
                person = accounts.managed_person(scope, directory, key, local_day(tx.now))
                crumbs.append(ui.Crumb(person.name, page_of(key)))
            people = [key] if key else list((await load_managed(tx, scope, directory))[1])
            unknown = key is None and EVERYWHERE in (scope.places or ())
            query = chosen.query(people, tx.now, unknown=unknown)
            found = await store.list_records(tx, query, PAGE + 1)
        here = f"{page_of(key) if key else HERE}/sign-ins"
        return CONSOLE.render(
            request,
            "accounts/sign_in_log.html",
            frame=frame_of(by, directory, HERE, *crumbs, ui.Crumb(_("登录记录"))),
            here=here,
            filters=chosen.filters(),
            lines=list(sign_in_lines(directory, found[:PAGE])),
            older=f"{here}?{chosen.older(found[PAGE - 1].id)}" if len(found) > PAGE else "",
        )


def _filter(
    outcome: Outcome = "",
    way: Way | Literal[""] = "",
    since: Since = "month",
    before: UUID | None = None,
) -> LogFilter:
    return LogFilter(outcome, way, since, before.bytes if before else accounts.AFTER_ALL)


def routes(pages: SignInLogPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(prefix="/accounts", include_in_schema=False)
    who: Any = Depends(officer)
    filters: Any = Depends(_filter)

    @web.get("/sign-ins")
    @requires(Action.ACCOUNT_MANAGE)
    async def sign_ins(
        request: Request, by: Annotated[Actor, who], chosen: Annotated[LogFilter, filters]
    ) -> Response:
        return await pages.page(request, by, chosen)

    @web.get("/{key}/sign-ins")
    @requires(Action.ACCOUNT_MANAGE)
    async def sign_ins_of(
        request: Request,
        by: Annotated[Actor, who],
        key: UUID,
        chosen: Annotated[LogFilter, filters],
    ) -> Response:
        return await pages.page(request, by, chosen, key.bytes)

    return web
