"""Whom the play asks: found by role and place, as the directory lists people."""

from typing import Any

from deploy.simulator.cast import Cast
from deploy.simulator.city import Json, Person


def person(name: str, *grants: tuple[str, str, str]) -> Person:
    return Person(
        name, name, [{"role": role, "division_code": at, "unit_id": u} for role, at, u in grants]
    )


def unit(key: str, kind: str, division: str = "331004") -> Json:
    return {"id": key, "kind_code": kind, "division_code": division}


def deputy(name: str, *, is_deputy: bool = True) -> Json:
    return {"person_id": name, "division_code": "331004102", "is_deputy": is_deputy,
            "is_street_rep": not is_deputy, "name": "not told"}  # fmt: skip


DIRECTORY: dict[str, Any] = {
    "divisions": [
        {"division_code": "331000", "level": "city"},
        {"division_code": "331082", "level": "county", "parent_code": "331000"},
        {"division_code": "331004102", "level": "township", "parent_code": "331004"},
        {"division_code": "331004", "level": "county", "parent_code": "331000"},
    ],
    "units": [
        unit("power", "power"), unit("tax", "tax"), unit("econ", "econ_it"),
        unit("closed", "archive"), unit("far", "a", "331082"),
    ],
    "deputies": [deputy("d2"), deputy("a rep", is_deputy=False), deputy("d1"), deputy("d3")],
}  # fmt: skip
CAST = Cast(
    {
        "city_office": [person("office", ("city_office", "331000", ""))],
        "dispatcher": [
            person(name, ("dispatcher", code, ""))
            for name, code in (("town", "331004102"), ("county", "331004"), ("city", "331000"))
        ],
        "clerk": [
            person("both", ("clerk", "331004", "power"), ("clerk", "331004", "tax")),
            person("economist", ("clerk", "331004", "econ")),
            person("away", ("clerk", "331082", "far")),
        ],
        "unit_head": [person("head", ("unit_head", "331004", "power"))],
    },
    DIRECTORY,
)


def test_a_dispatcher_is_the_one_of_the_level_above_the_division() -> None:
    levels = ("township", "county", "city")
    found = [CAST.dispatcher("331004102", level).name for level in levels]
    assert found == ["town", "county", "city"]


def test_a_unit_has_its_own_clerk_and_head_and_an_outside_one_has_none() -> None:
    assert [CAST.clerk(key) for key in ("tax", "closed")] == [CAST.clerk("power"), None]
    assert CAST.head("power").name == "head"


def test_another_unit_is_of_the_same_place_and_has_a_clerk() -> None:
    assert CAST.another_unit("power") == "econ"
    assert CAST.another_unit("econ") == "power"
    assert CAST.another_unit("far") is None


def test_places_are_known_by_their_level() -> None:
    assert (CAST.counties, CAST.city) == (["331004", "331082"], "331000")
    assert CAST.unit("331004", "tax") == "tax"


def test_deputies_come_in_the_same_order_every_time() -> None:
    came = CAST.deputies("331004102", 2, street_rep=True)
    assert [one["person_id"] for one in came] == ["d1", "d2", "a rep"]
    assert {tuple(one) for one in came} == {("person_id", "is_deputy", "is_street_rep")}
    assert CAST.deputies("331082", 2, street_rep=True) == []
