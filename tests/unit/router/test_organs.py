"""Organs beside the one that dispatches: entered, renamed, ended, and who holds a role in them."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.directory.domain.commands import edited
from services.router.directory.domain.edits import EDITS
from services.router.directory.domain.model import organ_key
from services.router.directory.domain.rights import AdminScope, EditContext
from services.router.directory.domain.role_holders import (
    NoPlace,
    RolePlace,
    place_of_role,
    vacancies,
)
from shared.contracts import router as entries
from shared.contracts.codes import Role
from shared.directory import Directory
from shared.directory.rights import holder
from shared.errors import Refused
from shared.ids import Id, named_id
from shared.rights import Action, Resource, may
from shared.web.actor import Actor
from shared.web.menu import frame_of
from shared.web.session import Session
from tests.support.places import (
    CITY,
    COUNTY,
    OTHER_COUNTY,
    SAID,
    TODAY,
    directory,
    grant,
    organ_id,
    person,
    person_id,
)
from tests.support.router.play import NOW
from tests.support.router.tables import entered, read, whys
from tests.support.shanghai import at

OFFICE, STUDY, GROUP = (organ_key(COUNTY, code) for code in ("general", "study", "group"))


def organ(code: str, kind: str, **more: Any) -> tuple[Id, entries.DirectoryOrgan]:
    values = {"division_code": COUNTY, "level": "county", "code": code, "kind": kind, "name": code}
    return organ_key(COUNTY, code), entries.DirectoryOrgan.model_validate(SAID | values | more)


ORGANS = (
    organ("general", "general_office"),
    organ("study", "research_office"),
    organ("group", "work_group"),
)
KNOWN = directory(*ORGANS)


def lines(*cells: str, known: Directory = KNOWN, **more: Any) -> list[tuple[int, str]]:
    return whys(read("organs", *cells, known=known, **more))


def test_a_division_has_one_organ_that_dispatches_and_no_table_makes_a_second() -> None:
    one = "A division has one organ that dispatches; its code and kind are committee_office"
    assert lines(f"{COUNTY},second,committee_office,第二个代表工委") == [(2, one)]
    assert lines(f"{COUNTY},committee_office,work_group,某组") == [(2, one)]
    found = KNOWN.organ(COUNTY)
    assert found is not None
    assert found[0] == organ_id(COUNTY)
    assert [one.code for _key, one in KNOWN.organs_in(COUNTY)] == [
        "committee_office",
        "general",
        "study",
        "group",
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{COUNTY},x,office,某某", "The kind must be one of"),
        (f"{COUNTY},general,work_group,某组", "The kind of an organ never changes"),
        (f"{COUNTY},x,work_group,group", "There is already group here. Nothing was saved."),
        (f"{COUNTY},old,work_group,旧组", "old was dissolved, or will be"),
        ("999999,x,work_group,某组", "no division has the code 999999"),
        (f"{OTHER_COUNTY},x,work_group,某组", f"{OTHER_COUNTY} is outside your area"),
    ],
)
def test_a_line_that_makes_no_sound_organ_is_refused(line: str, why: str) -> None:
    known = directory(*ORGANS, organ("old", "work_group", valid_to=TODAY))
    ((number, found),) = lines(line, known=known, by=AdminScope("a", (COUNTY,)))
    assert (number, found.startswith(why)) == (2, True), found


def test_two_new_lines_of_one_name_are_refused_and_one_is_entered() -> None:
    report = read(
        "organs", f"{COUNTY},a,work_group,甲组", f"{COUNTY},b,work_group,甲组", known=KNOWN
    )
    assert len(report.errors) == 1
    made = entered(report, KNOWN).organ_by_id(organ_key(COUNTY, "a"))
    assert made is not None
    assert (made.level, made.kind, made.name) == ("county", "work_group", "甲组")


def asked(known: Directory, key: Id, do: str, **body: Any) -> Any:
    """Give the entry after an edit, or the code of its refusal."""
    edit = EDITS[do].model_validate({"do": do, "basis": 0} | body)
    context = EditContext(at(TODAY.isoformat()), TODAY, known, AdminScope("a", (COUNTY,)))
    try:
        return edited(key, known.organ_by_id(key) or known.person(key), edit, context)
    except Refused as refused:
        return refused.code


END: dict[str, Any] = {"last_day": TODAY, "reason": "活动结束"}


def test_an_organ_ends_once_nobody_holds_a_role_in_it_any_longer() -> None:
    held = person("li", grant("liaison", organ_id=GROUP))
    assert asked(directory(*ORGANS, held), GROUP, "end_organ", **END) == "still_has_holders"
    left = person("li", grant("liaison", organ_id=GROUP, valid_to=TODAY))
    after = asked(directory(*ORGANS, left), GROUP, "end_organ", **END)
    assert (after.valid_to, after.end_reason) == (TODAY, "活动结束")
    back = asked(directory(*ORGANS, (GROUP, after)), GROUP, "cancel_end")
    assert (back.valid_to, back.end_reason) == (None, "")


def test_the_organ_that_dispatches_is_renamed_but_not_ended() -> None:
    assert asked(KNOWN, organ_id(COUNTY), "end_organ", **END) == "dispatching_organ_stays"
    assert asked(KNOWN, organ_id(COUNTY), "rename_organ", name="新工委").name == "新工委"
    assert asked(KNOWN, organ_id(COUNTY), "rename_organ", name="Group") == "same_organ_name"


@pytest.mark.parametrize(
    ("role", "code", "found"),
    [
        ("dispatcher", "", organ_id(COUNTY)),
        ("dispatcher", "general", "unfit"),
        ("committee_head", "study", "unfit"),
        ("leader", "group", "unfit"),
        ("city_office", "", OFFICE),
        ("city_office", "group", GROUP),
        ("city_office", "study", "unfit"),
        ("research_office", "", STUDY),
        ("research_office", "general", "unfit"),
        ("liaison", "", organ_id(COUNTY)),
        ("liaison", "group", GROUP),
        ("clerk", "group", "unused"),
        ("station_head", "group", "unused"),
    ],
)
def test_a_role_is_held_in_the_organs_that_have_it(role: Role, code: str, found: Any) -> None:
    place = RolePlace(COUNTY, organ_id=organ_key(COUNTY, code) if code else None)
    if isinstance(found, bytes):
        assert place_of_role(role, place, KNOWN, TODAY) == {"organ_id": found}
        return
    with pytest.raises(NoPlace) as wrong:
        place_of_role(role, place, KNOWN, TODAY)
    assert wrong.value.why == found


def test_an_organ_of_another_division_or_one_that_ends_takes_nobody() -> None:
    known = directory(*ORGANS, organ("old", "work_group", valid_to=TODAY + timedelta(9)))
    for division, code, why in ((OTHER_COUNTY, "group", "elsewhere"), (COUNTY, "old", "ended")):
        place = RolePlace(division, organ_id=organ_key(COUNTY, code))
        with pytest.raises(NoPlace) as wrong:
            place_of_role("liaison", place, known, TODAY)
        assert (wrong.value.part, wrong.value.why) == ("organ", why)
    who = person("li")
    body = {"role": "liaison", "division_code": COUNTY, "valid_from": TODAY}
    for key, found in (
        (GROUP, GROUP),
        (organ_key(COUNTY, "old"), "has_ended"),
        (named_id("organ", CITY), "no_place_for_role"),
    ):
        after = asked(directory(*ORGANS, organ("old", "work_group", valid_to=TODAY), who), who[0],
                      "add_grant", organ_id=key.hex(), **body)  # fmt: skip
        assert (after if isinstance(after, str) else after.grants[-1].organ_id) == found


def test_a_table_of_people_names_the_organ_by_its_code() -> None:
    def officer(role: str, code: str) -> Any:
        line = f"li,李四,{role},{COUNTY},,,2026-01-01,,{code}"
        report = read("officers", line, known=KNOWN)
        return whys(report) or report.entries[0].entry.grants[0].organ_id  # type: ignore[attr-defined]

    assert officer("liaison", "group") == GROUP
    assert officer("city_office", "") == OFFICE
    assert officer("liaison", "none") == [(2, f"{COUNTY} has no organ none")]
    assert officer("dispatcher", "general") == [(2, "dispatcher cannot be held in general")]


def test_rights_over_items_stay_with_the_organ_that_dispatches() -> None:
    known = directory(*ORGANS, person("li", grant("liaison", organ_id=GROUP)))
    by = holder(known, person_id("li"), TODAY)
    there = Resource(division=COUNTY, within=known.within(COUNTY), organ=GROUP)
    assert not may(by, Action.ASSIGNMENT_DISPATCH, there)
    assert not may(by, Action.CASE_SUPERVISE, there)


def test_a_liaison_of_a_group_fills_the_place_of_the_divisions_liaison() -> None:
    head = person("head", grant("committee_head", organ_id=organ_id(COUNTY)))
    found = []
    for more in ((), (person("li", grant("liaison", organ_id=GROUP)),)):
        known = directory(*ORGANS, head, *more)
        forms = vacancies(known, TODAY, lambda code: code == COUNTY, ({}, {}, {})).forms
        found.append([list(one.missing) for one in forms])
    assert found == [[["liaison"]], []]


@pytest.mark.parametrize(
    ("role", "key", "name"),
    [
        ("city_office", OFFICE, "general"),
        ("city_office", organ_id(COUNTY), "331004人大常委会办公室"),
        ("liaison", GROUP, "group"),
        ("liaison", organ_id(COUNTY), COUNTY),
    ],
)
def test_a_page_is_headed_by_the_organ_the_role_is_held_in(role: Role, key: Id, name: str) -> None:
    session = Session(person_id("li"), person_id("sid"), NOW)
    by = Actor(person_id("li"), "李四", (grant(role, organ_id=key),), session)
    assert str(frame_of(by, KNOWN, "").organ) == name
