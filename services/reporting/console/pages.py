"""The monthly form: the city's sheet or a filer's, the facts behind a number, the next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Protocol
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.reporting import store
from services.reporting.domain.facts import COLUMNS, Column
from services.reporting.domain.filers import Filers
from services.reporting.domain.reports import Reason, Report, ReportRow, Step
from services.reporting.domain.sheets import Cell, Sheet, SheetRow
from shared.calendar import Period, local_day
from shared.contracts.words import FigureColumn, Role
from shared.directory import DirectoryCopy
from shared.errors import Conflict, Forbidden, Refused
from shared.ids import Id, to_text
from shared.messaging.fold import Applied
from shared.messaging.messaging import Messaging
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console
from shared.web.menu import frame_of
from shared.web.seen import still_coming
from shared.web.words import Bilingual, Sentence, Text, _

CONSOLE = Console(Path(__file__).with_name("templates"))
HOME = "/reporting/"
_READERS: tuple[Role, ...] = (
    "liaison", "committee_head", "city_office", "research_office", "dispatcher", "leader",
)  # fmt: skip
HEADS: Mapping[FigureColumn, Sentence] = {
    "C1": _("活动次数"),
    "C2": _("参与人次"),
    "C3": _("收集意见建议"),
    "C4": _("解决问题"),
    "C5": _("上报市级"),
    "C6": _("典型案例"),
}
_STAGES: Mapping[str, tuple[int, Sentence, str]] = {
    "": (0, _("未起草"), ""),
    "drafted": (1, _("未报"), "soon"),
    "checked": (2, _("未报，已核对"), "soon"),
    "confirmed": (3, _("未报，已确认"), "soon"),
    "submitted": (4, _("待接收"), "now"),
    "received": (5, _("已接收"), ""),
    "returned": (1, _("已退回，重报"), "late"),
}
"""Dots done, word and colour of a stage."""

_STEPS: Mapping[Step, Sentence] = {
    "check": _("核对无误"),
    "confirm": _("确认"),
    "submit": _("报送市级"),
    "receive": _("接收"),
    "return": _("退回"),
}
_OPEN: Mapping[str, Sequence[tuple[Step, tuple[Role, ...]]]] = {
    "drafted": [("check", ("liaison",))],
    "returned": [("check", ("liaison",))],
    "checked": [("confirm", ("committee_head",))],
    "confirmed": [("submit", ("liaison", "committee_head"))],
    "submitted": [("receive", ("city_office",)), ("return", ("city_office",))],
}
_REASONS: Mapping[Reason, Sentence] = {
    "figures": _("数字有误"),
    "cases": _("典型案例不全"),
    "other": _("其他"),
}
_WHEN: Sequence[tuple[str, Sentence, str]] = (
    ("drafted", _("系统起草"), "drafted_at"),
    ("checked", _("联络员核对"), "checked_at"),
    ("confirmed", _("工委确认"), "confirmed_at"),
    ("submitted", _("报送市级"), "submitted_at"),
    ("received", _("市级接收"), "decided_at"),
)


class Desk(Protocol):
    """What the pages need done; programs use the same."""

    @property
    def filers(self) -> Filers:
        """Who files."""

    async def period(self, end: date | None) -> Period:
        """Find a period by its last day; raises NoReport."""

    async def sheet(self, period: Period, code: str) -> Sheet:
        """Lay out a form; raises NoReport."""

    async def members(
        self, period: Period, code: str, column: Column, *, since_first: bool
    ) -> list[store.Member]:
        """List the facts behind a number."""

    async def step(
        self, by: Actor, key: Id, name: Step, *, version: int = 0, reason: Reason = "other",
        despite_parked: bool = False,
    ) -> Applied[Report]:  # fmt: skip
        """Move a report one step on; raises Refused."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page: pairs of figures, dots and word of its stage."""

    name: Text
    href: str
    figures: Sequence[tuple[ui.Figure, ui.Figure]]
    dots: int
    words: Text
    kind: str


class Pages:
    """Renders reporting's pages for a person."""

    def __init__(self, desk: Desk, messaging: Messaging, copy: DirectoryCopy) -> None:
        self._desk, self._messaging, self._copy = desk, messaging, copy

    async def form(
        self,
        request: Request,
        by: Actor,
        period_end: date | None,
        division: str,
        refused: Refused | None = None,
    ) -> Response:
        """Show a form with the step that is this person's to take."""
        by.require(*_READERS)
        notes = list(await still_coming(self._messaging, request.query_params.get("seen", "")))
        if refused:
            notes.append(ui.Note("amber", Bilingual(refused.zh, refused.en)))
        period = await self._desk.period(period_end)
        city = self._desk.filers.city
        sheet = await self._desk.sheet(period, division or self._own(by))
        is_city = city is not None and sheet.code == city.code and sheet.report is None
        crumbs = (ui.Crumb(_("月度报表"), HOME), ui.Crumb(_period_name(period)))
        rows = [_line(row, sheet) for row in sheet.rows]
        return CONSOLE.render(
            request,
            "form.html",
            status=refused.status if refused else 200,
            frame=frame_of(by, self._copy.snapshot, HOME, *crumbs, notes=notes),
            sheet=sheet,
            period=period,
            title=_period_name(period),
            heads=list(HEADS.values()),
            rows=rows,
            totals=_totals(sheet),
            is_city=is_city,
            received=sum(row.standing == "received" and not row.own for row in sheet.rows),
            filers=len(self._desk.filers.counties),
            tasks=[_task(report, by, period) for report in _reports(sheet)],
            reasons=list(_REASONS.items()),
            book=f"/reporting/v1/forms.xlsx?{_place(sheet.code, period)}",
        )

    def _own(self, by: Actor) -> str:
        """Open a county's people their own form, everyone else the city's."""
        codes = [grant.division_code for grant in by.grants]
        return next((code for code in codes if self._desk.filers.get(code)), "") or self._city

    @property
    def _city(self) -> str:
        city = self._desk.filers.city
        return city.code if city else ""

    async def items(
        self,
        request: Request,
        by: Actor,
        place: tuple[date, str],
        column: FigureColumn,
        since_first: bool,
    ) -> Response:
        """List what stands behind a number."""
        by.require(*_READERS)
        period = await self._desk.period(place[0])
        found = await self._desk.members(period, place[1], column, since_first=since_first)
        directory = self._copy.snapshot
        division = directory.division(place[1])
        name = division.name if division else place[1]
        crumbs = (ui.Crumb(_("月度报表"), f"{HOME}?{_place(place[1], period)}"), ui.Crumb(name))
        lines = [
            (one, to_text(one.subject), found_in.name if found_in else one.division_code)
            for one in found
            for found_in in [directory.division(one.division_code)]
        ]
        return CONSOLE.render(
            request,
            "items.html",
            frame=frame_of(by, directory, HOME, *crumbs),
            head=HEADS[column],
            name=name,
            total=sum(one.delta for one in found),
            period=period,
            lines=lines,
            are_items=column in ("C3", "C4", "C5"),
            since_first=since_first,
        )

    async def step(self, request: Request, by: Actor, key: Id, name: Step) -> Response:
        """Take a step and show the form again."""
        form = await request.form()
        end, division = str(form.get("period_end", "")), str(form.get("division", ""))
        reason: Reason = next((one for one in _REASONS if one == form.get("reason")), "other")
        version = str(form.get("version", ""))
        try:
            applied = await self._desk.step(
                by, key, name, version=int(version) if version.isdigit() else 0, reason=reason,
                despite_parked=form.get("despite_parked") == "yes",
            )  # fmt: skip
        except (Conflict, Forbidden) as refused:
            return await self.form(request, by, _day(end), division, refused)
        query = urlencode({"period_end": end, "division": division, "seen": applied.seen})
        return RedirectResponse(f"{HOME}?{query}", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _place(code: str, period: Period) -> str:
    return urlencode({"division": code, "period_end": period.due_on.isoformat()})


def _period_name(period: Period) -> Sentence:
    return _("%(year)s年第%(number)s期", year=str(period.year), number=period.number)


def _line(row: SheetRow, sheet: Sheet) -> Line:
    stage = row.report.stage if row.report else ""
    dots, words, kind = _STAGES[stage]
    figures = [_figures(row, column, sheet) for column in COLUMNS]
    href = "" if row.standing == "draft" else f"{HOME}?{_place(row.code, sheet.period)}"
    return Line(row.name, href, figures, dots, words, kind)


def _figures(row: SheetRow, column: FigureColumn, sheet: Sheet) -> tuple[ui.Figure, ui.Figure]:
    if column == "C5" and row.own and row.standing != "draft":
        return ui.Figure(state="none"), ui.Figure(state="none")
    cell = row.cell(column)
    query = f"{_place(row.code, sheet.period)}&column={column}"
    href = f"/reporting/items?{query}"
    mark: Text = _("更正") if cell.corrected else _("补报") if cell.late else ""
    state: Any = {"missing": "missing", "waiting": "waiting"}.get(row.standing, "counted")
    now = ui.Figure(cell.printed, href, state, mark, corrected=bool(cell.corrected))
    return now, ui.Figure(cell.cumulative, f"{href}&since_first=true")


def _totals(sheet: Sheet) -> list[tuple[Cell, bool]]:
    return [(sheet.total(column), True) for column in COLUMNS]


def _reports(sheet: Sheet) -> list[ReportRow]:
    """The reports whose next step may be shown: a filer's own, or what waits for the city."""
    if sheet.report:
        return [sheet.report]
    return [row.report for row in sheet.rows if row.report and row.report.stage == "submitted"]


def _task(report: ReportRow, by: Actor, period: Period) -> dict[str, Any]:
    """Lay out the progress of a report with the acts open to this person."""
    done = _STAGES[report.stage][0]
    steps = [
        ui.Step(
            "done" if at < done else "now" if at == done else "todo",
            words,
            Sentence("%(day)s", {"day": local_day(moment)})
            if at < done and (moment := getattr(report, name))
            else "",
        )
        for at, (_stage, words, name) in enumerate(_WHEN)
    ]
    acts = [(name, _STEPS[name]) for name, roles in _OPEN.get(report.stage, ()) if by.grant(*roles)]
    return {
        "report": report,
        "report_id": to_text(report.key),
        "steps": steps,
        "acts": acts,
        "period_end": period.due_on.isoformat(),
    }


def routes(pages: Pages, officer: CurrentActor) -> APIRouter:
    """Make the pages' addresses."""
    web = APIRouter(include_in_schema=False)
    who = Depends(officer)

    @web.get("/")
    async def form(
        request: Request,
        by: Annotated[Actor, who],
        period_end: date | None = None,
        division: Annotated[str, Query(max_length=12)] = "",
    ) -> Response:
        return await pages.form(request, by, period_end, division)

    @web.get("/items")
    async def items(
        request: Request,
        by: Annotated[Actor, who],
        period_end: date,
        division: Annotated[str, Query(max_length=12)],
        column: FigureColumn,
        since_first: bool = False,
    ) -> Response:
        return await pages.items(request, by, (period_end, division), column, since_first)

    @web.post("/reports/{report_id}/{name}")
    async def step(
        request: Request, by: Annotated[Actor, who], report_id: UUID, name: Step
    ) -> Response:
        return await pages.step(request, by, report_id.bytes, name)

    return web
