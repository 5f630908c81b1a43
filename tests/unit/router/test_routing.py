"""Whose an item is: level of authority, office, and the reason for it."""

import pytest

from services.router.routing.domain.routing_table import Route, RoutingTable
from shared.calendar import local_day
from shared.contracts.codes import LEVELS
from shared.contracts.router import DirectoryUnit
from shared.errors import Refused
from tests.support.router.play import (
    CITY,
    COUNTY,
    DIRECTORY,
    NOW,
    PROVINCE,
    STREET,
    TOWNSHIP,
    matter,
    organ,
    unit,
)

TODAY = local_day(NOW)
TABLE = RoutingTable(DIRECTORY, TODAY)


def route(code: str, division: str = TOWNSHIP) -> Route:
    return TABLE.propose(division, matter(code))


@pytest.mark.parametrize("division", [TOWNSHIP, STREET, COUNTY])
def test_a_county_matter_goes_to_the_countys_office(division: str) -> None:
    found = route("subsidy_payment", division)
    assert (found.level, found.organ_id) == ("county", organ(COUNTY))
    assert found.lead == unit(COUNTY, "econ_it")
    assert (found.reason, found.rule_id) == ("authority", "matter.subsidy_payment")
    assert unit(COUNTY, "finance") in found.co


@pytest.mark.parametrize(
    ("code", "division", "level", "owner", "office"),
    [
        ("street_light", TOWNSHIP, "township", TOWNSHIP, "township_gov"),
        ("street_light", STREET, "township", STREET, "township_gov"),
        ("energy_quota", TOWNSHIP, "city", CITY, "dev_reform"),
    ],
)
def test_a_matter_of_another_level_stays_in_the_township_or_goes_to_the_city(
    code: str, division: str, level: str, owner: str, office: str
) -> None:
    found = route(code, division)
    assert (found.level, found.organ_id) == (level, organ(owner))
    assert (found.lead, found.reason) == (unit(owner, office), "authority")


def test_a_vertical_agency_is_reached_at_its_branch_and_said_so() -> None:
    found = route("power_supply")
    assert (found.lead, found.reason) == (unit(COUNTY, "power_co"), "vertical")
    assert "垂直" in found.zh
    branch = DIRECTORY.unit(found.lead)
    assert branch is not None
    assert branch.vertical
    assert unit(TOWNSHIP, "township_gov") in found.co, "may handle it with the county's"


def test_an_office_the_county_does_not_have_is_sought_one_level_up() -> None:
    inland, coast = route("fishery", "331023"), route("fishery", "331083")
    assert (inland.level, inland.lead) == ("city", unit(CITY, "port_fish"))
    assert (coast.level, coast.lead) == ("county", unit("331083", "port_fish"))
    assert (inland.reason, coast.reason) == ("one_level_up", "authority")
    assert "下级没有对应单位" in inland.zh


@pytest.mark.parametrize("code", ["land_quota", "power_price", "tax_policy"])
def test_what_the_province_or_the_state_decides_goes_through_the_city(code: str) -> None:
    found = route(code)
    assert (found.level, found.organ_id, found.reason) == ("city", organ(CITY), "reported_up")
    outside = DIRECTORY.unit(found.lead)
    assert outside is not None
    assert (outside.external, outside.division_code) == (True, PROVINCE)


def test_without_a_matter_the_econ_it_office_leads() -> None:
    found = TABLE.propose(TOWNSHIP, None)
    assert (found.level, found.lead) == ("county", unit(COUNTY, "econ_it"))
    assert (found.reason, found.rule_id) == ("fallback", "zm41")


@pytest.mark.parametrize(
    ("division", "changes"), [(TOWNSHIP, {"lead_kind": "no_such_kind"}), (COUNTY, {"co_kinds": ()})]
)
def test_a_matter_without_any_office_there_falls_back(
    division: str, changes: dict[str, object]
) -> None:
    odd = matter("street_light").model_copy(update={"code": "odd", **changes})
    assert TABLE.propose(division, odd).reason == "fallback"


@pytest.mark.parametrize("division", [COUNTY, "331004400"])
def test_a_township_matter_told_at_the_county_goes_to_the_next_office_of_the_table(
    division: str,
) -> None:
    found = route("street_light", division)
    assert (found.level, found.organ_id) == ("county", organ(COUNTY))
    assert (found.lead, found.co) == (unit(COUNTY, "law_enforce"), (unit(COUNTY, "housing"),))
    assert (found.reason, found.rule_id) == ("no_township", "matter.street_light")
    assert "没有写明是哪里" in found.zh
    assert "none was named" in found.en


def test_a_functional_area_belongs_to_its_county() -> None:
    steps = TABLE.ladder("331004400")
    assert [step.level for step in steps] == ["county", "city", "province"]
    assert route("subsidy_payment", "331004400").lead == unit(COUNTY, "econ_it")


@pytest.mark.parametrize("division", ["", "999999", "路桥"])
def test_an_unknown_division_is_refused(division: str) -> None:
    with pytest.raises(Refused, match="unknown_division"):
        TABLE.propose(division, None)


def test_without_any_office_there_is_no_route() -> None:
    units = DIRECTORY.entries[DirectoryUnit.type]
    bare = RoutingTable(DIRECTORY.changed((key, DirectoryUnit.type, "") for key in units), TODAY)
    with pytest.raises(Refused, match="no_office"):
        bare.propose(TOWNSHIP, matter("power_supply"))


def test_every_matter_in_every_division_has_a_route_with_its_reason() -> None:
    for division in DIRECTORY.divisions():
        if not DIRECTORY.covers(CITY, division.division_code):
            continue
        steps = {step.organ_id: step.level for step in TABLE.ladder(division.division_code)}
        for one in [*DIRECTORY.matters(), None]:
            found = TABLE.propose(division.division_code, one)
            lead = DIRECTORY.unit(found.lead)
            assert lead is not None
            assert all((found.reason, found.rule_id, found.zh, found.en))
            assert steps[found.organ_id] == found.level
            assert found.lead not in found.co
            assert lead.external == (found.reason == "reported_up")
            if one is not None and found.reason in ("authority", "one_level_up", "vertical"):
                assert LEVELS.index(found.level) >= LEVELS.index(one.authority_level)
                assert lead.kind_code == one.lead_kind


@pytest.mark.parametrize("code", ["", "power_supply", "subsidy_payment", "land_quota"])
def test_a_reason_names_its_unit_alike_in_both_languages(code: str) -> None:
    found = TABLE.propose(COUNTY, matter(code) if code else None)
    lead = DIRECTORY.unit(found.lead)
    assert lead
    assert lead.short_name in found.zh
    assert lead.short_name in found.en
    assert lead.name == lead.short_name or lead.name not in found.en
