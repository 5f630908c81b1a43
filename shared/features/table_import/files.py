"""Tables between a page and a browser: the one chosen in a form, and those to download."""

import asyncio
from collections.abc import Sequence

from fastapi import Response
from starlette.datastructures import FormData, UploadFile

from shared.tables.files import MIME, FileFormat, written
from shared.tables.workbook import MAX_BYTES
from shared.text import INVISIBLE

FORM_BYTES = MAX_BYTES + 64 * 1024
"""A table of the largest size with the form around it."""


async def chosen_table(form: FormData) -> tuple[str, bytes] | None:
    """Read the name and the content of the file that was chosen, None if none was.

    Of one that is too large it gives enough to be refused.
    """
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    return INVISIBLE.sub("", file.filename), await file.read(MAX_BYTES + 1)


async def download(
    form: FileFormat, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> Response:
    """Write a table for download, in a thread: a large one takes seconds."""
    head = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    content = await asyncio.to_thread(written, form, columns, rows)
    return Response(content, media_type=MIME[form], headers=head)
