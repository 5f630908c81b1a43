"""An office is named so that its reader cannot take it for another of the same name."""

from typing import Any

import pytest

from services.tracker.console.labels import ViewContext
from shared.directory import Directory
from shared.directory.succession import label_seen_from, near
from shared.features.trail import Names
from tests.support.entries import Officer, grant
from tests.support.places import COUNTY as HERE
from tests.support.places import directory, division, unit_id, with_entries
from tests.support.places import unit as entry
from tests.support.router.play import CITY, COUNTY, DIRECTORY, TOWNSHIP, unit
from tests.support.shanghai import at


@pytest.mark.parametrize(
    ("short", "place", "named"),
    [
        ("市人力社保局", "温岭市", "温岭市人力社保局"),
        ("区财政局", "路桥区", "路桥区财政局"),
        ("公安局路桥分局", "路桥区", "公安局路桥分局"),
        ("供电公司", "天台县", "天台县供电公司"),
    ],
)
def test_an_office_elsewhere_is_named_with_its_place(short: str, place: str, named: str) -> None:
    known = directory(division(HERE, name=place), entry("x", short_name=short))
    office = known.unit(unit_id("x"))
    assert office is not None
    assert label_seen_from(known, office, ()) == named


@pytest.mark.parametrize(
    ("home", "named"),
    [
        (TOWNSHIP, "区财政局"),
        (COUNTY, "区财政局"),
        (CITY, "路桥区财政局"),
        ("331003", "路桥区财政局"),
    ],
)
def test_whoever_is_of_the_place_reads_the_short_name(home: str, named: str) -> None:
    assert read_by(home).unit(unit(COUNTY, "finance")) == named


def test_two_offices_of_one_short_name_are_told_apart_where_both_are_near() -> None:
    names = [read_by("331081").unit(unit(code, "hrss")) for code in ("331081", CITY)]
    assert names == ["温岭市人力社保局", "台州市人力社保局"]


@pytest.mark.parametrize("home", ["331081", CITY, COUNTY])
def test_one_name_of_a_unit_stands_in_facts_timeline_and_trail(home: str) -> None:
    """市财税局 might be 台州市's to whoever reads it in 温岭市, though that has none so called."""
    key, when = unit("331081", "finance"), at("2022-09-08")
    office = DIRECTORY.unit(key)
    assert office is not None
    renamed = office.model_copy(update={"short_name": "市财税局"})
    seen = read_by(home, with_entries(DIRECTORY, (key, renamed)))
    names = Names(seen.directory, near(seen.directory, seen.by.grants))
    told = [seen.unit(key), str(seen.unit_at(key, when)), str(names.place(key, when))]
    assert told == ["温岭市财税局"] * 3


def read_by(home: str, known: Directory = DIRECTORY) -> ViewContext:
    nothing: Any = None
    by: Any = Officer("x", "", [grant("dispatcher", home)])
    return ViewContext(by, known, nothing, nothing)
