"""What a person may do on a day: own grants, those they stand in for, merged places."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.router import AccountAct, DirectoryAccount, Mandate
from shared.directory.rights import (
    COMMAND,
    are_independent,
    grants_of,
    holder,
    holders,
    leads_as,
    would_circle,
)
from shared.directory.snapshot import account_key
from shared.ids import to_text
from shared.rights import Action, Resource, may
from shared.rights.table import RIGHTS, Relation
from tests.support.places import (
    CITY,
    COUNTY,
    NEIGHBOUR,
    NEW_TOWN,
    OLD_TOWN,
    OTHER_COUNTY,
    TODAY,
    directory,
    division,
    grant,
    organ_id,
    person,
    person_id,
    unit_id,
)

CLERK = grant("clerk", unit_id=unit_id("trade"))
HEAD = grant("unit_head", unit_id=unit_id("trade"))


def test_a_deputy_is_let_in_by_the_mandate_alone() -> None:
    key, made = person("a")
    mandate = Mandate(level="county", division_code=COUNTY)
    known = directory((key, made.model_copy(update={"mandates": (mandate,)})))
    (held,) = grants_of(known, key, TODAY)
    assert (held.role, held.division_code) == ("deputy", COUNTY)
    assert RIGHTS["deputy"][Relation.ANYWHERE] >= {Action.DUTY_READ, Action.DIRECTORY_READ}


def test_a_representative_of_a_streets_voters_has_the_role_there() -> None:
    key, made = person("a")
    rep = made.model_copy(update={"is_street_rep": True, "station_id": person_id("station")})
    (held,) = grants_of(directory((key, rep)), key, TODAY)
    assert (held.role, held.division_code) == ("deputy", made.division_code)
    assert held.station_id == rep.station_id


def test_who_stands_in_for_somebody_who_stands_in_has_the_rights_of_both() -> None:
    known = directory(
        person("a", CLERK), person("b", HEAD, stands_in_for=["a"]), person("c", stands_in_for=["b"])
    )
    assert grants_of(known, person_id("c"), TODAY) == (HEAD, CLERK)
    assert grants_of(known, person_id("b"), TODAY) == (HEAD, CLERK)
    assert grants_of(known, person_id("a"), TODAY) == (CLERK,)
    acting = holders(known, TODAY)["clerk", unit_id("trade")]
    assert set(acting) == {person_id("a"), person_id("b"), person_id("c")}


@pytest.mark.parametrize(
    ("since", "until", "stands"),
    [
        (TODAY, TODAY, True),
        (TODAY - timedelta(9), TODAY - timedelta(1), False),
        (TODAY + timedelta(1), None, False),
        (TODAY - timedelta(9), None, True),
    ],
)
def test_standing_in_begins_and_ends_on_its_days(
    since: date, until: date | None, stands: bool
) -> None:
    known = directory(person("a", CLERK), person("b", stands_in_for=[("a", since, until)]))
    assert (grants_of(known, person_id("b"), TODAY) == (CLERK,)) is stands
    ended = CLERK.model_copy(update={"valid_to": TODAY - timedelta(1)})
    known = directory(person("a", ended), person("b", stands_in_for=[("a", since, until)]))
    assert grants_of(known, person_id("b"), TODAY) == (), "a right that ended is not passed on"


def test_a_circle_is_seen_before_it_closes_also_one_that_begins_later() -> None:
    later = ("b", TODAY + timedelta(9), None)
    known = directory(
        person("a"), person("b", stands_in_for=["a"]), person("c", stands_in_for=[later])
    )
    assert would_circle(known, person_id("a"), person_id("c"), TODAY)
    assert would_circle(known, person_id("a"), person_id("a"), TODAY)
    assert not would_circle(known, person_id("c"), person_id("a"), TODAY)


def test_of_whom_one_stands_in_for_only_leaders_in_office_are_led_for() -> None:
    """Being a leader oneself does not bring back what the other may no longer read."""
    leader, left = grant("leader"), grant("leader", valid_to=TODAY - timedelta(1))
    known = directory(
        person("left", left), person("new", leader),
        person("both", leader, stands_in_for=["left", "new"]), person("clerk", CLERK),
    )  # fmt: skip
    led = {name: leads_as(known, person_id(name), TODAY) for name in ("left", "both", "clerk")}
    both = [to_text(person_id(name)) for name in ("both", "new")]
    assert {name: list(of) for name, of in led.items()} == {"left": [], "both": both, "clerk": []}


def test_a_supervision_is_led_only_where_its_leader_is_in_office() -> None:
    """Whoever led for the city and is now a leader of one county leads in that county only."""
    moved = grant("leader", CITY, valid_to=TODAY - timedelta(1)), grant("leader", COUNTY)
    known = directory(person("x", *moved), person("y", stands_in_for=["x"]))
    x = to_text(person_id("x"))
    for name in ("x", "y"):
        by = holder(known, person_id(name), TODAY)
        led = {code: may(by, Action.CASE_SUPERVISE, Resource(division=code, leader=x))
               for code in (CITY, COUNTY, NEW_TOWN, NEIGHBOUR)}  # fmt: skip
        assert led == {CITY: False, COUNTY: True, NEW_TOWN: True, NEIGHBOUR: False}, name


NAMES = [f"p{n}" for n in range(6)]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20))
def test_however_people_stand_in_each_reaches_what_the_chain_reaches(
    links: list[tuple[str, str]],
) -> None:
    rights = {name: grant("clerk", unit_id=unit_id(name)) for name in NAMES}
    of = {name: [other for by, other in links if by == name] for name in NAMES}
    known = directory(*(person(n, rights[n], stands_in_for=of[n]) for n in NAMES))
    for name in NAMES:
        reached, waiting = set(), [name]
        while waiting:
            at = waiting.pop()
            if at not in reached:
                reached.add(at)
                waiting += of[at]
        found = grants_of(known, person_id(name), TODAY)
        assert set(found) == {rights[one] for one in reached}
        assert len(set(found)) == len(found)


def test_what_a_division_gave_out_is_its_successors_to_decide_after_its_last_day() -> None:
    dispatcher = grant("dispatcher", NEW_TOWN, organ_id=organ_id(NEW_TOWN))
    old = {"division_code": OLD_TOWN, "organ_id": organ_id(OLD_TOWN)}
    inherited = dispatcher.model_copy(update=old)
    for last, found in ((TODAY - timedelta(1), (dispatcher, inherited)), (TODAY, (dispatcher,))):
        merged = division(OLD_TOWN, valid_to=last, successor_code=NEW_TOWN)
        known = directory(merged, person("d", dispatcher))
        assert grants_of(known, person_id("d"), TODAY) == found


def test_who_oversees_the_successor_oversees_what_went_into_it() -> None:
    """A township that went to another county is seen there; who it left sees its past too."""
    liaison = grant("liaison", OTHER_COUNTY)
    head = grant("committee_head", COUNTY, organ_id=organ_id(COUNTY))
    clerk = grant("clerk", OTHER_COUNTY, unit_id=unit_id("trade"))
    gone = division(OLD_TOWN, valid_to=TODAY - timedelta(1), successor_code=NEIGHBOUR)
    known = directory(gone, person("l", liaison), person("h", head), person("c", clerk))
    codes = {one.division_code for one in grants_of(known, person_id("l"), TODAY)}
    assert codes == {OTHER_COUNTY, OLD_TOWN}
    assert grants_of(known, person_id("h"), TODAY) == (head,)
    assert known.covers(COUNTY, OLD_TOWN)
    assert grants_of(known, person_id("c"), TODAY) == (clerk,)
    assert CITY in {one.division_code for one in known.ancestors(OLD_TOWN)}


@given(st.lists(st.sampled_from(["one", "two", "third", COMMAND]), min_size=2, max_size=2),
       st.lists(st.integers(0, 48), min_size=2, max_size=2))  # fmt: skip
def test_two_accounts_in_one_hand_within_a_day_are_not_two_people(
    by: list[str], hours_ago: list[int]
) -> None:
    now, names = datetime(2026, 3, 10, tzinfo=UTC), ("one", "two")
    acts = [
        (account_key(person_id(name), "reset"), reset(name, who, now - timedelta(hours=ago)))
        for name, who, ago in zip(names, by, hours_ago, strict=True)
    ]
    known = directory(person("one"), person("two"), *acts)
    hands = [{name} | ({who} if ago <= 24 else set())
             for name, who, ago in zip(names, by, hours_ago, strict=True)]  # fmt: skip
    shared = (hands[0] & hands[1]) - {COMMAND}
    one, two = (to_text(person_id(name)) for name in names)
    assert are_independent(known, one, two, now - timedelta(days=1)) is (not shared)


def test_accounts_opened_one_by_another_are_in_one_hand() -> None:
    """An administrator opens the first, which opens the second, which opens the third."""
    now = datetime(2026, 3, 10, tzinfo=UTC)
    chain = ("admin", "one", "two", "third", "one")
    for length, hours in ((4, 1), (4, 25), (5, 1)):
        when = now - timedelta(hours=hours)
        acts = [
            (account_key(person_id(name), "reset"), reset(name, by, when))
            for by, name in pairwise(chain[:length])
        ]
        known = directory(*(person(name) for name in chain[:4]), *acts)
        for first, second in (("one", "two"), ("two", "third"), ("one", "third")):
            pair = (to_text(person_id(first)), to_text(person_id(second)))
            assert are_independent(known, *pair, now - timedelta(days=1)) is (hours > 24)


def test_whoever_removed_a_second_factor_does_not_hide_who_handed_out_the_password() -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    person_key = person_id("puppet")
    acts = [
        (account_key(person_key, "open"), reset("puppet", "admin", now)),
        (account_key(person_key, "remove_totp"), reset("puppet", "other", now, "remove_totp")),
    ]
    known = directory(*(person(name) for name in ("puppet", "admin", "other")), *acts)
    for name in ("admin", "other"):
        pair = to_text(person_key), to_text(person_id(name))
        assert not are_independent(known, *pair, now - timedelta(days=1)), name


def reset(name: str, by: str, when: datetime, act: AccountAct = "reset") -> DirectoryAccount:
    actor = COMMAND if by == COMMAND else to_text(person_id(by))
    return DirectoryAccount(
        occurred_at=when, division_code=COUNTY, actor=actor,
        person_id=person_id(name), act=act, acted_at=when,
    )  # fmt: skip
