"""Pages of attachments: those of an item, and what those who raised it add to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse
from pydantic import ValidationError

from services.intake.actions.attachments import AttachmentActions
from services.intake.console.act_forms import placed
from services.intake.console.deputy_pages import DeputyPages
from services.intake.console.done import ATTACHED, REMOVED, led_to
from services.intake.console.pages import CONSOLE
from services.intake.console.proposer_pages import ProposerPages, SecretInAddress
from services.intake.console.proposer_views import files
from services.intake.console.uploads import (
    FILES,
    PLACES,
    file_fields,
    handed_out,
    read_uploads,
    size_words,
)
from services.intake.domain.asker import THE_PROPOSER, Asker, by_session, may_at
from services.intake.domain.attachments import AttachmentRow, RemoveBody
from services.intake.domain.model import ItemRow
from shared.directory.snapshot import Directory
from shared.errors import Refused, Unavailable
from shared.features.trail import Names
from shared.ids import TAIL, Id, to_text
from shared.rights import Action
from shared.text import Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.forms import Form, read_form, value_of
from shared.web.menu import frame_of

NOTHING_CHOSEN: Mapping[str, Text] = {FILES: _("还没有选文件。")}


class AttachmentPages:
    """Renders what is attached to an item, with a form for whoever may add to it."""

    def __init__(self, actions: AttachmentActions) -> None:
        self._actions = actions

    async def show(self, request: Request, by: Actor, key: Id) -> Response:
        """List the attachments: as a page, or as a card on the pages of the item and the case."""
        return await self._page(request, by, key)

    async def _page(
        self, request: Request, by: Actor, key: Id, errors: Mapping[str, Text] | None = None,
        notes: Sequence[ui.Note] = (), status: int = 200,
    ) -> Response:  # fmt: skip
        listed = await self._actions.list_for(by, key)
        directory, here = self._actions.stations.copy.snapshot, links.attachments_page(key)
        asker, station = by_session(by), listed.item.station_id
        may_add = may_at(asker, Action.ITEM_SUPPLEMENT, station, directory)
        form = Form(_("添加附件"), file_fields()).filled({}, errors or {})
        return CONSOLE.render(
            request,
            "attachments_part.html" if "HX-Request" in request.headers else "attachments.html",
            frame=replace(_frame(by, directory, listed.item, at_station=may_add), notes=notes),
            status=status,
            here=here,
            rows=[_line(row, here, directory) for row in listed.rows],
            removed=[_gone(row, directory) for row in listed.removed],
            may_remove=may_at(
                by_session(by), Action.ITEM_ACCEPT, listed.item.station_id, directory
            ),
            form=form if may_add and listed.takes_more else None,
            confidential=listed.item.confidential,
        )

    async def add(self, request: Request, by: Actor, key: Id) -> Response:
        """Attach the files of a form and go to the item; a refused form is shown again."""
        uploads = await read_uploads(request)
        if not uploads:
            return await self._page(request, by, key, NOTHING_CHOSEN, status=422)
        try:
            await self._actions.add(by_session(by), key, uploads)
        except (Refused, Unavailable) as wrong:
            errors, notes, status = placed(wrong, PLACES)
            return await self._page(request, by, key, errors, notes, status)
        return led_to(links.station_item(key), ATTACHED)

    async def remove(self, request: Request, by: Actor, key: Id, attachment_id: Id) -> Response:
        """Take a file away and go to the item; without a reason show the list again."""
        try:
            body = await _why(request)
            await self._actions.take_away(by_session(by), key, attachment_id, body)
        except (ValidationError, Refused) as wrong:
            return await self._page(request, by, key, {}, *_above(wrong))
        return led_to(links.station_item(key), REMOVED)

    async def open(self, by: Actor, key: Id, attachment_id: Id) -> FileResponse:
        return handed_out(await self._actions.open_for(by, key, attachment_id))


async def _why(request: Request) -> RemoveBody:
    return RemoveBody(reason=value_of(await read_form(request), "reason"))


def _above(wrong: ValidationError | Refused) -> tuple[list[ui.Note], int]:
    """The note above the list, and the status, of a refused removal."""
    if isinstance(wrong, Refused):
        return [ui.Note("amber", wrong.full_message)], wrong.status
    return [ui.Note("amber", _("没有移除：请写明为什么移除，最多500字。"))], 422


class Sender(NamedTuple):
    """`here` is the page of the item to which to go back; `opens`: what was sent can be opened."""

    key: Id
    by: Asker
    here: str
    frame: ui.Frame
    opens: bool


class RaisedFilePages:
    """Renders the form with which whoever raised an item adds files to it."""

    def __init__(self, actions: AttachmentActions) -> None:
        self._actions = actions

    async def form(
        self, request: Request, sender: Sender, errors: Mapping[str, Text] | None = None,
        notes: Sequence[ui.Note] = (), status: int = 200,
    ) -> Response:  # fmt: skip
        """Show what they sent, and the form."""
        key, by, here, frame, opens = sender
        rows, at = await self._actions.list_own(by, key), f"{here}/attachments"
        fields = file_fields(by_link=by.proposer_id is not None)
        return CONSOLE.render(
            request,
            "raised_files.html",
            frame=replace(frame, notes=notes),
            status=status,
            form=Form(_("补充照片、文件、录音"), fields).filled({}, errors or {}),
            here=here,
            files=files(rows, at if opens else ""),
            removals=await self._removals(sender, at),
        )

    async def _removals(self, sender: Sender, at: str) -> Sequence[ui.Link]:
        """Until the item is accepted they may take away what they sent."""
        tracked = await self._actions.stations.find(sender.by, sender.key)
        if tracked.item.state not in ("SUBMITTED", "SUPPLEMENT"):
            return ()
        rows = await self._actions.list_own(sender.by, sender.key)
        mine = (sender.by.code, sender.by.proposer_id)
        return [
            ui.Link(row.name, f"{at}/{to_text(row.attachment_id)}/remove")
            for row in rows
            if (row.added_by, row.proposer_id) == mine
        ]

    async def add(self, request: Request, sender: Sender) -> Response:
        """Attach the files and go back to the item; a refused form is shown again."""
        uploads = await read_uploads(request)
        if not uploads:
            return await self.form(request, sender, NOTHING_CHOSEN, status=422)
        try:
            await self._actions.add(sender.by, sender.key, uploads)
        except (Refused, Unavailable) as wrong:
            return await self.form(request, sender, *placed(wrong, PLACES))
        return led_to(sender.here, ATTACHED)

    async def remove(self, request: Request, sender: Sender, attachment_id: Id) -> Response:
        """Take a file away and go back to the item; without a reason say so."""
        try:
            body = await _why(request)
            await self._actions.take_away(sender.by, sender.key, attachment_id, body)
        except (ValidationError, Refused) as wrong:
            return await self.form(request, sender, {}, *_above(wrong))
        return led_to(sender.here, REMOVED)

    async def open(self, sender: Sender, attachment_id: Id) -> FileResponse:
        return handed_out(await self._actions.open_own(sender.by, sender.key, attachment_id))


def _frame(by: Actor, directory: Directory, item: ItemRow, *, at_station: bool) -> ui.Frame:
    """Stand the page below the item of its station, else below the case."""
    number, files = item.number or to_text(item.key)[TAIL], ui.Crumb(_("附件"))
    if at_station:
        listed = ui.Crumb(_("本站意见建议"), links.STATION_ITEMS)
        own = ui.Crumb(number, links.station_item(item.key))
        return frame_of(by, directory, links.STATION_ITEMS, listed, own, files)
    listed, own = ui.Crumb(_("办件"), links.CASES), ui.Crumb(number, links.case_page(item.key))
    return frame_of(by, directory, links.CASES, listed, own, files)


def _line(row: AttachmentRow, here: str, directory: Directory) -> Mapping[str, Any]:
    return {
        "name": row.name,
        "href": f"{here}/{to_text(row.attachment_id)}",
        "size": size_words(row.size),
        "remove": f"{links.attachments_page(row.key)}/{to_text(row.attachment_id)}/remove",
        "at": row.added_at,
        "who": _("提出人") if row.proposer_id else Names(directory).who(row.added_by, row.added_at),
    }


def _gone(row: AttachmentRow, directory: Directory) -> Mapping[str, Any]:
    by_proposer = row.removed_by == THE_PROPOSER
    who = _("提出人") if by_proposer else Names(directory).who(row.removed_by, row.added_at)
    return {"at": row.removed_at, "who": who, "why": row.why_removed}


def proposer_file_routes(
    pages: RaisedFilePages, proposers: ProposerPages, limited: Any
) -> APIRouter:
    """The form behind a proposer's link; `limited` counts the requests of an address.

    No file is handed out by a link: whoever has it could be anybody.
    """
    web = APIRouter(include_in_schema=False, dependencies=[Depends(limited)])

    async def sender(secret: SecretInAddress) -> Sender:
        key, by = await proposers.open(secret)
        frame = ui.Frame(crumbs=(ui.Crumb(_("我的建议")),))
        return Sender(key, by, f"{links.PROPOSER}{secret}", frame, opens=False)

    @web.get("/p/{secret}/attachments")
    @requires(Action.PUBLIC)
    async def form(request: Request, by: Annotated[Sender, Depends(sender)]) -> Response:
        return await pages.form(request, by)

    @web.post("/p/{secret}/attachments")
    @requires(Action.PUBLIC)
    async def add(request: Request, by: Annotated[Sender, Depends(sender)]) -> Response:
        return await pages.add(request, by)

    @web.post("/p/{secret}/attachments/{attachment_id}/remove")
    @requires(Action.PUBLIC)
    async def remove(
        request: Request, by: Annotated[Sender, Depends(sender)], attachment_id: UUID
    ) -> Response:
        return await pages.remove(request, by, attachment_id.bytes)

    return web


def deputy_file_routes(
    pages: RaisedFilePages, deputies: DeputyPages, officer: CurrentActor
) -> APIRouter:
    """The form of a deputy, who may open the files they sent."""
    web = APIRouter(prefix="/deputy/items/{item_id}/attachments", include_in_schema=False)

    async def sender(by: Annotated[Actor, Depends(officer)], item_id: UUID) -> Sender:
        key = item_id.bytes
        frame = await deputies.frame_of_own(by, key, ui.Crumb(_("附件")))
        return Sender(key, by_session(by), links.deputy_item(key), frame, opens=True)

    @web.get("")
    @requires(Action.RAISED_READ)
    async def form(request: Request, by: Annotated[Sender, Depends(sender)]) -> Response:
        return await pages.form(request, by)

    @web.post("")
    @requires(Action.RAISED_READ)
    async def add(request: Request, by: Annotated[Sender, Depends(sender)]) -> Response:
        return await pages.add(request, by)

    @web.post("/{attachment_id}/remove")
    @requires(Action.RAISED_READ)
    async def remove(
        request: Request, by: Annotated[Sender, Depends(sender)], attachment_id: UUID
    ) -> Response:
        return await pages.remove(request, by, attachment_id.bytes)

    @web.get("/{attachment_id}")
    @requires(Action.RAISED_READ)
    async def download(by: Annotated[Sender, Depends(sender)], attachment_id: UUID) -> FileResponse:
        return await pages.open(by, attachment_id.bytes)

    return web


def attachment_page_routes(pages: AttachmentPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    who = Depends(officer)

    @web.get("/items/{item_id}/attachments")
    @requires(Action.CASE_READ)
    async def show(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.show(request, by, item_id.bytes)

    @web.post("/items/{item_id}/attachments")
    @requires(Action.ITEM_SUPPLEMENT)
    async def add(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.add(request, by, item_id.bytes)

    @web.post("/items/{item_id}/attachments/{attachment_id}/remove")
    @requires(Action.ITEM_SUPPLEMENT)
    async def remove(
        request: Request, by: Annotated[Actor, who], item_id: UUID, attachment_id: UUID
    ) -> Response:
        return await pages.remove(request, by, item_id.bytes, attachment_id.bytes)

    @web.get("/items/{item_id}/attachments/{attachment_id}")
    @requires(Action.CASE_READ)
    async def download(
        by: Annotated[Actor, who], item_id: UUID, attachment_id: UUID
    ) -> FileResponse:
        return await pages.open(by, item_id.bytes, attachment_id.bytes)

    return web
