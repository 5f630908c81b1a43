"""Looks for a place or a person by name or code."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.router.directory.console.labels import HERE, KINDS, division_address, place_name
from services.router.directory.console.view_models import ViewContext
from shared.ids import Id, to_text
from shared.text import Text

MOST = 50
_WORDS = {
    "units": KINDS["directory.unit"],
    "stations": KINDS["directory.station"],
    "people": KINDS["directory.person"],
}


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One place or person that fits."""

    name: str
    href: str
    kind: Text
    code: str
    place: Text


def find(sight: ViewContext, query: str) -> list[FoundLine]:
    """List what has these characters in its name or code: places first, then people."""
    return [*_places(sight, query), *_people(sight, query)]


def _places(sight: ViewContext, query: str) -> Iterator[FoundLine]:
    directory = sight.directory
    for division in directory.divisions():
        code = division.division_code
        if query in division.name or query in code:
            above = place_name(directory, division.parent_code) if division.parent_code else ""
            kind = KINDS["directory.division"]
            yield FoundLine(division.name, division_address(code), kind, code, above)
        for key, unit in directory.units_in(code):
            if query in unit.name or query in unit.short_name:
                yield _line(unit.name, "units", key, unit.kind_code, division.name)
    for key, station in sorted(directory.stations().items(), key=lambda it: it[1].code):
        if query in station.name or query in station.code:
            place = place_name(directory, station.division_code)
            yield _line(station.name, "stations", key, station.code, place)


def _people(sight: ViewContext, query: str) -> Iterator[FoundLine]:
    people = sight.directory.people
    for code, keys in people.by_division.items():
        if not sight.sees(code):
            continue
        place = place_name(sight.directory, code)
        for key, person in people.read(keys):
            if query in person.name or query in (person.code or ""):
                yield _line(person.name, "people", key, person.code or "", place)


def _line(name: str, kind: str, key: Id, code: str, place: Text) -> FoundLine:
    return FoundLine(name, f"{HERE}/{kind}/{to_text(key)}", _WORDS[kind], code, place)
