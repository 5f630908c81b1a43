"""What the forms of an item offer: no two offices that look alike."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from services.router.routing.actions import REHOME
from tests.support.router.play import CITY, DIRECTORY, NOW, organ


def test_the_city_tells_its_own_offices_from_those_of_a_county_level_city() -> None:
    row = SimpleNamespace(organ_id=organ(CITY), division_code="331081101")
    table = SimpleNamespace(directory=DIRECTORY, today=NOW.date())
    view: Any = SimpleNamespace(table=table, item=SimpleNamespace(row=row))
    assert REHOME.fields is not None
    units, _reason = REHOME.fields(view)
    names = Counter(str(option.words) for option in units.options)
    assert names.keys() >= {"市人力社保局", "温岭市人力社保局"}
    assert set(names.values()) == {1}
