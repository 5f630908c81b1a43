"""Pages of administrators: the register of enterprises, and a table imported into it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.intake.actions.register import RegisterActions
from services.intake.console.pages import CONSOLE
from services.intake.domain.enterprises import EnterpriseLine, PlannedEnterprise, RegisterPlan
from shared.directory import Directory
from shared.errors import Conflict, Invalid, Refused, TooLarge
from shared.features.table_import.files import chosen_table, download
from shared.features.table_import.report import (
    MAX_SHOWN,
    REPORT,
    RESULTS,
    ChangedField,
    Preview,
    ReportLine,
    remark_cells,
)
from shared.ids import Id, to_text
from shared.rights import Action
from shared.tables.files import FileFormat
from shared.tables.rows import VERDICTS
from shared.text import Text, _, n_
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.forms import read_form, value_of
from shared.web.menu import frame_of

FILE = ui.Field(
    "file", _("文件"), control="file",
    hint=_("CSV（UTF-8或GB 18030）或.xlsx，最多5兆字节、5万行；表头与表样的相同"),
)  # fmt: skip
Lines = Annotated[int | None, Query(ge=0, le=100_000)]


class RegisterPages:
    def __init__(self, actions: RegisterActions) -> None:
        self._actions = actions

    async def start(
        self,
        request: Request,
        by: Actor,
        *,
        done: int | None = None,
        file: ui.Field = FILE,
        refused: Refused | None = None,
    ) -> Response:
        """Show how many enterprises are registered, and where a table is chosen."""
        notes = [] if done is None else [ui.Note("blue", n_("已登记%(num)s行", done))]
        if refused is not None:
            notes.append(ui.Note("amber", refused.full_message))
        return CONSOLE.render(
            request,
            "enterprises.html",
            frame=self._frame(by, notes, ui.Crumb(_("企业名册"))),
            status=refused.status if refused else 422 if file.error else 200,
            count=await self._actions.count(by),
            here=links.ENTERPRISES,
            fields=[file],
        )

    async def missing(self, request: Request, by: Actor) -> Response:
        """Count 1 for the check list while the register is empty."""
        lacking = 0 if await self._actions.count(by) else 1
        return CONSOLE.render(request, "missing.html", count=lacking, href=links.ENTERPRISES)

    async def bring(self, request: Request, by: Actor) -> Response:
        """Store the chosen table and redirect to its preview."""
        chosen = await chosen_table(await request.form())
        if chosen is None:
            return await self.start(request, by, file=replace(FILE, error=_("请选择文件")))
        try:
            key = await self._actions.upload(*chosen, by)
        except (Invalid, TooLarge) as refused:
            return await self.start(request, by, refused=refused)
        return RedirectResponse(_address(key), 303)

    async def preview(
        self, request: Request, by: Actor, key: Id, refused: Conflict | None = None
    ) -> Response:
        """Show what a table would do, line by line."""
        file_name, plan = await self._actions.plan(key, by)
        notes = [ui.Note("amber", refused.full_message)] if refused else []
        above = ui.Crumb(_("企业名册"), links.ENTERPRISES)
        return CONSOLE.render(
            request,
            "import_preview.html",
            frame=self._frame(by, notes, above, ui.Crumb(file_name)),
            status=refused.status if refused else 200,
            preview=Preview(
                file_name,
                _("企业名册"),
                links.ENTERPRISES,
                _address(key),
                plan.digest,
                plan.counts,
                _lines(plan, self._actions.copy.snapshot),
                len(plan.errors) + len(plan.lines),
            ),
        )

    async def enter(self, request: Request, by: Actor, key: Id) -> Response:
        """Enter exactly what was shown, or nothing and preview it again."""
        shown = value_of(await read_form(request), "plan")
        try:
            done = await self._actions.enter(key, shown, by)
        except Conflict as refused:
            return await self.preview(request, by, key, refused)
        return RedirectResponse(f"{links.ENTERPRISES}?done={done}", 303)

    async def report(self, by: Actor, key: Id) -> Response:
        _file_name, plan = await self._actions.plan(key, by)
        rows = sorted(_report_rows(plan), key=lambda row: row[0])
        cells = [(str(number), *others) for number, *others in rows]
        return await download("xlsx", "enterprises-report", REPORT, cells)

    def _frame(self, by: Actor, notes: Sequence[ui.Note], *crumbs: ui.Crumb) -> ui.Frame:
        directory = self._actions.copy.snapshot
        return frame_of(by, directory, links.ENTERPRISES, *crumbs, notes=notes)


def _address(key: Id) -> str:
    return f"{links.ENTERPRISES}/{to_text(key)}"


def _lines(plan: RegisterPlan, directory: Directory) -> list[ReportLine]:
    """Show the first lines: those refused, then the changes, then the new enterprises."""
    wrong = [ReportLine(str(n), "", "wrong", remarks=[why]) for n, why in plan.errors]
    entered = sorted(plan.lines, key=lambda one: VERDICTS.index(one.verdict))
    shown = [
        ReportLine(
            str(one.number), one.row.name, one.verdict, fields=list(_changes(one, directory))
        )
        for one in entered[:MAX_SHOWN]
    ]
    return [*wrong, *shown][:MAX_SHOWN]


def _changes(one: PlannedEnterprise, directory: Directory) -> Iterator[ChangedField]:
    """Compare name and place with the register; a code is the identity and never changes."""
    if one.before is None:
        return
    if one.before.name != one.row.name:
        yield _("名称"), [one.before.name], [one.row.name]
    if one.before.division_code != one.row.division_code:
        was, shall = (_place(directory, it.division_code) for it in (one.before, one.row))
        yield _("地方"), [was], [shall]


def _place(directory: Directory, code: str) -> Text:
    place = directory.division(code)
    return place.name if place else code


def _report_rows(plan: RegisterPlan) -> Iterator[tuple[Any, ...]]:
    for number, why in plan.errors:
        yield number, "", RESULTS["wrong"], "", *remark_cells([why], "intake")
    for one in plan.lines:
        row = one.row
        entered = "\n".join(filter(None, (row.credit_code, row.name, row.division_code)))
        yield one.number, row.name, RESULTS[one.verdict], entered, *remark_cells([], "intake")


def register_routes(pages: RegisterPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(prefix="/enterprises", include_in_schema=False)
    who: Any = Depends(officer)

    @web.get("/missing")
    @requires(Action.DIRECTORY_EDIT)
    async def missing(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.missing(request, by)

    @web.get("")
    @requires(Action.DIRECTORY_EDIT)
    async def start(request: Request, by: Annotated[Actor, who], done: Lines = None) -> Response:
        return await pages.start(request, by, done=done)

    @web.post("")
    @requires(Action.DIRECTORY_EDIT)
    async def bring(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.bring(request, by)

    @web.get("/template", dependencies=[who])
    @requires(Action.DIRECTORY_EDIT)
    async def template(form: FileFormat = "xlsx") -> Response:
        return await download(form, "enterprises", EnterpriseLine.columns(), [])

    _add_uploads(web, pages, officer)
    return web


def _add_uploads(web: APIRouter, pages: RegisterPages, officer: CurrentActor) -> None:
    who: Any = Depends(officer)
    proved: Any = Depends(just_proved(officer))

    @web.get("/{key}")
    @requires(Action.DIRECTORY_EDIT)
    async def preview(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.preview(request, by, key.bytes)

    @web.post("/{key}")
    @requires(Action.DIRECTORY_EDIT)
    async def enter(request: Request, by: Annotated[Actor, proved], key: UUID) -> Response:
        return await pages.enter(request, by, key.bytes)

    @web.get("/{key}/report")
    @requires(Action.DIRECTORY_EDIT)
    async def report(by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.report(by, key.bytes)
