"""What a station's signature must cover and how long it lives, and which keys are taken."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from services.intake.domain.station_keys import (
    SignatureRefused,
    SignedRequest,
    StationKey,
    body_hash,
    new_key,
    public_key,
    read_station_keys,
    verify,
)
from shared.directory.snapshot import Directory
from shared.ids import to_text
from shared.web.i18n import english
from tests.support.intake.stations import HEAD, closed, small_directory

NOW = datetime(2022, 7, 5, 1, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEY = OKPKey.generate_key("Ed25519", auto_kid=True)
X = str(KEY.as_dict(private=False)["x"])
KEYS = {str(KEY.kid): StationKey(str(KEY.kid), "XQ01", X)}
BODY = b'{"a": 1}'


def claims(**changes: Any) -> dict[str, Any]:
    good = {"iss": "XQ01", "aud": "intake", "iat": SECONDS, "exp": SECONDS + 300, "htm": "POST"}
    good |= {"htu": "/intake/v1/items", "bh": body_hash(BODY)}
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(
    key: OKPKey = KEY, header: dict[str, Any] | None = None, **changes: Any
) -> SignedRequest:
    head = {"alg": "Ed25519", "kid": KEY.kid} | (header or {})
    token = jwt.encode(head, claims(**changes), key, algorithms=["Ed25519"])
    return SignedRequest(token, "POST", "/intake/v1/items", BODY)


def test_a_good_signature_is_that_of_its_key_whatever_person_the_token_claims() -> None:
    own, heads = KEYS[str(KEY.kid)], replace(KEYS[str(KEY.kid)], person_id=HEAD)
    for claim in (None, to_text(HEAD), "nobody", 7):
        assert verify(signed(sub=claim), KEYS, NOW) == own
        assert verify(signed(sub=claim), {heads.kid: heads}, NOW) == heads


def test_the_older_name_of_the_algorithm_is_read_too() -> None:
    with pytest.warns(UserWarning, match="EdDSA"):
        token = jwt.encode({"alg": "EdDSA", "kid": KEY.kid}, claims(), KEY, algorithms=["EdDSA"])
    assert verify(replace(signed(), token=token), KEYS, NOW).station_code == "XQ01"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "NC01"}, {"aud": "router"}, {"htm": "GET"}, {"htu": "/intake/v1/activities"},
        {"bh": body_hash(b"{}")}, {"bh": None}, {"iat": None}, {"exp": None},
        {"iat": "1656982800"}, {"exp": 1e12}, {"exp": SECONDS + 301},
        {"iat": SECONDS + 301, "exp": SECONDS + 400}, {"iat": SECONDS - 300, "exp": SECONDS},
        {"nbf": SECONDS + 301}, {"nbf": str(SECONDS)}, {"iat": True, "exp": True},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_for_anything_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SignatureRefused):
        verify(signed(**changes), KEYS, NOW)


def test_a_station_clock_may_be_five_minutes_off() -> None:
    for off in (300, -299):
        verify(signed(iat=SECONDS + off, nbf=SECONDS + off, exp=SECONDS + off + 300), KEYS, NOW)


def test_another_key_is_refused() -> None:
    other = OKPKey.generate_key("Ed25519")
    with pytest.raises(SignatureRefused):
        verify(signed(other), KEYS, NOW)


@pytest.mark.parametrize("header", [{"kid": "unknown"}, {"kid": ["x"]}, {"crit": ["b64"]}, {}])
def test_a_strange_header_is_refused(header: dict[str, Any]) -> None:
    parts = [{"alg": "Ed25519"} | header, claims()]
    text = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    proof = urlsafe_b64encode(KEY.private_key.sign(text)).rstrip(b"=")  # type: ignore[union-attr]
    with pytest.raises(SignatureRefused):
        verify(replace(signed(), token=(text + b"." + proof).decode()), KEYS, NOW)


def test_a_shared_secret_made_of_the_public_key_is_refused() -> None:
    secret = OctKey.import_key(X.encode().ljust(64, b"="))
    token = jwt.encode({"alg": "HS256", "kid": KEY.kid}, claims(), secret)
    with pytest.raises(SignatureRefused):
        verify(replace(signed(), token=token), KEYS, NOW)


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "e30.e30.e30", "é"]
)
def test_garbage_is_refused(token: str) -> None:
    with pytest.raises(SignatureRefused):
        verify(replace(signed(), token=token), KEYS, NOW)


@pytest.mark.parametrize("x", ["", "AAAA", "!" * 43, "A" * 60])
def test_what_is_no_public_key_is_not_taken(x: str) -> None:
    with pytest.raises(ValueError, match="not an Ed25519"):
        public_key(x)


def test_no_command_takes_a_new_keys_id_for_an_option() -> None:
    assert not any(new_key("XQ01")[0].kid.startswith("-") for _ in range(500))


COLUMNS = "station_code,kid,x\n"
NO_KEY = "not an Ed25519 public key, or the key ID is missing"
SMALL, TODAY = small_directory(), date(2022, 7, 5)


def verdicts(text: str, directory: Directory = SMALL) -> list[str]:
    """Give the reason of each line, "taken" for none, in the order of the file."""
    report = read_station_keys(text, directory, TODAY)
    found = {line: "taken" for line, _ in report.taken}
    found |= {line: english("intake").say(error.message) for line, error in report.errors}
    return [found[line] for line in sorted(found)]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (f"XQ01,k1,{X}", "taken"),
        (f"XX99,k2,{X}", "the station is not in the directory"),
        ("XQ01,k3,nonsense", NO_KEY),
        (f"XQ01,,{X}", NO_KEY),
        ("XQ01,k4", NO_KEY),
        (f"XQ01,k\u200b1,{X}", NO_KEY),
        (f"XQ01,k1,{X},more", "the row has more cells than the header"),
    ],
    ids=["good", "unknown", "nonsense", "no-id", "no-key", "invisible", "more"],
)
def test_each_line_is_taken_or_told_why_not(line: str, verdict: str) -> None:
    assert verdicts(f"{COLUMNS}XQ01,k0,{X}\n{line}\n") == ["taken", verdict]


def test_a_file_that_is_no_table_of_keys_is_told_so() -> None:
    assert verdicts("a,b\n1,2\n") == ["the header row must contain station_code,kid,x"]
    assert verdicts(f"{COLUMNS}XQ01,{'k' * 140_000},x\n") == ["unreadable from here on"]


@pytest.mark.parametrize(
    ("last_day", "verdict"), [(TODAY - timedelta(1), "the station is closed"), (TODAY, "taken")]
)
def test_a_closed_station_gets_no_key(last_day: date, verdict: str) -> None:
    assert verdicts(f"{COLUMNS}XQ01,k1,{X}\n", closed(valid_to=last_day)) == [verdict]
