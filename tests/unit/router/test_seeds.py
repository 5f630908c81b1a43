"""The directory that comes with the product: the tree, its organs, departments and matters."""

from collections import Counter

from services.router.directory.domain.commands import SwitchAutoDispatch, decide, keep_switches
from services.router.directory.domain.model import OFFICE_KIND, EntryRow
from services.router.directory.domain.rights import EntryContext
from services.router.directory.domain.seeds import demo, seed
from shared.contracts.router import DirectoryMatter, DirectoryPerson, DirectoryStation
from shared.messaging.subject import State
from tests.support.places import with_entries
from tests.support.router.play import (
    CITY,
    COUNTY,
    DIRECTORY,
    ENTRIES,
    FILE_ERRORS,
    NOW,
    PROVINCE,
    TABLES,
    TOWNSHIP,
)

COUNTIES = {
    "331002": 10, "331003": 19, "331004": 10, "331022": 10, "331023": 15, "331024": 20,
    "331081": 16, "331082": 19, "331083": 11,
}  # fmt: skip
"""Townships of each county: 椒江 黄岩 路桥 三门 天台 仙居 温岭 临海 玉环."""


def test_the_tree_is_taizhous() -> None:
    assert FILE_ERRORS == []
    levels = Counter(d.level for d in DIRECTORY.divisions())
    assert levels == {"province": 1, "city": 1, "county": 9, "township": 130, "functional_area": 6}
    townships = [d for d in DIRECTORY.divisions() if d.level == "township"]
    assert Counter(d.parent_code for d in townships) == COUNTIES
    kinds = Counter(d.division_code[6] for d in townships)
    assert kinds == {"0": 45, "1": 61, "2": 24}
    assert all(DIRECTORY.covers(CITY, d.division_code) for d in townships)


def test_every_division_with_a_congress_has_one_organ() -> None:
    for division in DIRECTORY.divisions():
        organ = DIRECTORY.organ(division.division_code)
        if division.level == "functional_area":
            assert organ is None
            continue
        assert organ is not None, division.name
        assert organ[1].level == division.level
        if division.level == "township":
            ending = "人大工委" if division.division_code[6] == "0" else "人大主席团"
            assert organ[1].name == division.name + ending


def test_the_city_and_its_counties_have_further_organs_and_townships_none() -> None:
    kinds = {code: [one.kind for _, one in DIRECTORY.organs_in(code)] for code in (CITY, COUNTY)}
    assert kinds[COUNTY] == ["committee_office", "general_office"]
    assert Counter(kinds[CITY]) == {
        "committee_office": 1, "general_office": 1, "research_office": 1, "leading_group": 1,
        "work_group": 3,
    }  # fmt: skip
    assert len(DIRECTORY.organs_in(TOWNSHIP)) == 1


def test_each_county_and_the_city_have_their_departments() -> None:
    absent = {(line.kind_code, line.division_code) for line in TABLES.absent}
    sizes = {code: len(DIRECTORY.units_in(code)) for code in [*COUNTIES, CITY]}
    assert min(sizes.values()) >= 55, sizes
    for code in COUNTIES:
        kinds = Counter(unit.kind_code for _, unit in DIRECTORY.units_in(code))
        assert set(kinds.values()) == {1}
        assert {"econ_it", "finance", "tax", "power_co", "market_reg"} <= kinds.keys()
        assert not {kind for kind in kinds if (kind, code) in absent}
        assert all(unit.level == "county" for _, unit in DIRECTORY.units_in(code))
    assert {"econ_it", "dev_reform", "post"} <= {u.kind_code for _, u in DIRECTORY.units_in(CITY)}
    assert all(unit.external for _, unit in DIRECTORY.units_in(PROVINCE))


def test_names_are_filled_in_and_short_ones_are_what_the_county_says() -> None:
    units = {code: [unit for _, unit in DIRECTORY.units_in(code)] for code in [*COUNTIES, CITY]}
    assert not [one.name for some in units.values() for one in some if {*"{}"} & {*one.name}]
    for code, some in units.items():
        assert set(Counter(one.short_name for one in some).values()) == {1}, code
    assert {one.kind_code: one.name for one in units[COUNTY]}["econ_it"] == "路桥区经济和信息化局"
    kinds = ("econ_it", "health", "finance", "ecology")
    county, city = (
        {one.kind_code: one.short_name for one in units[code]} for code in (COUNTY, CITY)
    )
    assert [county[kind] for kind in kinds] == [
        "区经信局",
        "区卫健局",
        "区财政局",
        "区生态环境分局",
    ]
    assert [city[kind] for kind in kinds] == ["市经信局", "市卫健委", "市财政局", "市生态环境局"]


def test_the_131_matters_name_kinds_that_exist() -> None:
    kinds = {OFFICE_KIND, *(line.kind_code for line in TABLES.departments)}
    matters = DIRECTORY.matters()
    assert len(matters) == 131
    for matter in matters:
        assert {matter.lead_kind, *matter.co_kinds} <= kinds, matter.code
        assert matter.lead_kind not in matter.co_kinds
        assert matter.name_zh
        assert matter.name_en
        assert 1 <= matter.limit_wd <= 30
        if matter.authority_level == "township":
            assert matter.lead_kind == "township_gov"


def test_every_key_is_put_once_and_always_the_same() -> None:
    assert len({put.key for put in ENTRIES}) == len(ENTRIES)
    assert seed(TABLES, NOW) == ENTRIES


def test_a_trial_system_has_somebody_for_every_role_everywhere() -> None:
    entries = list(demo(DIRECTORY, NOW))
    people = [put.entry for put in entries if isinstance(put.entry, DirectoryPerson)]
    roles = Counter(grant.role for person in people for grant in person.grants)
    assert sum(isinstance(put.entry, DirectoryStation) for put in entries) == 130
    assert roles["station_head"] == 130
    assert roles["dispatcher"] == 130 + 9 + 1
    assert (roles["liaison"], roles["ops"]) == (13, 2)
    assert roles["clerk"] == roles["unit_head"] >= 130 + 10 * 55
    assert sum(bool(person.mandates) for person in people) == 520
    seats = {mandate.division_code for person in people for mandate in person.mandates}
    names = [one.name for code in seats if (one := DIRECTORY.division(code))]
    assert not [name for name in names if name.endswith("街道")], "streets have no congress"
    assert len({put.key for put in entries}) == len(entries)
    stations = {put.key for put in entries if isinstance(put.entry, DirectoryStation)}
    raised = [one for one in people if one.mandates or one.is_street_rep]
    assert all(one.station_id in stations for one in raised)
    assert list(demo(DIRECTORY, NOW)) == entries


def test_a_table_read_again_leaves_the_switch_of_a_matter_as_a_person_set_it() -> None:
    put = next(one for one in ENTRIES if isinstance(one.entry, DirectoryMatter))
    context = EntryContext(NOW, NOW.date(), DIRECTORY)
    entry, _said = decide(State(EntryRow(key=put.key)), put, context)
    entry, (said,) = decide(entry, SwitchAutoDispatch(put.key, True, "wang", "已核对"), context)
    assert isinstance(said, DirectoryMatter)
    assert (said.auto_dispatch, said.auto_dispatch_reason, said.actor) == (True, "已核对", "wang")
    again = keep_switches(ENTRIES, with_entries(DIRECTORY, (put.key, said)))
    assert [decide(entry, one, context) for one in again if one.key == put.key] == [(entry, ())]
    assert [one for one in again if one.key != put.key] == [
        one for one in ENTRIES if one.key != put.key
    ]
