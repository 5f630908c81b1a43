"""The trial's door offers somebody of every role that has work in the console."""

from services.router.identity.console.demo_login import choices
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import Mandate
from shared.ids import named_id, to_text
from shared.rights.table import RIGHTS
from tests.support.entries import Entry
from tests.support.places import (
    CITY,
    COUNTY,
    NEW_TOWN,
    directory,
    grant,
    person,
    person_id,
    unit,
    unit_id,
)

OF_UNITS = ("clerk", "unit_head")
OF_TOWNSHIPS = ("station_head", "station_staff")
SEAT = (Mandate(level="township", division_code=NEW_TOWN),)


def test_somebody_of_every_role_can_be_entered_as() -> None:
    people: dict[str, Entry] = {}
    for role in RIGHTS.keys() - {"deputy"}:
        place = NEW_TOWN if role in OF_TOWNSHIPS else COUNTY if role in OF_UNITS else CITY
        held = {"unit_id": unit_id("power")} if role in OF_UNITS else {}
        people[role] = person(role, grant(role, place, **held))
    people["office clerk"] = person(
        "office clerk", grant("clerk", NEW_TOWN, unit_id=unit_id("office"))
    )
    key, deputy = person("deputy", home=NEW_TOWN)
    attached = {"mandates": SEAT, "station_id": named_id("station", "S1")}
    people["deputy"] = key, deputy.model_copy(update=attached)
    people["first"] = person("first", grant("admin", EVERYWHERE))
    tree = directory(
        unit("power"), unit("office", division_code=NEW_TOWN, level="township"), *people.values()
    )
    offered = {
        one.value
        for place in (CITY, COUNTY)
        for field in ("officers", "units", "townships")
        for one in getattr(choices(tree, place, 0), field).options
    }
    assert {role for role in people if to_text(person_id(role)) not in offered} == set()
