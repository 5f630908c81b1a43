"""Pages of administrators: vacancies, new units and stations, tables in and out."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.router.directory.console import labels, view_models
from services.router.directory.console.import_report import Report
from services.router.directory.console.new_forms import (
    NEW_TITLES,
    lines_of,
    new_form,
    refused_form,
)
from services.router.directory.console.pages import DirectoryPages
from services.router.directory.console.routes import Place
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain.lists import LISTS
from services.router.directory.domain.rights import admin_scope
from services.router.directory.domain.tables import (
    COLUMNS,
    TABLE_KINDS,
    NewEntryErrors,
    TableKind,
)
from shared.calendar import local_day
from shared.errors import Conflict, Invalid, Refused, TooLarge
from shared.features.table_import.files import chosen_table, download
from shared.features.table_import.report import REPORT, Preview
from shared.ids import Id, to_text
from shared.rights import Action
from shared.tables.files import FileFormat
from shared.tables.rows import RowError
from shared.text import _, listed, n_
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.forms import Submitted, read_form, value_of
from shared.web.menu import frame_of

IMPORT = f"{labels.HERE}/import"
MAX_VACANCIES = 50
Lines = Annotated[int | None, Query(ge=0, le=100_000)]


class AdminPages:
    """Pages by which administrators keep the directory in order."""

    def __init__(self, pages: DirectoryPages) -> None:
        self._pages, self._actions, self._copy = pages, pages.actions, pages.copy

    async def vacancies(self, request: Request, by: Actor) -> Response:
        """Show what nobody is responsible for in this administrator's area."""
        found, directory = await self._actions.vacancies(by), self._copy.snapshot
        return self._pages.render(
            request, by, "vacancies.html",
            [ui.Crumb(_("名录"), labels.HERE), ui.Crumb(_("无人负责"))],
            facts=view_models.vacancy_facts(found),
            units=[view_models.empty_line(directory, one) for one in found.units],
            organs=[view_models.empty_line(directory, one) for one in found.organs],
            forms=[view_models.empty_line(directory, one) for one in found.forms],
            leaders=[view_models.empty_line(directory, one) for one in found.leaders],
            stations=[view_models.unmanned_line(directory, one) for one in found.stations],
            deputies=[view_models.unattached_line(directory, *one) for one in found.deputies],
            shown=MAX_VACANCIES,
        )  # fmt: skip

    async def new(
        self,
        request: Request,
        by: Actor,
        kind: TableKind,
        typed: Submitted,
        wrong: NewEntryErrors | None = None,
    ) -> Response:
        """Show the form of a new entry; its division is in the URL."""
        code = value_of(typed, "division_code")
        async with self._pages.db.begin() as tx:
            view = ViewContext(self._copy.snapshot, admin_scope(by), local_day(tx.now), {}, {})
        form, place = new_form(kind, code, view), None
        if wrong:
            form, place = refused_form(form, kind, typed, wrong)
        name, title = labels.place_name(view.directory, code), NEW_TITLES[kind]
        crumbs = [ui.Crumb(name, labels.division_address(code)), ui.Crumb(title)]
        return self._pages.render(
            request, by, "new.html", [ui.Crumb(_("名录"), labels.HERE), *crumbs],
            notes=_row_notes(place),
            status=422 if wrong else 200,
            shown_at=f"{form.action}?{urlencode({'division': code})}",
            form=form, place=name,
        )  # fmt: skip

    async def enter_new(self, request: Request, by: Actor, kind: TableKind) -> Response:
        """Enter a new entry, or show its form again with every error."""
        typed = await read_form(request)
        lines = lines_of(kind, typed, self._copy.snapshot)
        are_others = value_of(typed, "are_others") == "yes"
        try:
            applied = await self._actions.enter_new(kind, lines, by, are_others=are_others)
        except NewEntryErrors as wrong:
            return await self.new(request, by, kind, typed, wrong)
        pages = {"deputies": "people", "officers": "people"} | dict.fromkeys(LISTS, "listed")
        key = to_text(applied.state.row.key)
        at = f"{labels.HERE}/{pages.get(kind, kind)}/{key}"
        return RedirectResponse(f"{at}?seen={applied.seen}", 303)

    def start(
        self,
        request: Request,
        by: Actor,
        *,
        done: int | None = None,
        fields: Sequence[ui.Field] = (),
        refused: Refused | None = None,
    ) -> Response:
        """Show where a table is chosen, and what can be taken away."""
        notes: list[ui.Note] = []
        if done is not None:
            notes.append(ui.Note("blue", n_("已登记%(num)s行", done)))
        if refused is not None:
            notes.append(ui.Note("amber", refused.full_message))
        wrong = any(one.error for one in fields)
        return self._pages.render(
            request,
            by,
            "import.html",
            [ui.Crumb(_("名录"), labels.HERE), ui.Crumb(_("导入导出"))],
            notes=notes,
            status=refused.status if refused else 422 if wrong else 200,
            fields=fields or _fields(),
            exports=[(kind, labels.TABLES[kind], listed(COLUMNS[kind])) for kind in TABLE_KINDS],
        )

    async def bring(self, request: Request, by: Actor) -> Response:
        """Store the chosen table and redirect to its preview."""
        form = await request.form()
        file, kind = await chosen_table(form), form.get("kind")
        found = next((one for one in TABLE_KINDS if one == kind), None)
        if found is None or file is None:
            fields = _fields(found or "", no_kind=found is None, no_file=file is None)
            return self.start(request, by, fields=fields)
        try:
            key = await self._actions.upload(found, *file, by)
        except (Invalid, TooLarge) as refused:
            return self.start(request, by, fields=_fields(found), refused=refused)
        return RedirectResponse(f"{IMPORT}/{to_text(key)}", 303)

    async def preview(
        self, request: Request, by: Actor, key: Id, refused: Conflict | None = None
    ) -> Response:
        """Show what a table would do, line by line."""
        upload, state, plan = await self._actions.plan(key, by)
        lines = await asyncio.to_thread(lambda: Report(plan, state.directory).lines())
        above = [ui.Crumb(_("名录"), labels.HERE), ui.Crumb(_("导入导出"), IMPORT)]
        frame = frame_of(
            by,
            self._copy.snapshot,
            labels.HERE,
            notes=[ui.Note("amber", refused.full_message)] if refused else [],
        )
        return labels.CONSOLE.render(
            request,
            "import_preview.html",
            frame=replace(frame, crumbs=[*above, ui.Crumb(upload.file_name)], search=""),
            status=refused.status if refused else 200,
            preview=Preview(
                upload.file_name,
                labels.TABLES[upload.kind],
                IMPORT,
                f"{IMPORT}/{to_text(key)}",
                plan.digest,
                plan.counts,
                lines,
                len(plan.errors) + len(plan.entries),
                plan.namesakes,
            ),
        )

    async def enter(self, request: Request, by: Actor, key: Id) -> Response:
        """Enter exactly what was shown, or nothing and preview it again."""
        form = await read_form(request)
        shown, are_others = value_of(form, "plan"), value_of(form, "are_others") == "yes"
        try:
            done = await self._actions.enter(key, shown, by, are_others=are_others)
        except Conflict as refused:
            return await self.preview(request, by, key, refused)
        return RedirectResponse(f"{IMPORT}?done={done}", 303)

    async def report(self, by: Actor, key: Id) -> Response:
        upload, state, plan = await self._actions.plan(key, by)
        rows = await asyncio.to_thread(lambda: Report(plan, state.directory).rows())
        return await download("xlsx", f"{upload.kind}-report", REPORT, rows)

    async def export(self, by: Actor, kind: TableKind, form: FileFormat) -> Response:
        rows = await self._actions.export(kind, f"{kind}.{form}", by)
        return await download(form, kind, COLUMNS[kind], rows)


def _row_notes(wrong: RowError | None) -> list[ui.Note]:
    if wrong is None:
        return []
    todo = _("%(why)s。%(todo)s", why=wrong.message, todo=wrong.what_to_do)
    return [ui.Note("amber", todo)]


def _fields(kind: str = "", *, no_kind: bool = False, no_file: bool = False) -> list[ui.Field]:
    options = [ui.Option(one, words) for one, words in labels.TABLES.items()]
    hint = _("CSV（UTF-8或GB 18030）或.xlsx，最多5兆字节、5万行；表头与导出的相同")
    kinds = ui.Field("kind", _("哪一种表"), kind, options=options, control="select")
    file = ui.Field("file", _("文件"), hint=hint, control="file")
    return [
        replace(kinds, error=_("请选择是哪一种表") if no_kind else ""),
        replace(file, error=_("请选择文件") if no_file else ""),
    ]


def routes(pages: AdminPages, officer: CurrentActor) -> Sequence[APIRouter]:
    who, proved = Depends(officer), Depends(just_proved(officer))
    return [_entering(pages, who, proved), _tables(pages, who, proved)]


def _entering(pages: AdminPages, who: Any, proved: Any) -> APIRouter:
    web = APIRouter(prefix="/directory", include_in_schema=False)

    @web.get("/vacancies")
    @requires(Action.DIRECTORY_EDIT)
    async def vacancies(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.vacancies(request, by)

    @web.get("/new/{kind}")
    @requires(Action.DIRECTORY_EDIT)
    async def new(
        request: Request, by: Annotated[Actor, who], kind: TableKind, division: Place = ""
    ) -> Response:
        return await pages.new(request, by, kind, {"division_code": [division]})

    @web.post("/new/{kind}")
    @requires(Action.DIRECTORY_EDIT)
    async def enter_new(
        request: Request, by: Annotated[Actor, proved], kind: TableKind
    ) -> Response:
        return await pages.enter_new(request, by, kind)

    return web


def _tables(pages: AdminPages, who: Any, proved: Any) -> APIRouter:
    web = APIRouter(prefix="/directory", include_in_schema=False)

    @web.get("/import")
    @requires(Action.DIRECTORY_EDIT)
    async def start(request: Request, by: Annotated[Actor, who], done: Lines = None) -> Response:
        return pages.start(request, by, done=done)

    @web.post("/import")
    @requires(Action.DIRECTORY_EDIT)
    async def bring(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.bring(request, by)

    @web.get("/import/{key}")
    @requires(Action.DIRECTORY_EDIT)
    async def preview(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.preview(request, by, key.bytes)

    @web.post("/import/{key}")
    @requires(Action.DIRECTORY_EDIT)
    async def enter(request: Request, by: Annotated[Actor, proved], key: UUID) -> Response:
        return await pages.enter(request, by, key.bytes)

    @web.get("/import/{key}/report")
    @requires(Action.DIRECTORY_EDIT)
    async def report(by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.report(by, key.bytes)

    @web.get("/export/{kind}")
    @requires(Action.DIRECTORY_EDIT)
    async def export(
        by: Annotated[Actor, who], kind: TableKind, form: FileFormat = "xlsx"
    ) -> Response:
        return await pages.export(by, kind, form)

    return web
