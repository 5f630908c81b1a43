"""View models of lists of cases: one row, and the three lists of the first page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.tracker import store
from services.tracker.actions import TASK_ACTS, CaseDetails, Titled, Worklist
from services.tracker.console.action_forms import label_of
from services.tracker.console.labels import (
    BY_CLERK,
    BY_HEAD,
    MARKS,
    NEXT,
    STATES,
    ViewContext,
    waited_for,
)
from services.tracker.console.report_card import ReportCard, report_card
from services.tracker.domain.context import DecisionContext, last_day
from services.tracker.domain.duties import unit, unit_head
from services.tracker.domain.effects import check_task
from services.tracker.domain.mirrors import TextRow, WithheldTexts
from services.tracker.domain.model import (
    OVER,
    Case,
    ClockRow,
    TaskRow,
    answering,
    case_state,
    open_tasks,
)
from services.tracker.domain.rights import stations_of, waits
from shared.contracts.codes import ClockKind
from shared.errors import Refused
from shared.ids import TAIL, to_text
from shared.rights import Action, Resource, may
from shared.text import Sentence, Text, _, listed, n_
from shared.web import components as ui
from shared.web import links
from shared.web.act_spec import ActSpec
from shared.web.actor import Actor
from shared.web.labels import OUTCOMES, PAUSED, Light, light

STEPS: Mapping[ClockKind, Collection[str]] = {
    "sign": ("sign",),
    "reply": ("sign", "sign-off", "send-back", "draft", "contact", "opinion"),
    "promise": ("fulfil",),
}
"""The acts that a unit's duty is fulfilled by, as `TASK_ACTS` names and orders them."""


@dataclass(frozen=True, slots=True)
class CaseListRow:
    light: Light | None
    matter: Text
    number: str
    marks: Sequence[ui.Mark]
    href: str
    place: str
    unit: Text
    letter: str
    outcome: Text
    state: Text
    next: Text
    next_href: str = ""
    proposal_href: str = ""


@dataclass(frozen=True, slots=True)
class CaseList:
    """A list of cases under its title; `link` leads to the whole list."""

    title: Text
    count: int
    href: str
    link: ui.Link | None
    rows: Sequence[CaseListRow]
    empty: Text


@dataclass(frozen=True, slots=True)
class WorklistPage:
    headline: Text
    owed: CaseList
    waiting: CaseList | None
    """None for whoever waits neither as an organ, a leader nor a unit."""
    station: ui.Link | None
    card: ReportCard | None
    has_report: bool


def worklist_page(found: Worklist, view: ViewContext) -> WorklistPage:
    """Lay out what was read for the first page."""
    card = report_card(found.reports, view.by, view)
    no_work = _("没有要办的事。")
    headline: Text = _headline(found.counts.owed)
    if card and card.next_step:
        headline = _("%(work)s；%(report)s", work=headline, report=card.next_step)
        if not found.counts.owed.all:
            headline = card.next_step
            no_work = _("没有要办的事项；报表见“我的报表”。")
    return WorklistPage(
        headline,
        _list(_("我要办的"), "mine", found.counts.owed.all, found.owed, no_work, view),
        _list(
            _("待他人办"),
            "waiting",
            found.counts.waiting,
            found.waiting,
            _("没有在等别人办的事。"),
            view,
        )
        if waits(view.by)
        else None,
        ui.Link(_("本站的意见建议各办到哪一步"), links.STATION)
        if stations_of(view.by, Action.ITEM_READ, view.directory)
        else None,
        card,
        found.has_report,
    )


def _headline(load: store.Load) -> Sentence:
    if not load.all:
        return _("没有要办的事")
    if not load.today:
        return _("要办%(all)s件，今天没有到期的", all=load.all)
    due = load.today - load.late
    if not load.late:
        return _("要办%(all)s件，今天到期%(due)s件", all=load.all, due=due)
    if not due:
        return _("要办%(all)s件，已超期%(late)s件", all=load.all, late=load.late)
    return _(
        "要办%(all)s件，已超期%(late)s件，今天还有%(due)s件到期",
        all=load.all,
        late=load.late,
        due=due,
    )


def _list(
    title: Text,
    show: store.Show,
    count: int,
    found: Sequence[Titled],
    empty: Text,
    view: ViewContext,
) -> CaseList:
    href = f"{links.CASES}?show={show}" if count else ""
    rows = [case_row(one, view, show) for one in found]
    link = ui.Link(n_("查看全部%(num)s件", count), href) if count > len(found) else None
    return CaseList(title, count, href, link, rows, empty)


def clock_light(clock: ClockRow, view: ViewContext) -> Light:
    """The light of a clock, in working days if it counts them, else in calendar days."""
    if clock.paused:
        return PAUSED
    counts = view.calendar if clock.limit_kind == "wd" else None
    return light(view.today, last_day(clock.due_at), counts, provisional=clock.provisional)


def matter_of(case: Case, texts: TextRow) -> Text:
    """The title of a case, else its number, else why it has none."""
    if case.row.erased_at is not None:
        return _("内容已按规定删除")
    if isinstance(texts, WithheldTexts):
        return _("%(number)s（县、乡办理，市级不看文字）", number=case.row.number)
    return texts.title or case.row.number or _("（文字还在路上）")


def lead_of(case: Case, view: ViewContext, merged: Case | None) -> Text:
    """The units that answer a case; of one that is merged, the case it is answered with."""
    names = [view.unit(task.unit_id) for task in answering(case)]
    if names:
        return listed(names)
    if case.row.solved_on_spot:
        return _solver(case, view)
    if merged:
        return _("已并入%(number)s", number=number_of(merged))
    return _("未定") if case_state(case) not in OVER else "–"


def _solver(case: Case, view: ViewContext) -> Text:
    key = case.row.solved_by
    station = view.directory.station(key) if key else None
    if station is not None:
        return station.name
    return view.unit(key) if key else _("联络站现场")


def number_of(case: Case) -> str:
    return case.row.number or to_text(case.row.key)[TAIL]


def case_href(case: Case) -> str:
    return links.case_page(case.row.key)


def case_row(one: Titled, view: ViewContext, show: store.Show) -> CaseListRow:
    """One case by the clock that speaks for it there: the reader's next step, or who is awaited."""
    case, texts, merged = one
    row, own = case.row, view.own
    clock = view.clock_of(case, show)
    letter, outcome = result_of(case, view)
    state = STATES[case_state(case)]
    next_: Text
    href = ""
    if clock is None:
        next_ = state
    elif clock.debtor in own:
        next_, href = next_step(case, clock, view)
    else:
        next_ = waited_for(case, clock, view)
    is_undispatched = clock is not None and clock.kind == "dispatch" and bool(href)
    return CaseListRow(
        light=clock_light(clock, view) if clock else None,
        matter=matter_of(case, texts),
        number=row.number if texts.title else "",
        marks=marks_of(case),
        href=case_href(case),
        place=view.division(row.division),
        unit=lead_of(case, view, merged),
        letter=letter,
        outcome=outcome,
        state=state,
        next=next_,
        next_href=href,
        proposal_href=f"{links.routing_page(row.key)}/proposal" if is_undispatched else "",
    )


def marks_of(case: Case) -> Sequence[ui.Mark]:
    row = case.row
    marks = ui.marks(confidential=row.confidential, self_interest=row.self_interest)
    level = MARKS.get(row.supervision)
    return [*marks, ui.Mark(level, "soon")] if level else marks


def result_of(case: Case, view: ViewContext) -> tuple[str, Text]:
    """The class letter and outcome of the current reply, and whether it was refused.

    Empty before any reply; what ended without one has none.
    """
    row = case.row
    if row.outcome is None:
        return "", "–" if case_state(case) in OVER else ""
    if row.phase == "rework":
        return "", _("%(outcome)s，提出人不满意", outcome=OUTCOMES[row.outcome])
    return view.letters[row.outcome], OUTCOMES[row.outcome]


def next_step(case: Case, clock: ClockRow, view: ViewContext) -> tuple[Text, str]:
    """The reader's step towards a duty of theirs, and its page."""
    match clock.kind:
        case "dispatch" | "decide_objection":
            return NEXT[clock.kind], links.routing_page(case.row.key)
        case "accept" | "resubmit":
            return NEXT[clock.kind], links.station_item(case.row.key)
        case "decide_supervision":
            return NEXT[clock.kind], case_href(case)
    for task in open_tasks(case):
        if clock.debtor in (unit(task.unit_id), unit_head(task.unit_id)):
            for spec in TASK_ACTS:
                if spec.name in STEPS[clock.kind] and is_open(spec, case, task, view.context):
                    return label_of(spec, task), case_href(case)
    return NEXT[clock.kind], case_href(case)


def is_open(
    spec: ActSpec[CaseDetails], case: Case, task: TaskRow, context: DecisionContext
) -> bool:
    try:
        check_task(spec.command, case, task, context)
    except Refused:
        return False
    return True


def not_theirs(spec: ActSpec[CaseDetails], task: TaskRow, by: Actor) -> Text:
    """The label of the role that takes a step; empty if the step is the reader's."""
    here = Resource(units=(task.unit_id,))
    if may(by, spec.action, here):
        return ""
    return BY_HEAD if may(by, Action.CASE_SIGN, here) else BY_CLERK
