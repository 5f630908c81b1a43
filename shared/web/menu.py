"""The frame around an officer's page: where they are, what their roles open, who they are."""

from collections.abc import Mapping, Sequence

from shared.contracts.topics import OWNERS
from shared.contracts.words import Role
from shared.directory import Directory
from shared.ids import to_text
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.words import Text, _

_OVERSEERS: tuple[Role, ...] = ("dispatcher", "committee_head", "leader")
_WATCHERS: tuple[Role, ...] = ("admin", "committee_head")
_FILERS: tuple[Role, ...] = ("liaison", "committee_head", "city_office", "dispatcher")


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
    places = directory.ancestors(code)[:-1]
    return ui.Frame(
        crumbs=(*(ui.Crumb(one.name, "/tracker/") for one in reversed(places)), *crumbs),
        menu=[
            [ui.Entry(words, href, counts.get(href), href == current)
             for words, href in group]
            for group in _entries(by) if group
        ],
        person=by.name,
        organ=_("看不到事项正文") if by.only_operates else _place_of(by, directory),
        identity="/router/account",
        leave="/router/leave",
        search="" if by.only_operates else "/tracker/cases",
        notes=notes,
    )  # fmt: skip


def _entries(by: Actor) -> Sequence[Sequence[tuple[Text, str]]]:
    repair = [(_("运行：%(service)s", service=name), f"/{name}/parked") for name in OWNERS]
    if by.only_operates:
        return (repair,)
    work: list[tuple[Text, str]] = [(_("今日"), "/tracker/"), (_("办件"), "/tracker/cases")]
    if by.grant("dispatcher"):
        work.insert(1, (_("待交办"), "/router/queue"))
    if by.grant(*_OVERSEERS):
        work.append((_("督办"), "/tracker/cases?show=candidate"))
    report = [(_("月度报表"), "/reporting/")] if by.grant(*_FILERS) else []
    looks = [(_("查看来源的记录"), "/intake/looks")] if by.grant(*_WATCHERS) else []
    known: list[tuple[Text, str]] = [(_("名录"), "/router/directory"), *looks]
    return work, report, known, repair if by.grant("ops") else []


def _place_of(by: Actor, directory: Directory) -> Text:
    for grant in by.grants:
        if grant.unit_id:
            unit = directory.unit(grant.unit_id)
            return unit.short_name if unit else to_text(grant.unit_id)[:8]
        organ = directory.organ_by_id(grant.organ_id) if grant.organ_id else None
        if organ:
            return organ.name
    division = directory.division(by.grants[0].division_code) if by.grants else None
    return division.name if division else ""
