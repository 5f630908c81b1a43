"""What holds of the table of rights whatever the grants and whatever the thing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.codes import Role
from shared.contracts.router import DirectoryPerson, Grant
from shared.directory import Directory, grants_of
from shared.ids import Id, named_id
from shared.rights import Action, Allowed, Resource, authorize, require_door
from shared.rights.table import RIGHTS, Relation
from tests.support.entries import Officer, grant
from tests.support.shanghai import at

TODAY = date(2022, 9, 8)
DIVISIONS = ("331000", "331002", "331002005", "331004", "331004102")
KEYS = tuple(named_id("place", str(n)) for n in range(4))
PEOPLE = ("person-1", "person-2")
PLACES: st.SearchStrategy[Id | None] = st.none() | st.sampled_from(KEYS)
ACTIONS = st.sampled_from(sorted(set(Action) - {Action.PUBLIC}))


def grants(roles: Sequence[Role] = tuple(RIGHTS)) -> st.SearchStrategy[Grant]:
    places = dict.fromkeys(("organ_id", "unit_id", "station_id"), PLACES)
    return st.builds(
        Grant,
        role=st.sampled_from(roles),
        division_code=st.sampled_from(DIVISIONS),
        valid_from=st.just(TODAY - timedelta(days=9)),
        valid_to=st.none(),
        **places,
    )


def somebody(*held: Grant) -> Officer:
    return Officer(PEOPLE[0], "", held)


def holders() -> st.SearchStrategy[Officer]:
    held = st.lists(grants(), max_size=4).map(tuple)
    return st.builds(Officer, st.sampled_from(PEOPLE), st.just(""), held)


def codes() -> st.SearchStrategy[set[str]]:
    return st.sets(st.sampled_from(DIVISIONS))


def things() -> st.SearchStrategy[Resource]:
    return st.builds(
        Resource,
        division=st.sampled_from(("", *DIVISIONS)),
        within=codes(),
        stations=st.sets(PLACES),
        units=st.sets(st.sampled_from(KEYS)),
        organ=PLACES,
        leader=st.sampled_from(("", *PEOPLE)),
        receiver=st.sampled_from(("", *DIVISIONS)),
        lines=codes(),
    )


def may(by: Officer, action: Action, thing: Resource) -> bool:
    return isinstance(authorize(by, action, thing), Allowed)


@given(by=holders(), more=grants(), action=ACTIONS, thing=things())
def test_what_is_allowed_passes_the_door_and_more_grants_never_allow_less(
    by: Officer, more: Grant, action: Action, thing: Resource
) -> None:
    if may(by, action, thing):
        require_door(by, [action])
        assert may(replace(by, grants=(more, *by.grants)), action, thing)


@given(action=ACTIONS, thing=things())
def test_without_a_grant_nothing_is_allowed(action: Action, thing: Resource) -> None:
    assert not may(somebody(), action, thing)
    assert may(somebody(), Action.PUBLIC, thing)


@given(by=holders(), action=ACTIONS)
def test_what_lies_nowhere_is_nobodys(by: Officer, action: Action) -> None:
    anywhere = any(
        action in RIGHTS[grant.role].get(Relation.ANYWHERE, frozenset()) for grant in by.grants
    )
    assert may(by, action, Resource()) is anywhere


@pytest.mark.parametrize("role", RIGHTS)
def test_the_sibling_of_a_place_may_nothing_there(role: Role) -> None:
    """Luqiao's grant meets what lies in Jiaojiang, at other units, organs and stations."""
    own = dict.fromkeys(("organ_id", "unit_id", "station_id"), KEYS[0])
    luqiao = somebody(grant(role, "331004", **own))
    jiaojiang = Resource(
        division="331002",
        within=("331002", "331000"),
        stations=(KEYS[1], None),
        units=(KEYS[1], KEYS[2]),
        organ=KEYS[3],
        leader=PEOPLE[1],
        receiver="331000",
        lines=("331002005", "331002"),
    )
    anywhere = RIGHTS[role].get(Relation.ANYWHERE, frozenset())
    allowed = {action for action in Action if may(luqiao, action, jiaojiang)}
    assert allowed == {Action.PUBLIC, *anywhere}


@given(grant=grants(), ended=st.integers(1, 400), action=ACTIONS, thing=things())
def test_a_grant_gives_nothing_before_it_begins_and_after_it_ends(
    grant: Grant, ended: int, action: Action, thing: Resource
) -> None:
    over = {"valid_from": date(2020, 1, 1), "valid_to": TODAY - timedelta(days=ended)}
    ahead = {"valid_from": TODAY + timedelta(days=ended), "valid_to": None}
    for when in (over, ahead):
        person = DirectoryPerson(
            occurred_at=at("2022-01-01"),
            division_code="331004",
            actor="seed",
            name="周明远",
            grants=(grant.model_copy(update=when),),
        )
        key = named_id("person", "zhou")
        known = Directory().changed([(key, person.type, person.model_dump_json())])
        assert not may(somebody(*grants_of(known, key, TODAY)), action, thing)


@given(by=holders(), action=ACTIONS, thing=things())
def test_only_the_roles_of_the_table_are_allowed(
    by: Officer, action: Action, thing: Resource
) -> None:
    answer = authorize(by, action, thing)
    if isinstance(answer, Allowed):
        assert answer.grant is not None
        assert any(action in actions for actions in RIGHTS[answer.grant.role].values())
