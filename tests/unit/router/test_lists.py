"""Lists that an office keeps: policies by table and by edit, and who may choose them where."""

from datetime import timedelta
from functools import partial

import pytest

from services.router.directory.domain.commands import edited
from services.router.directory.domain.edits import EDITS
from services.router.directory.domain.rights import AdminScope, EditContext
from shared.contracts.lists import DirectoryPolicy
from shared.directory import Directory
from shared.directory.snapshot import listed_key
from shared.errors import Refused
from tests.support.places import with_entries
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, STREET
from tests.support.router.tables import entered, taken, whys
from tests.support.router.tables import read as read_table

TODAY = NOW.date()
FIRST = listed_key(DirectoryPolicy, "GJ-01")
read = partial(read_table, "policies")
OWN = f"LQ-1,本区奖补,扶持,区办〔2022〕1号,{COUNTY},county"


def asked(do: str, by: str = CITY, known: Directory = DIRECTORY, **body: object) -> DirectoryPolicy:
    edit = EDITS[do].model_validate({"do": do, "basis": 0} | body)
    context = EditContext(NOW, TODAY, known, AdminScope("a", (by,)))
    after = edited(FIRST, known.listed_by_id(FIRST), edit, context)
    assert isinstance(after, DirectoryPolicy)
    return after


def test_the_policies_that_come_with_the_product_are_for_the_whole_city() -> None:
    policies = DIRECTORY.choices(DirectoryPolicy, STREET, TODAY)
    assert [one.code for one in policies] == [f"GJ-{n:02}" for n in range(1, 34)]
    assert {(one.level, one.division_code) for one in policies} == {("national", CITY)}
    named = {code for matter in DIRECTORY.matters() for code in matter.policy_codes}
    assert named == {one.code for one in policies}


def test_an_office_adds_its_own_which_only_its_places_choose() -> None:
    report = read(OWN, by=AdminScope("a", (COUNTY,)))
    assert (taken(report), whys(report)) == (1, [])
    known = entered(report)
    assert known.choices(DirectoryPolicy, STREET, TODAY)[-1].name == "本区奖补"
    assert len(known.choices(DirectoryPolicy, "331081", TODAY)) == 33


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"GJ-01,改名,,,{COUNTY},county", f"{CITY} is outside your area"),
        ("LQ-2,别处的,,,331081,county", "331081 is outside your area"),
        (f"LQ-2,没有这一级,,,{COUNTY},village", "level must be one of"),
        (f"LQ-2,分类太长,{'长' * 101},,{COUNTY},county", "at most 100 characters"),
        (f"LQ-2,,,,{COUNTY},county", "This field is missing"),
    ],
)
def test_a_line_that_cannot_be_entered_says_why(line: str, why: str) -> None:
    report = read(line, by=AdminScope("a", (COUNTY,)))
    ((_line, said),) = whys(report)
    assert why in said


def test_after_its_last_day_nobody_chooses_it_until_it_is_put_back() -> None:
    ended = asked("end_listed", last_day=TODAY, reason="政策到期")
    known = with_entries(DIRECTORY, (FIRST, ended))
    offered = {one.code for one in known.choices(DirectoryPolicy, STREET, TODAY)}
    assert "GJ-01" in offered
    later = {one.code for one in known.choices(DirectoryPolicy, STREET, TODAY + timedelta(1))}
    assert offered - later == {"GJ-01"}
    report = read(f"GJ-01,改名,,,{CITY},national", known=known)
    assert "has been retired" in whys(report)[0][1]
    back = asked("cancel_end", known=known)
    assert (back.valid_to, back.end_reason) == (None, "")


def test_only_who_administers_its_place_changes_an_entry() -> None:
    after = asked("change_listed", name="新名", category="财政", source="新文号")
    assert (after.name, after.category, after.source) == ("新名", "财政", "新文号")
    with pytest.raises(Refused) as refused:
        asked("change_listed", by=COUNTY, name="新名")
    assert refused.value.code == "no_entry"
