"""Sessions: only a live token, signed by a live key of ours, for this console, opens the door."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from starlette.responses import Response

from shared.ids import new_id, to_text
from shared.web.session import (
    Session,
    SessionExpired,
    SessionKeys,
    Signer,
    clear_session,
    issue,
    new_private_key,
    read_private_key,
    set_session,
    verify,
)

NOW = datetime(2022, 9, 19, 1, 40, tzinfo=UTC)
KEY = new_private_key()
KEYS = SessionKeys([KEY.as_pem(private=False)])
SESSION = Session(new_id(NOW), new_id(NOW), NOW - timedelta(hours=1), NOW)
CLAIMS: dict[str, Any] = {
    "aud": "jianyi-console",
    "sub": to_text(SESSION.person),
    "sid": to_text(SESSION.sid),
    "auth_time": int(SESSION.login_at.timestamp()),
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 900,
}


def _signed(claims: dict[str, Any], key: Any = KEY, alg: str = "Ed25519", **header: Any) -> str:
    return jwt.encode({"alg": alg, "kid": KEY.kid} | header, claims, key, algorithms=[alg])


def test_a_session_comes_back_as_it_was_signed() -> None:
    assert verify(issue(SESSION, KEY, NOW), KEYS, NOW) == SESSION
    plain = Session(SESSION.person, SESSION.sid, SESSION.login_at)
    assert verify(issue(plain, KEY, NOW), KEYS, NOW) == plain


def test_a_session_lasts_fifteen_minutes() -> None:
    token = issue(SESSION, KEY, NOW)
    assert verify(token, KEYS, NOW + timedelta(minutes=14, seconds=59)) == SESSION
    with pytest.raises(SessionExpired):
        verify(token, KEYS, NOW + timedelta(minutes=15, seconds=1))


def test_the_signer_knows_its_own_session_though_the_token_ran_out() -> None:
    signer, day = Signer(KEY), timedelta(hours=8)
    token = signer.token(SESSION, NOW)
    assert signer.signed(token, NOW + timedelta(hours=2), day) == SESSION
    assert signer.signed(token, NOW, day).runs_out_at == NOW + timedelta(minutes=15)
    with pytest.raises(SessionExpired):
        signer.signed(token, NOW + timedelta(hours=9), day)
    with pytest.raises(SessionExpired):
        Signer(new_private_key()).signed(token, NOW, day)


def test_a_session_keeps_its_beginning_to_the_microsecond() -> None:
    began = NOW + timedelta(microseconds=123457)
    session = Session(SESSION.person, SESSION.sid, began, began)
    assert verify(issue(session, KEY, NOW), KEYS, NOW) == session


def test_keys_change_without_signing_anyone_out() -> None:
    new = new_private_key()
    both = SessionKeys([KEY.as_pem(private=False), new.as_pem(private=False)])
    assert verify(issue(SESSION, KEY, NOW), both, NOW) == SESSION
    assert verify(issue(SESSION, new, NOW), both, NOW) == SESSION
    with pytest.raises(SessionExpired):
        verify(issue(SESSION, KEY, NOW), SessionKeys([new.as_pem(private=False)]), NOW)


def test_our_own_token_is_the_base_of_the_bad_ones() -> None:
    assert verify(_signed(CLAIMS), KEYS, NOW).person == SESSION.person


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "someone-else"},
        {"aud": None},
        {"exp": None},
        {"exp": "soon"},
        {"sid": None},
        {"sub": "nobody"},
        {"sub": 7},
        {"auth_time": "today"},
        {"auth_time": 10**20},
        {"iat": int(NOW.timestamp()) + 3600},
    ],
)
def test_a_token_that_says_something_else_is_no_session(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in (CLAIMS | change).items() if value is not None}
    with pytest.raises(SessionExpired):
        verify(_signed(claims), KEYS, NOW)


def _by_a_strangers_key() -> str:
    return _signed(CLAIMS, OKPKey.generate_key("Ed25519"))


def _with_its_own_key() -> str:
    stranger = OKPKey.generate_key("Ed25519")
    return _signed(CLAIMS, stranger, jwk=stranger.as_dict(private=False))


def _by_our_public_key_as_a_secret() -> str:
    """Build the classic confusion by hand: the library refuses to sign it."""
    content = ".".join(map(_base64, (b'{"alg":"HS256"}', json.dumps(CLAIMS).encode())))
    mac = hmac.digest(KEY.as_pem(private=False), content.encode(), "sha256")
    return f"{content}.{_base64(mac)}"


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _by_another_algorithm() -> str:
    return _signed(CLAIMS, ECKey.generate_key("P-256"), "ES256")


def _unsigned() -> str:
    return "eyJhbGciOiJub25lIn0." + _signed(CLAIMS).split(".")[1] + "."


def _without_a_key_id() -> str:
    return jwt.encode({"alg": "Ed25519"}, CLAIMS, KEY, algorithms=["Ed25519"])


@pytest.mark.parametrize(
    "forge",
    [
        _by_a_strangers_key,
        _with_its_own_key,
        _by_our_public_key_as_a_secret,
        _by_another_algorithm,
        _unsigned,
        _without_a_key_id,
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_forged_token_is_no_session(forge: Any) -> None:
    with pytest.raises(SessionExpired):
        verify(forge(), KEYS, NOW)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "é.é.é", "x" * 100_000])
def test_rubbish_is_no_session(token: str) -> None:
    with pytest.raises(SessionExpired):
        verify(token, KEYS, NOW)


def test_keys_are_one_or_two_public_ed25519_keys() -> None:
    public = KEY.as_pem(private=False)
    for pems in ([], [public] * 3, [KEY.as_pem(private=True)], [ECKey.generate_key().as_pem()]):
        with pytest.raises(ValueError, match="key"):
            SessionKeys(pems)
    with pytest.raises(ValueError, match="key"):
        read_private_key(public)
    assert read_private_key(KEY.as_pem(private=True)).kid == KEY.kid


def test_the_cookie_is_bound_to_host_and_path() -> None:
    response = Response()
    set_session(response, "token")
    clear_session(response)
    for cookie in response.headers.getlist("set-cookie"):
        assert cookie.startswith("__Host-session=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
