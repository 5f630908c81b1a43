"""A trail as a page, as a piece of the subject's page, and as a file to take away."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from shared.calendar import local_time
from shared.contracts.envelope import Event
from shared.contracts.lists import DirectoryListed, DirectoryPolicy
from shared.contracts.topics import OWNERS
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.directory.succession import label_at, label_seen_from
from shared.features.access_log.store import EXPORT, AccessEntry, log_access
from shared.ids import TAIL, Id, from_text, to_text
from shared.messaging.outbox import OutboxEvent
from shared.rights import Action
from shared.tables import files
from shared.tables.files import FileFormat
from shared.text import Bilingual, Text, _, listed
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.console import Console
from shared.web.i18n import Translator
from shared.web.menu import frame_of

SYSTEM = frozenset({*OWNERS, "system"})
PROPOSER = "proposer"
"""The actor of what is done by a link, without an account."""
WITHHELD = "withheld"
"""Stands for the actor of an event that may tell who raised an item."""


@dataclass(frozen=True, slots=True)
class Names:
    """Looks up names as of a moment; an entry missing from the directory keeps its code.

    A unit's place is left out for a reader of the divisions `near`.
    """

    directory: Directory
    near: Collection[str] = ()

    def who(self, actor: str, at: datetime) -> Text:
        """Name whoever did something: a person, a station, or the system itself."""
        if actor in SYSTEM:
            return _("系统")
        if actor == PROPOSER:
            return _("提出人")
        if actor == WITHHELD:
            return _("提出人或联络站")
        try:
            key = from_text(actor)
        except ValueError:
            return actor
        found = self.directory.person(key) or self.directory.station(key)
        return label_at(found, at) if found else actor[TAIL]

    def place(self, key: Id | None, at: datetime) -> Text:
        """Name a unit, an organ or a station."""
        if key is None:
            return ""
        directory = self.directory
        if unit := directory.unit(key):
            return label_at(unit, at, lambda one: label_seen_from(directory, one, self.near))
        found = directory.organ_by_id(key) or directory.station(key)
        return label_at(found, at) if found else to_text(key)[TAIL]

    def matter(self, code: str) -> Text:
        """Name of a matter, or its code if the directory does not have it."""
        found = self.directory.matter(code)
        return Bilingual(found.name_zh, found.name_en) if found else code

    def policies(self, codes: Sequence[str]) -> Text:
        """Names of policies with their codes, one after the other; empty without any."""
        found = ((code, self.directory.listed(DirectoryPolicy, code)) for code in codes)
        named = [f"{code} {one.name}" if one else code for code, one in found]
        return listed(named) if named else ""

    def entries(self, model: type[DirectoryListed], codes: Sequence[str]) -> Text:
        """Names of entries of a list, one after the other; empty without any."""
        found = ((code, self.directory.listed(model, code)) for code in codes)
        named = [one.name if one else code for code, one in found]
        return listed(named) if named else ""


Shown = Text | date | datetime | int | None
SHORT = 120
"""So much of what somebody wrote stands in a trail; the whole stands on the subject's page."""


@dataclass(frozen=True, slots=True)
class TrailField:
    """A value in an event. It replaces the last value `of` the same, or `was`.

    Without an `of` it belongs to this event alone.
    """

    name: Text
    now: Shown
    of: Hashable = None
    was: Shown = None


@dataclass(frozen=True, slots=True)
class Description:
    """An event in words: the act, whom or what of the subject it is about, what it says."""

    act: Text
    about: Text = ""
    values: Sequence[TrailField] = ()


Describe = Callable[[Event], Description]


@dataclass(frozen=True, slots=True)
class TrailChange:
    """One value before and after; None where nothing stood."""

    name: Text
    before: Shown
    after: Shown


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line of a trail; `place`, `event_id` and `hash` name the event in the record."""

    at: datetime
    who: Text
    actor: str
    act: Text
    about: Text = ""
    changes: Sequence[TrailChange] = ()
    place: str = ""
    event_id: str = ""
    hash: str = ""


def lines_of(events: Iterable[OutboxEvent], describe: Describe, names: Names) -> list[TrailLine]:
    """Describe a record's events in order; erased texts are no longer described."""
    stands: dict[Hashable, Shown] = {}
    found = []
    for one in events:
        described, actor = _described(one, describe)
        changes = [change for value in described.values if (change := _change(value, stands))]
        found.append(
            TrailLine(
                at=one.occurred_at,
                who=names.who(actor, one.occurred_at),
                actor=actor,
                act=described.act,
                about=described.about,
                changes=changes,
                place=f"{one.topic}:{one.seq}",
                event_id=to_text(one.event_id),
                hash=one.hash,
            )
        )
    return found


def hidden(
    events: Iterable[OutboxEvent], by_proposer: Callable[[Event], bool]
) -> list[OutboxEvent]:
    """Give the record without the names of whose hand these events may be."""
    return [
        replace(one, event=one.event.model_copy(update={"actor": WITHHELD}))
        if one.event is not None and by_proposer(one.event)
        else one
        for one in events
    ]


def without_texts(events: Iterable[OutboxEvent]) -> list[OutboxEvent]:
    """Give the record without what anybody wrote."""
    return [one for one in events if not one.topic.endswith(".text.v1")]


def _described(one: OutboxEvent, describe: Describe) -> tuple[Description, str]:
    if one.event is not None:
        return describe(one.event), one.event.actor
    return Description(_("文字删除") if one.erases else _("写下的文字，已按规定删除")), ""


def _change(value: TrailField, stands: dict[Hashable, Shown]) -> TrailChange | None:
    """Take a value in; what stands already is no change."""
    if value.of is None:
        return TrailChange(value.name, value.was, value.now)
    before = stands.get(value.of, value.was)
    stands[value.of] = value.now
    return None if before == value.now else TrailChange(value.name, before, value.now)


def written(words: str) -> Text:
    """Shorten what somebody wrote."""
    return words if len(words) <= SHORT else f"{words[:SHORT]}…"


def both(zh: str, en: str) -> Bilingual:
    """Shorten what is written in both languages."""
    return Bilingual(str(written(zh)), str(written(en)))


MAX_ROWS, PAGE = 1_000, 20
"""So many events of a subject are read, the latest; so many lines stand on a page."""

COLUMNS = (
    _("时间（北京时间）"), _("谁"), _("代码"), _("做了什么"), _("关于"), _("内容"), _("原为"),
    _("现为"), _("记录位置"), _("事件编号"), _("校验值"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrailSubject:
    """Subject of a trail, with its lines (latest last) and the place of its page.

    `entry` is the address of its menu entry, `code` names exported files, and the officers of
    `division` see each export. `note` is what the reader is told above the lines.
    """

    name: Text
    href: str
    entry: str
    crumbs: Sequence[ui.Crumb]
    code: str
    division: str
    lines: Sequence[TrailLine]
    note: Text = ""


Find = Callable[[Actor, Id], Awaitable[TrailSubject]]
"""Reads a subject for somebody to see; raises NotFound when it is not theirs to see."""


class Trails:
    """Shows and exports the trails of one kind of subject; exports go into the access log."""

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
            most=MAX_ROWS if len(subject.lines) >= MAX_ROWS else 0,
            page_no=page,
            has_more=len(subject.lines) > page * PAGE,
        )

    async def file(self, request: Request, by: Actor, key: Id, form: FileFormat) -> Response:
        """Hand out a trail as a table, in the order in which it happened."""
        subject = await self._find(by, key)
        words = self._console.words(request)
        heads = [words.say(head) for head in COLUMNS]
        rows = [row for line in subject.lines for row in _rows(line, words)]
        if subject.note:
            rows.insert(0, [str(words.show(subject.note)), *[""] * 10])
        if len(subject.lines) >= MAX_ROWS:
            rows.insert(0, [words.gettext("只列出最近%(most)s条", most=MAX_ROWS), *[""] * 10])
        name = f"{subject.code}-trail.{form}"
        async with self._db.begin() as tx:
            entry = AccessEntry(by.person_id, key, subject.division, ("trail",), EXPORT, name)
            await log_access(tx, entry)
        return Response(
            files.written(form, heads, rows),
            media_type=files.MIME[form],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _rows(line: TrailLine, words: Translator) -> Iterator[list[str]]:
    """Write one line of a trail: a row for each change, one without where nothing changed."""
    did = [
        local_time(line.at),
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
        page: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 1,
    ) -> Response:
        return await trails.show(request, by, key.bytes, page)

    @web.get("/trail.{form}")
    @requires(*sights)
    async def file(
        request: Request, by: Annotated[Actor, who], key: UUID, form: FileFormat
    ) -> Response:
        return await trails.file(request, by, key.bytes, form)

    return web
