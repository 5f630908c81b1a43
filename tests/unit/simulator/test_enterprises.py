"""The register of a play: a name of its own for every credit code, by place and trade."""

from datetime import date

from deploy.simulator.cast import Cast
from deploy.simulator.enterprises import enterprises
from deploy.simulator.plan import ENTERPRISES, Author, credit_code, read_texts
from shared.calendar import Calendar

CAST = Cast(
    {},
    {
        "divisions": [
            {"division_code": "331000", "name": "台州市", "level": "city"},
            {"division_code": "331004", "name": "路桥区", "level": "county",
             "parent_code": "331000"},
            {"division_code": "331004102", "name": "金清镇", "level": "township",
             "parent_code": "331004"},
        ],
        "stations": [{"code": "JQ", "division_code": "331004102"},
                     {"code": "LQ", "division_code": "331004"}],
    },
)  # fmt: skip
PLAN = Author(1, Calendar({}), ["JQ", "LQ"], ["JQ"], read_texts(None)).write(
    60, date(2022, 8, 1), date(2022, 8, 31)
)


def test_every_code_of_a_play_has_its_own_name_where_it_is_first_met() -> None:
    rows = list(enterprises(PLAN, CAST))
    assert {code for code, _name, _place in rows} == {credit_code(n) for n in range(ENTERPRISES)}
    assert len({name for _code, name, _place in rows}) == len(rows) == ENTERPRISES
    for _code, name, place in rows:
        assert name.startswith("路桥金清某" if place == "331004102" else "路桥某")
        assert name.endswith("厂")
    lies_in = {code: place for code, _name, place in rows}
    first = PLAN.items[0]
    assert lies_in[first.enterprise] == CAST.stations[first.station]
    assert rows == list(enterprises(PLAN, CAST))
