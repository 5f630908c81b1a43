"""The check list before go-live: vacancies, keys, accounts and tables of an area."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.router.directory.actions import DirectoryActions
from services.router.directory.console.labels import CONSOLE, HERE
from services.router.directory.domain.rights import account_scope
from services.router.directory.domain.role_holders import Vacancies
from services.router.directory.store import read_current
from services.router.identity.account_actions import load_managed
from services.router.identity.console.bulk_accounts import SEVERAL
from services.router.identity.domain.accounts import AccountRow
from shared.calendar import local_day
from shared.directory import Directory
from shared.rights import Action
from shared.text import Text, _, listed, n_
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.menu import frame_of

VACANCIES = f"{HERE}/vacancies"
AHEAD = timedelta(days=183)
"""Deadlines of the coming months rest on holidays that should be announced by now."""
NAMED = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One line: `count` entries are missing, listed at `href`.

    `source` is the address of another service's page part that counts them.
    """

    words: Text
    count: int
    href: str
    todo: Text
    source: str = ""


class ChecklistPage:
    """Renders the check list; with a `provider` people sign in there and need no account."""

    def __init__(self, actions: DirectoryActions, *, provider: bool) -> None:
        self._actions, self._provider = actions, provider

    async def show(self, request: Request, by: Actor) -> Response:
        found = await self._actions.vacancies(by)
        async with self._actions.messaging.db.begin() as tx:
            directory = await read_current(tx, self._actions.copy)
            rows, people = await load_managed(tx, account_scope(by), directory)
            now = tx.now
        checks = [
            *_places(found),
            _keys(),
            _register(),
            _channels(),
            *_tables(directory, local_day(now)),
        ]
        if not self._provider:
            without = sum(key not in rows for key in people)
            checks += _accounts(without, [rows[key] for key in people if key in rows], now)
        return CONSOLE.render(
            request,
            "checklist.html",
            frame=frame_of(by, directory, links.CHECKLIST, ui.Crumb(_("上线检查"))),
            checks=checks,
            provider=self._provider,
        )


def _places(found: Vacancies) -> Sequence[Check]:
    """Lines about vacancies; each list is a section of the page of vacancies."""
    appoint = _("打开它的页面，用“安排人员”")
    return [
        Check(_("没有人核对或确认月度报表的地方"), len(found.forms), f"{VACANCIES}#forms",
              _("在那里安排联络员和代表工委负责人")),
        Check(_("没有交办人员的机构"), len(found.organs), f"{VACANCIES}#organs", appoint),
        Check(_("缺负责人或经办人的承办单位"), len(found.units), f"{VACANCIES}#units", appoint),
        Check(_("缺站长或工作人员的联络站"), len(found.stations), f"{VACANCIES}#stations",
              appoint),
        Check(_("没有联络站的代表"), len(found.deputies), f"{VACANCIES}#deputies",
              _("在代表表里填上联络站再导入")),
        Check(_("已离任的领衔督办人"), len(found.leaders), f"{VACANCIES}#leaders",
              _("由交办机构另定领衔督办人")),
    ]  # fmt: skip


def _keys() -> Check:
    href = f"{links.STATION_KEYS}?show=missing"
    todo = _("用自己应用的站要有密钥；只用网页的站不需要")
    return Check(_("没有密钥的联络站"), 0, href, todo, links.MISSING_KEYS)


def _register() -> Check:
    todo = _("导入一张表；名册里没有的企业，记建议时只能写信用代码")
    return Check(_("没有登记企业的名册"), 0, links.ENTERPRISES, todo, links.MISSING_ENTERPRISES)


def _channels() -> Check:
    todo = _("由运行人员设置邮件、短信或群消息的渠道；没有的不自动告知")
    words = _("没有告知渠道的：提出人、联络站")
    return Check(words, 0, links.NOTICES, todo, links.MISSING_NOTICES)


def _tables(directory: Directory, today: date) -> Sequence[Check]:
    """The city's tables, which the command line loads."""
    matters = directory.matters()
    kinds = {unit.kind_code for unit in directory.units().values()}
    lost = [one.name_zh for one in matters if one.lead_kind not in kinds]
    todo: Text = _("由运行人员用jianyi router seed导入事项表")
    if lost:
        todo = _("登记这类承办单位，或改事项表：%(names)s", names=listed(lost[:NAMED]))
    uncovered = 0 if directory.calendar.covers_all(today, today + AHEAD) else 1
    return [
        Check(_("没有承办单位类别可交的事项"), len(lost) if matters else 1, "", todo),
        Check(_("放假安排没有登记的时段（今后半年）"), uncovered, "",
              _("国务院公布后，由运行人员升级系统，或登记在城市数据的放假表里")),
    ]  # fmt: skip


def _accounts(without: int, rows: Sequence[AccountRow], now: datetime) -> Sequence[Check]:
    late = sum(row.state(now) == "expired" for row in rows)
    return [
        Check(_("有任职、没有账号的人"), without, SEVERAL,
              _("可以一次开设，打印后发给本人")),
        Check(_("一次性密码已过期、还没有登录的人"), late, f"{SEVERAL}?lacking=sign_in",
              n_("给这%(num)s人重新发一次性密码", late)),
    ]  # fmt: skip


def routes(page: ChecklistPage, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    who: Any = Depends(officer)

    @web.get("/checklist")
    @requires(Action.DIRECTORY_EDIT)
    async def show(request: Request, by: Annotated[Actor, who]) -> Response:
        return await page.show(request, by)

    return web
