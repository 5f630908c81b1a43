"""What the forms of an item offer: no two offices that look alike."""

from collections import Counter
from datetime import date
from types import SimpleNamespace
from typing import Any

from services.router.directory.console.new_forms import new_form
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain.rights import COMMAND_LINE
from services.router.routing.actions import REHOME
from shared.directory import Directory
from shared.web.components import Field
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
    field = kind_of(COUNTY, with_entries(DIRECTORY, (unit(COUNTY, "finance"), other)))
    assert "finance" in {one.value for one in field.options}
    assert {one.value for one in field.options}.isdisjoint({"township_gov", "province"})
    assert {field.control, kind_of(CITY).control} == {"text"}, "a new one can be entered anywhere"
    assert kind_of(CITY).options == []


def kind_of(code: str, known: Directory = DIRECTORY) -> Field:
    view = ViewContext(known, COMMAND_LINE, date(2022, 9, 8), {}, {})
    return next(one for one in new_form("units", code, view).fields if one.name == "kind_code")
