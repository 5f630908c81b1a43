"""The frame around an officer's page: where they are, what their roles open, what is pending."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from shared.contracts.codes import Role
from shared.contracts.topics import BY_NAME
from shared.directory import Directory
from shared.ids import TAIL, from_text, to_text
from shared.messaging.messaging import Messaging
from shared.rights import Action, Holder, may_ever
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor

OPERATIONS: Mapping[str, Text] = {
    "intake": _("运行：受理"),
    "router": _("运行：交办"),
    "tracker": _("运行：办理"),
    "reporting": _("运行：报表"),
}


OFFICES: Mapping[Role, Sentence] = {
    "city_office": _("%(place)s人大常委会办公室"),
    "research_office": _("%(place)s人大常委会研究室"),
    "leader": _("%(place)s人大常委会领导"),
    "admin": _("%(place)s系统管理员"),
}


_FIRST_PAGES: Sequence[tuple[Sequence[Role], str]] = (
    (
        ("dispatcher", "committee_head", "liaison", "leader", "clerk", "unit_head"),
        links.TODAY,
    ),
    (("station_head", "station_staff"), links.STATION),
    (("city_office", "research_office"), links.REPORTS),
    (("admin",), links.CHECKLIST),
    (("deputy",), links.DEPUTY),
    (("ops",), links.dead_letters_page("tracker")),
)
"""The page of each role; of several roles the first here decides."""


def first_page(by: Holder) -> str:
    """Return the page where somebody's work begins, to which signing in leads.

    Who has no role any more, or not yet, sees their own sessions.
    """
    roles = {grant.role for grant in by.grants}
    return next((page for some, page in _FIRST_PAGES if roles.intersection(some)), links.ACCOUNT)


def frame_of(
    by: Actor,
    directory: Directory,
    current: str,
    *crumbs: ui.Crumb,
    counts: Mapping[str, int] = {},
    notes: Sequence[ui.Note] = (),
) -> ui.Frame:
    """Stand a page in the frame of a person: only the entries their roles have.

    `current` is the address of the page's entry, `counts` what waits at entries, as far as known.
    """
    code = by.grants[0].division_code if by.grants else ""
    places, home = directory.ancestors(code)[:-1], links.TODAY
    if by.is_only_deputy:
        home = links.DEPUTY
    return ui.Frame(
        crumbs=(*(ui.Crumb(one.name, home) for one in reversed(places)), *crumbs),
        menu=[
            [ui.MenuEntry(words, href, counts.get(href), href == current)
             for words, href in group]
            for group in _entries(by) if group
        ],
        person=by.name,
        person_id=by.code,
        submits=may_ever(by, Action.ITEM_SUBMIT),
        organ=_("看不到事项正文") if by.only_operates else _place_of(by, directory),
        identity=links.ACCOUNT,
        leave=links.LEAVE,
        search=links.CASES if may_ever(by, Action.CASE_READ) else "",
        notes=notes,
    )  # fmt: skip


def _entries(by: Actor) -> Sequence[Sequence[tuple[Text, str]]]:
    repair = [(words, links.dead_letters_page(name)) for name, words in OPERATIONS.items()]
    if by.only_operates:
        return (repair,)
    own = by.is_only_deputy
    today = () if own else ((Action.DUTY_READ, _("今日"), links.TODAY),)
    raising = _("提一件建议") if own else _("记一件建议")
    supervised = links.SUPERVISED if by.leads_as else links.CANDIDATES
    return (
        _open_to(
            by,
            *today,
            (Action.RAISED_READ, _("我的履职"), links.DEPUTY),
            (Action.RAISED_READ, _("我提的建议"), links.DEPUTY_ITEMS),
            (Action.ITEM_READ, _("联络站"), links.STATION),
            (Action.ITEM_SUBMIT, raising, links.NEW_ITEM),
            (Action.ITEM_READ, _("本站意见建议"), links.STATION_ITEMS),
            (Action.ACTIVITY_READ, _("活动与走访"), links.ACTIVITIES),
            (Action.RAISED_READ, _("本地办理结果"), links.DEPUTY_RESULTS),
            (Action.RAISED_READ, _("我的一年"), links.DEPUTY_YEAR),
            (Action.POSTER_READ, _("反映海报"), links.POSTER),
            (Action.ASSIGNMENT_READ, _("待交办"), links.QUEUE),
            (Action.CASE_READ, _("办件"), links.CASES),
            (Action.CASE_SUPERVISE, _("督办"), supervised),
        ),
        _open_to(by, (Action.REPORT_READ, _("月度报表"), links.REPORTS)),
        _open_to(
            by,
            (Action.DIRECTORY_EDIT, _("上线检查"), links.CHECKLIST),
            (Action.DIRECTORY_EDIT, _("告知渠道"), links.NOTICES),
            (Action.DIRECTORY_READ, _("名录"), links.DIRECTORY),
            (Action.ACCOUNT_MANAGE, _("账号管理"), links.ACCOUNTS),
            (Action.STATION_KEY_MANAGE, _("联络站的密钥"), links.STATION_KEYS),
            (Action.DIRECTORY_EDIT, _("企业名册"), links.ENTERPRISES),
            (Action.ACCESS_LOG_READ, _("查阅记录"), links.ACCESS_LOG),
        ),
        repair if may_ever(by, Action.LETTER_READ) else [],
    )


def _open_to(by: Actor, *entries: tuple[Action, Text, str]) -> Sequence[tuple[Text, str]]:
    return [(words, href) for action, words, href in entries if may_ever(by, action)]


def _place_of(by: Actor, directory: Directory) -> Text:
    """The name of a person's place; who shares the committee's organ is named by office."""
    for grant in by.grants:
        place = directory.division(grant.division_code)
        organ = directory.organ_by_id(grant.organ_id) if grant.organ_id else None
        if organ and organ.kind != "committee_office":
            return organ.name
        if place and (office := OFFICES.get(grant.role)):
            return Sentence(office.text, {"place": place.name})
        if grant.unit_id:
            unit = directory.unit(grant.unit_id)
            return unit.short_name if unit else to_text(grant.unit_id)[TAIL]
        if organ:
            return organ.name
    division = directory.division(by.grants[0].division_code) if by.grants else None
    return division.name if division else ""


SECONDS = 1.0


async def wait_for_event(messaging: Messaging, seen: str) -> tuple[ui.Note, ...]:
    """Wait at most a second for an event of another service; then return a "pending" note.

    `seen` is `topic:key:seq`, as an act answered it.
    """
    topic, _colon, place = seen.partition(":")
    known = BY_NAME.get(topic)
    if known is None or known.owner == messaging.service:
        return ()
    try:
        key_text, _colon, seq = place.partition(":")
        key, wanted = from_text(key_text), int(seq)
    except ValueError:
        return ()
    give_up = time.monotonic() + SECONDS
    while time.monotonic() < give_up:
        async with messaging.db.begin() as tx:
            if await messaging.received(tx, topic, key) >= wanted:
                return ()
        await asyncio.sleep(0.05)
    return (ui.PENDING,)
