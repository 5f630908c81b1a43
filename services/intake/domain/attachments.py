"""Files attached to an item: which kinds, how large, how many; and the command that adds one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from unicodedata import category

from services.intake.domain.asker import Asker
from services.intake.domain.commands import ActBody, Basis, Body, StationCommand
from shared.contracts.envelope import Key
from shared.ids import Id, derived_id
from shared.messaging.subject import Row
from shared.rights import Action
from shared.text import INVISIBLE, Reason

Kind = Literal[
    "jpg", "png", "pdf", "docx", "xlsx", "m4a", "mp3", "aac", "amr", "ogg", "wav", "webm", "mp4",
    "3gp",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
PICTURES: frozenset[Kind] = frozenset({"jpg", "png"})
MIME: Mapping[Kind, str] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "webm": "video/webm",
    "mp4": "video/mp4",
    "3gp": "video/3gpp",
}
MAX_BYTES, MAX_PIXELS = 10 * 1024 * 1024, 60_000_000
MAX_FILES, MAX_BY_LINK = 9, 3
"""The files of one item, and of them those that come by the link of one proposer."""
_NAME_CHARS = 80


class AttachmentRow(Row):
    """A file of an item: `file_id` is its name in the folder, None once it is erased or removed.

    `size` counts the bytes that are kept; `sha256` (hex) is of what was sent, so that the same file
    sent again is recognised. `added_by` is who sent it, and of a link `proposer_id` whose it is.
    `removed_by` somebody for a reason, it stays without its file and name.
    """

    key: Key
    attachment_id: Key
    name: str
    kind: Kind
    size: int
    sha256: str
    file_id: Key | None
    added_at: datetime
    added_by: str
    proposer_id: Key | None = None
    removed_at: datetime | None = None
    removed_by: str = ""
    why_removed: str = ""

    def erased(self) -> "AttachmentRow":
        """Return it without its file, its name, and what would recognise it."""
        nothing = {"name": "", "sha256": "", "size": 0, "file_id": None, "why_removed": ""}
        return self.model_copy(update=nothing)

    def removed(self, by: str, at: datetime, why: str) -> "AttachmentRow":
        """Return it without what it was, with who removed it, when and why."""
        gone = {"removed_by": by, "removed_at": at, "why_removed": why}
        return self.erased().model_copy(update=gone)


class AttachmentBody(Body):
    """A file that lies in the folder, as it was sniffed and named."""

    name: str
    kind: Kind
    size: int
    sha256: str
    file_id: Key


@dataclass(frozen=True, slots=True)
class Attach(StationCommand):
    """Attach a file to an item."""

    action = Action.ITEM_SUPPLEMENT
    body: AttachmentBody

    @property
    def attachment_id(self) -> Id:
        return attachment_id_of(self.key, self.asker, self.body.sha256)


class RemoveBody(ActBody):
    """Why a file is taken away again."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class RemoveAttachment(StationCommand):
    """Take a file away: the head of the station, or whoever sent it until it is accepted."""

    action = Action.ITEM_SUPPLEMENT
    body: RemoveBody
    attachment_id: Id

    @property
    def basis(self) -> Basis | None:
        return self.body.basis


def attachment_id_of(key: Id, by: Asker, sha256: str) -> Id:
    """The same for the same item, sender and content: a file sent twice is one attachment.

    Who sends what somebody else sent already does not learn of it.
    """
    return derived_id(key, "attachment", by.identity, sha256)


def shown_name(given: str, kind: Kind) -> str:
    """Name a file as it was called by its sender, with the ending of what it is."""
    last = re.split(r"[\\/]", given)[-1]
    plain = "".join(one for one in INVISIBLE.sub("", last) if category(one)[0] != "C")
    stem = (plain.rpartition(".")[0] or plain).strip(" .")[:_NAME_CHARS]
    return f"{stem or 'file'}.{kind}"
