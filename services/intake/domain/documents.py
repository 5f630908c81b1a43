"""Documents of Word and Excel that are kept: without macros, fetching nothing from elsewhere."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from services.intake.domain.attachments import Kind
from shared.errors import Invalid
from shared.text import _

_DOCUMENTS: Mapping[str, Kind] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_ENTRY, MAX_ENTRIES = b"PK\x01\x02", 2000
"""How an entry of an archive's list begins, and how many a document may have."""
MAX_UNPACKED = 2 * 1024 * 1024
"""Bytes of a document's types and relationships altogether, unpacked; usual ones have some kB."""
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, ParseError, ValueError, RuntimeError,
)  # fmt: skip
"""Damaged, too much, with a DTD, or packed in a way that is not read."""
_TYPES, _RELATIONS = "[content_types].xml", ".rels"


def document_kind(content: bytes) -> Kind | None:
    """Recognise a document by its parts; None for an archive that is none or cannot be judged.

    Raises Invalid for one with macros, whatever their file is called, or with relationships to
    other places, as an attached template: a program would fetch it. A hyperlink is only followed
    by who clicks on it.
    """
    if content.count(_ENTRY) > MAX_ENTRIES:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
            kind = next((kind for name, kind in _DOCUMENTS.items() if name in names), None)
            if kind is None:
                return None
            roots = list(_judged(archive))
    except _UNREADABLE:
        return None
    if any(name.endswith("vbaproject.bin") for name in names) or any(map(_has_macros, roots)):
        raise _macros()
    if any(map(_fetches, roots)):
        raise _fetching()
    return kind


def _judged(archive: zipfile.ZipFile) -> Iterator[Element]:
    """Read the types and relationships of a document; raises ValueError if they are too long."""
    left = MAX_UNPACKED
    for info in archive.infolist():
        if info.filename.lower() != _TYPES and not info.filename.lower().endswith(_RELATIONS):
            continue
        with archive.open(info) as part:
            words = part.read(left + 1)
        left -= len(words)
        if left < 0:
            raise ValueError("too long to be judged")
        yield fromstring(words, forbid_dtd=True)


def _has_macros(root: Element) -> bool:
    kinds = (one.get("ContentType", "") + one.get("Type", "") for one in root.iter())
    return any(word in kind.lower() for kind in kinds for word in ("macro", "vbaproject"))


def _fetches(root: Element) -> bool:
    return any(
        one.get("TargetMode", "").strip().lower() == "external"
        and not one.get("Type", "").endswith("/hyperlink")
        for one in root.iter()
    )


def _macros() -> Invalid:
    return Invalid(
        "attachment_macros",
        _("这个文件里有宏，没有保存。"),
        _("请另存为不含宏的docx或xlsx。"),
    )


def _fetching() -> Invalid:
    return Invalid(
        "attachment_fetches",
        _("这个文件打开时会从别处取内容（外部模板、图片或表格），没有保存。"),
        _("请断开这些链接再发，或另存为PDF。"),
    )
