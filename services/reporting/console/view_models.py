"""View models of the form: rows of figures with their links, parts of a number, report tasks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from services.reporting.actions import STEPS
from services.reporting.domain.commands import Reason
from services.reporting.domain.facts import COLUMNS, Column
from services.reporting.domain.model import ReportRow
from services.reporting.domain.rights import report_resource
from services.reporting.domain.sheets import Cell, Sheet, SheetRow
from shared.calendar import Period, Periods, local_day, start_of_day
from shared.contracts.codes import FigureColumn
from shared.directory import Directory
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
"""By stage: how many dots of five are filled, the word, its colour."""

REASONS: Mapping[Reason, Sentence] = {
    "figures": _("数字有误"),
    "cases": _("典型案例不全"),
    "other": _("其他"),
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
class FormRow:
    """One row: its pairs of figures, and the progress of its report.

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
class FigureParts:
    """One number taken apart: counted, corrected, adjusted; `late` of it are late entries."""

    title: Sentence
    head: Sentence
    late: int
    sum: Sequence[tuple[str, ui.Figure, Text]]
    link: ui.Link | None = None


@dataclass(frozen=True, slots=True)
class StepButton:
    step: str
    words: Sentence
    despite_blocked: bool = False


@dataclass(frozen=True, slots=True)
class ReportTask:
    """A report's progress, and the steps open to this person or a note on whom it waits for."""

    report: ReportRow
    report_id: str
    title: Text
    version: Text
    timeline: Sequence[ui.TimelineStep]
    buttons: Sequence[StepButton]
    note: Sentence
    reason: Sentence | None


def row(row: SheetRow, sheet: Sheet, opens: Opens, chosen: str, periods: Periods) -> FormRow:
    """Return one row; numbers this person may open are links, a former county to its last form."""
    stage = row.report.stage if row.report else ""
    dots, words, kind = STAGES[stage]
    if row.status == "returned" and stage != "returned":
        words, kind = _("已退回，在重报"), "late"
    figures = [_pair(row, column, sheet, opens, chosen) for column in COLUMNS]
    href = form_url(row.code, sheet.period.due_on) if sheet.is_city and not row.own else ""
    if row.ended and not sheet.is_city and opens(row.code):
        href = _last_form(row.code, row.ended, periods)
    return FormRow(row.name, href, figures, dots, words, kind, len(row.left_out), row.ended)


def mark(sheet: Sheet) -> ui.Mark:
    """Return the mark beside the title: how many counties are received, or whose form it is."""
    if not sheet.is_city:
        return ui.Mark(sheet.name)
    received, filers = sheet.received, sheet.counties
    words = _("县（市、区）已接收%(received)s/%(filers)s", received=received, filers=filers)
    return ui.Mark(words, "soon" if received < filers else "")


def total_note(sheet: Sheet) -> Sentence:
    """Return what the city's total holds."""
    return _("%(received)s/%(filers)s，另有市本级", received=sheet.received, filers=sheet.counties)


def division_name(directory: Directory, code: str) -> str:
    division = directory.division(code)
    return division.name if division else code


def period_name(period: Period) -> Sentence:
    return _("%(year)s年第%(number)s期", year=str(period.year), number=period.number)


def form_url(code: str, due_on: date) -> str:
    return f"{HOME}?{urlencode({'division': code, 'period_end': due_on.isoformat()})}"


def _last_form(code: str, last_day: date, periods: Periods) -> str:
    """Return the address of the last form of a county that went into another, if it filed one."""
    last = periods.period_of(start_of_day(last_day))
    if last and last.due_on > last_day:
        last = periods.previous(last)
    return form_url(code, last.due_on) if last else ""


def query_of(code: str, sheet: Sheet) -> str:
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
        states.get(row.status, "counted"),
        _("更正") if cell.corrected else _("补报") if cell.late else "",
        corrected=bool(cell.corrected),
        chosen=here == chosen,
        mark_href=f"{HOME}?{query_of(sheet.code, sheet)}&chosen={here}#parts",
    )
    if not row.has_sums:
        return now, ui.Figure(state="none")
    since = _items(row, column, sheet, since_first=True) if opens(row.code) else ""
    return now, ui.Figure(cell.cumulative, since)


def _items(row: SheetRow, column: FigureColumn, sheet: Sheet, *, since_first: bool = False) -> str:
    """Return the address of the facts behind a row's number, in the versions that show it."""
    query: dict[str, object] = {"period_end": sheet.period.due_on.isoformat()}
    if since_first:
        query["since_first"] = "true"
    if sheet.is_city and since_first:
        query["scope"] = "received"
    else:
        query |= {"version": row.version} | ({} if sheet.is_city else {"scope": "line"})
    return _items_url(row.code, column, **query)


def _items_url(code: str, column: Column, **more: object) -> str:
    return f"{HOME}items?{urlencode({'division': code, 'column': column, **more})}"


def totals(sheet: Sheet, opens: Opens) -> Iterator[tuple[ui.Figure, ui.Figure]]:
    """Yield the last row; its numbers open the facts of all rows in the total."""
    query: dict[str, object] = {"period_end": sheet.period.due_on.isoformat()}
    query |= {"scope": "total"} if sheet.is_city else {"version": sheet.version}
    for column in COLUMNS:
        href = _items_url(sheet.code, column, **query) if opens(sheet.code) else ""
        cell = sheet.total(column)
        since = href and f"{href}&since_first=true"
        yield ui.Figure(cell.printed, href), ui.Figure(cell.cumulative, since)


def default_choice(sheet: Sheet) -> str:
    """Return the first number that was corrected, or else the first with late entries."""
    cells = [
        (row, column, row.cell(column))
        for row in sheet.rows
        for column in COLUMNS
        if row.applies(column) and row.status != "missing"
    ]
    for part in ("corrected", "late"):
        for row, column, cell in cells:
            if getattr(cell, part):
                return f"{row.code}:{column}"
    return ""


def chosen_parts(sheet: Sheet, chosen: str, opens: Opens) -> FigureParts | None:
    """Return the chosen number (`division:column`) taken apart, None if there is no such number."""
    code, _colon, name = chosen.partition(":")
    for row in sheet.rows:
        for column in COLUMNS:
            if (row.code, column) == (code, name) and row.status != "missing":
                href = _items(row, column, sheet) if opens(code) else ""
                return parts(row.name, column, row.cell(column), href)
    return None


def parts(name: Text, column: Column, cell: Cell, href: str = "") -> FigureParts:
    """Take a number apart: 155 − 2 + 0 = 153."""
    added = [
        ("", ui.Figure(cell.counted), _("系统计数")),
        ("−", ui.Figure(-cell.corrected), _("更正：计入后又撤回的")),
        ("−" if cell.adjusted < 0 else "+", ui.Figure(abs(cell.adjusted)), _("手工调整")),
        ("=", ui.Figure(cell.printed, href), _("表上的数")),
    ]
    head = HEADS[column]
    title = _("%(name)s，%(head)s%(total)s", name=name, head=head, total=cell.printed)
    link = ui.Link(_("打开这些事项"), href) if href else None
    return FigureParts(title, head, cell.late, added, link)


def tasks(sheet: Sheet, by: Actor) -> list[ReportTask]:
    """Return a filer's own report; in the city's form, those to receive or to be acted on."""
    to = sheet.receiver
    if not sheet.is_city:
        report, blocked = sheet.report, bool(sheet.left_out)
        return [_task(report, _("办理进度"), by, to, blocked)] if report else []
    found = [_task(row.report, row.name, by, to, False) for row in sheet.rows if row.report]
    return [
        replace(task, title=_("%(name)s，待您接收", name=task.title))
        if task.report.stage == "submitted" and task.buttons
        else task
        for task in found
        if task.buttons or task.report.stage == "submitted"
    ]


def _task(report: ReportRow, name: Text, by: Actor, receiver: str, blocked: bool) -> ReportTask:
    buttons = list(_buttons(report, by, receiver, blocked))
    version: Text = ""
    if report.version and report.submitted_at:
        moment = report.submitted_at
        version = _("第%(version)s版，%(moment)s", version=report.version, moment=moment)
    return ReportTask(
        report,
        to_text(report.key),
        name,
        version,
        list(_timeline(report, is_ours=bool(buttons))),
        buttons,
        _("有事项正在核对数据，等核对完再报送") if _is_held(report, blocked) else
        _WAITS[report.stage],
        REASONS[report.return_reason] if report.stage == "returned" else None,  # type: ignore[index]
    )  # fmt: skip


def _is_held(report: ReportRow, blocked: bool) -> bool:
    return blocked and report.stage == "confirmed"


def _buttons(report: ReportRow, by: Actor, receiver: str, blocked: bool) -> Iterator[StepButton]:
    """Yield the steps this person may take that would not be refused at once."""
    held, here = _is_held(report, blocked), report_resource(report.filer, receiver)
    done_by = {"confirm": report.checked_by, "submit": "" if held else report.confirmed_by}
    for name, spec in STEPS.items():
        if report.stage not in spec.command.stages or done_by.get(name) == by.code:
            continue
        if held and may(by, Action.REPORT_SUBMIT_INCOMPLETE, here):
            yield StepButton(name, _("仍然报送，表上注明"), despite_blocked=True)
        elif not held and may(by, spec.action, here):
            yield StepButton(name, spec.label)


def _timeline(report: ReportRow, *, is_ours: bool) -> Iterator[ui.TimelineStep]:
    done = STAGES[report.stage][0]
    for at, (words, name) in enumerate(_WHEN):
        moment: datetime | None = getattr(report, name)
        when: Any = Sentence("%(day)s", {"day": local_day(moment)}) if moment and at < done else ""
        if at == done and is_ours:
            when = _("等您")
        yield ui.TimelineStep("done" if at < done else "now" if at == done else "todo", words, when)
