"""The bench speaks as a station app does, and reads what the bare scripts print."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from services.intake.domain.station_keys import SignatureRefused, SignedRequest, new_key, verify
from tests.bench import denominators
from tests.bench.client import Signer, percentile
from tests.support.system import System

URL, PATH, BODY = "http://127.0.0.1:8000", "/intake/v1/items", b'{"title": "x"}'
DSN = "postgresql://administrator:word@nowhere/none"


def test_a_request_of_the_bench_is_signed_as_intake_wants_it() -> None:
    key, jwk = new_key("XQ01")
    private = OKPKey.import_key(dict(jwk)).private_key
    assert isinstance(private, Ed25519PrivateKey)
    head, _, body = Signer("XQ01", key.kid, private).request(URL, PATH, BODY).partition(b"\r\n\r\n")
    token = head.split(b"Authorization: Bearer ")[1].split(b"\r\n")[0].decode()
    now = datetime.now(UTC)
    request = SignedRequest(token, "POST", PATH, body)
    assert verify(request, {key.kid: key}, now).station_code == "XQ01"
    with pytest.raises(SignatureRefused):
        verify(SignedRequest(token, "POST", PATH, body + b" "), {key.kid: key}, now)


def test_the_99th_percentile_lies_below_one_value_in_a_hundred() -> None:
    assert percentile(range(100), 0.99) == 99
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


LIMITS = """\
aiokafka consume getmany(2000)                      359,000 /s   (2000 in 1.00 s)
asyncpg INSERT unnest, 1000 rows a transaction       80,123 /s   (2000 in 1.00 s)
asyncpg INSERT, one a transaction, 1 connection         700 /s   (2000 in 1.00 s)
"""


@pytest.mark.parametrize(
    ("measure", "printed", "figure"),
    [
        ("pipe", "straight pipe, 3 hops: 12,345 suggestions/s (20000 in 1.62 s)", 12_345),
        ("hops", "two bare hops: p50 1.3 ms, p99 9.1 ms (2000 one at a time)", 9.1),
        ("limits", LIMITS, {"getmany": 359_000, "insert": 80_123}),
    ],
    ids=["pipe", "hops", "limits"],
)
def test_the_figure_of_a_bare_script_is_found_in_its_words(
    measure: str, printed: str, figure: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{measure}.py").write_text(f"print({printed!r})")
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    found = getattr(denominators, measure)(100, System(DSN, "bootstrap", tmp_path))
    assert found == figure


def test_without_the_bare_scripts_the_bench_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BENCH_DIR", raising=False)
    with pytest.raises(SystemExit, match="BENCH_DIR"):
        denominators.pipe(100, System(DSN, "bootstrap", tmp_path))
