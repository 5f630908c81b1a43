"""The dispatchers' pages: the queue, an item with its forms."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.router import store
from services.router.directory.console.renderer import CONSOLE
from services.router.routing.console.action_forms import ACTIONS, ActName, Asked, forms_of, key_of
from services.router.routing.console.queue import (
    Row,
    facts_of,
    filters_of,
    fits,
    name_of,
    preview_of,
    row_of,
    ticked,
)
from services.router.routing.domain.commands import DecisionContext, Dispatch
from services.router.routing.domain.model import Item
from services.router.routing.domain.rights import organs_of, row_scope_of
from services.router.routing.domain.routing_table import RoutingTable
from services.router.settings import RouterSettings
from shared.calendar import local_day
from shared.contracts.router import Basis
from shared.contracts.topics import ROUTER_ASSIGNMENT
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.errors import Conflict, Forbidden, Invalid, Refused
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Subject
from shared.rights import Action
from shared.text import Sentence, _, n_
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.forms import errors_of, read_form
from shared.web.menu import frame_of
from shared.web.permissions import requires

MOST, PAGE = 500, 50
QUEUE = "/router/queue"


class Pages:
    """Renders the router's pages for a person."""

    def __init__(
        self,
        messaging: Messaging,
        items: Subject[Item, DecisionContext],
        copy: DirectoryCopy,
        settings: RouterSettings,
    ) -> None:
        self.messaging, self.copy = messaging, copy
        self._items, self._settings = items, settings

    async def _rows(self, tx: Tx, by: Actor) -> list[Row]:
        table = RoutingTable(self.copy.snapshot, local_day(tx.now))
        items = await store.list_queue(tx, organs_of(by), MOST)
        return [row_of(item, table, self._settings, tx.now) for item in items]

    async def queue(
        self, request: Request, by: Actor, notes: Sequence[ui.Note] = (), status: int = 200
    ) -> Response:
        """Show what waits for the person's organs; the system only proposes."""
        query = request.query_params
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            notes = [*notes, *await self._done(tx, query.get("seen", ""))]
            rows = await self._rows(tx, by)
            count = await store.count_queue(tx, organs_of(by))
            preview = preview_of((), self.copy.snapshot, self._settings, tx.now)
        filters = filters_of(rows, query)
        shown = [row for row in rows if fits(row, query)]
        page = int(query.get("page", "0")) if query.get("page", "0").isdigit() else 0
        crumb, counts = ui.Crumb(_("待交办")), {QUEUE: count}
        frame = frame_of(by, self.copy.snapshot, QUEUE, crumb, counts=counts, notes=notes)
        return CONSOLE.render(
            request,
            "queue.html",
            status=status,
            frame=frame,
            rows=shown[page * PAGE : (page + 1) * PAGE],
            load=_load(count, sum(row.when == "late" for row in rows)),
            filters=filters,
            shown=(page * PAGE + 1, min(len(shown), (page + 1) * PAGE), len(shown)),
            next_page=page + 1 if len(shown) > (page + 1) * PAGE else 0,
            preview=preview,
        )

    async def _done(self, tx: Tx, seen: str) -> Sequence[ui.Note]:
        """Say what was decided a moment ago, with the way to the case."""
        topic, _colon, place = seen.partition(":")
        key = key_of(place.partition(":")[0])
        items = await store.read_items(tx, [key]) if key else {}
        if topic != ROUTER_ASSIGNMENT.name or key not in items:
            return ()
        what = name_of(items[key]) or items[key].row.number
        link = ui.Link(_("看办件"), f"/tracker/items/{to_text(key)}?seen={seen}")
        return (ui.Note("blue", _("已办理：%(what)s", what=what), link),)

    async def preview(self, request: Request, by: Actor, values: Sequence[str]) -> Response:
        """Show what a batch would bind, before it binds."""
        wanted = {to_text(key) for key, _seq in ticked(values)}
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            rows = [row for row in await self._rows(tx, by) if row.line.item_id in wanted]
            preview = preview_of(rows, self.copy.snapshot, self._settings, tx.now)
        return CONSOLE.render(request, "preview.html", preview=preview)

    async def batch(self, request: Request, by: Actor) -> Response:
        """Dispatch what was ticked as proposed; each item fails or succeeds by itself."""
        wanted = ticked((await read_form(request)).get("item", ()))
        organs = frozenset(organs_of(by))
        acts = [
            Dispatch(key, by.person_id, organs, _basis(seq)) for key, seq in dict(wanted).items()
        ]
        done = await asyncio.gather(
            *(self.messaging.act(self._items, act) for act in acts), return_exceptions=True
        )
        failed = [
            (act, one) for act, one in zip(acts, done, strict=True) if isinstance(one, Refused)
        ]
        for one in done:
            if isinstance(one, BaseException) and not isinstance(one, Refused):
                raise one
        given = len(done) - len(failed)
        notes = [ui.Note("blue", n_("已交办%(num)s件", given))] if given else []
        notes += [await self._failed(by, act, why) for act, why in failed]
        return await self.queue(request, by, notes or [ui.Note("amber", _("没有选中任何一件"))])

    async def _failed(self, by: Actor, act: Dispatch, why: Refused) -> ui.Note:
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            items = await store.read_items(tx, [act.key])
        what = (act.key in items and name_of(items[act.key])) or to_text(act.key)[:8]
        link = ui.Link(_("打开"), f"/router/items/{to_text(act.key)}")
        return ui.Note("amber", _("%(what)s没有交办：%(why)s", what=what, why=why.message), link)

    async def proposal(self, request: Request, by: Actor, key: Id) -> Response:
        """Say which unit an item might go to: a piece of the first page."""
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            item = await store.get_visible_item(tx, key, by)
            table = RoutingTable(self.copy.snapshot, local_day(tx.now))
            row = row_of(item, table, self._settings, tx.now)
        return CONSOLE.render(request, "proposal.html", row=row)

    async def item(
        self,
        request: Request,
        by: Actor,
        key: Id,
        asked: Asked | None = None,
        refused: ValidationError | Refused | None = None,
    ) -> Response:
        """Show an item with the proposal and the forms open on it."""
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            item = await store.get_visible_item(tx, key, by)
            now = tx.now
        table = RoutingTable(self.copy.snapshot, local_day(now))
        row = row_of(item, table, self._settings, now)
        errors = errors_of(refused) if isinstance(refused, ValidationError) else {}
        said = refused if isinstance(refused, Refused) else None
        notes = [ui.Note("amber", said.message, ui.Link(_("最新情况"), row.href))] if said else []
        crumbs = ui.Crumb(_("待交办"), QUEUE), ui.Crumb(item.row.number or to_text(key)[:8])
        return CONSOLE.render(
            request,
            "item.html",
            frame=frame_of(by, self.copy.snapshot, QUEUE, *crumbs, notes=notes),
            status=said.status if said else 422 if refused else 200,
            row=row,
            facts=facts_of(row),
            item=item,
            forms=[
                form.filled(asked.submitted, errors) if asked and asked.is_of(form) else form
                for form in forms_of(item, row.line, table)
            ],
        )

    async def do(self, request: Request, by: Actor, asked: Asked) -> Response:
        """Do what a form asks and go on to the queue; a refused one comes back as typed."""
        try:
            act = asked.act(by.person_id, organs_of(by))
            async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
                await store.get_visible_item(tx, asked.key, by)
            applied = await self.messaging.act(self._items, act)
        except (ValidationError, Invalid, Conflict, Forbidden) as refused:
            return await self.item(request, by, asked.key, asked, refused)
        return RedirectResponse(f"{QUEUE}?seen={applied.seen}", 303)


def _load(count: int, late: int) -> Sentence:
    if late:
        return _(
            "%(count)s件，其中%(late)s件已超期。系统只提建议，交办由您决定",
            count=count,
            late=late,
        )
    return _("%(count)s件。系统只提建议，交办由您决定", count=count)


def _basis(seq: int) -> Basis | None:
    return Basis(topic=ROUTER_ASSIGNMENT.name, seq=seq) if seq else None


def routes(pages: Pages, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the pages' addresses."""
    who = Depends(officer)
    return [_queue(pages, who), _items(pages, who)]


def _queue(pages: Pages, who: Any) -> APIRouter:
    web = APIRouter(include_in_schema=False)

    @web.get("/queue")
    @requires(Action.ASSIGNMENT_READ)
    async def queue(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.queue(request, by)

    @web.get("/queue/preview")
    @requires(Action.ASSIGNMENT_READ)
    async def preview(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.preview(request, by, request.query_params.getlist("item"))

    @web.post("/queue")
    @requires(Action.ASSIGNMENT_DISPATCH)
    async def batch(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.batch(request, by)

    return web


def _items(pages: Pages, who: Any) -> APIRouter:
    web = APIRouter(include_in_schema=False)

    @web.get("/items/{item_id}")
    @requires(Action.ASSIGNMENT_READ)
    async def item(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.item(request, by, item_id.bytes)

    @web.get("/items/{item_id}/proposal")
    @requires(Action.ASSIGNMENT_READ)
    async def proposal(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.proposal(request, by, item_id.bytes)

    @web.post("/items/{item_id}/{name}")
    @requires(*ACTIONS.values())
    async def send_form(
        request: Request, by: Annotated[Actor, who], item_id: UUID, name: ActName
    ) -> Response:
        asked = Asked(item_id.bytes, name, await read_form(request))
        return await pages.do(request, by, asked)

    return web
