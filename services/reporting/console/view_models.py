"""View models of the form: rows of figures with their links, parts of a number, report tasks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from services.reporting.domain.commands import Reason
from services.reporting.domain.facts import COLUMNS, Column, FactDetail
from services.reporting.domain.freezing import working_days_late
from services.reporting.domain.model import Activity, ActivityRow, ReportRow
from services.reporting.domain.sheets import Cell, Sheet, SheetRow, Shown
from shared.calendar import Period, Periods, local_day, start_of_day
from shared.contracts.codes import FigureColumn
from shared.directory import Directory
from shared.ids import TAIL, Id, to_text
from shared.text import Sentence, Text, _, n_
from shared.web import components as ui
from shared.web.labels import ACTIVITY_KINDS, FIGURES, light

HOME = "/reporting/"
HEADS: Mapping[str, Sentence] = {
    **FIGURES,
    "C3": _("收集意见建议"),
    "street_reps": _("选民代表参与人次"),
}
STAGES: Mapping[str, tuple[int, Sentence, str]] = {
    "": (0, _("未起草"), ""),
    "drafted": (1, _("未报"), "soon"),
    "checked": (2, _("未报，已核对"), "soon"),
    "confirmed": (3, _("未报，已确认"), "soon"),
    "outdated": (2, _("未报，数字有变化"), "soon"),
    "submitted": (4, _("待接收"), "now"),
    "received": (5, _("已接收"), ""),
    "returned": (1, _("已退回，请重报"), "soon"),
    "lapsed": (0, _("不再填报"), ""),
}
"""By stage: how many dots of five are filled, the word, its colour."""

REASONS: Mapping[Reason, Sentence] = {
    "figures": _("数字有误"),
    "cases": _("典型案例不全"),
    "other": _("其他"),
}
Opens = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row: its pairs of figures, and the progress of its report.

    `ended` is the last day of a county that is or will be merged.
    """

    name: Text
    href: str
    figures: Sequence[tuple[ui.Figure, ui.Figure]]
    dots: int
    words: Text
    kind: str
    left_out: int
    ended: date | None
    late: Text


@dataclass(frozen=True, slots=True)
class FigureParts:
    """One number taken apart: counted, corrected, adjusted; `late` of it are late entries."""

    title: Sentence
    head: Sentence
    late: int
    sum: Sequence[tuple[str, ui.Figure, Text]]
    link: ui.Link | None = None


def row(row: SheetRow, sheet: Sheet, opens: Opens, chosen: str, periods: Periods) -> FormRow:
    """Return one row; numbers this person may open are links, a former county to its last form."""
    stage = row.report.stage if row.report else ""
    dots, words, kind = STAGES[stage]
    if row.status == "not_due":
        words = _("还没有开始填报")
    if row.status == "returned" and stage != "returned":
        words, kind = _("已退回，在重报"), "soon"
    figures = [_pair(row, column, sheet, opens, chosen) for column in COLUMNS]
    due_on = sheet.period.due_on
    href = form_url(row.code, due_on, own=row.own) if sheet.is_city else ""
    if row.ended and not sheet.is_city and opens(row.code):
        href = _last_form(row.code, row.ended, periods)
    return FormRow(
        row.name,
        href,
        figures,
        dots,
        words,
        kind,
        len(row.left_out),
        row.ended,
        late(row.report, sheet) if row.report else "",
    )


def late(report: ReportRow, sheet: Sheet) -> Text:
    """Return by how many working days a report was first sent late, or is overdue."""
    first, due_on = report.first_submitted_at, sheet.period.due_on
    sent_on = local_day(first) if first else sheet.today
    if sent_on <= due_on or report.stage == "lapsed":
        return ""
    if not first:
        return light(sent_on, due_on, sheet.calendar).words
    days = working_days_late(sheet.calendar, due_on, sent_on)
    return n_("迟报%(num)s个工作日", days) if days else _("迟报")


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


def form_url(code: str, due_on: date, *, own: bool = False) -> str:
    """Return the address of a form; `own` is what the city files itself."""
    return f"{HOME}?{_place(code, due_on, own=own)}"


def _place(code: str, due_on: date, *, own: bool) -> str:
    query = {"division": code, "period_end": due_on.isoformat()}
    return urlencode(query | ({"own": "true"} if own else {}))


def _last_form(code: str, last_day: date, periods: Periods) -> str:
    """Return the address of a merged county's last form, if it filed one."""
    last = periods.period_of(start_of_day(last_day))
    if last and last.due_on > last_day:
        last = periods.previous(last)
    return form_url(code, last.due_on) if last else ""


def query_of(sheet: Sheet) -> str:
    return _place(sheet.code, sheet.period.due_on, own=sheet.is_own)


def _pair(
    row: SheetRow, column: FigureColumn, sheet: Sheet, opens: Opens, chosen: str
) -> tuple[ui.Figure, ui.Figure]:
    cell, (now, since) = row.cell(column), row.shown(column)
    here = f"{row.code}:{column}"
    href = _items(row, column, sheet) if opens(row.code) else ""
    first = replace(
        _figure(now, href),
        mark=_("更正") if cell.corrected else _("补报") if cell.late else "",
        corrected=bool(cell.corrected),
        chosen=here == chosen,
        mark_href=f"{HOME}?{query_of(sheet)}&chosen={here}#parts",
    )
    if first.state == "counted" and row.status in ("waiting", "returned"):
        first = replace(first, state="waiting")
    sums = _items(row, column, sheet, since_first=True) if opens(row.code) else ""
    return first, _figure(since, sums)


def _figure(shown: Shown, href: str) -> ui.Figure:
    if isinstance(shown, int):
        return ui.Figure(shown, href)
    return ui.Figure(state="missing" if shown == "未报" else "none")


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


def uncounted_url(sheet: Sheet, column: Column) -> str:
    """Return the address of what happened before the first period."""
    query = {"period_end": sheet.period.due_on.isoformat(), "scope": "uncounted"}
    return _items_url(sheet.code, column, **query)


@dataclass(frozen=True, slots=True)
class FactLine:
    """One line of the facts behind a number; an activity is named by its kind and its firms."""

    fact: FactDetail
    key: str
    name: Text
    sub: Text
    place: str
    is_activity: bool


def fact_row(fact: FactDetail, directory: Directory) -> FactLine:
    """Lay out a fact, of an activity or else of an item; what counts a person names them."""
    key, place = to_text(fact.subject), division_name(directory, fact.division_code)
    if not fact.kind:
        return FactLine(fact, key, fact.number or key[TAIL], "", place, is_activity=False)
    held_in = division_name(directory, fact.place_division) if fact.place_division else place
    kind = n_("%(kind)s，%(num)s家企业", fact.firms, kind=ACTIVITY_KINDS[fact.kind])
    name = _person(fact.person_id, directory) if fact.person_id else ""
    return FactLine(fact, key, kind, name, held_in, is_activity=True)


def _person(key: Id, directory: Directory) -> str:
    person = directory.person(key)
    return person.name if person else to_text(key)[TAIL]


def activity_facts(row: ActivityRow, directory: Directory) -> list[ui.Fact]:
    days = [row.first_day, row.last_day]
    return [
        ui.Fact(_("情况"), _("已取消，不再计入") if row.cancelled else _("已举办")),
        ui.Fact(_("主办"), division_name(directory, row.organiser_division)),
        ui.Fact(_("地方"), division_name(directory, row.place_division)),
        ui.Fact(_("日期"), _("%(first)s至%(last)s", first=days[0], last=days[1])),
        ui.Fact(_("企业"), n_("%(num)s家", row.firms)),
    ]


def people_of(found: Activity, directory: Directory) -> list[str]:
    """Name who took part and counts, in order."""
    return sorted(_person(key, directory) for key, one in found.people.items() if one.worth)


def totals(sheet: Sheet, opens: Opens) -> Iterator[tuple[ui.Figure, ui.Figure]]:
    """Yield the last row; its numbers open the facts of all rows in the total."""
    query: dict[str, object] = {"period_end": sheet.period.due_on.isoformat()}
    query |= {"scope": "total"} if sheet.is_city else {"version": sheet.version}
    for column in COLUMNS:
        href = _items_url(sheet.code, column, **query) if opens(sheet.code) else ""
        now, total = sheet.shown_total(column)
        yield _figure(now, href), _figure(total, href and f"{href}&since_first=true")


def memo(sheet: Sheet) -> list[tuple[Text, int]]:
    """Name the figures beside the form; the whole city has no guests and no partners."""
    if sheet.memo is None or not sheet.is_due:
        return []
    others = [
        (_("别处主办、本地联合举办的活动"), sheet.memo.joint),
        (_("外来代表在本地参与人次"), sheet.memo.guests),
    ]
    return [
        (_("走访企业家次"), sheet.memo.visits),
        *([] if sheet.is_city else others),
        (HEADS["street_reps"], sheet.memo.street_reps),
    ]


def default_choice(sheet: Sheet) -> str:
    """Return the first number that was corrected, or else the first with late entries."""
    cells = [
        (row, column, row.cell(column))
        for row in sheet.rows
        for column in COLUMNS
        if isinstance(row.shown(column)[0], int)
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
            if (row.code, column) == (code, name) and isinstance(row.shown(column)[0], int):
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
