"""View models of the stations' pages: what waits, where an item stands, its timeline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from services.intake.actions.item_details import ItemDetails, called
from services.intake.actions.stations import OpenedItem, Titled, TitledList, WaitingItems
from services.intake.console.trail import ACTS as EVENTS
from services.intake.domain.asker import Asker, may_at
from services.intake.domain.model import OPEN, ItemRow, ProgressRow
from services.intake.domain.source_access import view_of
from shared.calendar import Limit, Pause, deadline, local_day
from shared.contracts.intake import ItemAccepted, ItemText
from shared.directory.snapshot import Directory
from shared.directory.succession import label_of
from shared.features.trail import Names
from shared.ids import TAIL, Id, to_text
from shared.rights import Action
from shared.settings import Limits
from shared.text import Bilingual, Sentence, Text, _, listed, n_
from shared.web import components as ui
from shared.web import links
from shared.web.labels import COMPLEXITIES, OUTCOMES, RATINGS, TRANSFER_CHANNELS, WHY, Light, light

_INSTANT = timedelta(microseconds=1)
"""A time limit ends at 24:00 of its last day."""


class Clocks(NamedTuple):
    """The time limits that begin with an act, as a sentence; maybe one is provisional."""

    words: Text
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class StationView:
    """The reader of a page, its time, and the names and limits that it shows."""

    by: Asker
    directory: Directory
    now: datetime
    limits: Limits

    def may(self, action: Action, item: ItemRow) -> bool:
        return may_at(self.by, action, item.station_id, self.directory)

    def station(self, key: Id | None) -> str:
        found = self.directory.station(key) if key else None
        return found.name if found else "–"

    def accept_light(self, row: ItemRow) -> Light | None:
        """The light of the time to accept an item, which the tracker watches; None if it ended."""
        if row.state != "SUBMITTED" or row.received_at is None:
            return None
        return self._light_of(row.received_at, self.limits.accept, row.pauses)

    def resubmit_light(self, row: ItemRow) -> Light | None:
        """The light of the time to supply what is missing; None unless it was returned."""
        if row.state != "SUPPLEMENT" or row.paused_at is None:
            return None
        return self._light_of(row.paused_at, self.limits.resubmit)

    def next_light(self, row: ItemRow, progress: ProgressRow) -> Light | None:
        """The light of the next step of an item, whoever owes it; None where no time runs."""
        if row.state != "ACCEPTED" or row.solved_on_spot or progress.is_closed:
            return self.accept_light(row) or self.resubmit_light(row)
        if progress.dispatched_at is None and row.accepted_at is not None:
            return self._light_of(row.accepted_at, self.limits.dispatch)
        if progress.reply_no and progress.rating != "dissatisfied":
            until = progress.rating_until
            return self._light(until) if until and until > self.now else None
        return self._light(progress.reply_due) if progress.reply_due else None

    def clocks_of_acceptance(self) -> Clocks:
        """Tell which time limits begin when an item is accepted now."""
        due = deadline(self.now, self.limits.dispatch, self.directory.calendar)
        days = listed(
            n_("%(kind)s%(num)s个工作日", self.limits.reply[one].n, kind=words)
            for one, words in COMPLEXITIES.items()
        )
        months = self.limits.legal_reply.n
        words = _(
            "交办机关%(day)s前交办；答复的期限从交办那天起算："
            "%(days)s，代表建议%(months)s个月。",
            day=due.due_on, days=days, months=months,
        )  # fmt: skip
        return Clocks(words, due.provisional)

    def _light_of(self, since: datetime, limit: Limit, pauses: Sequence[Pause] = ()) -> Light:
        due = deadline(since, limit, self.directory.calendar, pauses)
        return self._light(due.due_at, provisional=due.provisional)

    def rating_light(self, progress: ProgressRow) -> Light | None:
        until = progress.rating_until
        return self._light(until) if until else None

    def _light(self, due_at: datetime, *, provisional: bool = False) -> Light:
        today, day = local_day(self.now), local_day(due_at - _INSTANT)
        return light(today, day, self.directory.calendar, provisional=provisional)


@dataclass(frozen=True, slots=True)
class StationRow:
    """One item of a list; `tick` is what ticking it sends, None where it is not ticked."""

    title: Text
    href: str
    number: str
    marks: Sequence[ui.Mark]
    station: str
    received_at: datetime | None
    standing: Text
    light: Light | None = None
    tick: str | None = None
    next: ui.Link | None = None


@dataclass(frozen=True, slots=True)
class StationList:
    title: Text
    total: int
    rows: Sequence[StationRow]
    empty: Text
    more: ui.Link | None
    ticked: bool = False


def title_of(row: ItemRow, title: str) -> Text:
    if row.erased_at is not None:
        return _("内容已按规定删除")
    return title or row.number or to_text(row.key)[TAIL]


def item_href(key: Id) -> str:
    return links.station_item(key)


def item_row(one: Titled, view: StationView) -> StationRow:
    row = one.item
    return StationRow(
        title_of(row, one.title),
        item_href(row.key),
        row.number,
        ui.marks(confidential=row.confidential, self_interest=row.self_interest),
        view.station(row.station_id),
        row.received_at,
        standing(row, one.progress, view),
        view.next_light(row, one.progress),
    )


def waiting_lists(found: WaitingItems, view: StationView) -> list[StationList]:
    """The lists of the first page, each with what its station does next."""
    heads = any(view.may(Action.ITEM_ACCEPT, one.item) for one in found.submitted.rows)
    return [
        StationList(
            _("待受理"),
            found.submitted.total,
            [_to_accept(one, view) for one in found.submitted.rows],
            _("没有等待受理的意见建议。"),
            _more("SUBMITTED", found.submitted),
            ticked=heads,
        ),
        StationList(
            _("退回补充，等材料"),
            found.returned.total,
            [_next(one, view, "resubmit", _("补充并重交")) for one in found.returned.rows],
            _("没有退回补充的。"),
            _more("SUPPLEMENT", found.returned),
        ),
        *_around_replies(found, view),
    ]


def _around_replies(found: WaitingItems, view: StationView) -> list[StationList]:
    """The lists of answered items: to check, to tell, to have rated."""
    return [
        StationList(
            _("回访，等第二个人核对"),
            found.unchecked.total,
            [_to_check(one, view) for one in found.unchecked.rows],
            _("没有要核对的回访。"),
            None,
        ),
        StationList(
            _("答复和不受理、转走，还没有告诉提出人"),
            found.untold.total,
            [_next(one, view, "tell", _("记下已告诉提出人")) for one in found.untold.rows],
            _("都已告诉提出人。"),
            None,
        ),
        StationList(
            _("已答复，等提出人评价"),
            found.unrated.total,
            [_to_rate(one, view) for one in found.unrated.rows],
            _("没有要回访评价的。"),
            _more("UNRATED", found.unrated),
        ),
    ]


def _more(state: str, found: TitledList) -> ui.Link | None:
    if found.total <= len(found.rows):
        return None
    return ui.Link(n_("查看全部%(num)s件", found.total), f"{links.STATION_ITEMS}?state={state}")


def _to_accept(one: Titled, view: StationView) -> StationRow:
    """Confidential items are accepted one by one, after a look at the words that leave."""
    if not view.may(Action.ITEM_ACCEPT, one.item):
        return item_row(one, view)
    tick = None if one.item.confidential else f"{to_text(one.item.key)}:{one.item.seq}"
    return replace(_next(one, view, "accept", _("受理这件")), tick=tick)


def _to_check(one: Titled, view: StationView) -> StationRow:
    return _next(one, view, "check-call-back", _("核对回访"))


def _to_rate(one: Titled, view: StationView) -> StationRow:
    row = _next(one, view, "call-back", _("记下回访"))
    return replace(row, light=view.rating_light(one.progress))


def _next(one: Titled, view: StationView, act: str, words: Sentence) -> StationRow:
    row = item_row(one, view)
    return replace(row, next=ui.Link(words, f"{row.href}/{act}"))


def standing(row: ItemRow, progress: ProgressRow, view: StationView) -> Text:
    """Tell in one plain line how far an item is."""
    if words := _PLAIN.get(row.state):
        return words
    match row.state:
        case "SUPPLEMENT":
            return _("退回补充：%(why)s", why=WHY[row.reason])  # type: ignore[index]
        case "REJECTED":
            return _("不予受理：%(why)s", why=WHY[row.reason])  # type: ignore[index]
        case "TRANSFERRED":
            return _("已转%(channel)s", channel=TRANSFER_CHANNELS[row.reason])  # type: ignore[index]
    if row.solved_on_spot:
        return _("%(who)s当场解决", who=_solver(row, view))
    return _handled(progress, view)


_PLAIN: Mapping[str, Sentence] = {
    "SUBMITTED": _("等站长受理"),
    "WITHDRAWN": _("提出人已撤回"),
    "MERGED": _("已并入另一件，一起办理"),
}


def _solver(row: ItemRow, view: StationView) -> Text:
    unit = view.directory.unit(row.solved_by) if row.solved_by else None
    return label_of(unit) if unit else view.station(row.solved_by)


def _handled(progress: ProgressRow, view: StationView) -> Text:
    """Tell how far an accepted item is with its organ or its unit."""
    if not progress.reply_no or progress.outcome is None:
        unit = view.directory.unit(progress.lead_unit) if progress.lead_unit else None
        return _("已交%(unit)s办理", unit=label_of(unit)) if unit else _("已受理，等交办")
    outcome = OUTCOMES[progress.outcome]
    if progress.rating == "dissatisfied" and not progress.is_closed:
        return _("提出人不满意，重新办理")
    rating = RATINGS[progress.rating] if progress.rating else None
    if progress.is_closed and rating:
        return _("已办结：%(outcome)s，提出人%(rating)s", outcome=outcome, rating=rating)
    if progress.is_closed:
        return _("已办结：%(outcome)s，提出人没有评价", outcome=outcome)
    if rating:
        return _("已答复：%(outcome)s，提出人%(rating)s", outcome=outcome, rating=rating)
    return _("已答复：%(outcome)s，等提出人评价", outcome=outcome)


def suggestion(details: ItemDetails) -> ui.Fact | None:
    """The matter and level that the router suggests, until a dispatch; None without any."""
    row, progress = details.item.row, progress_of(details)
    waits = row.state in OPEN and not row.solved_on_spot and progress.dispatched_at is None
    if not waits or not progress.matched_matter:
        return None
    matter = Names(details.directory).matter(progress.matched_matter)
    level = Bilingual(*details.directory.level_names(progress.matched_level))
    note = _("级别：%(level)s。系统按文字建议，以交办为准", level=level)
    return ui.Fact(_("建议事项"), matter, note)


def facts(found: OpenedItem, view: StationView) -> list[ui.Fact]:
    row, progress = found.details.item.row, progress_of(found.details)
    unnumbered = _("没有编号") if row.ended_at else _("受理后编号")
    suggested = suggestion(found.details)
    return [
        ui.Fact(_("现在"), standing(row, progress, view)),
        ui.Fact(_("联络站"), view.station(row.station_id)),
        *_due(row, view),
        ui.Fact(_("编号"), row.number or unnumbered, quiet=not row.number),
        *([suggested] if suggested else []),
        *([ui.Fact(_("怎样提交"), _("联络站代填"))] if row.entered_by_proxy else []),
    ]


def _due(row: ItemRow, view: StationView) -> list[ui.Fact]:
    """The time limit that runs: to supply what is missing, else to accept."""
    if light := view.resubmit_light(row):
        return [ui.Fact(_("补充期限"), "–", light=light)]
    due = view.accept_light(row)
    return [ui.Fact(_("受理期限"), "–", light=due, quiet=due is None)]


def progress_of(details: ItemDetails) -> ProgressRow:
    return details.item.progress or ProgressRow(key=details.item.row.key)


def timeline(found: OpenedItem, view: StationView) -> list[ui.TimelineStep]:
    """List the acts of the station on an item, then how far it is since."""
    names = Names(view.directory)
    steps = [
        ui.TimelineStep(
            "done",
            _numbered(one.event) or EVENTS[one.event.type],
            Sentence("%(day)s", {"day": local_day(one.event.occurred_at)}),
            names.who(one.event.actor, one.event.occurred_at),
        )
        for one in found.events
        if one.event is not None
        and not isinstance(one.event, ItemText)
        and one.event.type in EVENTS
    ]
    return [*steps, *_since(found.details, view)]


def _numbered(event: object) -> Text:
    number = event.number if isinstance(event, ItemAccepted) else ""
    return _("受理，编号%(number)s", number=number) if number else ""


def _since(details: ItemDetails, view: StationView) -> Iterator[ui.TimelineStep]:
    row = details.item.row
    ended = row.state in ("WITHDRAWN", "REJECTED", "TRANSFERRED") or row.erased_at is not None
    if not ended:
        pace: ui.Pace = "done" if details.item.is_over else "now"
        yield ui.TimelineStep(pace, standing(row, progress_of(details), view))


def proposers_named(details: ItemDetails) -> Text:
    """Name who raised an item, masked, as a unit reads it; nobody where that is kept from it."""
    if details.item.row.confidential:
        return ""
    shown = (view_of(one, details.directory).masked() for one in details.item.proposers)
    return listed(called(n, one) for n, one in enumerate(shown, 1))


def merged_into(found: OpenedItem) -> ui.Link | None:
    """Link to the item into which this one was merged, if it was."""
    into = found.details.item.row.merged_into
    if into is None:
        return None
    return ui.Link(found.merged_number or to_text(into)[TAIL], item_href(into))
