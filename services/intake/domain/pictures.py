"""Pictures without what a camera wrote into them: place, owner, device, a second picture.

The picture itself is not decoded, so nothing of its quality is lost.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from services.intake.domain.attachments import Kind

_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""The next marker behind compressed data, in which 0xFF is followed by 0 or a restart marker.

Without a repetition: it would be tried at each 0xFF of a long run.
"""
_START, _END, _SCAN, _EXIF = 0xD8, 0xD9, 0xDA, 0xE1
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APPLICATION = frozenset({*range(0xE0, 0xF0), 0xFE})
_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""The only segments of applications that stay: density and colours."""
_MOST_PARTS = 10_000
"""Segments or chunks of a picture: real ones have hundreds, and each takes time."""
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
     b"bKGD", b"hIST", b"pHYs"}
)  # fmt: skip


class UnreadablePicture(ValueError):
    """The file ends too early, states its size twice, or is no picture behind its first bytes."""


class Picture(NamedTuple):
    """A picture without its metadata, and the pixels it has."""

    content: bytes
    pixels: int


def cleaned(kind: Kind, content: bytes) -> Picture:
    """Drop all metadata of a JPEG or PNG but colours and which side is up."""
    try:
        return _png(content) if kind == "png" else _jpeg(content)
    except (struct.error, IndexError):
        raise UnreadablePicture from None


def _jpeg(content: bytes) -> Picture:
    kept, pixels, turned = bytearray(), 0, b""
    for marker, segment in _segments(content):
        if marker in _SIZES:
            _require_first(pixels)
            height, width = struct.unpack_from(">HH", segment, 5)
            pixels = height * width
        if marker == _EXIF and segment[4:10] == b"Exif\0\0":
            turned = _turned(segment[10:]) or turned
        if marker not in _APPLICATION or _is_kept(marker, segment):
            kept += segment
    if not pixels:
        raise UnreadablePicture
    return Picture(b"\xff\xd8" + turned + bytes(kept) + b"\xff\xd9", pixels)


def _require_first(pixels: int) -> None:
    """Refuse a second size: a program that shows the picture might take the other one."""
    if pixels:
        raise UnreadablePicture


def _is_kept(marker: int, segment: bytes) -> bool:
    return marker in _KEPT and segment[4:].startswith(_KEPT[marker])


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the segments between start and end, each with its marker; a scan with its data."""
    at = 2
    for _n in range(_MOST_PARTS):
        found = _MARKER.match(content, at)
        if found is None:
            raise UnreadablePicture
        marker = found[1][0]
        if marker == _END:
            return
        (length,) = struct.unpack_from(">H", content, found.end())
        end = found.end() + length
        if marker == _SCAN:
            after = _AFTER_SCAN.search(content, end)
            if after is None:
                raise UnreadablePicture
            end = after.start()
        if length < 2 or end > len(content):
            raise UnreadablePicture
        yield marker, b"\xff" + found[1] + content[found.end() : end]
        at = end
    raise UnreadablePicture


def _turned(tiff: bytes) -> bytes:
    """Build an Exif segment that says only which side is up; nothing if it is the usual one."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * entries, 12):
            tag, _kind, _count, side = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == 0x0112 and 2 <= side <= 8:
                own = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, side, 0, 0)
                return b"\xff\xe1" + struct.pack(">H", 8 + len(own)) + b"Exif\0\0" + own
    except struct.error:
        return b""
    return b""


def _png(content: bytes) -> Picture:
    kept, pixels, at, parts = bytearray(_PNG), 0, len(_PNG), 0
    while not kept.endswith(b"IEND\xae\x42\x60\x82"):
        parts += 1
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content) or parts > _MOST_PARTS:
            raise UnreadablePicture
        if name == b"IHDR":
            _require_first(pixels)
            width, height = struct.unpack_from(">II", content, at + 8)
            pixels = width * height
        if name in _CHUNKS:
            kept += content[at:end]
        at = end
    if not pixels:
        raise UnreadablePicture
    return Picture(bytes(kept), pixels)
