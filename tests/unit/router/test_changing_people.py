"""By standing in nobody gets rights unnoticed, and nobody gives rights to themselves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.router.directory.domain.commands import edited
from services.router.directory.domain.edits import EDITS
from services.router.directory.domain.import_plan import ImportContext
from services.router.directory.domain.people_import import read_officers
from services.router.directory.domain.rights import AdminScope, EditContext
from services.router.directory.domain.tables import COLUMNS
from shared.directory import Directory
from shared.errors import Refused
from shared.ids import to_text
from tests.support.places import (
    CITY,
    COUNTY,
    NEW_TOWN,
    TODAY,
    directory,
    grant,
    person,
    person_id,
)
from tests.support.shanghai import at

NOW, YESTERDAY = at(TODAY.isoformat()), TODAY - timedelta(1)
GIVE = {"do": "add_grant", "role": "liaison", "valid_from": TODAY}


def known(*more: Any, **principal: Any) -> Directory:
    """Give a township's principal, for whom one stands in, and for that one another."""
    people = (
        person("principal", *principal.pop("grants", ()), home=NEW_TOWN, **principal),
        person("stand-in", home=NEW_TOWN, stands_in_for=["principal"]),
        person("second", home=NEW_TOWN, stands_in_for=["stand-in"]),
        *more,
    )
    return directory(*((key, one.model_copy(update={"code": one.name})) for key, one in people))


def by_form(there: Directory, name: str, by: AdminScope, **body: Any) -> Any:
    """Give the person after an edit, or the code of its refusal."""
    edit = EDITS[body["do"]].model_validate(body | {"basis": 0})
    key = person_id(name)
    try:
        return edited(key, there.person(key), edit, EditContext(NOW, TODAY, there, by))
    except Refused as refused:
        return refused.code


def by_table(there: Directory, line: str, by: AdminScope) -> list[str]:
    """Give the columns at which a line of a right is refused."""
    text = f"{','.join(COLUMNS['officers'])}\n{line}"
    return [why.column for _n, why in read_officers(text, ImportContext(there, NOW, by)).errors]


CITY_ADMIN = AdminScope("city", (CITY,))


def test_a_right_beyond_the_stand_ins_own_place_waits_until_nobody_stands_in() -> None:
    """Who let them stand in may administer their township only."""
    for place, made in ((CITY, "has_stand_in"), (COUNTY, "has_stand_in"), (NEW_TOWN, None)):
        after = by_form(known(), "principal", CITY_ADMIN, **GIVE, division_code=place)
        assert (after if isinstance(after, str) else None) == made
        columns = by_table(known(), f"principal,principal,liaison,{place},,,{TODAY},", CITY_ADMIN)
        assert columns == (["code"] if made else [])
    ending = ("principal", TODAY - timedelta(9), TODAY)
    left = known(person("stand-in", home=NEW_TOWN, stands_in_for=[ending]))
    for first, refused in ((TODAY, True), (TODAY + timedelta(1), False)):
        give = GIVE | {"valid_from": first, "division_code": CITY}
        assert (by_form(left, "principal", CITY_ADMIN, **give) == "has_stand_in") is refused


def test_an_ended_right_and_a_chain_are_gained_like_a_new_right() -> None:
    ended = known(grants=(grant("liaison", CITY, valid_to=YESTERDAY),))
    longer = {"do": "end_grant", "which": 0, "last_day": TODAY}
    assert by_form(ended, "principal", CITY_ADMIN, **longer) == "has_stand_in"
    above = person("above", grant("leader", CITY), home=CITY)
    stand_in = {"do": "add_stand_in", "person_id": UUID(bytes=person_id("above"))}
    since = {"valid_from": TODAY}
    made = by_form(known(above), "principal", CITY_ADMIN, **stand_in, **since)
    assert made == "has_stand_in"
    over = known(above, stands_in_for=[("above", TODAY - timedelta(9), YESTERDAY)])
    again = {"do": "end_stand_in", "which": 0, "last_day": TODAY}
    assert by_form(over, "principal", CITY_ADMIN, **again) == "has_stand_in"


@pytest.mark.parametrize("who", ["second", "stand-in", "principal"])
def test_nobody_changes_the_rights_of_whom_they_stand_in_for(who: str) -> None:
    by = AdminScope(to_text(person_id(who)), (COUNTY,))
    there = known(person("other", home=NEW_TOWN))
    own = by_form(there, "principal", by, **GIVE, division_code=NEW_TOWN)
    assert own == "own_rights"
    assert by_table(there, f"principal,p,liaison,{NEW_TOWN},,,{TODAY},", by) == ["code"]
    assert not isinstance(by_form(there, "other", by, **GIVE, division_code=NEW_TOWN), str)
