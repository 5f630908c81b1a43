"""Differences between a rebuild and the live schema: frozen versions, facts, current figures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from services.reporting.domain.facts import Column
from services.reporting.domain.freezing import Count, Frozen, LineFigure, figures_hash


class CellKey(NamedTuple):
    """A division, the first day of a period (None: before the first one), a column."""

    division_code: str
    period_start: date | None
    column: Column


class FactsDigest(NamedTuple):
    """The number of facts and a hash over them; comparable only with the same salt."""

    n: int
    digest: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything counted at one instant: the facts, and the cells that are their sums."""

    facts: Mapping[CellKey, FactsDigest]
    cells: Mapping[CellKey, int]


Kind = Literal["frozen facts", "frozen figures", "frozen figure", "facts", "figure"]


class Difference(NamedTuple):
    """One value that the rebuild did not reproduce: its place, and both values."""

    kind: Kind
    period_end: date | None
    filer: str
    cell: str
    stands: str
    rebuilt: str


def compare_version(frozen: Frozen, found: Count) -> Iterator[Difference]:
    """Compare one frozen version with the sums of the rebuilt facts at its cut."""
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
    """Return the numbers of lines by division, column and part."""
    return {
        (line.division_code, line.column, part): n
        for line in lines
        for part, n in line.model_dump(exclude={"division_code", "column"}).items()
    }


def compare_totals(
    stands: Totals, rebuilt: Totals, where: Callable[[CellKey], tuple[date | None, str]]
) -> Iterator[Difference]:
    """Compare everything counted; `where` returns the last day and the filer of a cell."""
    for place in _sorted(stands.facts.keys() | rebuilt.facts.keys()):
        facts = [it.facts.get(place, FactsDigest(0, "")) for it in (stands, rebuilt)]
        if facts[0] != facts[1]:
            texts = (f"{one.n} {one.digest}".strip() for one in facts)
            yield Difference("facts", *where(place), _cell(place), *texts)
    for place in _sorted(stands.cells.keys() | rebuilt.cells.keys()):
        n = [it.cells.get(place, 0) for it in (stands, rebuilt)]
        if n[0] != n[1]:
            yield Difference("figure", *where(place), _cell(place), *map(str, n))


def _cell(place: CellKey) -> str:
    return f"{place.division_code} {place.column}"


def _sorted(places: set[CellKey]) -> list[CellKey]:
    return sorted(places, key=lambda it: (it.period_start or date.min, it.division_code, it.column))
