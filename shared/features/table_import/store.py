"""Uploaded tables, kept from the preview until they are imported; for a day."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

from shared.db.pool import Tx
from shared.db.rows import load_queries
from shared.errors import NotFound
from shared.ids import Id, new_id
from shared.text import _

K = TypeVar("K")
SQL = load_queries(Path(__file__).with_name("queries.sql"))
UPLOAD_LASTS = timedelta(days=1)
UPLOADS_KEPT = 3
"""The latest uploaded tables of a person; a table may take several megabytes."""


@dataclass(frozen=True, slots=True)
class Upload(Generic[K]):
    """A table that waits to be imported; `kind` says which one of the service's tables it is."""

    id: Id
    kind: K
    file_name: str
    body: str


async def save_upload(tx: Tx, kind: str, file_name: str, body: str, person: Id) -> Id:
    """Insert a table, and delete the person's earlier ones but the last few."""
    key = new_id(tx.now)
    values = key, kind, _storable(file_name), _storable(body), person, tx.now
    await tx.execute(SQL["save_upload"], *values)
    await tx.execute(SQL["drop_earlier_uploads"], person, UPLOADS_KEPT)
    return key


def _storable(text: str) -> str:
    """Replace what a text column cannot hold; the reader names the lines concerned."""
    return text.replace("\0", "\ufffd")


async def drop_old_uploads(tx: Tx) -> None:
    await tx.execute(SQL["drop_old_uploads"], tx.now - UPLOAD_LASTS)


async def find_upload(tx: Tx, key: Id, person: Id) -> Upload[Any]:
    """Find a table of the person who uploaded it; raises NotFound."""
    rows = await tx.fetch(SQL["find_upload"], key, person, tx.now - UPLOAD_LASTS)
    if not rows:
        raise NotFound(
            "no_upload",
            _("这份文件已经登记，或已过一天，或之后又上传了别的文件，不再保存。"),
            _("请核对已登记的内容；需要时重新选择文件。"),
        )
    return Upload(**rows[0])


async def drop_upload(tx: Tx, key: Id) -> None:
    await tx.execute(SQL["drop_upload"], key)
