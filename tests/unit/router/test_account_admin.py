"""Whose account an administrator may act on, and what becomes of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.directory.domain.rights import AdminScope, reaches
from services.router.identity.domain.accounts import (
    ENDING,
    AccountRow,
    ManageAccount,
    account_after,
    entry_commands,
    new_account,
    require_may_manage,
)
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import DirectoryAccount
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.ids import to_text
from tests.support.places import grant, person, person_id, with_entries
from tests.support.router.play import CITY, COUNTY, DIRECTORY, NOW, TOWNSHIP

TODAY = date(2026, 6, 1)
WHO = person_id("who")
ADMIN = AdminScope("admin", [COUNTY])
ACTS = st.sampled_from(["open", "reset", "unlock", "remove_totp", "end_sessions"])
PLACES = st.sampled_from([CITY, COUNTY, TOWNSHIP, "331003", EVERYWHERE, "999999"])


@given(st.lists(PLACES, max_size=3), PLACES, st.lists(PLACES, max_size=2))
def test_an_administrator_reaches_whom_they_cover_whole(
    own: list[str], home: str, others: list[str]
) -> None:
    """One right elsewhere, now, later or by standing in, is enough to be out of reach."""
    later = TODAY + timedelta(days=30)
    link = ("other", later, None)
    directory = with_entries(
        DIRECTORY,
        person("other", *(grant("clerk", one) for one in others)),
        person("who", *(grant("leader", one, valid_from=later) for one in own),
               home=home, stands_in_for=[link]),
    )  # fmt: skip
    theirs = {COUNTY, TOWNSHIP}
    expected = {home, *own, *others} <= theirs
    assert reaches(ADMIN, directory, WHO, TODAY) is expected
    assert reaches(AdminScope("first", [EVERYWHERE]), directory, WHO, TODAY)


def test_what_is_over_does_not_count() -> None:
    past = TODAY - timedelta(days=1)
    directory = with_entries(DIRECTORY, person("who", grant("leader", CITY, valid_to=past)))
    assert reaches(ADMIN, directory, WHO, TODAY)


def test_nobody_acts_on_themself() -> None:
    admin = grant("admin", COUNTY)
    directory = with_entries(DIRECTORY, person("who", admin), person("other", admin))

    def acts(by: str) -> None:
        require_may_manage(directory, ManageAccount("reset", WHO, by), TODAY)

    acts(to_text(person_id("other")))
    with pytest.raises(Forbidden):
        acts(to_text(WHO))
    with pytest.raises(NotFound):
        acts(to_text(person_id("dismissed")))


def account(**more: object) -> AccountRow:
    row = new_account(WHO, "who.1", "old", NOW)
    return row.model_copy(update={"one_time_until": None, **more})


@given(ACTS)
def test_every_act_is_said_once_and_only_endings_sign_out(act: str) -> None:
    admin = to_text(person_id("admin"))
    command = ManageAccount(act, WHO, admin, "who.1", "new")  # type: ignore[arg-type]
    said, *ends = entry_commands(command, DIRECTORY, NOW)
    event = said.entry  # type: ignore[union-attr]
    assert isinstance(event, DirectoryAccount)
    assert (event.act, event.actor, event.person_id, event.acted_at) == (act, admin, WHO, NOW)
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


def test_without_an_account_only_one_is_made_and_sessions_end() -> None:
    opening = ManageAccount("open", WHO, "admin", "who.1", "new")
    made = account_after(None, opening, NOW)
    assert made is not None
    assert made.state(NOW) == "one_time"
    assert account_after(None, replace(opening, act="end_sessions"), NOW) is None
    for there, act in ((made, "open"), *((None, it) for it in ("reset", "unlock", "remove_totp"))):
        with pytest.raises(Conflict):
            account_after(there, replace(opening, act=act), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "x", "-ab", "a b", "名字", "a" * 65, "a\0b", "a'b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        account_after(None, ManageAccount("open", WHO, "admin", name, "new"), NOW)
