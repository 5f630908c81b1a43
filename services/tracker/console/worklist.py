"""What the first page shows: mine due today, mine waiting for others, my report's state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from services.tracker import store
from services.tracker.console.case_rows import CaseListRow, ViewContext, case_row, nearest
from services.tracker.domain.duties import organ, proposer
from services.tracker.domain.model import ClockRow
from services.tracker.domain.reports import ReportRow, Stage
from services.tracker.domain.rights import (
    debtors_of,
    dispatches_for,
    filers_of,
    organs_of,
    units_of,
)
from shared.calendar import local_day, start_of_day
from shared.calendar.days import DAY
from shared.contracts.codes import FigureColumn
from shared.db.pool import Tx
from shared.ids import Id
from shared.rights import Action, may_ever
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.light import Light, light

DUE_LINES, ALL_LINES, WAITING_LINES = 12, 200, 6
Span = Literal["today", "week"]
ENDLESS = datetime(9999, 1, 1, tzinfo=UTC)
COLUMNS: Mapping[FigureColumn, Sentence] = {
    "C1": _("活动次数"),
    "C2": _("参与人次"),
    "C3": _("收集建议"),
    "C4": _("解决问题"),
    "C5": _("上报市级"),
    "C6": _("典型案例"),
}
_STAGES: Sequence[tuple[Stage, Sentence]] = (
    ("drafted", _("系统已起草")),
    ("checked", _("联络员核对")),
    ("confirmed", _("负责人确认")),
    ("submitted", _("报送市级")),
    ("received", _("市级接收")),
)
_ASKS: Mapping[Stage, tuple[Action, Text, Text]] = {
    "drafted": (Action.REPORT_CHECK, _("报表待您核对"), _("核对报表")),
    "returned": (Action.REPORT_CHECK, _("报表被退回，待您重新核对"), _("核对报表")),
    "checked": (Action.REPORT_CONFIRM, _("报表待您确认"), _("核对并确认")),
    "confirmed": (Action.REPORT_SUBMIT, _("报表待您报送"), _("报送报表")),
    "submitted": (Action.REPORT_RECEIVE, _("报表待您接收"), _("接收报表")),
}
"""Whose turn it is at a stage, said in the headline and on the button."""


@dataclass(frozen=True, slots=True)
class ReportCard:
    """The third list: when my report is due and how far it has come."""

    report: ReportRow
    light: Light | None
    figures: Sequence[tuple[Sentence, ui.Figure]]
    steps: Sequence[ui.TimelineStep]
    asks: Text
    act: Text


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the lists of one person hold; `held` waits for their decision at the router."""

    load: store.Load
    waiting: int
    held: int


@dataclass(frozen=True, slots=True)
class Today:
    """The three lists of one person."""

    counts: Counts
    span: Span | None
    due: Sequence[CaseListRow]
    waiting: Sequence[CaseListRow]
    report: ReportCard | None
    has_report: bool


async def count_today(tx: Tx, by: Actor) -> Counts:
    """Count what is due and waited for, in a transaction that sees all: a number shows no row.

    Row security would look at every row that is counted.
    """
    ends, week_ends = _ends(local_day(tx.now))
    load = await store.count_duties(tx, debtors_of(by), ends, week_ends)
    if organs := organs_of(by):
        waiting = await store.count_waiting(tx, organs)
    else:
        waiting = await store.count_all_duties(tx, _raters(by))
    held = await store.count_all_duties(tx, [organ(key) for key in dispatches_for(by)])
    return Counts(load, waiting, held)


def _ends(today: date) -> tuple[datetime, datetime]:
    """Give the end of a day and of its week."""
    week_ends = today + timedelta(days=7 - today.weekday())
    return start_of_day(today + DAY), start_of_day(week_ends)


def _raters(by: Actor) -> list[str]:
    return [proposer(key) for key in units_of(by)]


async def read_today(
    tx: Tx, by: Actor, sight: ViewContext, span: Span | None, counts: Counts
) -> Today:
    """Read the three lists; the first is short unless all of today or the week is asked for."""
    mine, (ends, week_ends) = debtors_of(by), _ends(sight.today)
    until, most = week_ends if span == "week" else ends, ALL_LINES if span else DUE_LINES
    due = await store.list_duties(tx, mine, until, most)
    waiting = await _waiting(tx, by, sight)
    filers = filers_of(by)
    report = await store.find_report(tx, filers) if filers else None
    lines = await _lines(tx, due, sight, mine)
    card = _card(report, by, sight) if report else None
    return Today(counts, span, lines, waiting, card, bool(filers))


async def _lines(
    tx: Tx, duties: Sequence[ClockRow], sight: ViewContext, mine: Collection[str] = ()
) -> list[CaseListRow]:
    keys = list({duty.key for duty in duties})
    cases = await store.read_cases(tx, keys)
    texts = await store.read_texts(tx, keys)
    return [case_row(cases[duty.key], texts[duty.key], duty, sight, mine) for duty in duties]


async def _waiting(tx: Tx, by: Actor, sight: ViewContext) -> list[CaseListRow]:
    """Organs wait for whatever is owed to them, units for the proposer's rating."""
    organs = organs_of(by)
    if organs:
        keys = await store.list_waiting(tx, organs, WAITING_LINES)
        return await _waited(tx, keys, organs, sight)
    duties = await store.list_duties(tx, _raters(by), ENDLESS, WAITING_LINES)
    return await _lines(tx, duties, sight)


async def _waited(
    tx: Tx, keys: Sequence[Id], organs: Sequence[Id], sight: ViewContext
) -> list[CaseListRow]:
    cases = await store.read_cases(tx, keys)
    texts = await store.read_texts(tx, keys)
    own, lines = {organ(key) for key in organs}, []
    for key in keys:
        clock = nearest(cases[key], own)
        if clock is not None:
            lines.append(case_row(cases[key], texts[key], clock, sight, own))
    return lines


def _card(report: ReportRow, by: Actor, sight: ViewContext) -> ReportCard:
    shown = None
    if report.period_end and report.stage not in ("submitted", "received"):
        shown = light(sight.calendar.working_days_left(sight.today, report.period_end))
    figures = [
        (COLUMNS[one.column], ui.Figure(one.counted + one.corrected + one.adjusted, "/reporting/"))
        for one in report.figures
    ]
    step = _ASKS.get(report.stage)
    if step is None or not may_ever(by, step[0]):
        return ReportCard(report, shown, figures, _steps(report), "", _("打开月度报表"))
    return ReportCard(report, shown, figures, _steps(report), step[1], step[2])


def _steps(report: ReportRow) -> list[ui.TimelineStep]:
    """Mark the stages up to the present one as done; a returned report is confirmed anew."""
    stage, day = report.stage, report.stage_at
    names = [name for name, _words in _STAGES]
    done = names.index(stage) + 1 if stage in names else 1
    return [
        ui.TimelineStep(
            "done" if n < done else "now" if n == done else "todo",
            words,
            Sentence("%(day)s", {"day": local_day(day)}) if day and n == done - 1 else "",
        )
        for n, (_name, words) in enumerate(_STAGES)
    ]
