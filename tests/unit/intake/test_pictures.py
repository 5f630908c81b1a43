"""A picture loses what the camera wrote into it, and nothing that is seen."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.attachments import Kind
from services.intake.domain.pictures import UnreadablePicture, cleaned
from tests.support.intake.files import (
    PLACE,
    PLAIN_JPEG,
    PLAIN_PNG,
    exif,
    photo,
    screenshot,
    segment,
)


def test_the_place_goes_and_the_picture_stays() -> None:
    for kind, taken in (("jpg", photo()), ("png", screenshot())):
        picture = cleaned(kind, taken)  # type: ignore[arg-type]
        assert PLACE in taken
        assert PLACE not in picture.content
        assert picture.pixels == 15
    assert cleaned("png", screenshot()).content == PLAIN_PNG
    assert cleaned("jpg", photo(side=1)).content == PLAIN_JPEG


@pytest.mark.parametrize("order", ["<", ">"])
def test_which_side_is_up_stays(order: str) -> None:
    content = cleaned("jpg", photo(side=6, order=order)).content
    kept = segment(0xE1, b"Exif\0\0MM\0\x2a\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0")
    assert content == PLAIN_JPEG[:2] + kept + PLAIN_JPEG[2:]
    assert cleaned("jpg", content).content == content, "cleaned again it is the same"


def test_a_profile_of_colours_stays_and_a_second_picture_goes() -> None:
    colours, second = segment(0xE2, b"ICC_PROFILE\0\1\1x"), segment(0xE2, b"MPF\0" + PLACE)
    taken = PLAIN_JPEG[:20] + colours + second + PLAIN_JPEG[20:]
    assert cleaned("jpg", taken).content == PLAIN_JPEG[:20] + colours + PLAIN_JPEG[20:]


def test_a_broken_description_is_dropped_whole() -> None:
    for broken in (exif(side=6)[:20], b"Exif\0\0XX" + PLACE, exif(side=9)):
        taken = PLAIN_JPEG[:20] + segment(0xE1, broken) + PLAIN_JPEG[20:]
        assert cleaned("jpg", taken).content == PLAIN_JPEG


@pytest.mark.parametrize(("kind", "whole"), [("jpg", PLAIN_JPEG), ("png", PLAIN_PNG)])
def test_a_picture_that_ends_too_early_is_unreadable(kind: str, whole: bytes) -> None:
    for end in range(len(whole)):
        with pytest.raises(UnreadablePicture):
            cleaned(kind, whole[:end])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        ("jpg", PLAIN_JPEG[:2] + segment(0xFE, b"") * 10_000 + PLAIN_JPEG[2:]),
        ("png", PLAIN_PNG[:33] + b"\0\0\0\0tEXt\0\0\0\0" * 10_000 + PLAIN_PNG[33:]),
    ],
)
def test_a_picture_of_countless_parts_is_unreadable(kind: Kind, taken: bytes) -> None:
    with pytest.raises(UnreadablePicture):
        cleaned(kind, taken)


@given(st.sampled_from([("jpg", photo()), ("png", screenshot())]), st.data())
def test_a_changed_picture_is_read_or_refused(one: tuple[str, bytes], data: st.DataObject) -> None:
    kind, whole = one
    at = data.draw(st.integers(8, len(whole) - 1))
    changed = whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + 1 :]
    with suppress(UnreadablePicture):
        cleaned(kind, changed)  # type: ignore[arg-type]


def test_a_long_run_of_fill_bytes_is_read_once() -> None:
    """Tried again at each byte of it, this run would keep a service busy for days."""
    scan = segment(0xDA, b"") + b"\xff" * 10_000_000 + b"\0"
    with pytest.raises(UnreadablePicture):
        cleaned("jpg", b"\xff\xd8" + scan)


@pytest.mark.parametrize(("kind", "whole"), [("jpg", PLAIN_JPEG), ("png", PLAIN_PNG)])
def test_a_picture_with_two_sizes_is_refused(kind: Kind, whole: bytes) -> None:
    if kind == "jpg":
        at = whole.index(b"\xff\xc0")
        size = whole[at : at + 2 + int.from_bytes(whole[at + 2 : at + 4], "big")]
    else:
        at, size = 8, whole[8 : 8 + 25]
    with pytest.raises(UnreadablePicture):
        cleaned(kind, whole[:at] + size + whole[at:])
