"""View models of what proposers were told, by people and by notices, and said on the phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.actions.reply_specs import ASKED_BY, TOLD_BY
from services.intake.domain.call_backs import CallBackRow, Telling
from services.intake.domain.model import Item
from services.intake.domain.notices import NoticeRow
from services.intake.domain.occasions import Occasion
from shared.calendar import local_day
from shared.directory.snapshot import Directory
from shared.features.trail import Names
from shared.text import Sentence, Text, _
from shared.web.labels import CHANNELS, RATINGS

_STATES: Mapping[str, Sentence] = {
    "open": _("等第二个人核对"),
    "checked": _("%(who)s核对后生效"),
    "discarded": _("%(who)s作废"),
}
_OCCASIONS: Mapping[Occasion, Sentence] = {
    "accepted": _("已受理"),
    "solved": _("当场解决"),
    "returned": _("请您补充"),
    "urged": _("提醒您补充"),
    "rejected": _("不予受理"),
    "transferred": _("已转到其他渠道"),
    "dispatched": _("交给单位办理"),
    "answered": _("有单位答复"),
    "rate": _("已答复，请您评价"),
}


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call-back, and the words of the proposer in it."""

    words: Text
    said: str


def told_lines(item: Item, directory: Directory, now: datetime) -> list[Text]:
    names = Names(directory)
    numbers = {one.row.proposer_id: n for n, one in enumerate(item.proposers, 1)}
    return [
        _told(one, names.who(one.by, now), numbers.get(one.proposer_id or b""))
        for one in item.row.tellings
    ]


def _told(one: Telling, who: Text, number: int | None) -> Text:
    """Tell who told whom: the proposer of this number, else all of them."""
    how: Text = TOLD_BY[one.channel]
    if number:
        how = _("%(how)s，提出人%(number)s", how=how, number=number)
    if one.reply_no == 0:
        return _("%(day)s%(who)s告诉提出人不在这里办：%(how)s", day=one.day, who=who, how=how)
    return _("%(day)s%(who)s告诉提出人第%(n)s次答复：%(how)s",
             day=one.day, who=who, n=one.reply_no, how=how)  # fmt: skip


def notice_lines(sent: Sequence[NoticeRow], *, is_reader: bool = False) -> list[Text]:
    """List what the system has told proposers; `is_reader`: one of them reads it."""
    line = _("%(at)s已通过%(channel)s告知提出人：%(what)s")
    if is_reader:
        line = _("%(at)s已通过%(channel)s告诉您：%(what)s")
    return [
        Sentence(line.text, {"at": one.ended_at, "channel": CHANNELS[one.channel],
                             "what": _OCCASIONS[one.occasion]})
        for one in sent if one.kind == "proposer"
    ]  # fmt: skip


def call_lines(item: Item, directory: Directory) -> list[CallLine]:
    return [CallLine(_call(one, Names(directory)), one.words) for one in item.call_backs]


def _call(one: CallBackRow, names: Names) -> Text:
    who = names.who(one.decided_by, one.decided_at) if one.decided_at else ""
    return _(
        "%(day)s%(caller)s回访第%(n)s次答复（%(how)s）：%(result)s；%(state)s",
        how=Sentence("%(how)s%(number)s", {"how": ASKED_BY[one.channel], "number": one.number}),
        day=local_day(one.called_at),
        caller=names.who(one.called_by, one.called_at),
        n=one.reply_no,
        result=RATINGS[one.result],
        state=Sentence(_STATES[one.state].text, {"who": who}),
    )
