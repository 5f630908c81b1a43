"""The page `/access-log` of every service, for those who supervise the division."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.features.access_log.rows import AccessRow, overseen, row_scope_of
from shared.features.access_log.store import EXPORT, list_access
from shared.features.trail import Names
from shared.ids import TAIL, Id, to_text
from shared.rights import Action, Resource, may
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.console import Console
from shared.web.links import ACCESS_LOG
from shared.web.menu import frame_of

PAGE = 50
LOGS: Mapping[str, Text] = {
    "intake": _("来源和受理"),
    "router": _("名录和交办"),
    "tracker": _("办件"),
    "reporting": _("月度报表"),
}
"""Labels of the links between the services' logs."""
EXPORTS: Mapping[str, Sentence] = {EXPORT: _("导出文件")}
"""Reasons of exports."""

Find = Callable[[Actor, Directory, AccessRow], ui.Link]
"""Links to the subject of an entry; without address if the user may not open it."""
MayRead = Callable[[Actor, Directory, AccessRow], bool]
"""Whether the user may read the words of an entry."""


@dataclass(frozen=True, slots=True)
class AccessLogSource:
    """Labels of a service's log: its fields, reasons and subjects, and whose the words are."""

    fields: Mapping[str, Text]
    find: Find
    reasons: Mapping[str, Text] = field(default_factory=lambda: EXPORTS)
    may_read: MayRead = lambda _by, _directory, _row: True


@dataclass(frozen=True, slots=True)
class AccessLine:
    at: datetime
    who: Text
    subject: ui.Link
    fields: list[Text]
    reason: Text
    words: str


class AccessLogPages:
    """Shows a service's log to those who supervise the divisions it is about."""

    def __init__(
        self, console: Console, copy: DirectoryCopy, db: Database, log: AccessLogSource
    ) -> None:
        self._console, self._copy, self._db, self._log = console, copy, db, log

    async def page(self, request: Request, by: Actor, before: Id | None) -> Response:
        """Show the entries, newest first."""
        directory, service = self._copy.snapshot, self._db.schema
        async with self._db.begin_as(row_scope_of(by, directory)) as tx:
            found = await list_access(tx, overseen(by, directory), before, PAGE + 1)
        return self._console.render(
            request,
            "access_log.html",
            frame=frame_of(by, directory, ACCESS_LOG, ui.Crumb(_("查阅记录"))),
            service=service,
            logs=LOGS,
            lines=[self._line(by, directory, row) for row in found[:PAGE]],
            more=to_text(found[PAGE - 1].id) if len(found) > PAGE else "",
        )

    def _line(self, by: Actor, directory: Directory, row: AccessRow) -> AccessLine:
        log = self._log
        return AccessLine(
            at=row.accessed_at,
            who=Names(directory).who(row.actor, row.accessed_at)
            if row.person_id
            else _("服务器命令行"),
            subject=log.find(by, directory, row),
            fields=[log.fields[name] for name in row.fields],
            reason=log.reasons[row.reason],
            words=row.words if log.may_read(by, directory, row) else "",
        )


def find_item(by: Actor, directory: Directory, row: AccessRow) -> ui.Link:
    """Link to an item; an entry about a division only names it."""
    if division := directory.division_by_id(row.subject):
        return ui.Link(division.name, "")
    item = to_text(row.subject)
    place = Resource(division=row.division_code, within=directory.within(row.division_code))
    is_seen = may(by, Action.CASE_READ, place)
    return ui.Link(item[TAIL], links.case_page(row.subject) if is_seen else "")


def access_log_routes(pages: AccessLogPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    who = Depends(officer)

    @web.get("/access-log")
    @requires(Action.ACCESS_LOG_READ)
    async def access_log(
        request: Request, by: Annotated[Actor, who], before: UUID | None = None
    ) -> Response:
        return await pages.page(request, by, before.bytes if before else None)

    return web
