"""Files in forms: the fields to choose them, how they are read, and how one is handed out."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile

from services.intake.actions.attachments import OpenFile, Upload
from services.intake.domain.attachments import MAX_BY_LINK, MAX_BYTES, MAX_FILES, MIME
from shared.text import Text, _
from shared.web import components as ui

MIB = 1024 * 1024
FORM_BYTES = 2 * MAX_BYTES + MIB
"""The bytes of one form with its files: two of the largest; what is more comes one by one."""
FILES, VOICE = "files", "voice"
ACCEPT = "image/jpeg,image/png,application/pdf,.pdf,.docx,.xlsx"
SANDBOXED = {"Content-Security-Policy": "default-src 'none'; sandbox"}
"""What somebody sent is saved, never shown as a page of ours; nothing in it runs."""
PLACES = {
    f"attachment_{flaw}": FILES
    for flaw in (
        "empty",
        "too_large",
        "kind",
        "macros",
        "embeds",
        "fetches",
        "unpacks",
        "unreadable",
        "pixels",
    )
} | {"too_many_attachments": FILES, "attachments_unavailable": FILES}
"""The field at which the refusal of a file is shown."""


def file_fields(*, by_link: bool = False) -> list[ui.Field]:
    """Ask for files and a voice note; a proposer's link takes fewer of them."""
    hint = _(
        "最多%(most)s个，每个不超过%(mib)sMB：JPG、PNG照片，PDF，docx，xlsx。照片里的拍摄地点等信息会去掉，其他文件原样保存。",
        most=MAX_BY_LINK if by_link else MAX_FILES,
        mib=MAX_BYTES // MIB,
    )
    return [
        ui.Field(FILES, _("照片、文件"), control="files", required=False, hint=hint, accept=ACCEPT),
        ui.Field(VOICE, _("录音"), control="voice", required=False,
                 hint=_("说出来也可以，不用写得很细")),
    ]  # fmt: skip


def size_words(size: int) -> Text:
    """Write a size as people read it."""
    if size >= MIB:
        return _("%(n)sMB", n=round(size / MIB, 1))
    return _("%(n)sKB", n=max(1, size // 1024))


async def read_uploads(request: Request) -> Sequence[Upload]:
    """Read the files of a form, up to one more than an item may have."""
    form = await request.form()
    sent = [*form.getlist(FILES), *form.getlist(VOICE)]
    chosen = [one for one in sent if isinstance(one, UploadFile) and one.filename]
    return [await read_upload(one) for one in chosen[: MAX_FILES + 1]]


async def read_upload(sent: UploadFile) -> Upload:
    """Read a file, up to one byte more than it may have."""
    return Upload(sent.filename or "", await sent.read(MAX_BYTES + 1))


def handed_out(found: OpenFile) -> FileResponse:
    """Send a file to be saved under its name."""
    row, path = found
    return FileResponse(
        path, media_type=MIME[row.kind], filename=row.name, headers=SANDBOXED | NOT_KEPT
    )


NOT_KEPT: dict[str, Any] = {"Cache-Control": "no-store"}
