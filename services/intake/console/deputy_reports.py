"""Pages of a deputy to take along: the results of their division, and their own year."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from services.intake.actions.deidentified import DeidentifiedActions, DivisionResults
from services.intake.console import year_report
from services.intake.console.act_forms import placed
from services.intake.console.pages import CONSOLE
from services.intake.console.year_report import YearReport
from services.intake.domain.asker import by_session
from shared.contracts.dates import FIRST_DAY, LAST_DAY
from shared.directory.snapshot import Directory
from shared.rights import Action
from shared.text import CleanText, Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.forms import Form, Submitted, read_form, validated
from shared.web.labels import OUTCOMES
from shared.web.menu import frame_of


class OwnWordsForm(BaseModel):
    """The own words of a deputy; they are written into the file and kept nowhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), CleanText] = ""


class DeputyReportPages:
    def __init__(self, actions: DeidentifiedActions) -> None:
        self._actions = actions

    async def results(self, request: Request, by: Actor) -> Response:
        """Show what came of this year's items in the deputy's divisions, and the last answers."""
        directory = self._actions.stations.copy.snapshot
        codes = list(dict.fromkeys(one.division_code for one in by.grants if one.role == "deputy"))
        found = await self._actions.read_results(codes)
        crumb = ui.Crumb(_("本地办理结果"))
        return CONSOLE.render(
            request,
            "deputy_results.html",
            frame=frame_of(by, directory, links.DEPUTY_RESULTS, crumb),
            divisions=[_division(one, directory) for one in found],
        )

    async def year(
        self,
        request: Request,
        by: Actor,
        year: int | None,
        submitted: Submitted | None = None,
        wrong: ValidationError | None = None,
    ) -> Response:
        """Show a deputy's year to print or to take along; after a refusal with what was typed."""
        report = await self._report(by, year)
        form, notes, status = _form(), list[ui.Note](), 200
        if wrong is not None:
            errors, notes, status = placed(wrong, {})
            form = form.filled(submitted or {}, errors)
        directory = self._actions.stations.copy.snapshot
        return CONSOLE.render(
            request,
            "deputy_year.html",
            frame=frame_of(by, directory, links.DEPUTY_YEAR, ui.Crumb(_("我的一年")), notes=notes),
            status=status,
            report=report,
            form=form,
        )

    async def document(self, request: Request, by: Actor, year: int | None) -> Response:
        """Give the year as a document of Word, with what the deputy typed beside it."""
        submitted = await read_form(request)
        try:
            own = validated(OwnWordsForm, submitted)
        except ValidationError as wrong:
            return await self.year(request, by, year, submitted, wrong)
        report = await self._report(by, year)
        head = {"Content-Disposition": f'attachment; filename="deputy-{report.year}.docx"'}
        content = year_report.document(report, own.words)
        return Response(content, media_type=year_report.MIME, headers=head)

    async def _report(self, by: Actor, year: int | None) -> YearReport:
        if year is not None:
            year = min(max(year, FIRST_DAY.year), LAST_DAY.year)
        found = await self._actions.read_year(by_session(by), year)
        return year_report.report_of(found, by, self._actions.stations.copy.snapshot)


def _form() -> Form:
    hint = _("不保存；打印和下载的文件里有")
    words = ui.Field("words", _("我想对选民说的"), hint=hint, required=False, control="textarea",
                     rows=6)  # fmt: skip
    return Form(_("下载Word文件"), [words])


def _division(found: DivisionResults, directory: Directory) -> dict[str, Any]:
    division, results = directory.division(found.division_code), found.results
    figures: Sequence[tuple[Text, int]] = (
        (_("收到"), results.received),
        (_("已交办"), results.dispatched),
        (_("已答复"), results.answered),
        (_("满意"), results.satisfied),
        (_("基本满意"), results.basically_satisfied),
        (_("不满意"), results.dissatisfied),
        (_("评价中回访得来的"), results.called_back),
    )
    closed = [
        {
            "title": one.title,
            "plain": one.plain,
            "outcome": OUTCOMES[one.progress.outcome] if one.progress.outcome else "",
            "closed_at": one.progress.closed_at,
        }
        for one in found.closed
    ]
    return {
        "name": division.name if division else found.division_code,
        "figures": [(words, ui.Figure(n)) for words, n in figures],
        "closed": closed,
    }


def deputy_report_routes(pages: DeputyReportPages, officer: CurrentActor) -> APIRouter:
    web, who = APIRouter(prefix="/deputy", include_in_schema=False), Depends(officer)

    @web.get("/results")
    @requires(Action.RAISED_READ)
    async def results(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.results(request, by)

    @web.get("/year")
    @requires(Action.RAISED_READ)
    async def year(
        request: Request, by: Annotated[Actor, who], year: int | None = None
    ) -> Response:
        return await pages.year(request, by, year)

    @web.post("/year")
    @requires(Action.RAISED_READ)
    async def document(
        request: Request, by: Annotated[Actor, who], year: int | None = None
    ) -> Response:
        return await pages.document(request, by, year)

    return web
