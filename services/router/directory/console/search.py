"""Search of the directory by name or code."""

from collections.abc import Iterator
from functools import partial

from services.router.directory.console import labels
from services.router.directory.console.view_models import FoundLine, ViewContext
from services.router.directory.domain.lists import LISTS
from shared.contracts.router import DirectoryDivision
from shared.directory.snapshot import Directory
from shared.text import Text

MAX_FOUND = 50


def find(view: ViewContext, query: str) -> list[FoundLine]:
    """Find a text in names and codes: places, lists, then the people this reader may see."""
    return [*_found_places(view, query), *_found_listed(view, query), *_found_people(view, query)]


def _found_places(view: ViewContext, query: str) -> Iterator[FoundLine]:
    directory = view.directory
    page_of = partial(labels.address_of, directory)
    for division in directory.divisions():
        code = division.division_code
        if query in division.name or query in code:
            up = division.parent_code
            above = labels.place_name(directory, up) if up else ""
            yield _found("division", division.name, labels.division_address(code), code, above)
        yield from _found_offices(directory, division, query)
    for key, station in sorted(directory.stations().items(), key=lambda it: it[1].code):
        if query in station.name or query in station.code:
            place = labels.place_name(directory, station.division_code)
            yield _found("station", station.name, page_of(key), station.code, place)


def _found_offices(
    directory: Directory, division: DirectoryDivision, query: str
) -> Iterator[FoundLine]:
    page_of = partial(labels.address_of, directory)
    for key, organ in directory.organs_in(division.division_code):
        if query in organ.name:
            yield _found("organ", organ.name, page_of(key), organ.code, division.name)
    for key, unit in directory.units_in(division.division_code):
        if query in unit.name or query in unit.short_name:
            yield _found("unit", unit.name, page_of(key), unit.kind_code, division.name)


def _found_listed(view: ViewContext, query: str) -> Iterator[FoundLine]:
    page_of = partial(labels.address_of, view.directory)
    for model in LISTS.values():
        for key, one in view.directory.entries.get(model.type, {}).items():
            if isinstance(one, model) and (query in one.name or query in one.code):
                place = labels.place_name(view.directory, one.division_code)
                kind = model.type.removeprefix("directory.")
                yield _found(kind, one.name, page_of(key), one.code, place)


def _found_people(view: ViewContext, query: str) -> Iterator[FoundLine]:
    people = view.directory.people
    for code, keys in people.by_division.items():
        if not view.sees(code):
            continue
        place = labels.place_name(view.directory, code)
        for key in keys:
            name, number = view.directory.names_of_people[key]
            if query in name or query in number:
                yield _found("person", name, labels.person_link(key, name).href, number, place)


def _found(kind: str, name: str, href: str, code: str, place: Text) -> FoundLine:
    return FoundLine(name, href, labels.KINDS[f"directory.{kind}"], code, place)
