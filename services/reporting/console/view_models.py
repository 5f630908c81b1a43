"""What the form's page shows of a sheet: figures with their links, parts of a number, steps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from services.reporting.domain.facts import COLUMNS, Column
from services.reporting.domain.reports import Reason, ReportRow, Step
from services.reporting.domain.rights import ACTIONS, step_place
from services.reporting.domain.sheets import Cell, Sheet, SheetRow
from shared.calendar import Periods, local_day, start_of_day
from shared.contracts.codes import FigureColumn
from shared.ids import to_text
from shared.rights import Action, may
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor

HOME = "/reporting/"
HEADS: Mapping[Column, Sentence] = {
    "C1": _("活动次数"),
    "C2": _("参与人次"),
    "C3": _("收集意见建议"),
    "C4": _("解决问题"),
    "C5": _("上报市级"),
    "C6": _("典型案例"),
    "street_reps": _("选民代表参与人次"),
}
STAGES: Mapping[str, tuple[int, Sentence, str]] = {
    "": (0, _("未起草"), ""),
    "drafted": (1, _("未报"), "soon"),
    "checked": (2, _("未报，已核对"), "soon"),
    "confirmed": (3, _("未报，已确认"), "soon"),
    "submitted": (4, _("待接收"), "now"),
    "received": (5, _("已接收"), ""),
    "returned": (1, _("已退回，重报"), "late"),
    "lapsed": (0, _("不再填报"), ""),
}
"""Dots done, word and colour of a stage."""

REASONS: Mapping[Reason, Sentence] = {
    "figures": _("数字有误"),
    "cases": _("典型案例不全"),
    "other": _("其他"),
}
_ACTS: Mapping[Step, Sentence] = {
    "check": _("核对无误"),
    "confirm": _("确认"),
    "submit": _("报送市级"),
    "receive": _("接收"),
    "return": _("退回"),
}
_OPEN: Mapping[str, Sequence[Step]] = {
    "drafted": ["check"],
    "returned": ["check"],
    "checked": ["confirm"],
    "confirmed": ["submit"],
    "submitted": ["receive", "return"],
}
_WAITS: Mapping[str, Sentence] = {
    "drafted": _("等联络员核对"),
    "returned": _("等联络员重新核对"),
    "checked": _("等工委负责人确认，核对的人不能自己确认"),
    "confirmed": _("等联络员报送，确认的人不能自己报送"),
    "submitted": _("等市办公室接收"),
    "received": _("这一期已经办完"),
}
_WHEN: Sequence[tuple[Sentence, str]] = (
    (_("系统起草"), "drafted_at"),
    (_("联络员核对"), "checked_at"),
    (_("工委确认"), "confirmed_at"),
    (_("报送市级"), "submitted_at"),
    (_("市级接收"), "decided_at"),
)
Opens = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page: pairs of figures, dots and word of its stage.

    `ended` is the last day of a county that goes or went into another.
    """

    name: Text
    href: str
    figures: Sequence[tuple[ui.Figure, ui.Figure]]
    dots: int
    words: Text
    kind: str
    left_out: int
    ended: date | None


@dataclass(frozen=True, slots=True)
class Parts:
    """One number taken apart: counted, corrected, adjusted; `late` of it are late entries."""

    name: Text
    head: Sentence
    cell: Cell
    items: str
    sum: Sequence[tuple[str, ui.Figure, Text]]


@dataclass(frozen=True, slots=True)
class Button:
    """A step open to this person; `fields` go with it."""

    step: Step
    words: Sentence
    despite_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A report's progress, the steps open to this person, or whom it waits for."""

    report: ReportRow
    report_id: str
    name: str
    steps: Sequence[ui.TimelineStep]
    buttons: Sequence[Button]
    waits: Sentence
    reason: Sentence | None


def line(row: SheetRow, sheet: Sheet, opens: Opens, chosen: str, periods: Periods) -> Line:
    """Lay out one row; numbers this person may open are links, a former county is to its form."""
    stage = row.report.stage if row.report else ""
    dots, words, kind = STAGES[stage]
    if row.standing == "returned" and stage != "returned":
        words, kind = _("已退回，在重报"), "late"
    figures = [_pair(row, column, sheet, opens, chosen) for column in COLUMNS]
    href = form(row.code, sheet.period.due_on) if sheet.is_city and not row.own else ""
    if row.ended and not sheet.is_city and opens(row.code):
        href = _last_form(row.code, row.ended, periods)
    return Line(row.name, href, figures, dots, words, kind, len(row.left_out), row.ended)


def form(code: str, due_on: date) -> str:
    """Address a filer's form."""
    return f"{HOME}?{urlencode({'division': code, 'period_end': due_on.isoformat()})}"


def _last_form(code: str, last_day: date, periods: Periods) -> str:
    """Address the last form a county filed before it went into another; none before the first."""
    last = periods.period_of(start_of_day(last_day))
    if last and last.due_on > last_day:
        last = periods.previous(last)
    return form(code, last.due_on) if last else ""


def place(code: str, sheet: Sheet) -> str:
    """Write a division and the sheet's period as part of an address."""
    return urlencode({"division": code, "period_end": sheet.period.due_on.isoformat()})


def _pair(
    row: SheetRow, column: FigureColumn, sheet: Sheet, opens: Opens, chosen: str
) -> tuple[ui.Figure, ui.Figure]:
    if not row.applies(column):
        return ui.Figure(state="none"), ui.Figure(state="none")
    cell = row.cell(column)
    states: Mapping[str, Literal["missing", "waiting"]] = {
        "missing": "missing", "waiting": "waiting", "returned": "waiting",
    }  # fmt: skip
    here = f"{row.code}:{column}"
    now = ui.Figure(
        cell.printed,
        _items(row, column, sheet) if opens(row.code) else "",
        states.get(row.standing, "counted"),
        _("更正") if cell.corrected else _("补报") if cell.late else "",
        corrected=bool(cell.corrected),
        chosen=here == chosen,
        mark_href=f"{HOME}?{place(sheet.code, sheet)}&chosen={here}#parts",
    )
    if not row.has_sums:
        return now, ui.Figure(state="none")
    since = _items(row, column, sheet, since_first=True) if opens(row.code) else ""
    return now, ui.Figure(cell.cumulative, since)


def _items(row: SheetRow, column: FigureColumn, sheet: Sheet, *, since_first: bool = False) -> str:
    """Address what stands behind a row's number, in the versions that show it."""
    asked: dict[str, object] = {"period_end": sheet.period.due_on.isoformat()}
    if since_first:
        asked["since_first"] = "true"
    if sheet.is_city and since_first:
        asked["scope"] = "received"
    else:
        asked |= {"version": row.version} | ({} if sheet.is_city else {"scope": "line"})
    return items(row.code, column, **asked)


def items(code: str, column: Column, **more: object) -> str:
    """Address the page of what stands behind a number."""
    return f"{HOME}items?{urlencode({'division': code, 'column': column, **more})}"


def totals(sheet: Sheet, opens: Opens) -> Iterator[tuple[ui.Figure, ui.Figure]]:
    """Lay out the last row; its numbers open what all rows in it are the sum of."""
    asked: dict[str, object] = {"period_end": sheet.period.due_on.isoformat()}
    asked |= {"scope": "total"} if sheet.is_city else {"version": sheet.version}
    for column in COLUMNS:
        href = items(sheet.code, column, **asked) if opens(sheet.code) else ""
        cell = sheet.total(column)
        since = href and f"{href}&since_first=true"
        yield ui.Figure(cell.printed, href), ui.Figure(cell.cumulative, since)


def marked(sheet: Sheet) -> str:
    """Name the first number of a sheet that was corrected, or else holds late entries."""
    cells = [
        (row, column, row.cell(column))
        for row in sheet.rows
        for column in COLUMNS
        if row.applies(column) and row.standing != "missing"
    ]
    for odd in ("corrected", "late"):
        for row, column, cell in cells:
            if getattr(cell, odd):
                return f"{row.code}:{column}"
    return ""


def parts(sheet: Sheet, chosen: str, opens: Opens) -> Parts | None:
    """Take the chosen number apart; None when the sheet has no such number."""
    code, _colon, name = chosen.partition(":")
    for row in sheet.rows:
        for column in COLUMNS:
            if (row.code, column) == (code, name) and row.standing != "missing":
                href = _items(row, column, sheet) if opens(code) else ""
                return parts_of(row.name, column, row.cell(column), href)
    return None


def parts_of(name: Text, column: Column, cell: Cell, href: str = "") -> Parts:
    """Take a number apart: 155 − 2 + 0 = 153."""
    adjusted = "−" if cell.adjusted < 0 else "+"
    added = [
        ("", ui.Figure(cell.counted), _("系统计数")),
        ("−", ui.Figure(-cell.corrected), _("更正：计入后又撤回的")),
        (adjusted, ui.Figure(abs(cell.adjusted)), _("手工调整")),
        ("=", ui.Figure(cell.printed, href), _("表上的数")),
    ]
    return Parts(name, HEADS[column], cell, href, added)


def tasks(sheet: Sheet, by: Actor) -> list[Task]:
    """Lay out a filer's own report; of the city's sheet, what waits there or for this person."""
    to = sheet.receiver
    if not sheet.is_city:
        return [_task(sheet.report, "", by, to, bool(sheet.left_out))] if sheet.report else []
    laid_out = [_task(row.report, row.name, by, to, False) for row in sheet.rows if row.report]
    return [one for one in laid_out if one.buttons or one.report.stage == "submitted"]


def _task(report: ReportRow, name: str, by: Actor, receiver: str, blocked: bool) -> Task:
    buttons = list(_buttons(report, by, receiver, blocked))
    return Task(
        report,
        to_text(report.key),
        name,
        list(_steps(report, is_ours=bool(buttons))),
        buttons,
        _("有事项正在核对数据，等核对完再报送") if _is_held(report, blocked) else
        _WAITS[report.stage],
        REASONS[report.return_reason] if report.stage == "returned" else None,  # type: ignore[index]
    )  # fmt: skip


def _is_held(report: ReportRow, blocked: bool) -> bool:
    return blocked and report.stage == "confirmed"


def _buttons(report: ReportRow, by: Actor, receiver: str, blocked: bool) -> Iterator[Button]:
    """Offer the steps of this person's roles that would not be refused at once."""
    held, here = _is_held(report, blocked), step_place(report.filer, receiver)
    for step in _OPEN.get(report.stage, ()):
        done = {"confirm": report.checked_by, "submit": "" if held else report.confirmed_by}
        if done.get(step) == by.code:
            continue
        if held and may(by, Action.REPORT_SUBMIT_INCOMPLETE, here):
            yield Button(step, _("仍然报送，表上注明"), despite_blocked=True)
        elif not held and may(by, ACTIONS[step], here):
            yield Button(step, _ACTS[step])


def _steps(report: ReportRow, *, is_ours: bool) -> Iterator[ui.TimelineStep]:
    done = STAGES[report.stage][0]
    for at, (words, name) in enumerate(_WHEN):
        moment: datetime | None = getattr(report, name)
        when: Any = Sentence("%(day)s", {"day": local_day(moment)}) if moment and at < done else ""
        if at == done and is_ours:
            when = _("等您")
        yield ui.TimelineStep("done" if at < done else "now" if at == done else "todo", words, when)
