"""Who files: the counties, each with its townships, and the city's own (市本级).

A county that went into another files every form that is due by its last day. From then on its
divisions are lines of the county that goes on for it. One that nobody goes on for files on.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType

from shared.contracts.router import DirectoryDivision
from shared.directory.snapshot import Directory
from shared.directory.succession import living_division

NOTHING_SENT: Mapping[str, Collection[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Line:
    """One division's line in a filer's sheet; `own` is the filer's own level (县本级).

    `ended` is the last day of a county that went into the filer, on the line of its own level.
    """

    code: str
    name: str
    own: bool = False
    ended: date | None = None


@dataclass(frozen=True)
class Filer:
    """One row of the city's sheet and the divisions it is the sum of; `ends` is its last day."""

    code: str
    name: str
    lines: tuple[Line, ...]
    is_city: bool = False
    ends: date | None = None

    @property
    def divisions(self) -> list[str]:
        """The codes of its divisions, townships first, its own level last."""
        return [line.code for line in self.lines]


@dataclass(frozen=True)
class Filers:
    """The counties in the order of their codes, then the city's own."""

    counties: tuple[Filer, ...] = ()
    city: Filer | None = None

    def __iter__(self) -> Iterator[Filer]:
        yield from self.counties
        if self.city is not None:
            yield self.city

    @property
    def receiver(self) -> str:
        """The city all reports go to."""
        return self.city.code if self.city else ""

    def get(self, code: str) -> Filer | None:
        """Find a filer by its code."""
        return self._by_code.get(code)

    @cached_property
    def _by_code(self) -> dict[str, Filer]:
        return {filer.code: filer for filer in self}

    @cached_property
    def heirs(self) -> dict[str, str]:
        """The filer's code of each county that went into another."""
        return {line.code: filer.code for filer in self for line in filer.lines if line.ended}

    @cached_property
    def filer_of(self) -> dict[str, str]:
        """The filer's code of every division that is counted anywhere."""
        return {line.code: filer.code for filer in self for line in filer.lines}


@dataclass(frozen=True, slots=True)
class _Root:
    """A county, or the city without its counties, with all below it; `heir` files for it."""

    division: DirectoryDivision
    below: Sequence[DirectoryDivision]
    heir: str


def filers_of(
    directory: Directory, due_on: date, sent: Mapping[str, Collection[str]] = NOTHING_SENT
) -> Filers:
    """Find who files the form due on a day, and which divisions each counts.

    `sent` are the forms of that day that were sent, each with the divisions it counts: those stay
    in it whatever becomes of them afterwards.
    """
    for city in (one for one in directory.divisions() if one.level == "city"):
        below = directory.children(city.division_code)
        counties = [one for one in below if one.level == "county"]
        if counties:
            heirs = _heirs(directory, [one.division_code for one in counties], due_on)
            roots = [
                _Root(one, _below(directory, one), heirs[one.division_code]) for one in counties
            ]
            own = [one for one in below if one.level != "county"]
            roots.append(_Root(city, own, city.division_code))
            return _filers(roots, sent)
    return Filers()


def _heirs(directory: Directory, counties: Sequence[str], due_on: date) -> dict[str, str]:
    """Say who files for each county on a due day; a successor that is no county is none."""
    found = {code: living_division(directory, code, due_on) for code in counties}
    return {code: heir if heir in found else code for code, heir in found.items()}


def _filers(roots: Sequence[_Root], sent: Mapping[str, Collection[str]]) -> Filers:
    owner = {one.division_code: root.heir for root in roots for one in (*root.below, root.division)}
    for filer, divisions in sent.items():
        owner |= dict.fromkeys(divisions, filer)
    *counties, city = roots
    files = {*owner.values()}
    return Filers(
        tuple(_filer(one, roots, owner) for one in counties if one.division.division_code in files),
        _filer(city, roots, owner, is_city=True),
    )


def _filer(
    root: _Root, roots: Sequence[_Root], owner: Mapping[str, str], *, is_city: bool = False
) -> Filer:
    """Lay out a filer's lines: what is below it, what went into it, its own level."""
    division = root.division
    code, others = division.division_code, [one for one in roots if one is not root]
    lines = [Line(one.division_code, one.name) for one in root.below]
    for other in others:
        gone = other.division
        lines += [Line(one.division_code, one.name) for one in other.below]
        lines.append(Line(gone.division_code, f"原{gone.name}本级", ended=gone.valid_to))
    lines.append(Line(code, division.name, own=True))
    kept = tuple(line for line in lines if owner[line.code] == code)
    return Filer(code, division.name, kept, is_city, division.valid_to)


def _below(directory: Directory, division: DirectoryDivision) -> list[DirectoryDivision]:
    found = []
    for child in directory.children(division.division_code):
        found += [child, *_below(directory, child)]
    return found
