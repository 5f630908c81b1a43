"""The second factor: a code is good for its half minute and once, a recovery code once."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.identity.domain.accounts import (
    LockRule,
    SourceLock,
    new_account,
    with_password,
)
from services.router.identity.domain.totp import (
    MFA_TICKET_LASTS,
    RECOVERY_CODES,
    TotpRow,
    activate,
    is_mfa_ticket,
    mfa_ticket,
    new_secret,
    provisioning_uri,
    use_code,
)
from shared.ids import new_id

NOW = datetime(2022, 9, 19, 1, 40, 10, tzinfo=UTC)
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ROW = TotpRow(person=new_id(NOW), sealed="sealed")
STEP = timedelta(seconds=30)


def _code(at: datetime) -> str:
    return pyotp.TOTP(SECRET).at(at)


def test_the_codes_are_those_of_the_rfc() -> None:
    """RFC 6238, appendix B, the last six digits of its SHA-1 row."""
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert use_code(ROW, SECRET, code, at) is not None


@pytest.mark.parametrize("off", range(-2, 3))
def test_a_clock_may_be_half_a_minute_off(off: int) -> None:
    good = abs(off) <= 1
    assert (use_code(ROW, SECRET, _code(NOW + off * STEP), NOW) is not None) is good


def test_a_code_is_good_once_and_none_older_after_it() -> None:
    used = use_code(ROW, SECRET, _code(NOW), NOW)
    assert used is not None
    assert use_code(used, SECRET, _code(NOW), NOW + STEP) is None
    assert use_code(used, SECRET, _code(NOW - STEP), NOW) is None
    assert use_code(used, SECRET, _code(NOW + STEP), NOW + STEP) is not None


@given(st.lists(st.integers(-3, 3), max_size=30))
def test_no_step_counts_twice_whatever_comes(offs: list[int]) -> None:
    row = ROW
    for n, off in enumerate(offs):
        now = NOW + n * STEP
        code = _code(now + off * STEP)
        after = use_code(row, SECRET, code, now)
        if after is not None:
            assert after.last_step > row.last_step
            row = after


def test_people_write_codes_in_their_own_ways() -> None:
    code = _code(NOW)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    for typed in (f" {code[:3]} {code[3:]} ", wide):
        assert use_code(ROW, SECRET, typed, NOW) is not None


@given(st.text(max_size=40))
def test_nothing_that_is_typed_is_a_bug(typed: str) -> None:
    used = use_code(ROW, SECRET, typed, NOW)
    assert used is None or used.last_step > 0


def test_each_recovery_code_takes_the_place_of_one_code() -> None:
    row, codes = activate(ROW, NOW)
    assert len(set(codes)) == RECOVERY_CODES
    assert not set(codes) & set(row.recovery), "they are kept as hashes"
    assert {len(code.replace("-", "")) for code in codes} == {24}, "of more than 112 bits"
    assert codes[0] not in repr(row)
    after = use_code(row, None, f" {codes[3].upper().replace('-', ' ')} ", NOW)
    assert after is not None, "also when the secret's seal does not open any more"
    assert len(after.recovery) == RECOVERY_CODES - 1
    assert use_code(after, SECRET, codes[3], NOW) is None
    assert use_code(after, SECRET, codes[4], NOW) is not None


def test_the_qr_code_says_whose_it_is() -> None:
    query = parse_qs(urlsplit(provisioning_uri(SECRET, "lin")).query)
    assert query == {"secret": [SECRET], "issuer": ["建议闭环"]}
    assert len(new_secret()) == 32


def test_half_a_sign_in_lasts_five_minutes_and_not_beyond_a_change() -> None:
    row = with_password(new_account(ROW.person, "lin", "hash", NOW), "own", NOW)
    ticket = mfa_ticket(row, NOW)
    assert is_mfa_ticket(ticket, row, NOW + MFA_TICKET_LASTS - STEP)
    assert not is_mfa_ticket(ticket, row, NOW + MFA_TICKET_LASTS)
    assert not is_mfa_ticket(ticket, with_password(row, "new", NOW + STEP), NOW + STEP)
    assert not is_mfa_ticket("", row, NOW)
    assert not is_mfa_ticket(SECRET, row, NOW)


def test_the_right_password_alone_forgives_no_failure() -> None:
    rule, source = LockRule(3, 20, timedelta(minutes=15)), SourceLock(person=ROW.person, source="a")
    row = with_password(new_account(ROW.person, "lin", "hash", NOW), "own", NOW)
    results = []
    for _ in range(3):
        row, source, asked = rule.judge(row, source, NOW, proved=True, code=False)
        row, source, wrong = rule.judge(row, source, NOW, proved=False)
        results.append((asked, wrong))
    assert results == [("code", "wrong")] * 3
    assert rule.judge(row, source, NOW, proved=True, code=False)[2] == "locked"
