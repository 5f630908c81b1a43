"""View models of a proposer's page: where the item stands, what comes next and by when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.actions.proposer_specs import is_reopenable, own_request
from services.intake.actions.public import RaisedItem
from services.intake.actions.reply_specs import is_rateable, own_rating
from services.intake.console.uploads import size_words
from services.intake.domain.attaching import takes_files
from services.intake.domain.attachments import AttachmentRow
from services.intake.domain.model import ItemRow, ProgressRow
from services.intake.domain.reopening import reopen_until
from shared.calendar import Limit, Pause, deadline, local_day
from shared.directory.snapshot import Directory
from shared.directory.succession import label_of
from shared.ids import to_text
from shared.settings import Limits
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.labels import OUTCOMES, RATINGS, TRANSFER_CHANNELS, WHY, Light, light

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of an item in one word, whose turn it is, the time left, and what comes next."""

    word: Text
    who: Text = ""
    due: Light | None = None
    next: Text = ""


@dataclass(frozen=True, slots=True)
class RaisedView:
    """The page of one proposer: the item, the limits that run, and the names it may show."""

    raised: RaisedItem
    limits: Limits

    @property
    def row(self) -> ItemRow:
        return self.raised.details.item.row

    @property
    def progress(self) -> ProgressRow:
        return self.raised.progress

    @property
    def directory(self) -> Directory:
        return self.raised.details.directory

    @property
    def may_speak(self) -> bool:
        """Whether it is the first proposer who reads, for whom the others wait."""
        return any(one.row.place == 1 for one in self.raised.details.item.proposers)

    @property
    def now(self) -> datetime:
        return self.raised.details.now

    def station(self) -> str:
        found = self.directory.station(self.row.station_id) if self.row.station_id else None
        return found.name if found else ""

    def unit(self) -> Text:
        """The unit that handles it; the firm may know it, its officers' names it may not."""
        key = self.progress.lead_unit
        found = self.directory.unit(key) if key else None
        return label_of(found) if found else ""

    def light_of(self, since: datetime, limit: Limit, pauses: tuple[Pause, ...] = ()) -> Light:
        due = deadline(since, limit, self.directory.calendar, pauses)
        return self.light_until(due.due_at, provisional=due.provisional)

    def light_until(self, due_at: datetime, *, provisional: bool = False) -> Light:
        today, day = local_day(self.now), local_day(due_at - _INSTANT)
        return light(today, day, self.directory.calendar, provisional=provisional)

    def last_day(self, since: datetime, limit: Limit) -> Text:
        due = deadline(since, limit, self.directory.calendar).due_at
        return _day(due - _INSTANT)


def _day(at: datetime) -> Sentence:
    return Sentence("%(day)s", {"day": local_day(at)})


def standing(view: RaisedView) -> Standing:
    """Describe the state of an item for a reader who knows nothing of the procedure."""
    row = view.row
    if row.state == "SUBMITTED":
        return _submitted(view)
    if row.state == "SUPPLEMENT":
        return _returned(view)
    if ended := _ended(view):
        return ended
    if row.solved_on_spot:
        return Standing(_("当场解决"), view.station(), None, _after_the_end(view))
    return _handled(view)


def _returned(view: RaisedView) -> Standing:
    row = view.row
    due = view.light_of(row.paused_at, view.limits.resubmit) if row.paused_at else None
    why = WHY[row.reason]  # type: ignore[index]
    if not view.may_speak:
        after = _("联络站要补充：%(why)s。请第一提出人或联络站补充，补充后接着办。", why=why)
        return Standing(_("等第一提出人补充"), view.station(), due, after)
    after = _("联络站要您补充：%(why)s。点“补充后再交”写好交回，联络站接着办。", why=why)
    return Standing(_("请您补充"), view.station(), due, after)


def _ended(view: RaisedView) -> Standing | None:
    """Describe an item that ended before a unit handled it; None for any other."""
    row, station = view.row, view.station()
    match row.state:
        case "REJECTED":
            why = WHY[row.reason]  # type: ignore[index]
            after = _("理由：%(why)s。补上缺的，或有新的情况，可以再反映一件。", why=why)
            return Standing(_("不予受理"), station, None, after)
        case "TRANSFERRED":
            channel = TRANSFER_CHANNELS[row.reason]  # type: ignore[index]
            after = _("已转%(channel)s，请向那里询问。", channel=channel)
            return Standing(_("已转到其他渠道"), station, None, after)
        case "WITHDRAWN":
            after = _("撤回后不再办理。还要反映的，请再反映一件。")
            return Standing(_("已撤回"), "", None, after)
        case "MERGED" if not view.progress.reply_no:
            after = _("同一家企业提的同一件事，一起办理、一起答复。")
            return Standing(_("并入另一件一起办理"), station, None, after)
        case _:
            return None


def _submitted(view: RaisedView) -> Standing:
    row = view.row
    due = None
    if row.received_at is not None:
        due = view.light_of(row.received_at, view.limits.accept, row.pauses)
    after = _("联络站看过后：受理并编号，请您补充，或说明不受理的理由。")
    return Standing(_("等联络站受理"), view.station(), due, after)


def _handled(view: RaisedView) -> Standing:
    row, progress = view.row, view.progress
    if progress.is_closed:
        return _closed(view)
    if progress.reply_no and progress.rating == "dissatisfied":
        return Standing(_("重新办理"), view.unit(), None,
                        _("您不满意，单位要重新办理，再次答复您。"))  # fmt: skip
    if progress.reply_no:
        return _replied(view)
    if progress.dispatched_at is not None:
        due = view.light_until(progress.reply_due) if progress.reply_due else None
        return Standing(_("正在办理"), view.unit(), due, _("单位会先联系您，再书面答复。"))
    due = None
    if row.accepted_at is not None:
        due = view.light_of(row.accepted_at, view.limits.dispatch)
    return Standing(_("已受理，正在确定由哪个单位办"), "", due,
                    _("定了单位，就从那天起算答复的期限。"))  # fmt: skip


def _closed(view: RaisedView) -> Standing:
    """Describe a closed case: while its reply may be rated, dissatisfaction opens it again."""
    until, details = view.progress.rating_until, view.raised.details
    after = _after_the_end(view)
    due = None
    if until is not None and view.may_speak and is_rateable(details):
        due = view.light_until(until)
        day = _day(until - _INSTANT)
        after = _("到%(day)s为止可以评价；选“不满意”并写明，单位要重新办理。", day=day)
        if own_rating(details.item) is not None:
            after = _("到%(day)s为止可以改评价；选“不满意”并写明，单位要重新办理。", day=day)
    return Standing(_("已办结"), view.unit(), due, after)


def _replied(view: RaisedView) -> Standing:
    progress = view.progress
    until = progress.rating_until
    if view.row.state == "MERGED":
        after = _("和并入的那一件一起答复，由那一件的提出人评价；有不同意见请联系联络站。")
        return Standing(_("已答复"), view.unit(), None, after)
    if until is None:
        return Standing(_("已答复，另有单位还要答复"), view.unit(), None,
                        _("几个单位都答复后，请您评价。"))  # fmt: skip
    if until <= view.now:
        return Standing(_("已答复"), view.unit(), None, _after_the_end(view))
    due = view.light_until(until)
    if own_rating(view.raised.details.item) is None:
        return Standing(_("已答复，请您评价"), view.unit(), due,
                        _("不评价不算满意。选“不满意”并写明，单位要重新办理。"))  # fmt: skip
    return Standing(_("已答复，您已评价"), view.unit(), due,
                    _("到期以前可以改，以最后一次为准。"))  # fmt: skip


def _after_the_end(view: RaisedView) -> Text:
    seen, number = view.raised.details, view.row.number
    if asked := own_request(seen.item):
        day = _day(asked.at)
        return _("您%(day)s请求重新办理，交办的机关和办理的单位看得到您写的。", day=day)
    if is_reopenable(seen):
        until = reopen_until(seen.item)
        if until is None:
            return _("答复和实际不一样，或有新的情况，可以请求重新办理。")
        return _("答复和实际不一样，或有新的情况，到%(day)s为止可以请求重新办理。",
                 day=_day(until - _INSTANT))  # fmt: skip
    if not number:
        return _("有新的情况，请再反映一件。")
    return _("有新的情况，或答复和实际不一样，请再反映一件，写明编号%(number)s。", number=number)


def rated_words(view: RaisedView) -> Text:
    """Describe the proposer's own rating; empty without one."""
    given = own_rating(view.raised.details.item)
    if given is None:
        return ""
    result = RATINGS[given.result]
    how = "" if given.channel == "web" else _("（回访）")
    if given.attitude is None:
        return _("您的评价：结果%(result)s%(how)s", result=result, how=how)
    attitude = RATINGS[given.attitude]
    return _("您的评价：结果%(result)s，态度%(attitude)s%(how)s",
             result=result, attitude=attitude, how=how)  # fmt: skip


def withdrawal(view: RaisedView) -> Text:
    """The station to ask for what a proposer cannot do alone; else empty."""
    if view.row.state in ("SUBMITTED", "SUPPLEMENT") and view.raised.details.is_joint:
        return _("由几位一起提出，要撤回请联系%(station)s。", station=view.station())
    if view.row.state != "ACCEPTED" or view.raised.details.item.is_over:
        return ""
    if view.raised.details.item.hides_unnamed:
        return _("来源保密，已经受理：要补充或撤回请联系%(station)s。", station=view.station())
    return _("已经受理，要撤回请联系%(station)s。", station=view.station())


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that a proposer sent; `href` where it is handed out to them."""

    name: str
    size: Text
    href: str = ""


def files(rows: Sequence[AttachmentRow], at: str = "") -> list[FileLine]:
    """The files of a proposer; `at` is where they may open them, which no link lets them."""
    return [
        FileLine(row.name, size_words(row.size), f"{at}/{to_text(row.attachment_id)}" if at else "")
        for row in rows
        if row.file_id is not None
    ]


def file_acts(view: RaisedView, here: str) -> list[ui.ActionButton]:
    if view.raised.is_blocked or not takes_files(view.raised.details.item):
        return []
    return [ui.ActionButton(_("补充照片、文件、录音"), f"{here}/attachments")]


def outcome_words(view: RaisedView) -> Text:
    """Name the outcome of the last reply, with the day of its promise."""
    progress = view.progress
    if progress.outcome is None:
        return ""
    outcome = OUTCOMES[progress.outcome]
    if progress.promised_on is None:
        return outcome
    return _("%(outcome)s，承诺%(day)s，到期再答复您", outcome=outcome, day=progress.promised_on)


def steps(view: RaisedView) -> list[ui.TimelineStep]:
    """The way of an item like that of a parcel: what happened, and what comes."""
    done = list(_done(view))
    if ended := _ended(view):
        at = view.row.ended_at
        return [*done, ui.TimelineStep("done", ended.word, _day(at) if at else "", ended.next)]
    if view.row.solved_on_spot or view.progress.is_closed:
        return done
    here = standing(view)
    what = here.next if view.row.state == "SUPPLEMENT" else ""
    now = ui.TimelineStep("now", here.word, _("现在"), what)
    return [*done, now, *_to_come(view)]


def _done(view: RaisedView) -> Iterator[ui.TimelineStep]:
    row, progress = view.row, view.progress
    proxy = _("%(station)s代您记录", station=view.station())
    happened = [
        (row.received_at, _("已提交"), proxy if row.entered_by_proxy else view.station()),
        (row.paused_at if row.state == "SUPPLEMENT" else None, _("联络站请您补充"), ""),
        (row.accepted_at, _("已受理"), _("编号%(number)s", number=row.number)),
        (progress.dispatched_at, _("交给单位办理"), view.unit()),
        (progress.contacted_at, _("单位登记了一次联系"), ""),
        (progress.replied_at, _("单位答复"), outcome_words(view)),
        (progress.closed_at if progress.is_closed else None, _("办结"), ""),
    ]
    for at, what, who in happened:
        if at is not None:
            yield ui.TimelineStep("done", what, _day(at), who)


def _to_come(view: RaisedView) -> Iterator[ui.TimelineStep]:
    progress, limits = view.progress, view.limits
    if not progress.dispatched_at:
        if view.row.accepted_at is None:
            yield ui.TimelineStep("todo", _("交给单位办理"))
        yield ui.TimelineStep("todo", _("答复"), "", _time_to_reply(view))
    elif not progress.reply_no:
        due = progress.reply_due
        by = _("%(day)s前", day=local_day(due - _INSTANT)) if due else ""
        yield ui.TimelineStep("todo", _("答复"), by)
    if not progress.reply_no:
        days = limits.rating.n
        yield ui.TimelineStep("todo", _("请您评价"), "", _("答复后%(days)s个工作日内", days=days))
    yield ui.TimelineStep("todo", _("办结"), "", _("您不满意，就重新办理"))


def _time_to_reply(view: RaisedView) -> Text:
    """The time that a unit will have: of what was accepted as it was, else the usual one."""
    row, limits = view.row, view.limits
    if row.profile == "legal_suggestion":
        return _("交办后%(months)s个月内", months=limits.legal_reply.n)
    if row.accepted_at is not None:
        return _("交办后%(days)s个工作日内", days=limits.reply[row.complexity].n)
    return _("交办后一般%(days)s个工作日内", days=limits.reply["normal"].n)
