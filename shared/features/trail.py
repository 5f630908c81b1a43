"""A trail as a page, as a piece of the subject's page, and as a file to take away."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.features.access_log.store import EXPORT, AccessEntry, log_access
from shared.features.trail.lines import Shown, TrailChange, TrailLine
from shared.ids import Id
from shared.rights import Action
from shared.tables.files import MIME, FileFormat, written
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console
from shared.web.i18n import Translator
from shared.web.menu import frame_of
from shared.web.permissions import requires

MOST, PAGE = 1_000, 20
"""So many events of a subject are read, the latest; so many lines stand on a page."""

COLUMNS = (
    _("时间"), _("谁"), _("代码"), _("做了什么"), _("关于"), _("内容"), _("原为"), _("现为"),
    _("记录位置"), _("事件编号"), _("校验值"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrailSubject:
    """Subject of a trail, with its lines (latest last) and the place of its page.

    `entry` is the address of its menu entry, `code` names exported files, and the officers of
    `division` see each export.
    """

    name: Text
    href: str
    entry: str
    crumbs: Sequence[ui.Crumb]
    code: str
    division: str
    lines: Sequence[TrailLine]


Find = Callable[[Actor, Id], Awaitable[TrailSubject]]
"""Reads a subject for somebody to see; raises NotFound when it is not theirs to see."""


class Trails:
    """Shows the trails of one kind of subject, and hands them out, which is logged as a look."""

    def __init__(self, console: Console, copy: DirectoryCopy, db: Database, find: Find) -> None:
        self._console, self._copy, self._db, self._find = console, copy, db, find

    async def show(self, request: Request, by: Actor, key: Id, page: int) -> Response:
        """Show a page of a trail, the latest first; to htmx without what stands around it."""
        subject = await self._find(by, key)
        words = self._console.words(request)
        latest = list(reversed(subject.lines))[(page - 1) * PAGE : page * PAGE]
        return self._console.render(
            request,
            "trail_part.html" if "HX-Request" in request.headers else "trail.html",
            frame=frame_of(by, self._copy.snapshot, subject.entry, *subject.crumbs),
            subject=subject,
            count=len(subject.lines),
            lines=[(line, [_sentence(one, words) for one in line.changes]) for line in latest],
            most=MOST if len(subject.lines) >= MOST else 0,
            page_no=page,
            has_more=len(subject.lines) > page * PAGE,
        )

    async def file(self, request: Request, by: Actor, key: Id, form: FileFormat) -> Response:
        """Hand out a trail as a table, in the order in which it happened."""
        subject = await self._find(by, key)
        words = self._console.words(request)
        heads = [words.say(head) for head in COLUMNS]
        rows = [row for line in subject.lines for row in _rows(line, words)]
        if len(subject.lines) >= MOST:
            rows.insert(0, [words.gettext("只列出最近%(most)s条", most=MOST), *[""] * 10])
        name = f"{subject.code}-trail.{form}"
        async with self._db.begin() as tx:
            look = AccessEntry(by.person_id, key, subject.division, ("trail",), EXPORT, name)
            await log_access(tx, look)
        return Response(
            written(form, heads, rows),
            media_type=MIME[form],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _rows(line: TrailLine, words: Translator) -> Iterator[list[str]]:
    """Write one line of a trail: a row for each change, one without where nothing changed."""
    did = [
        line.at.isoformat(timespec="seconds"),
        _cell(line.who, words),
        line.actor,
        _cell(line.act, words),
        _cell(line.about, words),
    ]
    for one in line.changes or (None,):
        changed = (one.name, one.before, one.after) if one else ("", None, None)
        yield [
            *did,
            *(_cell(cell, words) for cell in changed),
            *(line.place, line.event_id, line.hash),
        ]


def _sentence(change: TrailChange, words: Translator) -> str:
    name, after = _cell(change.name, words), _cell(change.after, words)
    if change.before is None:
        return words.gettext("%(name)s：%(now)s", name=name, now=after)
    before = _cell(change.before, words)
    return words.gettext(
        "%(name)s：原为%(before)s，现为%(now)s", name=name, before=before, now=after or "–"
    )


def _cell(value: Shown, words: Translator) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return f"{words.day(value, 'full')} {words.clock(value)}"
        case date():
            return words.day(value, "full")
        case int():
            return words.number(value)
        case _:
            return str(words.show(value))


def trail_routes(trails: Trails, officer: CurrentActor, at: str, *sights: Action) -> APIRouter:
    """Routes of a trail, below the address of its subject (`…/{key}`).

    `sights` are the actions that show the subject; any of them also grants its trail.
    """
    web = APIRouter(prefix=at, include_in_schema=False)
    who = Depends(officer)

    @web.get("/trail")
    @requires(*sights)
    async def show(
        request: Request,
        by: Annotated[Actor, who],
        key: UUID,
        page: Annotated[int, Query(ge=1, le=MOST)] = 1,
    ) -> Response:
        return await trails.show(request, by, key.bytes, page)

    @web.get("/trail.{form}")
    @requires(*sights)
    async def file(
        request: Request, by: Annotated[Actor, who], key: UUID, form: FileFormat
    ) -> Response:
        return await trails.file(request, by, key.bytes, form)

    return web
