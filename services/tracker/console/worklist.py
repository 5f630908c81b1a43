"""View models of lists of cases: one row, and the three lists of the first page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.tracker.actions import Counts, Worklist
from services.tracker.console.labels import (
    NEXT,
    OPINION_WAITING,
    SUPERVISED_WAITING,
    WAITING,
    ViewContext,
)
from services.tracker.domain.context import last_day
from services.tracker.domain.duties import organ
from services.tracker.domain.mirrors import ReportRow, Stage, TextRow
from services.tracker.domain.model import Case, ClockRow, answering, open_tasks, task_state
from services.tracker.domain.rights import debtors_of, organs_of
from shared.calendar import local_day
from shared.contracts.codes import FigureColumn
from shared.rights import Action, may_ever
from shared.text import Sentence, Text, _, n_
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor
from shared.web.labels import OUTCOMES, PAUSED, Light, light

COLUMNS: Mapping[FigureColumn, Sentence] = {
    "C1": _("活动次数"),
    "C2": _("参与人次"),
    "C3": _("收集建议"),
    "C4": _("解决问题"),
    "C5": _("上报市级"),
    "C6": _("典型案例"),
}
_STAGES: Mapping[Stage, Sentence] = {
    "drafted": _("系统已起草"),
    "checked": _("联络员核对"),
    "confirmed": _("负责人确认"),
    "submitted": _("报送市级"),
    "received": _("市级接收"),
}
_NEXT_STEPS: Mapping[Stage, tuple[Action, Text, Text]] = {
    "drafted": (Action.REPORT_CHECK, _("报表待您核对"), _("核对报表")),
    "returned": (Action.REPORT_CHECK, _("报表被退回，待您重新核对"), _("核对报表")),
    "checked": (Action.REPORT_CONFIRM, _("报表待您确认"), _("核对并确认")),
    "confirmed": (Action.REPORT_SUBMIT, _("报表待您报送"), _("报送报表")),
    "submitted": (Action.REPORT_RECEIVE, _("报表待您接收"), _("接收报表")),
}
"""The step that follows a stage: the right it needs, the headline and the button."""


@dataclass(frozen=True, slots=True)
class CaseListRow:
    light: Light | None
    matter: Text
    marks: Sequence[ui.Mark]
    href: str
    place: str
    unit: Text
    letter: str
    outcome: Text
    next: Text
    next_href: str = ""
    proposal_href: str = ""


@dataclass(frozen=True, slots=True)
class ReportCard:
    """The third list: when the report is due and how far it has come."""

    report: ReportRow
    light: Light | None
    figures: Sequence[tuple[Sentence, ui.Figure]]
    steps: Sequence[ui.TimelineStep]
    next_step: Text
    button: Text


@dataclass(frozen=True, slots=True)
class CaseList:
    """A list of cases under its title; `link` leads to what it leaves out."""

    title: Text
    count: int
    href: str
    link: ui.Link | None
    rows: Sequence[CaseListRow]
    empty: Text


@dataclass(frozen=True, slots=True)
class WorklistPage:
    headline: Text
    due: CaseList
    waiting: CaseList
    card: ReportCard | None
    has_report: bool


def worklist_page(found: Worklist, by: Actor, view: ViewContext) -> WorklistPage:
    card = _card(found.report, by, view) if found.report else None
    headline: Text = _headline(found.counts)
    if card and card.next_step:
        headline = _("%(work)s；%(report)s", work=headline, report=card.next_step)
    own = {organ(key) for key in organs_of(by)}
    return WorklistPage(
        headline,
        _due_list(found, _rows(found, found.due, view, debtors_of(by))),
        _waiting_list(found.counts.waiting, _rows(found, found.waiting, view, own)),
        card,
        found.has_report,
    )


def _headline(counts: Counts) -> Sentence:
    load = counts.load
    if not load.today:
        return _("今天没有到期的事")
    if load.late:
        return _("今天要办%(due)s件，其中%(late)s件已超期", due=load.today, late=load.late)
    return n_("今天要办%(num)s件", load.today)


def _rows(
    found: Worklist, duties: Sequence[ClockRow], view: ViewContext, own: Collection[str]
) -> list[CaseListRow]:
    return [case_row(found.cases[d.key], found.texts[d.key], d, view, own) for d in duties]


def _due_list(found: Worklist, rows: Sequence[CaseListRow]) -> CaseList:
    load, week = found.counts.load, "/tracker/?span=week"
    empty = n_("今天没有到期的事。本周到期%(num)s件", load.week)
    if found.span == "week":
        other = ui.Link(n_("今日到期%(num)s件", load.today), "/tracker/")
        return CaseList(_("本周应办"), load.week, week, other, rows, empty)
    other = ui.Link(n_("本周到期%(num)s件", load.week), week)
    return CaseList(_("今日应办"), load.today, "/tracker/?span=today", other, rows, empty)


def _waiting_list(count: int, rows: Sequence[CaseListRow]) -> CaseList:
    href = "/tracker/cases?show=waiting" if count else ""
    link = ui.Link(n_("查看全部%(num)s件", count), href) if count else None
    return CaseList(_("待他人办"), count, href, link, rows, _("没有在等别人办的事。"))


def _card(report: ReportRow, by: Actor, view: ViewContext) -> ReportCard:
    shown = None
    if report.period_end and report.stage not in ("submitted", "received"):
        shown = light(view.calendar.working_days_left(view.today, report.period_end))
    figures = [
        (COLUMNS[one.column], ui.Figure(one.counted + one.corrected + one.adjusted, links.REPORTS))
        for one in report.figures
    ]
    step = _NEXT_STEPS.get(report.stage)
    labels = step[1:] if step and may_ever(by, step[0]) else ("", _("打开月度报表"))
    return ReportCard(report, shown, figures, _steps(report), *labels)


def _steps(report: ReportRow) -> list[ui.TimelineStep]:
    """The stages up to the present one are done; a returned report is confirmed anew."""
    stages, day = list(_STAGES), report.stage_at
    done = stages.index(report.stage) + 1 if report.stage in stages else 1
    return [
        ui.TimelineStep(
            "done" if n < done else "now" if n == done else "todo",
            label,
            Sentence("%(day)s", {"day": local_day(day)}) if day and n == done - 1 else "",
        )
        for n, label in enumerate(_STAGES.values())
    ]


def clock_light(clock: ClockRow, view: ViewContext) -> Light:
    """The light of a clock, in working days if it counts them, else in calendar days."""
    if clock.paused:
        return PAUSED
    due_on = last_day(clock.due_at)
    if clock.limit_kind == "wd":
        left = view.calendar.working_days_left(view.today, due_on)
    else:
        left = (due_on - view.today).days
    return light(left, working=clock.limit_kind == "wd", provisional=clock.provisional)


def matter_of(case: Case, texts: TextRow) -> Text:
    """The title of a case, else its number, else why it has none."""
    if case.row.erased_at is not None:
        return _("内容已按规定删除")
    return texts.title or case.row.number or _("（文字还在路上）")


def lead_of(case: Case, view: ViewContext) -> Text:
    names = [view.unit(task.unit_id) for task in answering(case)]
    return "、".join(names) if names else _("未定")


def case_href(case: Case) -> str:
    return links.case_page(case.row.key)


def case_row(
    case: Case, texts: TextRow, clock: ClockRow | None, view: ViewContext, own: Collection[str]
) -> CaseListRow:
    """One case by `clock`: the next step of a debtor in `own`, or what others must do."""
    row, href = case.row, case_href(case)
    is_own = clock is not None and clock.debtor in own
    return CaseListRow(
        light=clock_light(clock, view) if clock else None,
        matter=matter_of(case, texts),
        marks=ui.marks(confidential=row.confidential, self_interest=row.self_interest),
        href=href,
        place=view.division(row.division),
        unit=lead_of(case, view),
        letter=view.letters[row.outcome] if row.outcome else "",
        outcome=OUTCOMES[row.outcome] if row.outcome else "",
        next="" if clock is None else _next(case, clock) if is_own else waited_for(case, clock),
        next_href="" if clock is None or not is_own else _next_href(case, clock),
        proposal_href=f"{decision_href(case)}/proposal"
        if is_own and _is_undispatched(clock)
        else "",
    )


def _next(case: Case, clock: ClockRow) -> Text:
    task = case.tasks.get(clock.task_id)
    if clock.kind != "reply" or task is None:
        return NEXT[clock.kind]
    if not task.answers:
        return _("提交会办意见")
    state = task_state(task, case.row.round)
    if state == "drafted":
        return _("签发答复")
    return _("起草答复") if task.contacted_round == case.row.round else _("登记联系")


def _is_undispatched(clock: ClockRow | None) -> bool:
    return clock is not None and clock.kind == "dispatch"


def _next_href(case: Case, clock: ClockRow) -> str:
    is_organs = clock.kind in ("dispatch", "decide_objection")
    return decision_href(case) if is_organs else case_href(case)


def decision_href(case: Case) -> str:
    """The router's page of the item, where its dispatcher decides."""
    return links.routing_page(case.row.key)


def waited_for(case: Case, clock: ClockRow) -> Text:
    if _is_opinion(case, clock):
        return OPINION_WAITING
    if clock.kind == "reply" and case.row.supervision not in ("none", "urged"):
        return SUPERVISED_WAITING
    return WAITING[clock.kind]


def _is_opinion(case: Case, clock: ClockRow) -> bool:
    task = case.tasks.get(clock.task_id)
    return clock.kind == "reply" and task is not None and not task.answers


def foremost(case: Case, own: Collection[str] = ()) -> ClockRow | None:
    """The duty that matters to a reader: one in `own`, else an answer before an opinion."""
    return min(
        case.clocks.values(),
        key=lambda clock: (clock.debtor not in own, _is_opinion(case, clock), clock.due_at),
        default=None,
    )


def co_handlers(case: Case, view: ViewContext) -> str:
    return "、".join(view.unit(t.unit_id) for t in open_tasks(case) if t.role == "co")
