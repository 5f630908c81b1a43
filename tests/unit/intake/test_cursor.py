"""Cursors of changes: read as written, and only for the same stations."""

import pytest

from services.intake.domain.cursor import Cursor, CursorOutdated
from shared.ids import named_id

HERE, THERE = (named_id("station", code) for code in ("XQ01", "NC01"))


def test_a_cursor_is_read_as_it_was_written_whatever_the_order_of_stations() -> None:
    cursor = Cursor.start([HERE, THERE])._replace(transaction=7, item=named_id("item", "a"))
    assert Cursor.read(str(cursor), [THERE, HERE]) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "1.2",
        "1.zz.00",
        "-1.{item}.{own}",
        "9999999999999999999.{item}.{own}",
        "1.{item}.{own}.2",
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    cursor = Cursor.start([HERE])
    with pytest.raises(CursorOutdated):
        Cursor.read(text.format(item=cursor.item.hex(), own=cursor.stations), [HERE])


def test_a_cursor_of_other_stations_is_refused() -> None:
    with pytest.raises(CursorOutdated):
        Cursor.read(str(Cursor.start([HERE])), [HERE, THERE])
