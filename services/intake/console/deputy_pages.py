"""Pages of a deputy: what waits, their items with the acts open to them, what they may join."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.intake.actions.deputies import DeputyActions
from services.intake.actions.item_details import ItemDetails
from services.intake.actions.proposer_specs import PROPOSER_ACTS, label_of, open_to
from services.intake.actions.reply_specs import own_reason
from services.intake.console import deputy_views, proposer_views
from services.intake.console.act_forms import act_form, placed
from services.intake.console.done import JOINED, done_notes, led_to
from services.intake.console.pages import CONSOLE
from services.intake.console.proposer_views import RaisedView
from services.intake.console.station_views import StationView, title_of
from services.intake.domain.asker import by_session
from services.intake.domain.model import ItemRow
from shared.calendar import local_day
from shared.contracts.topics import INTAKE_ITEM
from shared.errors import NotFound, Refused, Unavailable
from shared.features.trail import Names
from shared.ids import Id, to_text
from shared.rights import Action
from shared.settings import Limits
from shared.text import Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.act_spec import ActSpec
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.forms import Submitted, read_form, validated
from shared.web.menu import frame_of

PAGE = 50
Act = ActSpec[ItemDetails]
_BY_NAME: Mapping[str, Act] = {spec.name: spec for spec in PROPOSER_ACTS}
_HOME = ui.Crumb(_("我的履职"), links.DEPUTY)
_ITEMS = ui.Crumb(_("我提的建议"), links.DEPUTY_ITEMS)
Wrong = ValidationError | Refused | Unavailable


class DeputyPages:
    """Renders the pages of deputies, with the time limits that run."""

    def __init__(self, actions: DeputyActions, limits: Limits) -> None:
        self._actions, self._limits = actions, limits

    async def today(self, request: Request, by: Actor) -> Response:
        """Show what waits for a deputy, then what they raised and what their station plans."""
        asker, directory = by_session(by), self._actions.directory
        found = await self._actions.read_work(asker)
        view, today = StationView(asker, directory, found.now, self._limits), local_day(found.now)
        has_station = bool(self._actions.public.stations.stations_at(asker))
        coming = deputy_views.coming_lines(found.coming, by.person_id, directory, today)
        return CONSOLE.render(
            request,
            "deputy_today.html",
            frame=frame_of(by, directory, links.DEPUTY, ui.Crumb(_HOME.words)),
            is_free=found.is_free,
            has_station=has_station,
            lists=deputy_views.waiting_lists(found, view),
            invitations=deputy_views.invitations(found.invitations, directory, today),
            raised=deputy_views.rows_of(found.raised, view),
            joinable=deputy_views.joinable_rows(found.joinable, view),
            coming=coming,
        )

    async def items(self, request: Request, by: Actor, before: Id | None) -> Response:
        """List what a deputy raised or joined, newest first."""
        asker, directory = by_session(by), self._actions.directory
        found = await self._actions.list_raised(asker, before, PAGE + 1)
        now = await self._actions.public.stations.now()
        last = to_text(found[PAGE - 1].item.key) if len(found) > PAGE else ""
        view = StationView(asker, directory, now, self._limits)
        return CONSOLE.render(
            request,
            "deputy_items.html",
            frame=frame_of(by, directory, links.DEPUTY_ITEMS, ui.Crumb(_ITEMS.words)),
            rows=deputy_views.rows_of(found[:PAGE], view),
            more=f"{links.DEPUTY_ITEMS}?before={last}" if last else "",
        )

    async def item(
        self, request: Request, by: Actor, key: Id, refused: Refused | None = None
    ) -> Response:
        """Show an item that a deputy raised, or one of others that they may join."""
        try:
            raised = await self._actions.open(by_session(by), key)
        except NotFound:
            return await self._joinable(request, by, key, refused)
        view = RaisedView(raised, self._limits)
        details, here = raised.details, links.deputy_item(key)
        item = details.item
        acts = [] if raised.is_blocked else open_to(by_session(by), raised.details)
        notes = [*done_notes(request), *([ui.UNDER_REPAIR] if raised.is_blocked else [])]
        return CONSOLE.render(
            request,
            "deputy_item.html",
            frame=self._frame(by, item.row, notes=notes),
            title=title_of(item.row, item.text.title),
            marks=_marks(item.row),
            item=item,
            files=proposer_views.files(item.attachments, f"{here}/attachments"),
            policies=Names(raised.details.directory).policies(item.row.policy_codes),
            progress=view.progress,
            standing=proposer_views.standing(view),
            steps=proposer_views.steps(view),
            outcome=proposer_views.outcome_words(view),
            rated=proposer_views.rated_words(view),
            rating_reason=own_reason(item),
            acts=[
                *(ui.ActionButton(label_of(spec, details), f"{here}/{spec.name}") for spec in acts),
                *proposer_views.file_acts(view, here),
            ],
            withdrawal=proposer_views.withdrawal(view),
        )

    async def _joinable(
        self, request: Request, by: Actor, key: Id, refused: Refused | None
    ) -> Response:
        details = await self._actions.open_joinable(by_session(by), key)
        row, text = details.item.row, details.item.text
        station = details.directory.station(row.station_id) if row.station_id else None
        notes = [ui.Note("amber", refused.full_message)] if refused else []
        return CONSOLE.render(
            request,
            "deputy_joinable.html",
            frame=self._frame(by, row, notes=notes),
            status=refused.status if refused else 200,
            title=title_of(row, text.title),
            station=station.name if station else "",
            row=row,
            text=text,
            join=ui.ActionButton(_("我要联名"), f"{links.deputy_item(key)}/join", {}),
        )

    async def join(self, request: Request, by: Actor, key: Id) -> Response:
        """Join an item of the station and go to it; a refusal is shown on its page."""
        await read_form(request)
        try:
            await self._actions.join(by_session(by), key)
        except Refused as refused:
            return await self.item(request, by, key, refused)
        return led_to(links.deputy_item(key), JOINED)

    async def form(
        self,
        request: Request,
        by: Actor,
        spec: Act,
        key: Id,
        submitted: Submitted | None = None,
        wrong: Wrong | None = None,
    ) -> Response:
        """Show the form of an act, after a refusal with what was typed and what is wrong."""
        view = RaisedView(await self._actions.open(by_session(by), key), self._limits)
        row, here = view.row, links.deputy_item(key)
        if wrong is None and spec not in open_to(by_session(by), view.raised.details):
            return RedirectResponse(here, 303)
        details = view.raised.details
        form = act_form(spec, details, INTAKE_ITEM, row.seq)
        form = replace(form, words=label_of(spec, details))
        notes, status = list[ui.Note](), 200
        if wrong is not None:
            latest = ui.Link(_("最新情况"), here)
            errors, notes, status = placed(wrong, {"words_required": "reason"}, latest)
            form = form.filled(submitted or {}, errors)
        return CONSOLE.render(
            request,
            "proposer_form.html",
            frame=self._frame(by, row, ui.Crumb(form.words), notes=notes),
            status=status,
            form=form,
            here=f"{here}/{spec.name}",
            back=here,
            title=title_of(row, view.raised.details.item.text.title),
            progress=view.progress if spec.name == "rating" else None,
            outcome=proposer_views.outcome_words(view),
            until=view.progress.rating_until,
        )

    async def perform(self, request: Request, by: Actor, spec: Act, key: Id) -> Response:
        """Perform a submitted act and go to the item; a refused form is shown again."""
        submitted = await read_form(request)
        try:
            body = validated(spec.body, submitted)
            command: Any = spec.to_command((key,), by_session(by), body)
            await self._actions.public.stations.act(command)
        except (ValidationError, Refused, Unavailable) as wrong:
            return await self.form(request, by, spec, key, submitted, wrong)
        return led_to(links.deputy_item(key), spec.name)

    async def frame_of_own(self, by: Actor, key: Id, *crumbs: ui.Crumb) -> ui.Frame:
        """The frame around a page of an item that a deputy raised; raises NotFound."""
        raised = await self._actions.open(by_session(by), key)
        return self._frame(by, raised.details.item.row, *crumbs)

    def _frame(
        self, by: Actor, row: ItemRow, *crumbs: ui.Crumb, notes: Sequence[ui.Note] = ()
    ) -> ui.Frame:
        words: Text = row.number or to_text(row.key)[:8]
        here = ui.Crumb(words, links.deputy_item(row.key) if crumbs else "")
        directory = self._actions.directory
        return frame_of(by, directory, links.DEPUTY_ITEMS, _ITEMS, here, *crumbs, notes=notes)


def _marks(row: ItemRow) -> Sequence[ui.Mark]:
    return ui.marks(confidential=row.confidential, self_interest=row.self_interest)


def deputy_routes(pages: DeputyPages, officer: CurrentActor) -> APIRouter:
    web, who = APIRouter(prefix="/deputy", include_in_schema=False), Depends(officer)

    @web.get("")
    @requires(Action.RAISED_READ)
    async def today(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.today(request, by)

    @web.get("/items")
    @requires(Action.RAISED_READ)
    async def items(
        request: Request, by: Annotated[Actor, who], before: UUID | None = None
    ) -> Response:
        return await pages.items(request, by, before.bytes if before else None)

    @web.get("/items/{item_id}")
    @requires(Action.RAISED_READ)
    async def item(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.item(request, by, item_id.bytes)

    @web.post("/items/{item_id}/join")
    @requires(Action.RAISED_READ)
    async def join(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.join(request, by, item_id.bytes)

    _add_acts(web, pages, who)
    return web


def _add_acts(web: APIRouter, pages: DeputyPages, who: Any) -> None:
    name = Path(pattern=f"^({'|'.join(_BY_NAME)})$")

    @web.get("/items/{item_id}/{name}")
    @requires(Action.RAISED_READ)
    async def form(
        request: Request, by: Annotated[Actor, who], item_id: UUID, name: Annotated[str, name]
    ) -> Response:
        return await pages.form(request, by, _BY_NAME[name], item_id.bytes)

    @web.post("/items/{item_id}/{name}")
    @requires(Action.RAISED_READ)
    async def perform(
        request: Request, by: Annotated[Actor, who], item_id: UUID, name: Annotated[str, name]
    ) -> Response:
        return await pages.perform(request, by, _BY_NAME[name], item_id.bytes)
