"""Pages of several items accepted at once: what will leave the station, then a line for each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.intake.actions.act_specs import ACTS, open_acts
from services.intake.actions.stations import StationActions, Titled
from services.intake.console import station_views
from services.intake.console.act_forms import PREVIEW
from services.intake.console.pages import CONSOLE
from services.intake.console.station_views import StationRow, StationView, item_href, title_of
from services.intake.domain.asker import by_session
from services.intake.domain.commands import Accept, AcceptBody, ItemBasis
from services.intake.domain.model import ProgressRow
from shared.errors import Problem, Refused
from shared.ids import TAIL, Id, from_text, to_text
from shared.rights import Action
from shared.settings import Limits
from shared.text import Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.forms import Submitted, read_form
from shared.web.menu import frame_of

MOST = 50
_ACCEPT = next(spec for spec in ACTS if spec.command is Accept)


@dataclass(frozen=True, slots=True)
class ChosenItem:
    """A ticked item before it is accepted: the words that will leave, or `why` none will."""

    row: StationRow
    outgoing: Mapping[str, Any] | None = None
    proposers: Text = ""
    why: Text = ""


@dataclass(frozen=True, slots=True)
class AcceptedLine:
    """One ticked item: the number it got, or why it was not accepted."""

    title: Text
    href: str
    number: str = ""
    why: Text = ""


def ticked(value: str) -> tuple[Id, ItemBasis] | None:
    """Read what a tick sends, the item and its version; None if nobody could have ticked it."""
    key, _colon, seq = value.partition(":")
    try:
        return from_text(key), ItemBasis(topic="intake.item.v1", seq=int(seq))
    except ValueError:
        return None


class BatchPages:
    """Renders the acceptance of several items, with the time limits that follow from it."""

    def __init__(self, actions: StationActions, limits: Limits) -> None:
        self._actions, self._limits = actions, limits

    async def submit(self, request: Request, by: Actor) -> Response:
        """Show what accepting the ticked items means, or accept them, each on its own."""
        submitted = await read_form(request)
        chosen = _chosen(submitted)
        if PREVIEW in submitted and chosen:
            return await self._preview(request, by, chosen)
        lines = [await self._accept_one(by, *one) for one in chosen.items()]
        return CONSOLE.render(
            request,
            "accepted.html",
            frame=frame_of(by, self._actions.copy.snapshot, links.STATION, ui.Crumb(_("受理结果"))),
            lines=lines,
            done=sum(bool(one.number) for one in lines),
        )

    async def _preview(
        self, request: Request, by: Actor, chosen: Mapping[Id, ItemBasis]
    ) -> Response:
        directory, now = self._actions.copy.snapshot, await self._actions.now()
        view = StationView(by_session(by), directory, now, self._limits)
        lines = [await self._look_at(by, key, view) for key in chosen]
        return CONSOLE.render(
            request,
            "accept_preview.html",
            frame=frame_of(by, directory, links.STATION, ui.Crumb(_("受理前看一遍"))),
            lines=lines,
            ready=sum(one.outgoing is not None for one in lines),
            clocks=view.clocks_of_acceptance(),
        )

    async def _look_at(self, by: Actor, key: Id, view: StationView) -> ChosenItem:
        """Look at one item as it is now: of it the head sees the words before they leave."""
        asker = by_session(by)
        try:
            found = await self._actions.open_item(asker, key)
        except Refused as refused:
            unseen = StationRow(to_text(key)[TAIL], item_href(key), "", (), "", None, "")
            return ChosenItem(unseen, why=refused.full_message)
        details = found.details
        item, progress = details.item, details.item.progress or ProgressRow(key=key)
        row = station_views.item_row(Titled(item.row, progress, item.text.title), view)
        if item.row.confidential:
            return ChosenItem(row, why=_("来源保密的请逐件受理"))
        if found.is_blocked or _ACCEPT not in open_acts(details, asker):
            return ChosenItem(row, why=row.standing)
        return ChosenItem(
            replace(row, tick=f"{to_text(key)}:{item.row.seq}"),
            await self._actions.preview(asker, key, ()),
            station_views.proposers_named(details),
        )

    async def _accept_one(self, by: Actor, key: Id, basis: ItemBasis) -> AcceptedLine:
        asker, href = by_session(by), item_href(key)
        try:
            before = (await self._actions.open_item(asker, key)).details.item
        except Refused as refused:
            return AcceptedLine(to_text(key)[TAIL], href, why=refused.full_message)
        title = title_of(before.row, before.text.title)
        try:
            applied = await self._actions.act(Accept(key, asker, AcceptBody(basis=basis)))
        except Problem as refused:
            return AcceptedLine(title, href, why=refused.full_message)
        return AcceptedLine(title, href, applied.state.row.number)


def _chosen(submitted: Submitted) -> dict[Id, ItemBasis]:
    return dict(one for one in map(ticked, submitted.get("item", ())[:MOST]) if one)


def batch_routes(pages: BatchPages, officer: CurrentActor) -> APIRouter:
    web, who = APIRouter(include_in_schema=False), Depends(officer)

    @web.post("/accept")
    @requires(Action.ITEM_ACCEPT)
    async def accept(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.submit(request, by)

    return web
