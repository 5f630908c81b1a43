"""Sessions: only a live token, signed by a live key of ours, for this console, opens the door."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from pydantic import ValidationError
from starlette.responses import Response

from shared.contracts.router import DirectorySessionKey
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
    plain = Session(SESSION.person, SESSION.sid, SESSION.login_at)
    began = NOW + timedelta(microseconds=123457)
    local = replace(plain, by_password=True)
    for session in (SESSION, plain, local, Session(SESSION.person, SESSION.sid, began, began)):
        assert verify(issue(session, KEY, NOW), KEYS, NOW) == session
    assert verify(_signed(CLAIMS), KEYS, NOW).person == SESSION.person, "the bad ones' base"


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


def test_keys_change_without_signing_anyone_out() -> None:
    new = new_private_key()
    both = SessionKeys([KEY.as_pem(private=False), new.as_pem(private=False)])
    assert verify(issue(SESSION, KEY, NOW), both, NOW) == SESSION
    assert verify(issue(SESSION, new, NOW), both, NOW) == SESSION
    with pytest.raises(SessionExpired):
        verify(issue(SESSION, KEY, NOW), SessionKeys([new.as_pem(private=False)]), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "someone-else"}, {"aud": None}, {"exp": None}, {"exp": "soon"}, {"sid": None},
        {"sub": "nobody"}, {"sub": 7}, {"auth_time": "today"}, {"auth_time": 10**20},
        {"iat": int(NOW.timestamp()) + 3600},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_that_says_something_else_is_no_session(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in (CLAIMS | change).items() if value is not None}
    with pytest.raises(SessionExpired):
        verify(_signed(claims), KEYS, NOW)


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _by_our_public_key_as_a_secret() -> str:
    """Build the classic confusion by hand: the library refuses to sign it."""
    content = ".".join(map(_base64, (b'{"alg":"HS256"}', json.dumps(CLAIMS).encode())))
    mac = hmac.digest(KEY.as_pem(private=False), content.encode(), "sha256")
    return f"{content}.{_base64(mac)}"


STRANGER = OKPKey.generate_key("Ed25519")
FORGED: dict[str, Callable[[], str]] = {
    "by a stranger's key": lambda: _signed(CLAIMS, STRANGER),
    "with its own key": lambda: _signed(CLAIMS, STRANGER, jwk=STRANGER.as_dict(private=False)),
    "by our public key as a secret": _by_our_public_key_as_a_secret,
    "by another algorithm": lambda: _signed(CLAIMS, ECKey.generate_key("P-256"), "ES256"),
    "unsigned": lambda: f"eyJhbGciOiJub25lIn0.{_signed(CLAIMS).split('.')[1]}.",
    "without a key id": lambda: jwt.encode({"alg": "Ed25519"}, CLAIMS, KEY, ["Ed25519"]),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_forged_token_is_no_session(forge: Callable[[], str]) -> None:
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


def session_key(kid: str) -> DirectorySessionKey:
    return DirectorySessionKey(
        occurred_at=NOW, division_code="000000", actor="router", kid=kid, public_pem="pem"
    )


def test_a_key_is_told_whatever_letter_of_base64url_its_thumbprint_begins_with() -> None:
    for first in "-_a7":
        assert session_key(f"{first}h0Xz_Ab-9").kid == f"{first}h0Xz_Ab-9"
    for no_thumbprint in ("", "a b", "a+b", "a" * 65):
        with pytest.raises(ValidationError):
            session_key(no_thumbprint)
