"""What the forms of an item offer: no two offices that look alike."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from services.router.directory.console.labels import kind_field
from services.router.routing.actions import REHOME
from tests.support.places import with_entries
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, organ, unit


def test_the_city_tells_its_own_offices_from_those_of_a_county_level_city() -> None:
    row = SimpleNamespace(organ_id=organ(CITY), division_code="331081101")
    table = SimpleNamespace(directory=DIRECTORY, today=NOW.date())
    view: Any = SimpleNamespace(table=table, item=SimpleNamespace(row=row))
    assert REHOME.fields is not None
    units, _reason = REHOME.fields(view)
    names = Counter(str(option.words) for option in units.options)
    assert names.keys() >= {"市人力社保局", "温岭市人力社保局"}
    assert set(names.values()) == {1}


def test_a_new_office_is_of_a_kind_of_its_level_or_of_a_new_one() -> None:
    finance = DIRECTORY.unit(unit(COUNTY, "finance"))
    assert finance
    other = finance.model_copy(update={"kind_code": "moved"})
    field = kind_field(with_entries(DIRECTORY, (unit(COUNTY, "finance"), other)), COUNTY)
    assert "finance" in {one.value for one in field.options}
    assert {one.value for one in field.options}.isdisjoint({"township_gov", "province"})
    assert (kind_field(DIRECTORY, CITY).control, kind_field(DIRECTORY, CITY).options) == (
        "text",
        (),
    )
