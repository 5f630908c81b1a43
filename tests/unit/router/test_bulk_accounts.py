"""Who gets an account in one act, under which name, and who is left out and why."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.router.directory.domain.rights import AdminScope
from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import AccountRow, new_account
from services.router.identity.domain.bulk_accounts import (
    MAX_AT_ONCE,
    BulkPlan,
    Selection,
    plan_accounts,
)
from shared.contracts.router import Grant, Mandate
from shared.errors import Conflict, Invalid
from shared.ids import Id, to_text
from tests.support.entries import Entry
from tests.support.entries import person as person_of
from tests.support.places import grant, person_id, with_entries
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, TOWNSHIP

TODAY = date(2026, 6, 1)


def person(name: str, *grants: Grant, home: str = COUNTY, **more: Any) -> Entry:
    return person_of(person_id(name), name, home, *grants, **more)


PAST, LATER = date(2026, 5, 1), date(2026, 9, 1)
PEOPLE = with_entries(
    DIRECTORY,
    person("admin", grant("admin", COUNTY), code="admin"),
    person("clerk", grant("clerk", COUNTY), code="C1"),
    person("town", grant("dispatcher", TOWNSHIP), home=TOWNSHIP, code="C2"),
    person("soon", grant("clerk", COUNTY, valid_from=LATER), code="C3"),
    person("former", grant("clerk", COUNTY, valid_to=PAST), code="C4"),
    person("above", grant("clerk", COUNTY), grant("leader", CITY), code="C5"),
    person("same", grant("clerk", COUNTY), code="c1"),
    person("short", grant("clerk", COUNTY), code="x"),
    person("nameless", grant("clerk", COUNTY), code=None),
    person("deputy", mandates=(Mandate(level="county", division_code=COUNTY),), code="D1"),
)
SCOPE = AdminScope(to_text(person_id("admin")), [COUNTY])


def row(name: str, **more: Any) -> AccountRow:
    return new_account(person_id(name), f"name.{name}", "x", NOW).model_copy(update=more)


def plan(asked: Selection = Selection(), *rows: AccountRow) -> BulkPlan:  # noqa: B008
    known: dict[Id, AccountRow] = {one.person: one for one in rows}
    return plan_accounts(PEOPLE, SCOPE, known, asked, TODAY)


def names(found: BulkPlan) -> set[str]:
    return {one.account for one in found.chosen}


def test_those_with_a_role_now_or_later_in_the_area_and_no_account_are_meant() -> None:
    found = plan()
    assert names(found) == {"c1", "c2", "c3"}
    assert {person_id(one) for one in ("short", "nameless")} <= {it[0] for it in found.left_out}
    assert len(found.left_out) == 3, "two codes that differ in case make one account name"
    assert names(plan(Selection(), row("clerk"))) == {"c1", "c2", "c3"}, "the other C1's turn"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Selection(division=TOWNSHIP), {"c2"}),
        (Selection(division=COUNTY), {"c1", "c2", "c3"}),
        (Selection(division=CITY), {"c1", "c2", "c3"}),
        (Selection(division="331003"), set()),
        (Selection(role="dispatcher"), {"c2"}),
        (Selection(role="deputy"), {"d1"}),
        (Selection(role="deputy", division=TOWNSHIP), set()),
    ],
)
def test_a_place_and_a_role_narrow_it(asked: Selection, expected: set[str]) -> None:
    assert names(plan(asked)) == expected


def test_who_never_used_the_one_time_password_gets_a_new_one_under_the_same_name() -> None:
    used = row("clerk", one_time_until=None)
    found = plan(Selection(lacking="sign_in"), used, row("town"))
    assert (names(found), found.left_out) == ({"name.town"}, [])


def test_only_what_was_shown_is_done_and_never_too_much() -> None:
    shown = plan()
    shown.require(shown.digest)
    with pytest.raises(Conflict):
        plan(Selection(), row("town")).require(shown.digest)
    with pytest.raises(Invalid):
        plan(Selection(division="331003")).require(shown.digest)
    many = replace(shown, chosen=[*shown.chosen] * MAX_AT_ONCE)
    with pytest.raises(Invalid) as refused:
        many.require(many.digest)
    assert refused.value.code == "too_many_accounts"


def test_a_one_time_password_is_hashed_quickly_and_checked_like_any_other() -> None:
    word = passwords.one_time()
    quick, slow = passwords.hashed_one_time(word), passwords.hashed(word)
    for known in (quick, slow):
        assert passwords.fits(known, word)
        assert not passwords.fits(known, "another")
    assert quick.startswith("$argon2id$")
    assert word not in quick
