"""Whose account an administrator may act on, and what becomes of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.directory.domain.rights import AdminScope, reaches
from services.router.identity.domain.accounts import (
    ENDING,
    ONE_TIME,
    AccountRow,
    ManageAccount,
    account_after,
    entry_commands,
    new_account,
    require_other,
)
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import DirectoryAccount, DirectoryPerson, Grant, StandIn
from shared.directory import Directory
from shared.errors import Conflict, Forbidden, Invalid
from shared.ids import Id, named_id, to_text
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, TOWNSHIP, emitted_by

TODAY = date(2026, 6, 1)
WHO = named_id("person", "who")
ADMIN = AdminScope("admin", [COUNTY])
ACTS = st.sampled_from(["open", "reset", "unlock", "remove_totp", "end_sessions"])
PLACES = st.sampled_from([CITY, COUNTY, TOWNSHIP, "331003", EVERYWHERE, "999999"])


def grant(role: str, division: str, **more: Any) -> Grant:
    body = {"role": role, "division_code": division, "valid_from": date(2022, 1, 1)}
    return Grant.model_validate(body | more)


def person(
    code: str, *grants: Grant, home: str = COUNTY, **more: Any
) -> tuple[Id, DirectoryPerson]:
    event = DirectoryPerson(**emitted_by("seed", home), name="某人", grants=grants, **more)
    return named_id("person", code), event


def with_people(*people: tuple[Id, DirectoryPerson]) -> Directory:
    return DIRECTORY.changed(
        (key, one.type, one.model_dump_json(exclude_none=True)) for key, one in people
    )


@given(st.lists(PLACES, max_size=3), PLACES, st.lists(PLACES, max_size=2))
def test_an_administrator_reaches_whom_they_cover_whole(
    own: list[str], home: str, others: list[str]
) -> None:
    """One right elsewhere, now, later or by standing in, is enough to be out of reach."""
    later = TODAY + timedelta(days=30)
    other = person("other", *(grant("clerk", one) for one in others), home=COUNTY)
    link = StandIn(person_id=other[0], valid_from=later)
    directory = with_people(
        other,
        person("who", *(grant("leader", one, valid_from=later) for one in own),
               home=home, stands_in_for=(link,)),
    )  # fmt: skip
    theirs = {COUNTY, TOWNSHIP}
    expected = {home, *own, *others} <= theirs
    assert reaches(ADMIN, directory, WHO, TODAY) is expected
    assert reaches(AdminScope("first", [EVERYWHERE]), directory, WHO, TODAY)


def test_what_is_over_does_not_count() -> None:
    past = TODAY - timedelta(days=1)
    directory = with_people(person("who", grant("leader", CITY, valid_to=past)))
    assert reaches(ADMIN, directory, WHO, TODAY)


def test_nobody_acts_on_themself() -> None:
    require_other(AdminScope("other"), WHO)
    with pytest.raises(Forbidden):
        require_other(AdminScope(to_text(WHO)), WHO)


def account(**more: object) -> AccountRow:
    row = new_account(WHO, "who.1", "old", NOW)
    return row.model_copy(update={"one_time_until": None, **more})


@given(ACTS)
def test_every_act_is_said_once_and_only_endings_sign_out(act: str) -> None:
    command = ManageAccount(act, WHO, "admin", "who.1", "new")  # type: ignore[arg-type]
    said, *ends = entry_commands(command, COUNTY, NOW)
    event = said.entry  # type: ignore[union-attr]
    assert isinstance(event, DirectoryAccount)
    assert (event.act, event.actor, event.person_id, event.acted_at) == (act, "admin", WHO, NOW)
    assert bool(ends) is (act in ENDING)
    assert "new" not in event.model_dump_json() + repr(command)


def test_a_one_time_password_opens_what_is_locked_and_replaces_what_was() -> None:
    locked = account(failures=3, locks=2, locked_until=NOW + timedelta(hours=1))
    reset = account_after(locked, ManageAccount("reset", WHO, "admin", password_hash="new"), NOW)
    assert reset is not None
    assert (reset.password_hash, reset.state(NOW)) == ("new", "one_time")
    opened = account_after(locked, ManageAccount("unlock", WHO, "admin"), NOW)
    assert opened is not None
    assert (opened.password_hash, opened.state(NOW), opened.locks) == ("old", "open", 0)
    for act in ("remove_totp", "end_sessions"):
        assert account_after(locked, ManageAccount(act, WHO, "admin"), NOW) == locked


@given(ACTS)
def test_without_an_account_only_one_is_made_and_sessions_end(act: str) -> None:
    command = ManageAccount(act, WHO, "admin", "who.1", "new")  # type: ignore[arg-type]
    if act == "open":
        made = account_after(None, command, NOW)
        assert made is not None
        assert made.state(NOW) == "one_time"
        with pytest.raises(Conflict):
            account_after(made, command, NOW)
    elif act == "end_sessions":
        assert account_after(None, command, NOW) is None
    else:
        with pytest.raises(Conflict):
            account_after(None, command, NOW)


@pytest.mark.parametrize("name", ["", "x", "-ab", "a b", "名字", "a" * 65, "a\0b", "a'b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        account_after(None, ManageAccount("open", WHO, "admin", name, "new"), NOW)


def test_a_one_time_password_is_handed_out_by_two_acts() -> None:
    assert {"open", "reset"} == ONE_TIME
