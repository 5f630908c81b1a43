"""The monthly form: the city's sheet or a filer's, the facts behind a number, the next step."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.reporting.console import view_models
from services.reporting.console.view_models import HEADS, HOME, REASONS
from services.reporting.domain.facts import COLUMNS
from services.reporting.domain.reports import Reason, Report, Step
from services.reporting.domain.rights import ACTIONS, line_of
from services.reporting.domain.sheets import Listed, Sheet
from services.reporting.domain.windows import Asked
from services.reporting.settings import ReportingSettings
from shared.calendar import Period
from shared.directory import DirectoryCopy
from shared.errors import Conflict, Forbidden, Refused
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied
from shared.rights import Action, may, may_ever
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.console import Console
from shared.web.menu import frame_of
from shared.web.permissions import requires
from shared.web.read_your_writes import wait_for_event

CONSOLE = Console(Path(__file__).parent)
MOST = 100


class Desk(Protocol):
    """What the pages need done; programs use the same."""

    settings: ReportingSettings

    async def period(self, end: date | None) -> Period:
        """Find a period by its last day; raises NoReport."""

    async def period_at_hand(self) -> Period:
        """Find the period people work on now; raises NoReport."""

    async def form(self, by: Actor, period: Period, code: str) -> Sheet:
        """Lay out a form; raises Refused."""

    async def members(self, by: Actor, asked: Asked, limit: int) -> Listed:
        """List the facts behind a number; raises Refused."""

    async def step(
        self, by: Actor, key: Id, name: Step, *, version: int = 0, reason: Reason = "other",
        despite_blocked: bool = False,
    ) -> Applied[Report]:  # fmt: skip
        """Move a report one step on; raises Refused."""


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
        *,
        chosen: str = "",
        refused: Refused | None = None,
    ) -> Response:
        """Show a form with the step that is this person's to take."""
        notes = list(await wait_for_event(self._messaging, request.query_params.get("seen", "")))
        desk = self._desk
        sheet = await desk.form(by, await self._period(period_end), division)
        notes += [_refusal(refused, sheet)] if refused else _comes_first(sheet)
        notes += _left_out(sheet)
        chosen, opens = chosen or view_models.marked(sheet), self._opens(by)
        crumbs = (ui.Crumb(_("月度报表"), HOME), ui.Crumb(_period_name(sheet.period)))
        return CONSOLE.render(
            request,
            "form.html",
            status=refused.status if refused else 200,
            frame=frame_of(by, self._copy.snapshot, HOME, *crumbs, notes=notes),
            sheet=sheet,
            period=sheet.period,
            title=_period_name(sheet.period),
            heads=[HEADS[column] for column in COLUMNS],
            rows=[
                view_models.line(row, sheet, opens, chosen, desk.settings.periods)
                for row in sheet.rows
            ],
            totals=list(view_models.totals(sheet, opens)),
            filers=sheet.counties,
            parts=view_models.parts(sheet, chosen, opens),
            tasks=view_models.tasks(sheet, by),
            reasons=list(REASONS.items()),
            book=f"/reporting/v1/forms.xlsx?{view_models.place(sheet.code, sheet)}",
            neighbours=self._neighbours(sheet),
            draft_day=desk.settings.draft_day,
        )

    async def figures(
        self, request: Request, by: Actor, period_end: date | None, division: str
    ) -> Response:
        """Show the totals of a form as they are now: a piece of the first page."""
        sheet = await self._desk.form(by, await self._desk.period(period_end), division)
        pairs = zip(COLUMNS, view_models.totals(sheet, self._opens(by)), strict=True)
        brief = {**HEADS, "C3": _("收集建议")}
        figures = [(brief[column], this) for column, (this, _since) in pairs]
        return CONSOLE.render(request, "figures.html", figures=figures)

    def _opens(self, by: Actor) -> Callable[[str], bool]:
        directory = self._copy.snapshot
        return lambda code: may(by, Action.REPORT_OPEN, line_of(code, directory))

    async def _period(self, end: date | None) -> Period:
        return await (self._desk.period(end) if end else self._desk.period_at_hand())

    def _neighbours(self, sheet: Sheet) -> list[ui.Link]:
        """Link the forms of the periods before and after."""
        periods = self._desk.settings.periods
        found = (
            (_("上一期"), periods.previous(sheet.period)),
            (_("下一期"), periods.next(sheet.period)),
        )
        return [
            ui.Link(words, view_models.form(sheet.code, one.due_on))
            for words, one in found
            if one is not None
        ]

    async def items(self, request: Request, by: Actor, asked: Asked) -> Response:
        """List what stands behind a number."""
        listed = await self._desk.members(by, asked, MOST)
        period, directory = await self._desk.period(asked.period_end), self._copy.snapshot
        division = directory.division(asked.division)
        name = division.name if division else asked.division
        back = urlencode({"division": listed.filer, "period_end": period.due_on})
        crumbs = (ui.Crumb(_("月度报表"), f"{HOME}?{back}"), ui.Crumb(name))
        lines = [
            (one, to_text(one.subject), found.name if found else one.division_code)
            for one in listed.members
            for found in [directory.division(one.division_code)]
        ]
        return CONSOLE.render(
            request,
            "items.html",
            frame=frame_of(by, directory, HOME, *crumbs),
            parts=view_models.parts_of(name, asked.column, listed.cell),
            period=period,
            lines=lines,
            listed=listed,
            asked=asked,
            are_items=asked.column in ("C3", "C4", "C5") and may_ever(by, Action.CASE_READ),
            pages=_pages(asked, listed.facts),
        )

    async def step(self, request: Request, by: Actor, key: Id, name: Step) -> Response:
        """Take a step and show the form again."""
        form = await request.form()
        end, division = str(form.get("period_end", "")), str(form.get("division", ""))
        reason: Reason = next((one for one in REASONS if one == form.get("reason")), "other")
        version = str(form.get("version", ""))
        try:
            applied = await self._desk.step(
                by, key, name, version=int(version) if version.isdecimal() else 0, reason=reason,
                despite_blocked=form.get("despite_blocked") == "yes",
            )  # fmt: skip
        except (Conflict, Forbidden) as refused:
            return await self.form(request, by, _day(end), division, refused=refused)
        query = urlencode({"period_end": end, "division": division, "seen": applied.seen})
        return RedirectResponse(f"{HOME}?{query}", 303)


def _refusal(refused: Refused, sheet: Sheet) -> ui.Note:
    """Say why a step was not taken and what to do, with the earlier report it waits for."""
    words = refused.full_message
    end = _day(str(refused.details.get("period_end", "")))
    if end is None:
        return ui.Note("amber", words)
    code = str(refused.details.get("filer", sheet.code))
    return ui.Note("amber", words, ui.Link(_("打开这份报表"), view_models.form(code, end)))


def _comes_first(sheet: Sheet) -> list[ui.Note]:
    """Say which reports of counties that went into this one must be received before it is sent."""
    return [
        ui.Note(
            "amber",
            _(
                "%(name)s已并入本单位，它截至%(day)s的报表还没有接收，要先办完",
                name=one.filer.name, day=one.period_end,
            ),
            ui.Link(_("打开这份报表"), view_models.form(one.filer.code, one.period_end)),
        )
        for one in sheet.comes_first
        if one.filer.code != sheet.code
    ]  # fmt: skip


def _left_out(sheet: Sheet) -> list[ui.Note]:
    """Say what is under repair: in a version that is sent, or so far."""
    if not sheet.left_out:
        return []
    words = (
        _("报送时有%(number)s件正在核对数据，没有计入：%(named)s")
        if sheet.version
        else _("有%(number)s件正在核对数据，还没有计入：%(named)s")
    )
    named = "、".join(key[:8] for key in sheet.left_out[:5])
    values = {"number": len(sheet.left_out), "named": named}
    return [ui.Note("amber", Sentence(words.text, values))]


def _pages(asked: Asked, facts: int) -> list[ui.Link]:
    """Link the pages before and after."""
    found = [(_("上一页"), asked.page - 1)] if asked.page > 1 else []
    found += [(_("下一页"), asked.page + 1)] if asked.page * MOST < facts else []
    query = asked.model_dump(mode="json", exclude_none=True)
    return [ui.Link(words, f"?{urlencode(query | {'page': page})}") for words, page in found]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _period_name(period: Period) -> Sentence:
    return _("%(year)s年第%(number)s期", year=str(period.year), number=period.number)


def routes(pages: Pages, officer: CurrentActor) -> APIRouter:
    """Make the pages' addresses."""
    web = APIRouter(include_in_schema=False)
    who, proved = Depends(officer), Depends(just_proved(officer))

    @web.get("/")
    @requires(Action.REPORT_READ)
    async def form(
        request: Request,
        by: Annotated[Actor, who],
        period_end: date | None = None,
        division: Annotated[str, Query(max_length=12)] = "",
        chosen: Annotated[str, Query(max_length=30)] = "",
    ) -> Response:
        return await pages.form(request, by, period_end, division, chosen=chosen)

    @web.get("/figures")
    @requires(Action.REPORT_READ)
    async def figures(
        request: Request,
        by: Annotated[Actor, who],
        period_end: date | None = None,
        division: Annotated[str, Query(max_length=12)] = "",
    ) -> Response:
        return await pages.figures(request, by, period_end, division)

    @web.get("/items")
    @requires(Action.REPORT_OPEN)
    async def items(
        request: Request, by: Annotated[Actor, who], asked: Annotated[Asked, Query()]
    ) -> Response:
        return await pages.items(request, by, asked)

    @web.post("/reports/{report_id}/{name}")
    @requires(*ACTIONS.values(), Action.REPORT_SUBMIT_INCOMPLETE)
    async def step(
        request: Request, by: Annotated[Actor, proved], report_id: UUID, name: Step
    ) -> Response:
        return await pages.step(request, by, report_id.bytes, name)

    return web
