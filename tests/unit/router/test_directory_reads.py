"""How many people a page of the directory reads: not all there are, and none twice for a list."""

from collections.abc import Callable

import pytest

from services.router.directory.console.search import find
from services.router.directory.console.view_models import (
    ViewContext,
    station_lines,
    unit_lines,
)
from services.router.directory.domain import role_holders, seeds
from services.router.directory.domain.rights import AdminScope
from services.router.identity.console.demo_login import choices
from shared.contracts.router import DirectoryPerson, Mandate
from shared.directory.people import People
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from tests.support.entries import person
from tests.support.places import TODAY, with_entries
from tests.support.router.play import COUNTY, DIRECTORY, NOW

Page = Callable[[Directory], object]
CITY = with_entries(DIRECTORY, *((put.key, put.entry) for put in seeds.demo(DIRECTORY, NOW)))
SEAT = (Mandate(level="county", division_code="331003"),)
MORE = [
    person(named_id("person", f"x{n}"), f"张{n}", "331003", mandates=SEAT,
           station_id=named_id("station", "331003001-01"))
    for n in range(500)
]  # fmt: skip


def county(directory: Directory) -> None:
    """All lists of the page of a county."""
    view = ViewContext(directory, AdminScope(places=[COUNTY]), TODAY, {}, {})
    role_holders.of_division(directory, COUNTY, TODAY)
    role_holders.deputies_of(directory, COUNTY)
    unit_lines(view, COUNTY)
    station_lines(view, list(directory.stations().items()))


def orphans(directory: Directory) -> None:
    role_holders.vacancies(directory, TODAY, lambda _code: True, ({}, {}, {}))


def search(directory: Directory) -> None:
    find(ViewContext(directory, AdminScope(), TODAY, {}, {}), "张")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Id]:
    keys: list[Id] = []
    get = People.get

    def counted(people: People, key: Id) -> DirectoryPerson | None:
        keys.append(key)
        return get(people, key)

    monkeypatch.setattr(People, "get", counted)
    return keys


@pytest.mark.parametrize("page", [lambda city: choices(city, COUNTY, 0), county])
def test_a_page_of_one_county_reads_nobody_of_another(page: Page, read: list[Id]) -> None:
    page(CITY)
    few = read.copy()
    read.clear()
    page(with_entries(CITY, *MORE))
    assert 0 < len(few) == len(read)


@pytest.mark.parametrize("page", [orphans, search])
def test_a_page_about_everybody_reads_them_once_a_snapshot(page: Page, read: list[Id]) -> None:
    city = Directory(CITY.entries, CITY.people)
    page(city)
    assert len(read) > 100
    read.clear()
    page(city)
    assert len(read) < 10, "those who lead, looked up anew"
