"""Files as people attach them: a picture with what a phone adds, a document, a voice."""

import io
import struct
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Mapping

PLACE = b"GPS 28.5N 121.4E"
"""Stands for where a photo was taken."""
PLAIN_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRT"
    "c4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
    "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAADAAUDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xA"
    "AaEAEAAQUAAAAAAAAAAAAAAAAAAQIFNHOx/8QAFQEBAQAAAAAAAAAAAAAAAAAAAgP/xAAZEQACAwEAAAAAAAAAAAAA"
    "AAAAAgEEMjP/2gAMAwEAAhEDEQA/AJG/ZtGuOyAKZgvY6sf/2Q=="
)
"""Five by three pixels, drawn by a browser."""
PLAIN_PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAYAAABbNsX4AAAAJElEQVR4AWyIsQkAAAzCii/5/wf9qV10EAyEQLDk2RFQ"
    "I3U+AAAA//9JkRoLAAAABklEQVQDAHPWBpoAbPBCAAAAAElFTkSuQmCC"
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
VOICE = struct.pack(">I", 24) + b"ftypM4A \0\0\0\0M4A isom" + bytes(64)


def segment(marker: int, content: bytes) -> bytes:
    """Build a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def exif(*, side: int, order: str = "<") -> bytes:
    """What a phone writes: which side is up, and where it was."""
    mark = b"II" if order == "<" else b"MM"
    entries = struct.pack(f"{order}HHIH", 0x0112, 3, 1, side) + b"\0\0"
    entries += struct.pack(f"{order}HHI", 0x8825, 2, len(PLACE)) + struct.pack(f"{order}I", 38)
    head = mark + struct.pack(f"{order}HIH", 42, 8, 2)
    return b"Exif\0\0" + head + entries + struct.pack(f"{order}I", 0) + PLACE


def photo(*, side: int = 6, order: str = "<") -> bytes:
    """A JPEG of a phone: with Exif, a comment, and a second picture behind the first."""
    added = segment(0xE1, exif(side=side, order=order)) + segment(0xFE, PLACE)
    return PLAIN_JPEG[:20] + added + PLAIN_JPEG[20:] + PLACE


def chunk(name: bytes, content: bytes) -> bytes:
    """Build a chunk of a PNG."""
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def screenshot() -> bytes:
    """A PNG with a text and Exif in it."""
    added = chunk(b"tEXt", b"Comment\0" + PLACE) + chunk(b"eXIf", exif(side=6)[6:])
    return PLAIN_PNG[:33] + added + PLAIN_PNG[33:]


def archive(*names: str) -> bytes:
    """A zip archive with files of these names, as Word and Excel write them."""
    return _packed(dict.fromkeys(("[Content_Types].xml", *names), b"<x/>"))


def document(parts: Mapping[str, bytes]) -> bytes:
    """A document of Word with these parts."""
    return _packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", **parts})


def _packed(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in parts.items():
            opened.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


DOCX, XLSX = archive("word/document.xml"), archive("xl/workbook.xml")
