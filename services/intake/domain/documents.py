"""Documents of Word and Excel that are kept: without macros or programs, fetching nothing."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from services.intake.domain.attachments import Kind
from shared.errors import Invalid, TooLarge
from shared.text import _

_DOCUMENTS: Mapping[str, Kind] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_ENTRY, MAX_ENTRIES = b"PK\x01\x02", 2000
"""How an entry of an archive's list begins, and how many a document may have."""
MAX_UNPACKED = 2 * 1024 * 1024
"""Bytes of a document's types and relationships altogether, unpacked; usual ones have some kB."""
MAX_WHOLE, MAX_RATIO, MIB = 50 * 1024 * 1024, 100, 1024 * 1024
"""Bytes of a whole document, unpacked: altogether, and beyond a MiB so many for each one packed."""
_LOCAL_HEADER = 30
"""Bytes before the name of an entry, which stands there once more, with the lengths before it."""
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ParseError, ValueError, RuntimeError,
)  # fmt: skip
"""Damaged, too much, with a DTD, or packed in a way that is not read."""
_TYPES, _RELATIONS = "[content_types].xml", ".rels"


def document_kind(content: bytes) -> Kind | None:
    """Recognise a document by its parts; None for an archive that is none or cannot be judged.

    Raises Invalid for one with macros, whatever their file is called, with objects of other
    programs, or with relationships to other places, as an attached template: a program would fetch
    it. A hyperlink is only followed by who clicks on it, and the table behind a chart only opened
    by who edits the chart. TooLarge for one that fills a disk or memory once it is unpacked.
    """
    if content.count(_ENTRY) > MAX_ENTRIES:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
            kind = next((kind for name, kind in _DOCUMENTS.items() if name in names), None)
            if kind is None:
                return None
            _require_moderate(archive.infolist(), content)
            parts = list(_judged(archive))
    except _UNREADABLE:
        return None
    roots = [root for _name, root in parts]
    if any(name.endswith("vbaproject.bin") for name in names) or any(map(_has_macros, roots)):
        raise _macros()
    if any(_is_embedded(name) for name in names) or any(_embeds(*part) for part in parts):
        raise _embedding()
    if any(map(_fetches, roots)):
        raise _fetching()
    return kind


def _require_moderate(entries: Sequence[zipfile.ZipInfo], content: bytes) -> None:
    """Refuse a document that is too large unpacked; raises ValueError for what no program writes.

    Each entry is unpacked bit by bit and forgotten, up to the limit: the sizes in the list of an
    archive may be untrue.
    """
    if sum(one.compress_size for one in entries) > len(content):
        raise ValueError("entries lie over each other")
    most = min(MAX_WHOLE, max(MIB, MAX_RATIO * len(content)))
    sizes = chain.from_iterable(_unpacked_sizes(one, content) for one in entries)
    if any(whole > most for whole in accumulate(sizes)):
        raise _too_large(most)


def _unpacked_sizes(entry: zipfile.ZipInfo, content: bytes) -> Iterator[int]:
    """Count the bytes of an entry, at most a MiB at a time."""
    head = entry.header_offset
    name, extra = struct.unpack("<HH", content[head + _LOCAL_HEADER - 4 : head + _LOCAL_HEADER])
    start = head + _LOCAL_HEADER + name + extra
    packed = content[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        yield len(packed)
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError("packed in a way that no document is")
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    while packed and not unpacking.eof:
        yield len(unpacking.decompress(packed, MIB))
        packed = unpacking.unconsumed_tail


def _judged(archive: zipfile.ZipFile) -> Iterator[tuple[str, Element]]:
    """Read the types and relationships of a document, each with the name of its part.

    Raises ValueError if they are too long.
    """
    left = MAX_UNPACKED
    for info in archive.infolist():
        if info.filename.lower() != _TYPES and not info.filename.lower().endswith(_RELATIONS):
            continue
        with archive.open(info) as part:
            words = part.read(left + 1)
        left -= len(words)
        if left < 0:
            raise ValueError("too long to be judged")
        yield info.filename.lower(), fromstring(words, forbid_dtd=True)


def _has_macros(root: Element) -> bool:
    kinds = (one.get("ContentType", "") + one.get("Type", "") for one in root.iter())
    return any(word in kind.lower() for kind in kinds for word in ("macro", "vbaproject"))


def _is_embedded(name: str) -> bool:
    """Whether a part, by its lower-case name, is an object of another program, or a control."""
    return "/activex/" in name or ("/embeddings/" in name and name.endswith(".bin"))


def _embeds(name: str, root: Element) -> bool:
    """Whether the types or relationships of a document, by their name, hold such an object."""
    if any("oleobject" in one.get("ContentType", "").lower() for one in root.iter()):
        return True
    kinds = {one.get("Type", "").lower().rpartition("/")[2] for one in root.iter()}
    is_of_chart = "/charts/" in name
    return bool(kinds & {"oleobject", "control"}) or ("package" in kinds and not is_of_chart)


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


def _embedding() -> Invalid:
    return Invalid(
        "attachment_embeds",
        _("这个文件里嵌有别的文件或控件，没有保存。"),
        _("请把嵌在里面的文件另外发，删去它们再发，或另存为PDF。"),
    )


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        "attachment_unpacks",
        _("这个文件解开后超过%(mib)sMB，没有保存。", mib=most // MIB),
        _("请删去多余的内容再发，或另存为PDF。"),
    )
