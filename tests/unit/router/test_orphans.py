"""What nobody is there for is found, and what somebody stands in for is not."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from services.router.directory.domain import seeds
from services.router.directory.domain.role_holders import Empty, Vacancies, vacancies
from shared.contracts.router import Grant, StandIn
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from tests.support.places import amended, with_entries
from tests.support.router.play import COUNTY, DIRECTORY, NOW, TOWNSHIP, organ, unit

TODAY = date(2022, 9, 8)


FULL = with_entries(DIRECTORY, *((put.key, put.entry) for put in seeds.demo(DIRECTORY, NOW)))
POWER = unit(COUNTY, "power_co")
POWERS_OFFICERS = [f"{COUNTY}-power_co-{role}" for role in ("clerk", "unit_head")]
STATION = f"{TOWNSHIP}-01"


def changed(directory: Directory, code: str, **fields: Any) -> Directory:
    return amended(directory, named_id("person", code), **fields)


def find(directory: Directory, tasks: dict[Id, int] | None = None, **more: Any) -> Vacancies:
    waiting = (tasks or {}, more.get("duties", {}), more.get("supervised", {}))
    return vacancies(directory, TODAY, partial(directory.covers, COUNTY), waiting)


def without(directory: Directory, *codes: str) -> Directory:
    for code in codes:
        directory = changed(directory, code, grants=())
    return directory


def test_a_full_county_lacks_nobody() -> None:
    found = find(FULL)
    assert (found.units, found.organs, found.stations, found.deputies) == ([], [], [], [])


def test_an_office_without_clerk_and_head_comes_first_when_work_waits_there() -> None:
    gone = without(FULL, *(f"{COUNTY}-{kind}-{role}" for kind in ("finance", "power_co")
                           for role in ("clerk", "unit_head")))  # fmt: skip
    found = find(gone, {POWER: 40})
    waiting = [(one.key, one.waiting) for one in found.units]
    assert waiting == [(POWER, 40), (unit(COUNTY, "finance"), 0)]


@pytest.mark.parametrize("role", ["unit_head", "clerk"])
def test_an_office_without_a_head_or_without_a_clerk_says_which(role: str) -> None:
    (one,) = find(without(FULL, f"{COUNTY}-power_co-{role}"), {POWER: 2}).units
    assert (one.key, one.waiting, one.missing) == (POWER, 2, [role])


def test_who_stands_in_is_there_and_whose_right_is_over_is_not() -> None:
    head = FULL.person(named_id("person", POWERS_OFFICERS[1]))
    assert head is not None
    over = tuple(one.model_copy(update={"valid_to": date(2022, 9, 7)}) for one in head.grants)
    gone = changed(FULL, POWERS_OFFICERS[1], grants=over)
    assert [(one.key, one.missing) for one in find(gone).units] == [(POWER, ["unit_head"])]
    last_day = tuple(one.model_copy(update={"valid_to": TODAY}) for one in head.grants)
    assert find(changed(gone, POWERS_OFFICERS[1], grants=last_day)).units == []
    link = StandIn(person_id=named_id("person", POWERS_OFFICERS[1]), valid_from=date(2022, 1, 1))
    stood = changed(FULL, f"{COUNTY}-liaison", stands_in_for=(link,))
    assert find(stood).units == []


def test_an_organ_without_a_dispatcher_shows_what_nobody_can_give_out() -> None:
    found = find(without(FULL, f"{COUNTY}-dispatcher"), duties={organ(COUNTY): 7})
    assert [(one.key, one.waiting) for one in found.organs] == [(organ(COUNTY), 7)]


def test_a_station_says_which_role_is_missing_and_a_deputy_which_station() -> None:
    gone = without(FULL, f"{STATION}-head")
    (one,) = find(gone).stations
    assert (one.station.code, one.missing) == (STATION, ["station_head"])
    unsettled = changed(FULL, f"{STATION}-deputy-1", station_id=None)
    key = named_id("person", f"{STATION}-deputy-1")
    assert list(dict(find(unsettled).deputies)) == [key]


def test_a_closed_station_lacks_nobody_and_its_deputies_lack_a_station() -> None:
    home, deputy = named_id("station", STATION), named_id("person", f"{STATION}-deputy-1")
    settled = changed(without(FULL, f"{STATION}-head"), f"{STATION}-deputy-1", station_id=home)
    for last_day, closed in ((date(2022, 9, 7), True), (TODAY, False)):
        found = find(amended(settled, home, valid_to=last_day))
        assert [one.key for one in found.stations] == ([] if closed else [home])
        assert (deputy in dict(found.deputies)) is closed


def test_what_is_no_more_or_lies_outside_lacks_nobody() -> None:
    gone = without(FULL, *POWERS_OFFICERS)
    assert find(amended(gone, POWER, valid_to=date(2022, 9, 7))).units == []
    assert find(gone).units
    assert vacancies(gone, TODAY, lambda code: code == "331003", ({}, {}, {})).units == []


def test_a_supervision_whose_leader_is_gone_is_named_whoever_stands_in() -> None:
    leader, other = f"{COUNTY}-committee_head", f"{COUNTY}-liaison"
    leads = (Grant(role="leader", division_code=COUNTY, valid_from=date(2022, 1, 1)),)
    key = named_id("person", leader)
    supervised = {key: 3}
    assert find(changed(FULL, leader, grants=leads), supervised=supervised).leaders == []
    left = without(FULL, leader)
    assert find(left, supervised=supervised).leaders == [Empty(key, 3)]
    link = StandIn(person_id=key, valid_from=date(2022, 1, 1))
    stood = changed(left, other, stands_in_for=(link,), grants=leads)
    assert find(stood, supervised=supervised).leaders == [Empty(key, 3)]
    elsewhere = vacancies(left, TODAY, lambda code: code == "331003", ({}, {}, supervised))
    assert elsewhere.leaders == []
