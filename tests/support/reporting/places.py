"""Taizhou with three counties, any of which may go into another."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from shared.contracts.envelope import Event
from shared.directory.snapshot import Directory
from shared.ids import Id
from tests.support import entries
from tests.support.places import with_entries
from tests.support.reporting.counting import OTHER_TOWN, TOWN

LINHAI, WATERS, YUHUAN, PORT = "331082", "331082101", "331083", "331083101"
TREE = entries.with_all_above(TOWN, OTHER_TOWN, WATERS, PORT)
Ends = Mapping[str, tuple[date, str | None]]
"""The last day of counties that ended, and into which each went."""


def division(code: str, last_day: date | None = None, heir: str | None = None) -> tuple[Id, Event]:
    return entries.division(code, *TREE[code], valid_to=last_day, successor_code=heir)


def directory(ends: Ends | None = None) -> Directory:
    return _directory(tuple(sorted((ends or {}).items())))


@cache
def _directory(ends: tuple[tuple[str, tuple[date, str | None]], ...]) -> Directory:
    gone = dict(ends)
    made = [division(code, *gone.get(code, ())) for code in TREE]
    return with_entries(Directory(), *made)


def lines_of(filers: Any) -> dict[str, list[str]]:
    return {filer.code: filer.divisions for filer in filers}
