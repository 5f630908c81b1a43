"""Which files an item takes: by their content and size, their number, and the item's state."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import puremagic

from services.intake.domain.asker import Asker
from services.intake.domain.attachments import (
    MAX_BY_LINK,
    MAX_BYTES,
    MAX_FILES,
    MAX_PIXELS,
    PICTURES,
    Attach,
    AttachmentRow,
    Kind,
    RemoveAttachment,
)
from services.intake.domain.context import DecisionContext
from services.intake.domain.documents import document_kind
from services.intake.domain.model import Item, ItemState
from services.intake.domain.pictures import UnreadablePicture, cleaned
from services.intake.domain.refusals import (
    require_current,
    require_not_erased,
    require_right,
    require_state,
    require_unfinished,
)
from services.intake.domain.rights import may_act
from shared.directory.snapshot import Directory
from shared.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, Unavailable
from shared.ids import Id
from shared.rights import Action
from shared.text import _

_ENDINGS: Mapping[str, Kind | None] = {
    ".jpg": "jpg",
    ".png": "png",
    ".pdf": "pdf",
    ".docx": None,
    ".m4a": "m4a",
    ".mp3": "mp3",
    ".mpga": "mp3",
    ".aac": "aac",
    ".amr": "amr",
    ".oga": "ogg",
    ".wav": "wav",
    ".webm": "webm",
    ".mp4": "mp4",
    ".3ga": "3gp",
}
"""Kinds by the endings that the library finds; None for an archive that may be a document."""
_TAKING: Sequence[ItemState] = ("SUBMITTED", "SUPPLEMENT", "ACCEPTED")


MAX_EVER = 3 * MAX_FILES
"""Files of an item with those that were removed."""


class Checked(NamedTuple):
    """A file as it is kept; `sha256` (hex) is of what was sent."""

    kind: Kind
    content: bytes
    sha256: str


def check_file(content: bytes) -> Checked:
    """Recognise a file by its content and drop what a camera wrote; raises Invalid, TooLarge."""
    if not content:
        raise Invalid("attachment_empty", _("文件是空的，没有保存。"), _("请重新选择文件。"))
    if len(content) > MAX_BYTES:
        raise too_large()
    kind = _kind_of(content)
    kept = _clean_picture(kind, content) if kind in PICTURES else content
    return Checked(kind, kept, sha256_of(content))


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def too_large() -> TooLarge:
    return TooLarge(
        "attachment_too_large",
        _("文件超过%(mib)sMB，没有保存。", mib=MAX_BYTES // 1024 // 1024),
        _("请压缩或分成几个文件；照片可以选小一些的尺寸。"),
    )


def _kind_of(content: bytes) -> Kind:
    try:
        found = {one.extension for one in puremagic.magic_string(content)}
    except puremagic.PureError:
        raise _wrong_kind() from None
    kind = next((_ENDINGS[one] for one in _ENDINGS if one in found), None)
    if kind is None and ".docx" in found:
        kind = document_kind(content)
    if kind is None:
        raise _wrong_kind()
    return kind


def _wrong_kind() -> Invalid:
    return Invalid(
        "attachment_kind",
        _("这种文件收不了，没有保存。"),
        _("可以收照片（JPG、PNG）、PDF、Word（docx）、Excel（xlsx）和录音。"),
    )


def _clean_picture(kind: Kind, content: bytes) -> bytes:
    try:
        picture = cleaned(kind, content)
    except UnreadablePicture:
        raise Invalid(
            "attachment_unreadable",
            _("这张照片不完整，打不开，没有保存。"),
            _("请重新拍照或选择。"),
        ) from None
    if picture.pixels > MAX_PIXELS:
        raise Invalid(
            "attachment_pixels",
            _("照片的像素超过%(most)s，没有保存。", most=MAX_PIXELS),
            _("请选小一些的尺寸。"),
        )
    return picture.content


def attach(state: Item, command: Attach, context: DecisionContext) -> Item:
    """Attach a file to an item that is not finished; sent again it changes nothing."""
    if not require_takes(state, command.asker, [command.attachment_id], context):
        return state
    added = AttachmentRow(
        key=command.key,
        attachment_id=command.attachment_id,
        **command.body.model_dump(),
        added_at=context.now,
        added_by=command.by,
        proposer_id=command.asker.proposer_id,
    )
    return replace(state, attachments=(*state.attachments, added))


def remove(state: Item, command: RemoveAttachment, context: DecisionContext) -> Item:
    """Take a file away for a reason; done again it changes nothing."""
    require_right(context, command.asker, command.action, state)
    wanted = command.attachment_id
    row = next((one for one in state.attachments if one.attachment_id == wanted), None)
    if row is None or (row.file_id is None and row.removed_at is None):
        raise no_attachment()
    if not may_remove(state, row, command.asker, context.directory):
        raise Forbidden(
            "attachment_not_yours",
            _("这个附件不能由您移除，没有移除。"),
            _("受理前谁发的谁可以移除；其余的请联系站长。"),
        )
    require_current(state.row, command)
    if row.removed_at is not None:
        return state
    gone = row.removed(command.by, context.now, command.body.reason)
    rows = (gone if one is row else one for one in state.attachments)
    return replace(state, attachments=tuple(rows))


def may_remove(state: Item, row: AttachmentRow, by: Asker, directory: Directory) -> bool:
    """Whether the asker is the head of the station, or sent it to what is not accepted yet."""
    is_own = (row.added_by, row.proposer_id) == (by.code, by.proposer_id)
    is_waiting = state.row.state in ("SUBMITTED", "SUPPLEMENT")
    return (is_own and is_waiting) or may_act(by, Action.ITEM_ACCEPT, state, directory)


def takes_files(item: Item) -> bool:
    """Whether an item is not finished or erased, so that files may be added."""
    return item.row.state in _TAKING and item.row.erased_at is None and not item.is_over


def require_takes(
    state: Item, by: Asker, sent: Sequence[Id], context: DecisionContext
) -> Sequence[Id]:
    """Refuse files, by the ids they would have, before anybody looks into them; gives the new ones.

    First whether the asker may, then whether the item still takes some, then how many.
    """
    require_right(context, by, Attach.action, state)
    require_not_erased(state.row)
    known = {one.attachment_id for one in state.attachments}
    if any(one.removed_at and one.attachment_id in sent for one in state.attachments):
        raise Conflict(
            "attachment_removed",
            _("这个文件以前发过，已经移除，没有再收。"),
            _("确需再发的，请联系联络站。"),
        )
    new = [one for one in dict.fromkeys(sent) if one not in known]
    if new:
        require_state(state.row, _TAKING)
        require_unfinished(state)
        _require_room(state, by, len(new))
    return new


def _require_room(state: Item, by: Asker, new: int) -> None:
    kept = [one for one in state.attachments if one.removed_at is None]
    own = [one for one in kept if one.proposer_id == by.proposer_id]
    most = MAX_FILES if by.proposer_id is None else MAX_BY_LINK
    if len(state.attachments) + new > MAX_EVER:
        raise too_many(most)
    if len(kept) + new > MAX_FILES or len(own) + new > most:
        raise too_many(most)


def too_many(most: int) -> Conflict:
    return Conflict(
        "too_many_attachments",
        _("附件最多%(most)s个，没有再收。", most=most),
        _("请只留最要紧的；其余的可以当面交给联络站。"),
    )


class AttachmentsUnavailable(Unavailable):
    """The folder is full, or not there."""

    def __init__(self) -> None:
        super().__init__(
            "attachments_unavailable",
            _("现在存不下附件，附件没有保存。"),
            _("文字不受影响；请稍后再发附件，如一直如此，请联系系统运维。"),
            retry_after=60,
        )


def file_lost() -> NotFound:
    """The item has the attachment, the folder not its file."""
    return NotFound(
        "attachment_lost",
        _("这个附件的文件找不到了。"),
        _("请联系系统运维从备份找回，或请联络站重新添加。"),
    )


def no_attachment() -> NotFound:
    return NotFound(
        "no_attachment", _("没有这个附件，或您的身份看不到它。"), _("请从附件清单重新选择。")
    )
