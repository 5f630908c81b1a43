"""Labels of states, duties and events, and the names the directory gives."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.tracker.domain.context import DecisionContext
from services.tracker.domain.duties import first_due, foremost
from services.tracker.domain.model import Case, ClockRow, TaskRow, answering, open_tasks
from services.tracker.domain.rights import awaited_by, debtors_of, waits_as_organ
from services.tracker.settings import Letters
from services.tracker.store import Show
from shared.calendar import Calendar, local_day
from shared.contracts.codes import ClockKind
from shared.contracts.router import DirectoryMatter, DirectoryUnit
from shared.directory import Directory
from shared.directory.succession import label_at, label_seen_from, near, place_seen_from
from shared.ids import TAIL, Id, to_text
from shared.text import Sentence, Text, _, listed
from shared.web.actor import Actor
from shared.web.components import Link
from shared.web.labels import (
    CONTACT_CHANNELS,
    OUTCOMES,
    RATINGS,
    REOPEN_REASONS,
    TRANSFER_CHANNELS,
    WHY,
)

STATES: Mapping[str, Sentence] = {
    "UNKNOWN": _("还没有受理"),
    "SUBMITTED": _("待受理"),
    "SUPPLEMENT": _("退回补充"),
    "WITHDRAWN": _("提出人撤回"),
    "REJECTED": _("不予受理"),
    "TRANSFERRED": _("转其他渠道"),
    "MERGED": _("已并案"),
    "ACCEPTED": _("已受理，待交办"),
    "DISPATCHED": _("待签收"),
    "OBJECTED": _("退办审核中"),
    "IN_PROGRESS": _("办理中"),
    "SIGNOFF": _("待签发"),
    "REPLIED": _("已答复，待评价"),
    "REWORK": _("重新办理"),
    "TRACKING": _("跟踪落实"),
    "CLOSED": _("办结"),
}
NEXT: Mapping[ClockKind, Sentence] = {
    "accept": _("受理"),
    "resubmit": _("补充材料"),
    "dispatch": _("交办"),
    "sign": _("签收"),
    "decide_objection": _("审核退办"),
    "decide_supervision": _("决定督办"),
    "reply": _("答复"),
    "rating": _("评价"),
    "promise": _("核对兑现"),
}
"""The next step of the debtor of a duty."""

WAITING: Mapping[ClockKind, Sentence] = {
    "accept": _("站点受理"),
    "resubmit": _("提出人补充"),
    "dispatch": _("上级交办"),
    "sign": _("单位签收"),
    "decide_objection": _("交办机关审核退办"),
    "decide_supervision": _("交办机关决定督办"),
    "reply": _("单位答复"),
    "rating": _("提出人评价"),
    "promise": _("单位兑现"),
}
"""What others wait for."""

MARKS: Mapping[str, Sentence] = {
    "supervised": _("已督办"),
    "key": _("重点督办"),
    "agenda": _("转常委会议题"),
}
"""The mark of a case by the level of its supervision."""
OPINION: Sentence = _("会办意见")
SIGNATURE: Sentence = _("单位负责人签发")
OPINION_DEADLINE: Sentence = _("会办意见期限")

SHOWN: Mapping[Show, Sentence] = {
    "mine": _("我要办的"),
    "waiting": _("待他人办"),
    "open": _("在办"),
    "late": _("已超期"),
    "candidate": _("待决定督办"),
    "supervised": _("督办中"),
    "closed": _("办结"),
    "all": _("全部"),
}
"""The filters of the list of cases."""

BY_CLERK = _("由单位经办人办理")
BY_HEAD = _("由单位负责人办理")

TIMELINE: Mapping[str, Sentence] = {
    "task.signed": _("已签收"),
    "task.objected": _("提出退办"),
    "case.handed_back": _("退回交办机关"),
    "task.resumed": _("不同意退办，继续办理"),
    "task.contact_logged": _("联系提出人"),
    "task.opinion_filed": _("会办意见已提交"),
    "task.reply_drafted": _("起草答复，待签发"),
    "task.reply_draft_returned": _("草稿退回修改"),
    "case.replied": _("答复"),
    "case.rated": _("提出人评价"),
    "case.rating_refused": _("评价未计入"),
    "case.rating_window_closed": _("评价期满，未评价"),
    "case.rework_ordered": _("重新办理"),
    "case.promise_kept": _("承诺已兑现"),
    "case.promise_broken": _("承诺未兑现"),
    "case.closed": _("办结"),
    "deadline.breached": _("超过期限"),
    "case.urged": _("催办"),
    "supervision.raised": _("督办"),
    "supervision.decided": _("督办决定"),
}
STATION_STEPS: Mapping[str, Sentence] = {
    "item.returned": STATES["SUPPLEMENT"],
    "item.resubmitted": _("补充后重交"),
    "item.cosigned": _("有人联名"),
    "item.supplemented": _("提出人补充了情况"),
    "item.protected": _("来源从这时起保密"),
    "item.reopen_requested": _("提出人请求重新办理"),
    "item.withdrawn": STATES["WITHDRAWN"],
    "item.rejected": STATES["REJECTED"],
    "item.transferred": STATES["TRANSFERRED"],
    "item.merged": _("并案"),
    "item.unmerged": _("并入的一件没有办理，重新等待受理"),
}
STATION_REASONS: Mapping[str, Sentence] = {
    str(code): words
    for those in (WHY, TRANSFER_CHANNELS, REOPEN_REASONS)
    for code, words in those.items()
}
BY_SILENCE: Sentence = _("到期未签收，视为签收")
DOCUMENTS: Mapping[str, Link] = {
    "task.objected": Link(_("退办理由"), "#words"),
    "task.contact_logged": Link(_("联系记录"), "#words"),
    "task.opinion_filed": Link(_("会办意见"), "#words"),
    "case.rated": Link(_("评价理由"), "#words"),
    "case.replied": Link(_("答复"), "#replies"),
    "case.promise_kept": Link(_("答复"), "#replies"),
    "case.promise_broken": Link(_("原因"), "#replies"),
}
"""The heading on the page under which the text of an entry is shown."""

_GIVEN: Mapping[str, Sentence] = {
    **dict(RATINGS.items()),
    **{f"asked:{name}": _("%(rating)s（回访）", rating=words) for name, words in RATINGS.items()},
}
DETAILS: Mapping[str, Sentence] = {
    "case.urged:reply": _("未按时答复"),
    "case.urged:opinion": _("未按时提交会办意见"),
    "case.urged:promise": _("未按时兑现"),
    "case.urged:accept": _("未按时受理"),
    "case.urged:resubmit": _("未按时补充"),
    "case.urged:dispatch": _("未按时交办"),
    "case.urged:decide_objection": _("未按时审核退办"),
    **{f"case.replied:{name}": words for name, words in OUTCOMES.items()},
    **{f"case.rated:{name}": words for name, words in _GIVEN.items()},
    **{
        f"case.rated:other:{name}": _("另一位提出人，%(rating)s", rating=words)
        for name, words in _GIVEN.items()
    },
    **{f"task.contact_logged:{name}": words for name, words in CONTACT_CHANNELS.items()},
    "case.rating_refused:no_such_reply": _("没有这次答复"),
    "case.rating_refused:older_reply": _("已有新的答复"),
    "case.rating_refused:not_all_answered": _("还有单位没有答复"),
    "case.rating_refused:window_over": _("评价期限已过"),
    "case.rating_refused:later_rating": _("已有更晚的评价"),
    "case.closed:unrated": _("未评价，不算满意"),
    "supervision.raised:key": _("建议重点督办，待决定"),
    "supervision.raised:supervised": _("督办单位负责人"),
    "supervision.decided:key": _("重点督办"),
    "supervision.decided:agenda": _("转常委会议题"),
    "supervision.decided:refused": _("不列入"),
}
"""More about a timeline entry, by its type and detail."""
DEADLINES: Mapping[ClockKind, Sentence] = {
    "accept": _("受理期限"),
    "resubmit": _("补充期限"),
    "dispatch": _("交办期限"),
    "sign": _("签收期限"),
    "object": _("退办期限"),
    "decide_objection": _("审核退办期限"),
    "decide_supervision": _("决定督办期限"),
    "reply": _("答复期限"),
    "rating": _("评价期限"),
    "promise": _("兑现期限"),
    "report": _("报送期限"),
}
LEVELS: Mapping[str, Sentence] = {
    "urged": _("催办"),
    "supervised": _("督办单位负责人"),
    "key": _("重点督办"),
    "agenda": _("转常委会议题"),
}
TEXTS: Mapping[str, Sentence] = {
    "objections": _("退办理由"),
    "contacts": _("联系记录"),
    "opinions": _("会办意见"),
}


@dataclass(frozen=True, slots=True)
class ViewContext:
    """Context of the view models besides the case: who reads, and what decides on acts."""

    by: Actor
    directory: Directory
    context: DecisionContext
    letters: Letters

    @property
    def today(self) -> date:
        return local_day(self.context.now)

    @property
    def own(self) -> Collection[str]:
        """The debtors whose duties the reader fulfils."""
        return debtors_of(self.by, self.directory)

    def clock_of(self, case: Case, show: Show | None = None) -> ClockRow | None:
        """The clock that speaks for a case: in a list what that is sorted by, else the reader's.

        Two readers of a list, and two lists that do not ask whose turn it is, show the same one.
        """
        clocks = case.clocks.values()
        match show:
            case "waiting" if waits_as_organ(self.by):
                others = [clock for clock in clocks if clock.debtor not in self.own]
                return first_due(case, others)
            case "waiting":
                return foremost(case, (), awaited_by(self.by))
            case "mine" | None:
                return foremost(case, self.own, awaited_by(self.by))
            case "candidate":
                return case.clocks.get(("decide_supervision", case.row.key, 1))
            case _:
                return first_due(case, clocks)

    @property
    def calendar(self) -> Calendar:
        return self.directory.calendar

    def division(self, code: str) -> str:
        """The name of a division, with its county where the reader is not of that."""
        return place_seen_from(self.directory, code, near(self.directory, self.by.grants))

    def organ(self, key: Id | None) -> str:
        """The name of an organ; empty while the directory has none."""
        found = self.directory.organ_by_id(key) if key else None
        return found.name if found else ""

    def unit(self, key: Id) -> str:
        """The short name of a unit, with its place where the reader could mistake it for another.

        Its id while the directory has none.
        """
        found = self.directory.unit(key)
        return self._seen(found) if found else to_text(key)[TAIL]

    def unit_at(self, key: Id, at: datetime) -> Text:
        """The same as it was called at a moment."""
        found = self.directory.unit(key)
        return label_at(found, at, self._seen) if found else to_text(key)[TAIL]

    def _seen(self, unit: DirectoryUnit) -> str:
        return label_seen_from(self.directory, unit, near(self.directory, self.by.grants))


def waited_for(case: Case, clock: ClockRow, view: ViewContext) -> Text:
    """The step that others owe; with the unit's name if other units answer as well."""
    step = _step(case, clock)
    name = _units(case, clock, view, _step)
    if clock.kind == "dispatch":
        holder = clock.debtor.removeprefix("organ:")
        name = view.organ(bytes.fromhex(holder)) if holder != "unknown" else ""
        return _("%(organ)s交办", organ=name) if name else step
    return _("%(unit)s：%(step)s", unit=name, step=step) if name else step


def deadline_of(case: Case, clock: ClockRow, view: ViewContext) -> Text:
    """The name of a clock's limit, and whose it is unless of the only unit that answers."""
    due, name = _limit(case, clock), _units(case, clock, view, _limit)
    return _("%(due)s（%(unit)s）", due=due, unit=name) if name else due


def _units(
    case: Case, clock: ClockRow, view: ViewContext, label: Callable[[Case, ClockRow], Sentence]
) -> Text:
    """The units with a clock of this label, the lead first; none if only one answers and owes it.

    Clocks of the reader's own units and those of others are named apart.
    """
    is_own = clock.debtor in view.own
    tasks = [
        case.tasks[one.task_id]
        for one in case.clocks.values()
        if one.task_id in case.tasks
        and label(case, one) == label(case, clock)
        and (one.debtor in view.own) == is_own
    ]
    tasks.sort(key=lambda task: (not task.answers, task.task_id))
    if not tasks or (len(tasks) == 1 and tasks == answering(case)):
        return ""
    name = view.unit(tasks[0].unit_id)
    more = len(tasks) - 1
    return _("%(unit)s和另外%(more)s个单位", unit=name, more=more) if more else name


def _step(case: Case, clock: ClockRow) -> Sentence:
    if is_opinion(clock.kind, case.tasks.get(clock.task_id)):
        return OPINION
    is_drafted = clock.kind == "reply" and clock.debtor.startswith("head:")
    return SIGNATURE if is_drafted else WAITING[clock.kind]


def _limit(case: Case, clock: ClockRow) -> Sentence:
    task = case.tasks.get(clock.task_id)
    return OPINION_DEADLINE if is_opinion(clock.kind, task) else DEADLINES[clock.kind]


def is_opinion(kind: str, task: TaskRow | None) -> bool:
    """Whether what a clock of this kind counts is a co-handler's opinion, not a reply."""
    return kind == "reply" and task is not None and not task.answers


def co_handlers(case: Case, view: ViewContext) -> Text:
    names = [view.unit(task.unit_id) for task in open_tasks(case) if task.role == "co"]
    return listed(names) if names else ""


def is_urgent(matter: DirectoryMatter | None, days: int, task: TaskRow | None) -> bool:
    """Whether a task has so many days to reply because its matter is urgent."""
    is_reply = task is not None and task.answers
    return is_reply and matter is not None and matter.urgent and days == matter.limit_wd
