"""Local accounts: who is let in, who is locked out for how long, which passwords are refused."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import (
    BROWSER,
    LONGEST_LOCK,
    ONE_TIME_LASTS,
    AccountRow,
    LockRule,
    Result,
    SourceLock,
    browser_cookie,
    first_account,
    known_browser,
    new_account,
    new_browser,
    with_password,
)
from shared.ids import new_id
from shared.web.rate_limit import network_of

NOW = datetime(2022, 9, 19, 1, 40, tzinfo=UTC)
RULE = LockRule(5, 100, timedelta(minutes=15))
ONE_TIME = new_account(new_id(NOW), "lin", "hash", NOW)
LIN = with_password(ONE_TIME, "own", NOW)
HERE = "10.0.0.1"


@dataclass
class Door:
    """An account with the locks of its sources."""

    row: AccountRow = LIN
    locks: dict[str, SourceLock] = field(default_factory=dict)

    def tried(self, source: str = HERE, now: datetime = NOW, *, proved: bool = True) -> Result:
        lock = self.locks.get(source) or SourceLock(person=self.row.person, source=source)
        self.row, self.locks[source], result = RULE.judge(self.row, lock, now, proved=proved)
        return result


def _wrong(times: int, now: datetime = NOW, door: Door | None = None, source: str = HERE) -> Door:
    door = door or Door()
    assert {door.tried(source, now, proved=False) for _ in range(times)} == {"wrong"}
    return door


def test_five_wrong_passwords_lock_and_while_locked_the_right_one_does_not_count() -> None:
    assert _wrong(4).tried() == "in"
    door = _wrong(5)
    assert door.row.state(NOW, list(door.locks.values())) == "locked"
    assert door.tried("10.0.0.2") == "in", "another address"
    for minutes, result in ((0, "locked"), (14, "locked"), (15, "in")):
        assert door.tried(now=NOW + timedelta(minutes=minutes)) == result


def test_guessers_at_many_addresses_are_locked_out_together_but_not_known_browsers() -> None:
    door = Door()
    for n in range(20):
        _wrong(5, door=door, source=f"10.0.1.{n}")
    assert (door.tried("10.0.9.9"), door.tried(f"{BROWSER}own")) == ("locked", "in")
    assert door.row.state(NOW) == "locked", "a known browser ends no lock of the others"
    assert _wrong(5, door=door, source=f"{BROWSER}own").tried(f"{BROWSER}own") == "locked"
    assert door.tried(f"{BROWSER}other") == "in"
    assert door.tried("10.0.9.9", NOW + timedelta(minutes=15)) == "in"


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("10.0.0.1", "10.0.0.1"), ("::ffff:10.0.0.1", "10.0.0.1"), ("", ""), ("proxy", "proxy"),
        ("2001:db8::1", "2001:db8::/64"), ("2001:db8::ff:0:0:2", "2001:db8::/64"),
    ],
)  # fmt: skip
def test_one_subscriber_is_one_source(address: str, source: str) -> None:
    assert network_of(address) == source


def test_each_lock_lasts_twice_as_long_until_somebody_comes_in() -> None:
    door, now, lasted = Door(), NOW, []
    for _ in range(9):
        until = _wrong(5, now, door).locks[HERE].locked_until
        assert until is not None
        lasted.append(until - now)
        now = until
    assert [lock / timedelta(minutes=1) for lock in lasted] == [
        15,
        30,
        60,
        120,
        240,
        480,
        960,
        1440,
        1440,
    ]
    assert door.tried(now=now) == "in"
    assert _wrong(5, now, door).locks[HERE].locked_until == now + timedelta(minutes=15)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2000)), max_size=60))
def test_no_lock_is_for_ever_and_nobody_gets_more_than_five_guesses_a_lock(
    tries: list[tuple[bool, int]],
) -> None:
    door, now, guesses = Door(), NOW, 0
    for proved, minutes in tries:
        now += timedelta(minutes=minutes)
        result = door.tried(now=now, proved=proved)
        guesses = guesses + 1 if result == "wrong" else 0 if result == "in" else guesses
        until = door.locks[HERE].locked_until
        if until is not None and now < until:
            assert until - now <= LONGEST_LOCK
            guesses = 0
        assert guesses < RULE.failures


def test_a_one_time_password_is_good_for_being_replaced_and_not_for_long() -> None:
    late = NOW + ONE_TIME_LASTS
    assert (Door(ONE_TIME).tried(), Door(ONE_TIME).tried(now=late)) == ("replace", "wrong")
    assert (ONE_TIME.state(NOW), ONE_TIME.state(late)) == ("one_time", "expired")
    assert LIN.state(late) == "open"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Kx9!vQ2#", "short"), ("x" * 129, "long"), ("password1234", "guessable"),
        ("123456789012", "guessable"), ("linxiaolan123", "guessable"),
        ("jianyi123456", "guessable"), ("aaaaaaaaaaaaaa", "guessable"),
        ("quiet harbour ledger", None), ("晨雾里的旧码头和三只猫", "short"),
        ("晨雾里的旧码头和三只白鹭", None), ("all lower case and long", None),
    ],
)  # fmt: skip
def test_a_password_is_refused_for_being_short_or_easy_and_for_no_lack_of_signs(
    password: str, why: str | None
) -> None:
    assert passwords.weakness(password, "linxiaolan", "林晓岚") == why


def test_a_password_fits_its_own_hash_however_it_is_composed() -> None:
    known = passwords.hashed("cafe\u0301 harbour ledger")
    assert passwords.fits(known, "caf\u00e9 harbour ledger")
    assert not passwords.fits("", "")


def test_a_password_is_checked_as_it_was_typed() -> None:
    known = passwords.hashed(" Quiet harbour ledger")
    for other in (" quiet harbour ledger", "Quiet harbour ledger", " Quiet harbour ledger "):
        assert not passwords.fits(known, other)


def test_a_hash_is_argon2id_with_the_parameters_that_owasp_asks_for() -> None:
    assert passwords.hashed("quiet harbour ledger").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_unknown_account_costs_as_much_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does its work show who has a one-time password, which is hashed quickly."""
    known, nobodys = passwords.hashed("quiet harbour ledger"), passwords.hashed("x")
    one_time, hasher = passwords.hashed_one_time("x"), Mock(wraps=passwords._HASHER)
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "_nobodys", lambda: nobodys)
    for stored, expected in ((known, False), (nobodys, True), (one_time, True), ("", False)):
        hasher.verify.reset_mock()
        assert passwords.fits(stored, "x") is expected, "even if nobody's secret were guessed"
        tried = [call.args[0] for call in hasher.verify.call_args_list]
        assert sum(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in tried) == 1


def test_one_time_passwords_are_never_the_same_and_never_refused() -> None:
    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    assert {passwords.weakness(one) for one in made} == {None}


def test_a_one_time_password_cannot_be_guessed() -> None:
    """Each of its sixteen places holds any of twenty letters at least: 69 bits."""
    made = [passwords.one_time().replace("-", "") for _ in range(400)]
    assert {len(one) for one in made} == {16}
    assert all(len(set(place)) >= 20 for place in zip(*made, strict=True))


def test_the_longest_password_is_taken_and_none_grows_old() -> None:
    longest = secrets.token_urlsafe(128)[: passwords.LONGEST]
    assert passwords.weakness(longest) is None
    assert passwords.fits(passwords.hashed(longest), longest)
    assert not passwords.fits(passwords.hashed(longest), longest[:-1])
    assert Door().tried(now=NOW + timedelta(days=3650)) == "in"


def test_an_account_knows_no_question_and_no_hint() -> None:
    assert set(AccountRow.model_fields) == {
        "person", "name", "password_hash", "one_time_until", "failures", "locks", "locked_until",
        "changed_at",
    }  # fmt: skip


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=30), st.booleans())
def test_however_strangers_try_a_known_browser_signs_in_and_moves_no_lock(
    tries: list[tuple[bool, int]], proved: bool
) -> None:
    door = Door()
    for right, place in tries:
        door.tried(str(place), proved=right)
    before = door.row
    assert door.tried(f"{BROWSER}own", proved=proved) == ("in" if proved else "wrong")
    assert door.row == before


def test_a_browser_is_known_until_the_password_changes() -> None:
    cookie = new_browser(LIN)
    assert known_browser(_wrong(3).row, cookie).startswith(BROWSER)
    assert known_browser(LIN, cookie) != known_browser(LIN, new_browser(LIN)), "each its own lock"
    changed = with_password(LIN, "new", NOW + timedelta(1))
    assert known_browser(changed, cookie) == known_browser(LIN, None) == ""
    assert browser_cookie("lin") == browser_cookie(" Lin ") != browser_cookie("wu"), "shared by two"


def test_the_first_account_has_the_chosen_name_or_one_nobody_can_guess() -> None:
    entry, account = first_account("Root.Wang", "hash", NOW)
    assert (account.name, account.person) == ("root.wang", entry.key)
    made = {first_account("", "hash", NOW)[1].name for _ in range(20)}
    assert (len(made), "admin" in made) == (20, False)
