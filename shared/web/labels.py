"""Labels of the codes of the published language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.calendar import Calendar
from shared.contracts.codes import (
    ActivityKind,
    Complexity,
    ContactChannel,
    EraseReason,
    HandlingProfile,
    Outcome,
    RatingResult,
    RejectReason,
    ReopenReason,
    ReturnReason,
    TransferChannel,
)
from shared.text import Sentence, _, n_

ACTIVITY_KINDS: Mapping[ActivityKind | Literal[""], Sentence] = {
    "inspection": _("视察"),
    "research": _("调研"),
    "meeting": _("座谈"),
    "contact": _("联系群众"),
    "": _("活动"),
}
COMPLEXITIES: Mapping[Complexity, Sentence] = {
    "policy_question": _("政策咨询"),
    "normal": _("一般事项"),
    "complex": _("复杂事项"),
}
PROFILES: Mapping[HandlingProfile, Sentence] = {
    "station_item": _("民意件"),
    "legal_suggestion": _("代表建议"),
}
RATINGS: Mapping[RatingResult, Sentence] = {
    "satisfied": _("满意"),
    "basically_satisfied": _("基本满意"),
    "dissatisfied": _("不满意"),
}
OUTCOMES: Mapping[Outcome, Sentence] = {
    "solved": _("已解决"),
    "in_progress": _("正在解决"),
    "planned": _("列入计划"),
    "deferred": _("暂不能解决"),
    "reference": _("供参考"),
}
CONTACT_CHANNELS: Mapping[ContactChannel, Sentence] = {
    "visit": _("上门"),
    "phone": _("电话"),
    "meeting": _("面谈"),
    "survey": _("现场查看"),
    "online": _("网上"),
}
REOPEN_REASONS: Mapping[ReopenReason, Sentence] = {
    "untrue": _("答复和实际不一样"),
    "new_facts": _("有新的情况"),
}
WHY: Mapping[ReturnReason | RejectReason | EraseReason, Sentence] = {
    "unclear": _("内容不清楚"),
    "several_matters": _("一件说了几件事"),
    "missing_place": _("没有写明地点"),
    "missing_contact": _("没有联系方式"),
    "other": _("其他"),
    "R1": _("代表本人及其亲属的个人问题"),
    "R2": _("转交的信件、申诉"),
    "R3": _("学术探讨、产品推介"),
    "R4": _("没有实际内容"),
    "R5": _("正在审理的案件"),
    "R6": _("正在进行的招标投标"),
    "R7": _("其他"),
    "asked": _("本人要求删除"),
    "purpose_ended": _("目的已经达到或者不再需要"),
    "retention_ended": _("保存期限已到"),
    "unlawful": _("收集不符合规定"),
}
"""Why an item was returned, rejected or erased; the codes of the three do not overlap."""

TRANSFER_CHANNELS: Mapping[TransferChannel, Sentence] = {
    "petition": _("信访"),
    "court": _("法院"),
    "arbitration": _("仲裁"),
    "hotline_12345": _("12345热线"),
    "emergency": _("应急处置"),
}
CHANNELS: Mapping[str, Sentence] = {"smtp": _("邮件"), "apprise": _("本市的消息网关")}
"""How people are told outside of the system, by the name of the channel."""
FIGURES: Mapping[str, Sentence] = {
    "C1": _("活动次数"),
    "C2": _("参与人次"),
    "C3": _("收集建议"),
    "C4": _("解决问题"),
    "C5": _("上报市级"),
    "C6": _("典型案例"),
}


WITHHELD = _(
    "这件由县、乡办理，没有上报到市级：按规定市级看办理进度和结果，不看文字。"
    "需要了解内容，请联系负责交办的机构。"
)
"""Why the texts of an item are not shown (domain rules §8)."""


@dataclass(frozen=True, slots=True)
class Light:
    """One light; `kind` gives shape and colour, `words` says the same."""

    kind: Literal["ok", "soon", "late", "pause"]
    words: Sentence
    provisional: bool = False


SOON = 5
"""From how many days to the due day on a clock is amber."""

PAUSED = Light("pause", _("暂停计时"))


def light(
    today: date, due_on: date, calendar: Calendar | None = None, *, provisional: bool = False
) -> Light:
    """Light a running clock: the working days of a calendar to its due day, else all days.

    `provisional`: the due day rests on a calendar not yet published.
    """
    if due_on == today:
        return Light("soon", _("今日到期"), provisional)
    first, last = sorted((today, due_on))
    days = calendar.working_days_between(first, last) if calendar else (last - first).days
    if due_on < today:
        return Light("late", _late(days, working=calendar is not None), provisional)
    words = n_("剩%(num)s天", (last - first).days)
    if calendar and days:
        words = n_("剩%(num)s个工作日", days)
    return Light("ok" if days > SOON else "soon", words, provisional)


def _late(days: int, *, working: bool) -> Sentence:
    """How late by the days that have passed; on the days off after a due day none has."""
    if not days:
        return _("已超期")
    return n_("超期%(num)s个工作日", days) if working else n_("超期%(num)s天", days)
