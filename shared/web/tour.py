"""The guided tour of a trial system: one suggestion from the station to the month's form.

The demo login enters each step as the right invented person; the bar on every page says what to do
there and leads on. A cookie with the number of the step is all its state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from shared.contracts.codes import Role
from shared.text import Sentence, _
from shared.web import links
from shared.web.forms import whole_number

COOKIE = "__Host-tour"
Where = Literal["station", "organ", "office", "county", "system"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step; `where` is the kind of place in which its person holds the role.

    `by_link`: the person only hands out the link of the newest item; the step is its holder's.
    """

    role: Role
    where: Where
    page: str
    words: Sentence
    todo: Sentence
    by_link: bool = False


STEPS: Sequence[Step] = (
    Step("station_staff", "station", links.NEW_ITEM, _("联络站记一件建议"),
         _("替一家企业写一件困难，例如“厂门口的路坑洼，货车进不来”，再提交。")),
    Step("station_head", "station", links.STATION, _("站长受理"),
         _("打开刚才那一件，看过文字，受理它：它有了编号。")),
    Step("dispatcher", "organ", links.QUEUE, _("交办人员交办"),
         _("打开那一件，看系统建议的单位和理由，交给本镇的承办单位。")),
    Step("clerk", "office", links.TODAY, _("经办人签收并起草答复"),
         _("打开那一件：签收，记一次联系，起草答复。")),
    Step("unit_head", "office", links.TODAY, _("负责人签发答复"),
         _("打开那一件，看草稿，签发它：联络站就看到答复了。")),
    Step("station_staff", "station", links.TOUR_LINK, _("提出人评价答复"),
         _("这是企业打开查询链接看到的页面，不用登录。看答复，提交评价。"), by_link=True),
    Step("liaison", "county", links.REPORTS, _("联络员核对月度报表"),
         _("刚才的几步已经算进数字：点任何一个数字，看它是哪几件。")),
    Step("ops", "system", links.dead_letters_page("tracker"), _("运行人员看系统"),
         _("看四个服务好不好、有没有处理不了的事件；这里看不到任何正文。")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tour:
    """A step on the bar: its number from 1, and the words of the next one, if there is one."""

    number: int
    step: Step
    next: Step | None


def tour_of(request: Request) -> Tour | None:
    """Return the step a browser is at; None without a tour."""
    number = whole_number(request.cookies.get(COOKIE, ""))
    if number is None or not 1 <= number <= len(STEPS):
        return None
    following = STEPS[number] if number < len(STEPS) else None
    return Tour(number, STEPS[number - 1], following)
