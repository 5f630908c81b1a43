"""The record of sign-ins of an administrator's people: when, by what, from where, refused why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode

from fastapi import Request, Response

from services.router import store
from services.router.directory.console.renderer import CONSOLE
from services.router.directory.domain.rights import account_keeper
from services.router.identity.console.account_admin.lines import HERE, WAYS, address_of, try_lines
from services.router.identity.console.account_admin.lines import RESULTS as SAID
from services.router.identity.console.account_admin.pages import AccountPages, managed_people
from services.router.identity.domain.account_admin import managed_person
from services.router.identity.domain.accounts import NEWEST, RECORDS_KEPT, RESULTS, Result, Wanted
from shared.calendar import local_day
from shared.contracts.envelope import EVERYWHERE
from shared.db.pool import Tx
from shared.ids import Id, to_text
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.menu import frame_of

PAGE = 50
Outcome = Literal["", "entered", "refused", "code", "wrong", "locked", "unknown"]
Since = Literal["day", "week", "month", "year"]
OUTCOMES: Mapping[Outcome, tuple[Result, ...]] = {
    "": RESULTS,
    "entered": ("in", "replace"),
    "refused": ("wrong", "locked", "unknown"),
    "wrong": ("wrong",),
    "locked": ("locked",),
    "unknown": ("unknown",),
    "code": ("code",),
}
_OUTCOMES: Mapping[Outcome, Sentence] = {
    "": _("全部"),
    "entered": _("登录了"),
    "refused": _("没有登录"),
    "wrong": SAID["wrong"],
    "locked": SAID["locked"],
    "unknown": SAID["unknown"],
    "code": SAID["code"],
}
SINCE: Mapping[Since, tuple[Sentence, timedelta]] = {
    "day": (_("最近一天"), timedelta(days=1)),
    "week": (_("最近七天"), timedelta(days=7)),
    "month": (_("最近三十天"), timedelta(days=30)),
    "year": (_("一年内"), RECORDS_KEPT),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tries the reader wants to see; it stands in the address."""

    outcome: Outcome = ""
    way: Literal["", "password", "oidc"] = ""
    since: Since = "month"
    before: Id = NEWEST

    def wanted(self, people: Sequence[Id], tx: Tx, *, unknown: bool) -> Wanted:
        """Ask the store for them."""
        return Wanted(
            people,
            tx.now - SINCE[self.since][1],
            self.before,
            OUTCOMES[self.outcome],
            [self.way] if self.way else list(WAYS),
            unknown,
        )

    def filters(self) -> Sequence[ui.Filter]:
        """Offer the choices, with what was chosen."""
        outcomes = [ui.Option(one, _OUTCOMES[one]) for one in OUTCOMES]
        ways = [ui.Option("", _("全部")), *(ui.Option(*one) for one in WAYS.items())]
        times = [ui.Option(one, words) for one, (words, _time) in SINCE.items()]
        return [
            ui.Filter("outcome", _("结果"), outcomes, self.outcome),
            ui.Filter("way", _("方式"), ways, self.way),
            ui.Filter("since", _("时间"), times, self.since),
        ]

    def older(self, last: Id) -> str:
        """Write the address's question for what came before."""
        asked = {"outcome": self.outcome, "way": self.way, "since": self.since}
        return urlencode({**asked, "before": to_text(last)})


class SignInLogPages:
    """Shows who tried to sign in, of all of an administrator's people or of one."""

    def __init__(self, pages: AccountPages) -> None:
        self._pages = pages

    async def page(
        self, request: Request, by: Actor, asked: Asked, key: Id | None = None
    ) -> Response:
        """Show tries, the newest first; those of nobody we know to who manages everybody."""
        directory = self._pages.copy.snapshot
        crumbs = [ui.Crumb(_("账号管理"), HERE)]
        async with self._pages.messaging.db.begin() as tx:
            if key is not None:
                person = managed_person(account_keeper(by), directory, key, local_day(tx.now))
                crumbs.append(ui.Crumb(person.name, address_of(key)))
            wanted = await self._wanted(tx, by, asked, key)
            found = await store.list_records(tx, wanted, PAGE + 1)
        here = f"{address_of(key) if key else HERE}/sign-ins"
        return CONSOLE.render(
            request,
            "accounts/tries.html",
            frame=frame_of(by, directory, HERE, *crumbs, ui.Crumb(_("登录记录"))),
            here=here,
            filters=asked.filters(),
            tries=list(try_lines(directory, found[:PAGE])),
            older=f"{here}?{asked.older(found[PAGE - 1].id)}" if len(found) > PAGE else "",
        )

    async def _wanted(self, tx: Tx, by: Actor, asked: Asked, key: Id | None) -> Wanted:
        keeper = account_keeper(by)
        people = [key] if key else []
        if key is None:
            rows = {row.person: row for row in await store.list_accounts(tx)}
            people = list(managed_people(keeper, self._pages.copy, rows, tx))
        return asked.wanted(people, tx, unknown=key is None and EVERYWHERE in (keeper.places or ()))
