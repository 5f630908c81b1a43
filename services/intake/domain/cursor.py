"""Cursor of a reader of changed items: the last change that it received."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Self

from shared.errors import Conflict
from shared.ids import Id, from_text
from shared.text import _

_BEFORE_ALL = bytes(16)


class CursorOutdated(Conflict):
    """The cursor is not one of these stations or of this database: the reader begins anew."""

    def __init__(self) -> None:
        super().__init__(
            "cursor_outdated",
            _("这个since已不能接着用：联络站的范围变了，或数据库已恢复。"),
            _("请不带since从头读一遍。"),
        )


class Cursor(NamedTuple):
    """After the change that this transaction made to this item; `stations` are whose items."""

    transaction: int
    item: Id
    stations: str

    @classmethod
    def start(cls, stations: Sequence[Id]) -> Self:
        return cls(0, _BEFORE_ALL, _digest(stations))

    @classmethod
    def read(cls, text: str, stations: Sequence[Id]) -> Self:
        """Read what `str` wrote for the same stations; raises CursorOutdated."""
        try:
            transaction, item, own = text.split(".")
            cursor = cls(int(transaction), from_text(item), own)
        except ValueError:
            raise CursorOutdated from None
        if own != _digest(stations) or not 0 <= cursor.transaction < 2**63:
            raise CursorOutdated
        return cursor

    def __str__(self) -> str:
        return f"{self.transaction}.{self.item.hex()}.{self.stations}"


def _digest(stations: Sequence[Id]) -> str:
    return hashlib.sha256(b"".join(sorted(stations))).hexdigest()[:12]
