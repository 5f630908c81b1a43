"""Pages: the monthly form with the next step, and the facts behind a number."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, ValidationError

from services.reporting.actions import STEPS, Actions, StepSpec
from services.reporting.console import view_models
from services.reporting.console.tasks import RefusedReturn, report_tasks, return_prefix
from services.reporting.console.view_models import (
    HEADS,
    HOME,
    division_name,
    form_url,
    period_name,
)
from services.reporting.domain.commands import FactsQuery
from services.reporting.domain.facts import COLUMNS
from services.reporting.domain.ledger import EarlierReport
from services.reporting.domain.rights import line_resource
from services.reporting.domain.sheets import Sheet
from shared.calendar import Period
from shared.errors import Conflict, Forbidden, Invalid, Refused
from shared.ids import TAIL, Id
from shared.rights import Action, may, may_ever
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.console import Console
from shared.web.forms import Submitted, errors_of, read_form, validated, value_of
from shared.web.labels import ACTIVITY_KINDS, FIGURES
from shared.web.menu import frame_of, wait_for_event

CONSOLE = Console(Path(__file__).parent)
MAX_ROWS = 100


class FormQuery(BaseModel):
    """Which form a page shows: `own` is what the city files itself, `chosen` a number on it.

    `line` is the division whose figures are shown alone.
    """

    period_end: date | None = None
    division: str = Field("", max_length=12)
    own: bool = False
    chosen: str = Field("", max_length=30)
    line: str = Field("", max_length=12)


class Pages:
    """Renders reporting's pages for a person."""

    def __init__(self, actions: Actions) -> None:
        self._actions, self._copy, self._settings = actions, actions.copy, actions.settings

    async def form(
        self,
        request: Request,
        by: Actor,
        query: FormQuery,
        refused: Refused | None = None,
        sent_back: RefusedReturn | None = None,
    ) -> Response:
        """Show a form with the steps open to this person, and a refused one as it was filled in."""
        seen = request.query_params.get("seen", "")
        notes = list(await wait_for_event(self._actions.messaging, seen))
        period = await self._period(query.period_end)
        sheet = await self._actions.read_form(by, period, query.division, own=query.own)
        at_field = sent_back is not None and sent_back.errors
        notes += [_refusal(refused, sheet)] if refused and not at_field else _earlier_reports(sheet)
        notes += _left_out(sheet) + _days_missing(sheet)
        notes += _uncounted(sheet) if self._opens(by)(sheet.code) else []
        title = period_name(sheet.period)
        crumbs = (ui.Crumb(_("月度报表"), HOME), ui.Crumb(title))
        return CONSOLE.render(
            request,
            "form.html",
            status=refused.status if refused else 422 if at_field else 200,
            shown_at=form_url(sheet.code, sheet.period.due_on, own=sheet.is_own),
            frame=frame_of(by, self._copy.snapshot, HOME, *crumbs, notes=notes),
            title=title,
            tasks=report_tasks(sheet, by, sent_back),
            **self._form(sheet, by, query.chosen or view_models.default_choice(sheet)),
        )

    def _form(self, sheet: Sheet, by: Actor, chosen: str) -> dict[str, Any]:
        opens, periods = self._opens(by), self._settings.periods
        return {
            "sheet": sheet,
            "period": sheet.period,
            "mark": view_models.mark(sheet),
            "late": view_models.late(sheet.report, sheet) if sheet.report else "",
            "heads": [HEADS[column] for column in COLUMNS],
            "rows": [view_models.row(row, sheet, opens, chosen, periods) for row in sheet.rows],
            "totals": list(view_models.totals(sheet, opens)),
            "total_note": view_models.total_note(sheet),
            "memo": view_models.memo(sheet),
            "parts": view_models.chosen_parts(sheet, chosen, opens),
            "workbook": f"/reporting/v1/forms.xlsx?{view_models.query_of(sheet)}",
            "neighbours": list(self._neighbours(sheet)),
            "draft_day": self._settings.draft_day,
        }

    async def figures(self, request: Request, by: Actor, query: FormQuery) -> Response:
        """Show the totals of a form, or one line's figures, as a piece of the first page."""
        period = await self._actions.find_period(query.period_end)
        sheet = await self._actions.read_form(by, period, query.division, own=query.own)
        opens, periods = self._opens(by), self._settings.periods
        found = view_models.totals(sheet, opens)
        for row in sheet.rows:
            if row.code == query.line:
                found = iter(view_models.row(row, sheet, opens, "", periods).figures)
        pairs = zip(COLUMNS, found, strict=True)
        figures = [(FIGURES[column], this) for column, (this, _since) in pairs]
        return CONSOLE.render(request, "figures.html", figures=figures)

    def _opens(self, by: Actor) -> Callable[[str], bool]:
        directory = self._copy.snapshot
        return lambda code: may(by, Action.REPORT_OPEN, line_resource(code, directory))

    async def _period(self, end: date | None) -> Period:
        return await (self._actions.find_period(end) if end else self._actions.current_period())

    def _neighbours(self, sheet: Sheet) -> Iterator[ui.Link]:
        periods = self._settings.periods
        if earlier := periods.previous(sheet.period):
            yield ui.Link(_("上一期"), form_url(sheet.code, earlier.due_on, own=sheet.is_own))
        later = periods.next(sheet.period)
        if later.start <= sheet.today:
            yield ui.Link(_("下一期"), form_url(sheet.code, later.due_on, own=sheet.is_own))

    async def items(self, request: Request, by: Actor, query: FactsQuery) -> Response:
        page = await self._actions.list_facts(by, query, MAX_ROWS)
        period, directory = await self._actions.find_period(query.period_end), self._copy.snapshot
        name = division_name(directory, query.division)
        crumbs = (ui.Crumb(_("月度报表"), form_url(page.filer, period.due_on)), ui.Crumb(name))
        span = _("%(first)s至%(last)s", first=period.start, last=period.due_on)
        if query.scope == "uncounted":
            span = _("首期以前，不计入任何一期")
        elif query.since_first:
            span = _("到%(day)s为止的累计", day=period.due_on)
        facts = [view_models.fact_row(fact, directory) for fact in page.facts]
        return CONSOLE.render(
            request,
            "items.html",
            frame=frame_of(by, directory, HOME, *crumbs),
            parts=view_models.parts(name, query.column, page.cell),
            span=span,
            period=period,
            facts=facts,
            query=query,
            opens_cases=may_ever(by, Action.CASE_READ),
            pages=_pages(query, page.count),
        )

    async def activity(self, request: Request, by: Actor, key: Id) -> Response:
        """Show an activity behind a number: what was held where, and who took part."""
        found, directory = await self._actions.read_activity(by, key), self._copy.snapshot
        organiser = division_name(directory, found.row.organiser_division)
        crumbs = (ui.Crumb(_("月度报表"), HOME), ui.Crumb(organiser))
        return CONSOLE.render(
            request,
            "activity.html",
            frame=frame_of(by, directory, HOME, *crumbs),
            title=ACTIVITY_KINDS[found.row.kind],
            organiser=organiser,
            facts=view_models.activity_facts(found.row, directory),
            people=view_models.people_of(found, directory),
        )

    async def step(self, request: Request, by: Actor, key: Id, spec: StepSpec) -> Response:
        """Take a step and show the form again."""
        form, prefix = await read_form(request), return_prefix(key)
        form = {name.removeprefix(prefix): texts for name, texts in form.items()}
        end, own = value_of(form, "period_end"), value_of(form, "own") == "true"
        here = FormQuery(period_end=_day(end), division=value_of(form, "division")[:12], own=own)
        try:
            command = spec.to_command((key,), by, _body_of(spec, form))
            applied = await self._actions.take_step(by, command)
        except (Conflict, Forbidden, Invalid, ValidationError) as refused:
            sent_back = _sent_back(key, form, refused) if spec.name == "return" else None
            if not isinstance(refused, ValidationError):
                return await self.form(request, by, here, refused, sent_back)
            if sent_back is None:
                raise RequestValidationError(refused.errors()) from None
            return await self.form(request, by, here, None, sent_back)
        query = here.model_dump(mode="json", exclude_defaults=True) | {"seen": applied.seen}
        return RedirectResponse(f"{HOME}?{urlencode(query)}", 303)


def _body_of(spec: StepSpec, form: Submitted) -> Any:
    """Read a step's body from the form that all steps of a report share; its defaults are stale."""
    fields = spec.body.model_fields
    sent = {"version": ["0"], "figures_sha256": ["0" * 64], **form}
    if not value_of(form, "reason"):  # refused as unexplained, to whoever may return the report
        sent |= {"reason": ["other"], "note": [""]}
    return validated(spec.body, {name: sent[name] for name in fields if name in sent})


def _sent_back(key: Id, form: Submitted, refused: Refused | ValidationError) -> RefusedReturn:
    """Keep what was typed to return a report, with the error at the field to be filled in."""
    typed = {f"{return_prefix(key)}{name}": texts for name, texts in form.items()}
    errors: Mapping[str, Text] = {}
    if isinstance(refused, ValidationError):
        errors = errors_of(refused)
    elif isinstance(refused, Invalid) and refused.fields:
        errors = {"note": _("请写明原因")}
        if not value_of(form, "reason"):
            errors = {"reason": _("请选择退回理由")}
    return RefusedReturn(key, typed, errors)


def _refusal(refused: Refused, sheet: Sheet) -> ui.Note:
    """Return why a step was refused and what to do, with a link to the report it waits for."""
    words = refused.full_message
    end = _day(str(refused.details.get("period_end", "")))
    if end is None:
        return ui.Note("amber", words)
    code = str(refused.details.get("filer", sheet.code))
    href = form_url(code, end, own=code == sheet.receiver)
    return ui.Note("amber", words, ui.Link(_("打开这份报表"), href))


def _earlier_reports(sheet: Sheet) -> list[ui.Note]:
    """Return what a draft depends on: earlier reports that are not received yet."""
    return [
        ui.Note(
            "amber",
            _earlier_report(one, sheet),
            ui.Link(
                _("打开这份报表"),
                form_url(one.filer.code, one.period_end, own=one.filer.is_city),
            ),
        )
        for one in sheet.must_precede
    ]


def _earlier_report(one: EarlierReport, sheet: Sheet) -> Sentence:
    if one.filer.code != sheet.code:
        return _(
            "%(name)s已并入本单位，它截至%(day)s的报表还没有接收，要先办完",
            name=one.filer.name, day=one.period_end,
        )  # fmt: skip
    if one.is_sent:
        return _(
            "截至%(day)s的上一期已报送、市级还没有接收；本期的数字从它之后算起", day=one.period_end
        )
    return _("截至%(day)s的上一期还没有报送，它的事项暂时也在本期的草稿里", day=one.period_end)


def _days_missing(sheet: Sheet) -> list[ui.Note]:
    """Warn that a form is on its way before its period is over."""
    if sheet.report is None or sheet.version or not sheet.days_missing:
        return []
    return [
        ui.Note(
            "amber",
            _(
                "本期到%(day)s24:00为止，还差%(days)s天。现在报送，这些天的事项要作为补报算到下一期",
                day=sheet.period.due_on, days=sheet.days_missing,
            ),
        )
    ]  # fmt: skip


def _uncounted(sheet: Sheet) -> list[ui.Note]:
    """Name what happened before the first period and is counted nowhere."""
    return [
        ui.Note(
            "blue",
            _("首期以前有%(number)s条%(head)s，不计入任何一期", number=n, head=HEADS[column]),
            ui.Link(_("打开这些事项"), view_models.uncounted_url(sheet, column)),
        )
        for column, n in sheet.uncounted.items()
    ]


def _left_out(sheet: Sheet) -> list[ui.Note]:
    if not sheet.left_out:
        return []
    words = (
        _("报送时有%(number)s件正在核对数据，没有计入：%(named)s")
        if sheet.version
        else _("有%(number)s件正在核对数据，还没有计入：%(named)s")
    )
    named = tuple(key[TAIL] for key in sheet.left_out[:5])
    values = {"number": len(sheet.left_out), "named": named}
    return [ui.Note("amber", Sentence(words.text, values))]


def _pages(query: FactsQuery, count: int) -> list[ui.Link]:
    found = [(_("上一页"), query.page - 1)] if query.page > 1 else []
    found += [(_("下一页"), query.page + 1)] if query.page * MAX_ROWS < count else []
    sent = query.model_dump(mode="json", exclude_none=True)
    return [ui.Link(words, f"?{urlencode(sent | {'page': page})}") for words, page in found]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def routes(pages: Pages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    who = Depends(officer)

    @web.get("/")
    @requires(Action.REPORT_READ)
    async def form(
        request: Request, by: Annotated[Actor, who], query: Annotated[FormQuery, Query()]
    ) -> Response:
        return await pages.form(request, by, query)

    @web.get("/figures")
    @requires(Action.REPORT_READ)
    async def figures(
        request: Request, by: Annotated[Actor, who], query: Annotated[FormQuery, Query()]
    ) -> Response:
        return await pages.figures(request, by, query)

    @web.get("/items")
    @requires(Action.REPORT_OPEN)
    async def items(
        request: Request, by: Annotated[Actor, who], query: Annotated[FactsQuery, Query()]
    ) -> Response:
        return await pages.items(request, by, query)

    @web.get("/activities/{key}")
    @requires(Action.REPORT_OPEN)
    async def activity(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.activity(request, by, key.bytes)

    _add_steps(web, pages, officer)
    return web


def _add_steps(web: APIRouter, pages: Pages, officer: CurrentActor) -> None:
    proved = Depends(just_proved(officer))

    @web.post("/reports/{report_id}/{name}")
    @requires(*(spec.action for spec in STEPS.values()), Action.REPORT_SUBMIT_INCOMPLETE)
    async def step(
        request: Request, by: Annotated[Actor, proved], report_id: UUID, name: str
    ) -> Response:
        if name not in STEPS:
            raise HTTPException(404)
        return await pages.step(request, by, report_id.bytes, STEPS[name])
