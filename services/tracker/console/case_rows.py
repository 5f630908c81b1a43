"""One line of a list of cases, and the light of a clock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.tracker.console.labels import NEXT, NOTE_WAITING, OPINION_WAITING, OUTCOMES, WAITING
from services.tracker.domain.context import last_day
from services.tracker.domain.model import Case, ClockRow
from services.tracker.domain.state import answering, open_tasks, task_state
from services.tracker.domain.texts import TextRow
from services.tracker.settings import Letters
from shared.calendar import Calendar
from shared.directory import Directory
from shared.ids import to_text
from shared.text import Text, _
from shared.web import components as ui
from shared.web.light import PAUSED, Light, light


@dataclass(frozen=True, slots=True)
class CaseListRow:
    """What a row of a list shows."""

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
class ViewContext:
    """What every page looks things up in: the directory, today, the letters of outcomes."""

    directory: Directory
    today: date
    letters: Letters

    @property
    def calendar(self) -> Calendar:
        """The working calendar."""
        return self.directory.calendar

    def division(self, code: str) -> str:
        """Name a division; its code while the directory does not know it."""
        found = self.directory.division(code)
        return found.name if found else code

    def unit(self, key: bytes) -> str:
        """Name a unit in short; its id while the directory does not know it."""
        found = self.directory.unit(key)
        return found.short_name if found else to_text(key)[:8]


def clock_light(clock: ClockRow, sight: ViewContext) -> Light:
    """Light a clock: working days when it counts them, else calendar days."""
    if clock.paused:
        return PAUSED
    due_on = last_day(clock.due_at)
    if clock.limit_kind == "wd":
        left = sight.calendar.working_days_left(sight.today, due_on)
    else:
        left = (due_on - sight.today).days
    return light(left, working=clock.limit_kind == "wd", provisional=clock.provisional)


def matter_of(case: Case, texts: TextRow) -> Text:
    """Name a case: its title, else its number, else that its words are on the way, or erased."""
    if case.row.erased_at is not None:
        return _("内容已按规定删除")
    return texts.title or case.row.number or _("（文字还在路上）")


def lead_of(case: Case, sight: ViewContext) -> Text:
    """Name the units that answer."""
    names = [sight.unit(task.unit_id) for task in answering(case)]
    return "、".join(names) if names else _("未定")


def case_href(case: Case) -> str:
    """Give the address of a case's page."""
    return f"/tracker/items/{to_text(case.row.key)}"


def case_row(
    case: Case, texts: TextRow, clock: ClockRow | None, sight: ViewContext, mine: Collection[str]
) -> CaseListRow:
    """Lay out one case by `clock`: the next step of one of `mine`, or what others are to do."""
    row, href = case.row, case_href(case)
    own = clock is not None and clock.debtor in mine
    return CaseListRow(
        light=clock_light(clock, sight) if clock else None,
        matter=matter_of(case, texts),
        marks=ui.marks(confidential=row.confidential, self_interest=row.self_interest),
        href=href,
        place=sight.division(row.division),
        unit=lead_of(case, sight),
        letter=sight.letters[row.outcome] if row.outcome else "",
        outcome=OUTCOMES[row.outcome] if row.outcome else "",
        next="" if clock is None else _next(case, clock) if own else waited_for(case, clock),
        next_href="" if clock is None or not own else _next_href(case, clock),
        proposal_href=f"{decision_href(case)}/proposal" if own and _is_undispatched(clock) else "",
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
    """Give the address where a dispatcher decides: with the router, who holds such items."""
    return f"/router/items/{to_text(case.row.key)}"


def waited_for(case: Case, clock: ClockRow) -> Text:
    """Say what others are to do."""
    if _is_opinion(case, clock):
        return OPINION_WAITING
    if clock.kind == "reply" and case.row.supervision not in ("none", "urged"):
        return NOTE_WAITING
    return WAITING[clock.kind]


def _is_opinion(case: Case, clock: ClockRow) -> bool:
    task = case.tasks.get(clock.task_id)
    return clock.kind == "reply" and task is not None and not task.answers


def foremost(case: Case, mine: Collection[str] = ()) -> ClockRow | None:
    """Find the duty a reader looks at: one of theirs, else the answer before an opinion."""
    return min(
        case.clocks.values(),
        key=lambda clock: (clock.debtor not in mine, _is_opinion(case, clock), clock.due_at),
        default=None,
    )


def nearest(case: Case, but: Collection[str]) -> ClockRow | None:
    """Find the duty of others due first, leaving out those of some debtors."""
    others = [clock for clock in case.clocks.values() if clock.debtor not in but]
    return min(others, key=lambda clock: clock.due_at, default=None)


def co_handlers(case: Case, sight: ViewContext) -> str:
    """Name the co-handlers."""
    return "、".join(sight.unit(t.unit_id) for t in open_tasks(case) if t.role == "co")
