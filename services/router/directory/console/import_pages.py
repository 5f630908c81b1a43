"""Tables come in after they were looked at, exactly as they were shown, and go out."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from services.router import store
from services.router.directory.console.import_report import (
    KINDS,
    REPORT,
    WORDS,
    import_facts,
    report_lines,
    report_rows,
)
from services.router.directory.console.labels import HERE
from services.router.directory.console.pages import DirectoryPages
from services.router.directory.domain.import_plan import ImportContext, Plan, plan_of
from services.router.directory.domain.model import DirectoryState
from services.router.directory.domain.rights import admin_scope
from services.router.directory.domain.tables import (
    COLUMNS,
    READERS,
    TABLE_KINDS,
    TableKind,
    rows_of,
)
from shared.db.pool import Tx
from shared.errors import Conflict, Invalid, Refused, TooLarge
from shared.features.access_log.store import EXPORT, AccessEntry, log_access
from shared.ids import Id, named_id, new_id, to_text
from shared.tables.files import MIME, FileFormat, written
from shared.tables.workbook import MAX_BYTES, text_of
from shared.text import _, n_
from shared.web import components as ui
from shared.web.actor import Actor

IMPORT = f"{HERE}/import"
FORM_BYTES = MAX_BYTES + 64 * 1024
"""A table of the largest size with the form around it."""
SHOWN = 200


class ImportPages:
    """Takes tables from administrators and gives them theirs."""

    def __init__(self, pages: DirectoryPages) -> None:
        self._pages, self._db = pages, pages.messaging.db

    async def start(
        self,
        request: Request,
        by: Actor,
        *,
        done: int | None = None,
        asked: Sequence[ui.Field] = (),
        refused: Refused | None = None,
    ) -> Response:
        """Show where a table is chosen, and what can be taken away."""
        notes: list[ui.Note] = []
        if done is not None:
            notes.append(ui.Note("blue", n_("已登记%(num)s行，改动见“最近改动”", done)))
        if refused is not None:
            notes.append(ui.Note("amber", refused.full_message))
        wrong = any(one.error for one in asked)
        return self._show(
            request,
            by,
            "import.html",
            notes=notes,
            status=refused.status if refused else 422 if wrong else 200,
            fields=asked or _fields(),
            exports=[(kind, KINDS[kind], COLUMNS[kind]) for kind in TABLE_KINDS],
        )

    async def bring(self, request: Request, by: Actor) -> Response:
        """Keep a table that was chosen and lead to what it would do."""
        form = await request.form()
        kind, file = form.get("kind"), form.get("file")
        found = next((one for one in TABLE_KINDS if one == kind), None)
        has_file = isinstance(file, UploadFile) and bool(file.filename)
        if found is None or not isinstance(file, UploadFile) or not has_file:
            asked = _fields(found or "", no_kind=found is None, no_file=not has_file)
            return await self.start(request, by, asked=asked)
        try:
            text = await text_of(await file.read(MAX_BYTES + 1))
        except (Invalid, TooLarge) as refused:
            return await self.start(request, by, asked=_fields(found), refused=refused)
        async with self._db.begin() as tx:
            upload = store.Upload(new_id(tx.now), found, _readable(file.filename), _readable(text))
            await store.save_upload(tx, upload, by.person_id)
        return RedirectResponse(f"{IMPORT}/{to_text(upload.id)}", 303)

    async def preview(
        self, request: Request, by: Actor, key: Id, refused: Conflict | None = None
    ) -> Response:
        """Show what a table would do, line by line."""
        async with self._db.begin() as tx:
            upload, standing, plan = await _planned(tx, key, by)
        lines = report_lines(plan, standing.directory)
        return self._show(
            request,
            by,
            "import_preview.html",
            crumbs=[ui.Crumb(upload.file_name)],
            notes=[ui.Note("amber", refused.full_message)] if refused else [],
            status=refused.status if refused else 200,
            upload=upload,
            kind=KINDS[upload.kind],
            address=f"{IMPORT}/{to_text(key)}",
            plan=plan,
            words=WORDS,
            facts=import_facts(plan),
            lines=lines[:SHOWN],
            more=len(lines) - SHOWN,
        )

    async def enter(self, request: Request, by: Actor, key: Id) -> Response:
        """Do exactly what was shown, or nothing: then show what would be done now."""
        shown = (await request.form()).get("plan")
        async with self._db.begin() as tx:
            _upload, _standing, plan = await _planned(tx, key, by)
        if shown != plan.digest:
            return await self.preview(request, by, key, _changed())
        try:
            await self._pages.messaging.execute_all(self._pages.entries, plan.puts)
        except Conflict as refused:
            stale = _changed() if refused.code == "entry_changed" else refused
            return await self.preview(request, by, key, stale)
        async with self._db.begin() as tx:
            await store.drop_upload(tx, key)
        done = plan.counts["new"] + plan.counts["changed"]
        return RedirectResponse(f"{IMPORT}?done={done}", 303)

    async def report(self, by: Actor, key: Id) -> Response:
        """Give the report of every line as a workbook."""
        async with self._db.begin() as tx:
            upload, _standing, plan = await _planned(tx, key, by)
        return _file("xlsx", f"{upload.kind}-report", REPORT, report_rows(plan))

    async def export(self, by: Actor, kind: TableKind, form: FileFormat) -> Response:
        """Give a table of what this administrator keeps."""
        who = admin_scope(by)
        async with self._db.begin() as tx:
            directory = (await store.read_standing(tx)).directory
            for place in who.places or ():
                whose = named_id("division", place)
                await log_access(
                    tx, AccessEntry(by.person_id, whose, place, (kind,), EXPORT, f"{kind}.{form}")
                )
        rows = rows_of(kind, directory, lambda code: who.may(directory, code))
        return _file(form, kind, COLUMNS[kind], rows)

    def _show(
        self,
        request: Request,
        by: Actor,
        template: str,
        *,
        crumbs: Sequence[ui.Crumb] = (),
        **values: Any,
    ) -> Response:
        above = [ui.Crumb(_("名录"), HERE), ui.Crumb(_("导入导出"), IMPORT if crumbs else "")]
        return self._pages.render(request, by, template, [*above, *crumbs], **values)


async def _planned(tx: Tx, key: Id, by: Actor) -> tuple[store.Upload, DirectoryState, Plan]:
    """Read a table again and compare it with the directory as it is now; raises Refused."""
    upload = await store.find_upload(tx, key, by.person_id)
    standing = await store.read_standing(tx)
    context = ImportContext(standing.directory, tx.now, admin_scope(by))

    def work() -> Plan:
        return plan_of(READERS[upload.kind](upload.body, context), standing)

    return upload, standing, await asyncio.to_thread(work)


def _fields(kind: str = "", *, no_kind: bool = False, no_file: bool = False) -> list[ui.Field]:
    options = [ui.Option(one, words) for one, words in KINDS.items()]
    hint = _("CSV（UTF-8或GB 18030）或.xlsx，最多5兆字节、5万行；表头与导出的相同")
    kinds = ui.Field("kind", _("哪一种表"), kind, options=options, control="select")
    file = ui.Field("file", _("文件"), hint=hint, control="file")
    return [
        replace(kinds, error=_("请选择是哪一种表") if no_kind else ""),
        replace(file, error=_("请选择文件") if no_file else ""),
    ]


def _readable(text: str | None) -> str:
    """Keep what a text column can hold: the reader names the lines in which something is lost."""
    return (text or "").replace("\0", "\ufffd")


def _changed() -> Conflict:
    return Conflict(
        "directory_changed",
        _("您看过以后名录有了改动，什么也没有登记。"),
        _("下面是按最新情况重新核对的结果，请再看一遍后登记。"),
    )


def _file(
    form: FileFormat, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> Response:
    head = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(written(form, columns, rows), media_type=MIME[form], headers=head)
