"""What a rebuild must find again: every frozen version, every fact, every figure of today."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from services.reporting.domain.facts import Column
from services.reporting.domain.freezing import Count, Frozen, LineFigure, figures_hash


class Place(NamedTuple):
    """A division, the first day of a period (None: before the first one), a column."""

    division_code: str
    period_start: date | None
    column: Column


class Sealed(NamedTuple):
    """How many facts there are, and a hash of all they say; of one salt, so that two compare."""

    n: int
    seal: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is counted at one instant: the facts, and the cells that are their sums."""

    facts: Mapping[Place, Sealed]
    cells: Mapping[Place, int]


What = Literal["frozen facts", "frozen figures", "frozen figure", "facts", "figure"]


class Difference(NamedTuple):
    """One thing that the rebuild did not find as it stands, where it is, and both values."""

    what: What
    period_end: date | None
    filer: str
    cell: str
    stands: str
    rebuilt: str


def unlike_version(frozen: Frozen, found: Count) -> Iterator[Difference]:
    """Hold one frozen version against what the rebuilt facts come to at its cut."""
    one = frozen.version
    place = (one.period_end, one.filer)
    number = f"v{one.version}"
    facts = (f"{one.fact_count} {one.facts_sha256}", f"{found.fact_count} {found.facts_sha256}")
    if len({*facts}) > 1:
        yield Difference("frozen facts", *place, number, *facts)
    hashes = (one.figures_sha256, figures_hash(one.filer, one.period_end, found.lines))
    if len({*hashes}) > 1:
        yield Difference("frozen figures", *place, number, *hashes)
    stands, rebuilt = _values(frozen.lines), _values(found.lines)
    for cell in sorted(stands.keys() | rebuilt.keys()):
        values = (stands.get(cell, 0), rebuilt.get(cell, 0))
        if len({*values}) > 1:
            named = " ".join((number, *cell))
            yield Difference("frozen figure", *place, named, *map(str, values))


def _values(lines: tuple[LineFigure, ...]) -> dict[tuple[str, str, str], int]:
    """Lay lines out as numbers, each by division, column and part."""
    return {
        (line.division_code, line.column, part): n
        for line in lines
        for part, n in line.model_dump(exclude={"division_code", "column"}).items()
    }


def unlike_ledger(
    stands: Ledger, rebuilt: Ledger, where: Callable[[Place], tuple[date | None, str]]
) -> Iterator[Difference]:
    """Hold all that is counted against the rebuild; `where` gives last day and filer of a place."""
    for place in _sorted(stands.facts.keys() | rebuilt.facts.keys()):
        facts = [it.facts.get(place, Sealed(0, "")) for it in (stands, rebuilt)]
        if facts[0] != facts[1]:
            told = (f"{one.n} {one.seal}".strip() for one in facts)
            yield Difference("facts", *where(place), _cell(place), *told)
    for place in _sorted(stands.cells.keys() | rebuilt.cells.keys()):
        n = [it.cells.get(place, 0) for it in (stands, rebuilt)]
        if n[0] != n[1]:
            yield Difference("figure", *where(place), _cell(place), *map(str, n))


def _cell(place: Place) -> str:
    return f"{place.division_code} {place.column}"


def _sorted(places: set[Place]) -> list[Place]:
    return sorted(places, key=lambda it: (it.period_start or date.min, it.division_code, it.column))
