"""View models of a deputy's pages: what waits, what they raised, what their station plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.intake.actions.deputies import DeputyWork
from services.intake.actions.stations import Titled
from services.intake.console import activity_views
from services.intake.console.activity_views import ActivityLine
from services.intake.console.station_views import StationRow, StationView, item_row
from services.intake.domain.model import Activity
from shared.contracts.topics import INTAKE_ACTIVITY
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web import links

_ASKED: Mapping[bool | None, Sentence] = {
    None: _("请您参加，还没有答复"),
    True: _("您已答复：能来"),
    False: _("您已答复：不能来"),
}


@dataclass(frozen=True, slots=True)
class DeputyRow:
    """One item of a list of a deputy's, with the plain sentence of its reply where that counts."""

    row: StationRow
    plain: str = ""


@dataclass(frozen=True, slots=True)
class DeputyList:
    title: Text
    last: Text
    rows: Sequence[DeputyRow]


def own_row(one: Titled, view: StationView) -> StationRow:
    """One item on a deputy's list: it leads to their page of it."""
    return replace(item_row(one, view), href=links.deputy_item(one.item.key))


def waiting_lists(found: DeputyWork, view: StationView) -> list[DeputyList]:
    """The lists of items that wait for a deputy; those with nothing in them are left out."""
    returned = [_to_supply(one, view) for one in found.returned]
    unrated = [_to_rate(one, view) for one in found.unrated]
    lists = (
        DeputyList(_("退回补充，等您写"), _("下一步"), returned),
        DeputyList(_("已答复，可以评价"), _("下一步"), unrated),
    )
    return [one for one in lists if one.rows]


def _to_supply(one: Titled, view: StationView) -> DeputyRow:
    row = own_row(one, view)
    return DeputyRow(replace(row, next=ui.Link(_("补充后再交"), f"{row.href}/resubmit")))


def _to_rate(one: Titled, view: StationView) -> DeputyRow:
    row, plain = own_row(one, view), one.progress.reply_plain
    rate = ui.Link(_("评价"), f"{row.href}/rating")
    return DeputyRow(replace(row, light=view.rating_light(one.progress), next=rate), plain)


def rows_of(found: Sequence[Titled], view: StationView) -> list[DeputyRow]:
    """Items with how far each is, in one plain line."""
    return [DeputyRow(own_row(one, view)) for one in found]


def joinable_rows(found: Sequence[Titled], view: StationView) -> list[DeputyRow]:
    """Items of others at the station that are open to be joined."""
    return [
        DeputyRow(replace(row, next=ui.Link(_("看看，联名"), row.href)))
        for row in (own_row(one, view) for one in found)
    ]


def coming_lines(
    found: Sequence[Activity], person: Id, directory: Directory, today: date
) -> list[ActivityLine]:
    """Lines of planned activities, each with the deputy's own answer if they are asked to it."""
    return [
        replace(activity_views.line_of(one, directory, today), standing=_asked(one, person, today))
        for one in found
    ]


def _asked(activity: Activity, person: Id, today: date) -> Text:
    if person not in activity.row.expected:
        return activity_views.standing(activity, today)
    answer, changed = activity.answers.get(person), activity.row.changed_at
    said = _ASKED[None if answer is None else answer.coming]
    if answer is not None and changed is not None and changed > answer.answered_at:
        return _("%(said)s；之后计划改过，请看", said=said)
    return said


def invitations(
    found: Sequence[Activity], directory: Directory, today: date
) -> list[Mapping[str, Any]]:
    """The activities that a deputy is asked to, each with what its answer rests on."""
    return [
        {
            "line": activity_views.line_of(one, directory, today),
            "answer": f"{links.activity_page(one.row.key)}/answer",
            "basis": f"{INTAKE_ACTIVITY.name}:{one.row.seq}",
            "is_changed": one.row.changed_at is not None,
        }
        for one in found
    ]
