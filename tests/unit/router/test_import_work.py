"""What a table costs grows as its lines do: one file must not hold the import of all for hours."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from types import FrameType
from typing import Any

import pytest

from services.router.directory.domain.import_plan import plan_of
from services.router.directory.domain.model import DirectoryState
from services.router.directory.domain.people_table import MAX_PARTS
from services.router.directory.domain.tables import TableKind
from shared.features.table_import.turns import Turns
from tests.support.router.play import COUNTY
from tests.support.router.tables import person, read, taken, whys

SINCE = date(2001, 1, 1)


def rights(code: str, many: int) -> list[str]:
    days = (SINCE + timedelta(days=n) for n in range(many))
    return [f"{code},某人,liaison,{COUNTY},,,{day}," for day in days]


TABLES: dict[str, tuple[TableKind, Callable[[int], list[str]]]] = {
    "rights of one person": ("officers", lambda n: rights("one", n)),
    "rights of many": (
        "officers", lambda n: [line for i in range(n // 50) for line in rights(f"p{i}", 50)]
    ),
    "contacts of contacts": (
        "deputies", lambda n: [f"d{i},某人,county,{COUNTY},是,d{i + 1}," for i in range(n)]
    ),
    "units of one division": ("units", lambda n: [f"{COUNTY},k{i},甲{i},乙{i}" for i in range(n)]),
    "stations": ("stations", lambda n: [f"S{i},站{i},{COUNTY}," for i in range(n)]),
    "sub-points of one station": (
        "stations",
        lambda n: [f"S0,站,{COUNTY},", *(f"S{i},站{i},{COUNTY},S0" for i in range(1, n))],
    ),
    "policies by number": (
        "policies", lambda n: [f"{10**9 + i},政策{i},,,{COUNTY},county" for i in range(n)]
    ),
}  # fmt: skip


def calls(kind: TableKind, lines: Sequence[str]) -> int:
    """Count the function calls of reading a table and planning its import."""
    count = 0

    def each(_frame: FrameType, _event: str, _what: Any) -> None:
        nonlocal count
        count += 1

    sys.setprofile(each)
    try:
        plan_of(read(kind, *lines), DirectoryState({}))
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", TABLES)
def test_a_table_twice_as_long_is_twice_the_work(name: str) -> None:
    kind, lines = TABLES[name]
    calls(kind, lines(50))  # what is read once is read
    once, twice = calls(kind, lines(400)), calls(kind, lines(800))
    assert twice < 2.2 * once


def test_a_number_costs_no_more_than_a_word() -> None:
    """Whether a number lost its zeros is looked up once, not for each number of zeros."""
    _, by_number = TABLES["policies by number"]
    by_word = [f"P{line}" for line in by_number(400)]
    calls("policies", by_word)
    assert calls("policies", by_number(400)) < 1.2 * calls("policies", by_word)


def test_a_person_has_no_more_rights_in_a_file_than_can_be_compared() -> None:
    assert len(person(read("officers", *rights("one", MAX_PARTS))).grants) == MAX_PARTS
    report = read("officers", *rights("one", MAX_PARTS + 1), *rights("two", 1))
    assert taken(report) == 1
    assert len(whys(report)) == MAX_PARTS + 1
    assert "at most 50" in whys(report)[-1][1]


async def test_work_that_is_cancelled_frees_the_turn() -> None:
    turns, begun = Turns(), asyncio.Event()

    async def work() -> None:
        async with turns.take(bytes(16)):
            begun.set()
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await begun.wait()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    async with asyncio.timeout(1), turns.take(bytes(16)):
        pass
