"""Who files: the counties, each with its townships, and the city's own (市本级)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from shared.contracts.router import DirectoryDivision
from shared.directory.snapshot import Directory


@dataclass(frozen=True, slots=True)
class Line:
    """One division's line in a filer's sheet; `own` is the filer's own level (县本级)."""

    code: str
    name: str
    own: bool = False


@dataclass(frozen=True)
class Filer:
    """One row of the city's sheet and the divisions it is the sum of."""

    code: str
    name: str
    lines: tuple[Line, ...]
    is_city: bool = False

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

    def get(self, code: str) -> Filer | None:
        """Find a filer by its code."""
        return self._by_code.get(code)

    @cached_property
    def _by_code(self) -> dict[str, Filer]:
        return {filer.code: filer for filer in self}

    @cached_property
    def filer_of(self) -> dict[str, str]:
        """The filer's code of every division that is counted anywhere."""
        return {line.code: filer.code for filer in self for line in filer.lines}


def filers_of(directory: Directory) -> Filers:
    """Find the filers: the city that has counties below it, those counties, all below them."""
    for city in (one for one in directory.divisions() if one.level == "city"):
        below = directory.children(city.division_code)
        counties = [one for one in below if one.level == "county"]
        if counties:
            own = [one for one in below if one.level != "county"]
            return Filers(
                tuple(_filer(county, _below(directory, county)) for county in counties),
                _filer(city, own, is_city=True),
            )
    return Filers()


def _filer(
    division: DirectoryDivision, below: list[DirectoryDivision], *, is_city: bool = False
) -> Filer:
    lines = [Line(one.division_code, one.name) for one in below]
    own = Line(division.division_code, division.name, own=True)
    return Filer(division.division_code, division.name, (*lines, own), is_city)


def _below(directory: Directory, division: DirectoryDivision) -> list[DirectoryDivision]:
    found = []
    for child in directory.children(division.division_code):
        found += [child, *_below(directory, child)]
    return found
