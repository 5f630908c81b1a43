"""Pages of stations: a proposer's link, shown once, and posters whose scan lets anybody report."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.intake.actions.item_details import ItemDetails, proposer_field
from services.intake.actions.links import LinkActions, LinkBody
from services.intake.actions.public import PublicActions
from services.intake.console.act_forms import placed
from services.intake.console.pages import CONSOLE
from services.intake.console.qr import address_at, picture_of
from services.intake.console.report_pages import EMERGENCY, StationCode
from services.intake.domain.asker import by_session
from services.intake.domain.model import ItemRow
from services.intake.proposer_store import LinkGiven
from shared.directory.snapshot import Directory
from shared.errors import NotFound, Refused
from shared.features.trail import Names
from shared.ids import TAIL, Id, to_text
from shared.rights import Action, Resource, may, may_ever, not_yours
from shared.text import Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.forms import Form, Submitted, read_form, validated
from shared.web.menu import frame_of
from shared.web.session import clear_session

END = "end"


class LinkPages:
    """Renders the page on which a station gives a proposer their link."""

    def __init__(self, actions: LinkActions) -> None:
        self._actions = actions

    async def show(
        self,
        request: Request,
        by: Actor,
        key: Id,
        submitted: Submitted | None = None,
        wrong: ValidationError | Refused | None = None,
        given: str | None = None,
    ) -> Response:
        """Show the form and the links given before; a new link once, right after it was made."""
        item, known = await self._actions.read(by_session(by), key)
        stations = self._actions.stations
        directory = stations.copy.snapshot
        seen = ItemDetails(item, directory, await stations.now())
        form, notes, status = _form(seen), list[ui.Note](), 200
        if wrong is not None:
            errors, notes, status = placed(wrong, {})
            form = form.filled(submitted or {}, errors)
        address = address_at(request, f"{links.PROPOSER}{given}") if given else ""
        here = links.station_item(key)
        return CONSOLE.render(
            request,
            "proposer_link.html",
            frame=frame_of(by, directory, links.STATION_ITEMS, *_crumbs(item.row), notes=notes),
            status=status,
            form=form,
            title=item.text.title,
            address=address,
            picture=picture_of(address) if address else "",
            lines=[_line(one, directory) for one in known],
            has_live=any(one.revoked_at is None for one in known),
            here=f"{here}/link",
            back=here,
        )

    async def give(self, request: Request, by: Actor, key: Id) -> Response:
        """Give a new link and show it once, or end the present one."""
        submitted = dict(await read_form(request))
        renew = submitted.pop(END, None) is None
        try:
            body = validated(LinkBody, submitted).model_copy(update={"renew": renew})
            given = await self._actions.give(by_session(by), key, body)
        except (ValidationError, Refused) as wrong:
            return await self.show(request, by, key, submitted, wrong)
        return await self.show(request, by, key, given=given)

    async def enter(self, request: Request, by: Actor) -> Response:
        """Lead to the page of the newest item to be rated, else of any, by a new link.

        Who holds a link has no account: the session ends.
        """
        await read_form(request)
        if not may_ever(by, Action.LINK_GIVE):
            raise not_yours(Action.LINK_GIVE)
        newest = await self._actions.newest(by_session(by))
        if newest is None:
            return RedirectResponse(links.STATION, 303)
        why = LinkBody(reason="试用导览：打开提出人的页面")
        secret = await self._actions.give(by_session(by), newest, why)
        response = RedirectResponse(f"{links.PROPOSER}{secret}", 303)
        clear_session(response)
        return response


def _crumbs(row: ItemRow) -> tuple[ui.Crumb, ...]:
    here = ui.Crumb(row.number or to_text(row.key)[TAIL], links.station_item(row.key))
    return ui.Crumb(_("本站意见建议"), links.STATION_ITEMS), here, ui.Crumb(_("查询链接"))


def _form(seen: ItemDetails) -> Form:
    hint = _("有链接的人能看、能补充、能评价；请只交给提出人本人")
    reason = _("为什么给")
    return Form(
        _("做一个新的查询链接"),
        [
            *proposer_field(seen, _("给哪位提出人"), ""),
            ui.Field("reason", reason, hint=hint, control="textarea", rows=2),
        ],
    )


def _line(one: LinkGiven, directory: Directory) -> Mapping[str, Any]:
    names = Names(directory)
    ended = names.who(one.revoked_by, one.revoked_at) if one.revoked_by and one.revoked_at else ""
    why: Text = _("扫码反映时给的") if one.why == "scan" else one.why
    return {"at": one.made_at, "who": names.who(one.made_by, one.made_at), "why": why,
            "ended_at": one.revoked_at, "ended_by": ended}  # fmt: skip


class PosterPages:
    """Renders posters, one page of paper each."""

    def __init__(self, actions: PublicActions) -> None:
        self._actions = actions

    async def first(self, request: Request, by: Actor) -> Response:
        """Show the poster of the person's own station; of who has none, that of the city."""
        own = self._actions.stations.stations_at(by_session(by))
        return await self.poster(request, by, own[0].code if own else None)

    async def poster(self, request: Request, by: Actor, code: str | None) -> Response:
        """Show the poster of the city, or that of one station."""
        name, path = _("扫码反映问题和建议"), links.REPORT
        place: Text = ""
        if code is not None:
            station = self._actions.station(code)
            if station is None:
                raise NotFound(
                    "unknown_station_page", _("没有这个联络站。"), _("请从列表重新选择。")
                )
            directory = self._actions.directory
            within = Resource(
                stations=directory.with_main(station.station_id),
                within=directory.within(station.division_code),
            )
            if not may(by, Action.POSTER_READ, within):
                raise not_yours(Action.POSTER_READ)
            entry = directory.station(station.station_id)
            place, path = entry.name if entry else code, f"{links.REPORT}/{code}"
        address = address_at(request, path)
        return CONSOLE.render(
            request,
            "poster.html",
            frame=frame_of(by, self._actions.directory, links.POSTER, ui.Crumb(_("反映海报"))),
            name=name,
            place=place,
            address=address,
            picture=picture_of(address, scale=8),
            emergency=EMERGENCY,
            stations=self._own(by),
        )

    def _own(self, by: Actor) -> Sequence[ui.Link]:
        """The posters of the person's own stations."""
        found = self._actions.stations.stations_at(by_session(by))
        directory = self._actions.directory
        names = ((one.code, directory.station(one.station_id)) for one in found)
        return [ui.Link(one.name, f"{links.POSTER}/{code}") for code, one in names if one]


def tour_routes(pages: LinkPages, officer: CurrentActor) -> APIRouter:
    """The step of a trial system's tour that is a proposer's."""
    web = APIRouter(include_in_schema=False)
    who: Any = Depends(officer)

    @web.post("/tour")
    @requires(Action.LINK_GIVE)
    async def enter(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.enter(request, by)

    return web


def link_routes(pages: LinkPages, posters: PosterPages, officer: CurrentActor) -> APIRouter:
    """The pages of links and posters."""
    web = APIRouter(include_in_schema=False)
    who: Any = Depends(officer)

    @web.get("/items/{item_id}/link")
    @requires(Action.LINK_GIVE)
    async def show(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.show(request, by, item_id.bytes)

    @web.post("/items/{item_id}/link")
    @requires(Action.LINK_GIVE)
    async def give(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.give(request, by, item_id.bytes)

    @web.get("/poster")
    @requires(Action.POSTER_READ)
    async def first(
        request: Request, by: Annotated[Actor, who], place: Literal["city", ""] = ""
    ) -> Response:
        if place:
            return await posters.poster(request, by, None)
        return await posters.first(request, by)

    @web.get("/poster/{code}")
    @requires(Action.POSTER_READ)
    async def station(request: Request, by: Annotated[Actor, who], code: StationCode) -> Response:
        return await posters.poster(request, by, code)

    return web
