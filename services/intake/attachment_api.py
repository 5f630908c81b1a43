"""JSON interface of attachments, for stations' keys and for our own pages without a line."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from services.intake.actions.attachments import AttachmentActions
from services.intake.api import CREATED, OK, CurrentAsker
from services.intake.console.uploads import handed_out, read_upload
from services.intake.domain.asker import Asker
from services.intake.domain.attachments import AttachmentRow, Kind, RemoveBody
from shared.ids import to_text
from shared.rights import Action
from shared.web.actor import requires


class AttachmentView(BaseModel):
    """A file of an item; `kind` is what it was found to be, whatever its name said."""

    model_config = ConfigDict(frozen=True)

    attachment_id: str
    name: str
    kind: Kind
    size: int


REPEATED: dict[int | str, dict[str, Any]] = {
    OK: {"description": "Already received", "model": AttachmentView}
}


class AttachmentsView(BaseModel):
    """The files of an item, the first one first."""

    model_config = ConfigDict(frozen=True)

    attachments: list[AttachmentView]


def _view(row: AttachmentRow) -> AttachmentView:
    id_ = {"attachment_id": to_text(row.attachment_id)}
    return AttachmentView.model_validate(row.model_dump() | id_)


def _views(rows: Sequence[AttachmentRow]) -> AttachmentsView:
    return AttachmentsView(attachments=[_view(row) for row in rows])


def attachment_routes(actions: AttachmentActions, asker: CurrentAsker) -> APIRouter:
    api = APIRouter(prefix="/v1/items/{item_id}/attachments", route_class=asker.route)
    who = Depends(asker)

    @api.post("", status_code=CREATED, responses=REPEATED)
    @requires(Action.ITEM_SUPPLEMENT)
    async def add(
        item_id: UUID,
        by: Annotated[Asker, who],
        file: Annotated[UploadFile, File(description="The file, as multipart/form-data.")],
        response: Response,
    ) -> AttachmentView:
        """Attach a file to an item: 201 if added, 200 if the item has the same file already."""
        (added,) = await actions.add(by, item_id.bytes, [await read_upload(file)])
        response.status_code = CREATED if added.is_new else OK
        return _view(added.row)

    @api.post("/{attachment_id}/remove")
    @requires(Action.ITEM_SUPPLEMENT)
    async def remove(
        item_id: UUID, attachment_id: UUID, body: RemoveBody, by: Annotated[Asker, who]
    ) -> AttachmentsView:
        """Take a file away for a reason; gives those that are left."""
        await actions.take_away(by, item_id.bytes, attachment_id.bytes, body)
        return _views(await actions.list_own(by, item_id.bytes))

    @api.get("")
    @requires(Action.ITEM_READ)
    async def list_all(item_id: UUID, by: Annotated[Asker, who]) -> AttachmentsView:
        """List the files of an item of the asker's stations."""
        return _views(await actions.list_own(by, item_id.bytes))

    @api.get("/{attachment_id}", response_class=FileResponse)
    @requires(Action.ITEM_READ)
    async def show(item_id: UUID, attachment_id: UUID, by: Annotated[Asker, who]) -> FileResponse:
        """Download a file of an item of the asker's stations."""
        return handed_out(await actions.open_own(by, item_id.bytes, attachment_id.bytes))

    return api
