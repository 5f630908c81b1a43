"""The officers' pages: what is due today, the list of cases, a case with its acts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.tracker import store
from services.tracker.console import action_forms, timeline
from services.tracker.console.asked import Asked, SupervisionAsked, TaskAsked
from services.tracker.console.case_rows import ViewContext, case_href, case_row, foremost, matter_of
from services.tracker.console.labels import ACTS, PROFILES
from services.tracker.console.worklist import ENDLESS, Span, count_today, read_today
from services.tracker.domain.commands import ACTIONS, ActName, SearchWords
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.model import Case, ClockRow
from services.tracker.domain.rights import debtors_of, row_scope_of, units_of
from services.tracker.domain.texts import TextRow
from services.tracker.settings import Letters
from shared.calendar import local_day
from shared.db.pool import Tx
from shared.directory import Directory, DirectoryCopy
from shared.directory.source import Source, may_know
from shared.errors import Conflict, Invalid, Refused
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Subject
from shared.rights import Action
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console
from shared.web.forms import errors_of, read_form
from shared.web.menu import frame_of
from shared.web.permissions import requires
from shared.web.read_your_writes import wait_for_event

CONSOLE = Console(Path(__file__).parent)
PAGE = 50
ActPath = Literal["sign", "sign-off", "object", "contact", "opinion", "draft", "fulfil"]
_NAMES: Mapping[str, ActName] = {name.replace("_", "-"): name for name in ACTS}


class Pages:
    """Renders the tracker's pages for a person."""

    def __init__(
        self,
        messaging: Messaging,
        cases: Subject[Case, DecisionContext],
        copy: DirectoryCopy,
        letters: Letters,
    ) -> None:
        self.messaging, self.cases, self._copy, self._letters = messaging, cases, copy, letters

    def sight(self, tx: Tx) -> ViewContext:
        """Look at the directory as it is now."""
        return ViewContext(self._copy.snapshot, local_day(tx.now), self._letters)

    async def today(self, request: Request, by: Actor, span: Span | None) -> Response:
        """Show the three lists; what was done elsewhere a moment ago may be on its way."""
        notes = await wait_for_event(self.messaging, request.query_params.get("seen", ""))
        async with self.messaging.db.begin() as tx:
            counted = await count_today(tx, by)
        async with self.messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            sight = self.sight(tx)
            lists, now = await read_today(tx, by, sight, span, counted), tx.now
        counts = {"/tracker/": counted.load.today, "/router/queue": counted.held}
        frame = frame_of(by, sight.directory, "/tracker/", counts=counts, notes=notes)
        return CONSOLE.render(
            request, "today.html", frame=frame, today=sight.today, now=now, lists=lists
        )

    async def list(
        self, request: Request, by: Actor, show: store.Show, words: str, before: Id | None
    ) -> Response:
        """List the cases of the person's units or organs."""
        search = store.search_of(by, self._copy.snapshot, show, words, before)
        async with self.messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            sight = self.sight(tx)
            keys = await store.list_cases(tx, search, PAGE + 1)
            found = await store.read_cases(tx, keys)
            texts = await store.read_texts(tx, keys)
        mine, by_age = debtors_of(by), show in ("closed", "all")
        clocks = {k: foremost(found[k], mine) for k in keys[:PAGE]}
        lines = [
            case_row(found[k], texts[k], clock, sight, mine)
            for k, clock in _by_due(clocks, keep=by_age)
        ]
        frame = frame_of(by, sight.directory, "/tracker/cases", ui.Crumb(_("办件")))
        more = to_text(keys[PAGE - 1]) if len(keys) > PAGE else ""
        return CONSOLE.render(
            request,
            "cases.html",
            frame=frame,
            lines=lines,
            search=search,
            filters=[_show_filter(show)],
            more=more,
        )

    async def case(
        self,
        request: Request,
        by: Actor,
        key: Id,
        notes: Sequence[ui.Note] = (),
        status: int = 200,
    ) -> Response:
        """Show a case: facts, timeline, acts, why here, how counted."""
        coming = await wait_for_event(self.messaging, request.query_params.get("seen", ""))
        async with self.messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            case = await store.get_visible_case(tx, key, by, self._copy.snapshot)
            texts = (await store.read_texts(tx, [key]))[key]
            happened = await store.list_timeline_entries(tx, key)
            parked = await self.messaging.is_blocked(tx, key)
            sight, context = self.sight(tx), await self.cases.context(tx)
        bar = action_forms.act_bar(case, by, context)
        all_notes = [*notes, *coming, *((ui.UNDER_REPAIR,) if parked else ())]
        return CONSOLE.render(
            request,
            "case.html",
            frame=frame_of(by, sight.directory, "/tracker/cases", *_trail(case), notes=all_notes),
            status=status,
            bar=action_forms.under_repair(bar) if parked else bar,
            steps=timeline.timeline(case, happened, sight),
            **_parts(case, texts, by, sight),
        )

    async def form(
        self,
        request: Request,
        by: Actor,
        asked: Asked,
        refused: ValidationError | Refused | None = None,
    ) -> Response:
        """Show the form of an act, again with what was typed when it was refused."""
        async with self.messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            case = await store.get_visible_case(tx, asked.key, by, self._copy.snapshot)
            asked.require_right(case, by)
            texts = (await store.read_texts(tx, [asked.key]))[asked.key]
            sight = self.sight(tx)
        wrong = refused if isinstance(refused, ValidationError) else None
        said = refused if isinstance(refused, Refused) else None
        form = asked.form(case, sight)
        if refused:
            form = form.filled(asked.submitted, errors_of(wrong) if wrong else {})
        link = ui.Link(_("最新情况"), case_href(case))
        notes = [ui.Note("amber", _kept(said), link)] if said else []
        return CONSOLE.render(
            request,
            "act.html",
            frame=frame_of(by, sight.directory, "/tracker/cases", *_trail(case), notes=notes),
            status=said.status if said else 422 if wrong else 200,
            form=form,
            matter=matter_of(case, texts),
            back=case_href(case),
        )

    async def do(self, request: Request, by: Actor, asked: Asked) -> Response:
        """Do what a form asks and go to the case; a refused one comes back as it was typed."""
        try:
            act = asked.act(by)
            async with self.messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
                await store.get_visible_case(tx, asked.key, by, self._copy.snapshot)
            applied = await self.messaging.act(self.cases, act)
        except (ValidationError, Invalid, Conflict) as refused:
            if asked.has_form:
                return await self.form(request, by, asked, refused)
            if isinstance(refused, Refused):
                note = ui.Note("amber", refused.message)
                return await self.case(request, by, asked.key, [note], refused.status)
            raise
        href = f"/tracker/items/{to_text(asked.key)}"
        return RedirectResponse(f"{href}?seen={applied.seen}", 303)


def _kept(refused: Refused) -> Sentence:
    return _("%(why)s您填的内容还在。", why=refused.message)


def _show_filter(chosen: store.Show) -> ui.Filter:
    words = {
        "open": _("在办"),
        "waiting": _("待他人办"),
        "late": _("已超期"),
        "candidate": _("待决定督办"),
        "closed": _("办结"),
        "all": _("全部"),
    }
    options = [ui.Option(value, name) for value, name in words.items()]
    return ui.Filter("show", _("范围"), options, chosen)


def _by_due(
    clocks: Mapping[Id, ClockRow | None], *, keep: bool
) -> Sequence[tuple[Id, ClockRow | None]]:
    """Order a page of cases by the duty shown, unless its order is to be kept."""
    pairs = list(clocks.items())
    return pairs if keep else sorted(pairs, key=lambda pair: pair[1].due_at if pair[1] else ENDLESS)


def _trail(case: Case) -> tuple[ui.Crumb, ui.Crumb]:
    here = case.row.number or to_text(case.row.key)[:8]
    return ui.Crumb(_("办件"), "/tracker/cases"), ui.Crumb(here)


def _source_of(case: Case, by: Actor, directory: Directory) -> str:
    """Give the address of who raised a case, none to those who would be told nothing there."""
    row, units = case.row, {task.unit_id for task in case.tasks.values()}
    source = Source(row.division, row.owner_level or "", units, is_confidential=row.confidential)
    return f"/intake/items/{to_text(row.key)}/source" if may_know(by, source, directory) else ""


def _parts(case: Case, texts: TextRow, by: Actor, sight: ViewContext) -> dict[str, Any]:
    """Give the parts of a case's page that need no more reading."""
    clock = foremost(case, debtors_of(by))
    reason = texts.reasons[-1] if texts.reasons else None
    by_id = reason.confirmed_by if reason else None
    person = sight.directory.person(by_id) if by_id else None
    own = {task.task_id for task in case.tasks.values() if task.unit_id in units_of(by)}
    return {
        "matter": matter_of(case, texts),
        "place": sight.division(case.row.division),
        "case": case.row,
        "item_id": to_text(case.row.key),
        "source": _source_of(case, by, sight.directory),
        "marks": ui.marks(confidential=case.row.confidential, self_interest=case.row.self_interest),
        "profile": PROFILES.get(case.row.profile or "", ""),
        "facts": timeline.facts(case, texts, clock, sight),
        "texts": texts,
        "reason": reason,
        "confirmed_by": person.name if person else "",
        "written": _written(case, texts, sight),
        "replies": case.words.replies,
        "drafts": [draft for draft in case.words.drafts if draft.task_id in own],
        "days": timeline.day_grid(clock, sight) if clock else [],
        "counted": timeline.counted(clock) if clock else "",
        "limit": timeline.limit_words(case, clock) if clock else "",
    }


def _written(case: Case, texts: TextRow, sight: ViewContext) -> list[tuple[Text, str, str]]:
    """List what units wrote, and why the proposer judged so: kind, unit, words."""
    words = case.words
    kinds = (
        (_("退办理由"), words.objections),
        (_("联系记录"), words.contacts),
        (_("会办意见"), words.opinions),
    )
    units = {key: sight.unit(task.unit_id) for key, task in case.tasks.items()}
    said = [(kind, units.get(one.task_id, ""), one.text) for kind, those in kinds for one in those]
    return [*said, *((_("评价理由"), "", one.reason) for one in texts.ratings if one.reason)]


def routes(pages: Pages, officer: CurrentActor) -> APIRouter:
    """Make the pages' addresses."""
    web = APIRouter(include_in_schema=False)
    who = Depends(officer)

    @web.get("/")
    @requires(Action.DUTY_READ)
    async def today(
        request: Request, by: Annotated[Actor, who], span: Span | None = None
    ) -> Response:
        if by.only_operates:
            return RedirectResponse("/tracker/dead-letters")
        return await pages.today(request, by, span)

    @web.get("/cases")
    @requires(Action.CASE_READ)
    async def cases(
        request: Request,
        by: Annotated[Actor, who],
        show: store.Show = "open",
        q: SearchWords = "",
        before: UUID | None = None,
    ) -> Response:
        return await pages.list(request, by, show, q, before.bytes if before else None)

    @web.get("/items/{item_id}")
    @requires(Action.CASE_READ)
    async def case(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.case(request, by, item_id.bytes)

    web.include_router(_forms(pages, who))
    return web


def _forms(pages: Pages, who: Any) -> APIRouter:
    """Make the forms of acts: asked for with GET, sent with POST."""
    web = APIRouter(include_in_schema=False)
    task, supervision = "/items/{item_id}/tasks/{task_id}/{name}", "/items/{item_id}/supervision"

    @web.get(task)
    @requires(*ACTIONS.values())
    async def show_form(
        request: Request, by: Annotated[Actor, who], item_id: UUID, task_id: UUID, name: ActPath
    ) -> Response:
        asked = TaskAsked(item_id.bytes, task_id.bytes, _NAMES[name])
        return await pages.form(request, by, asked)

    @web.post(task)
    @requires(*ACTIONS.values())
    async def send_form(
        request: Request, by: Annotated[Actor, who], item_id: UUID, task_id: UUID, name: ActPath
    ) -> Response:
        submitted = await read_form(request)
        asked = TaskAsked(item_id.bytes, task_id.bytes, _NAMES[name], submitted)
        return await pages.do(request, by, asked)

    @web.get(supervision)
    @requires(Action.CASE_SUPERVISE)
    async def show_supervision(
        request: Request, by: Annotated[Actor, who], item_id: UUID
    ) -> Response:
        return await pages.form(request, by, SupervisionAsked(item_id.bytes))

    @web.post(supervision)
    @requires(Action.CASE_SUPERVISE)
    async def send_supervision(
        request: Request, by: Annotated[Actor, who], item_id: UUID
    ) -> Response:
        asked = SupervisionAsked(item_id.bytes, await read_form(request))
        return await pages.do(request, by, asked)

    return web
