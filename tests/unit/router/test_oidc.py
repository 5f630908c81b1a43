"""When a person authenticated at the provider: believed only where it can be true."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.identity.domain.sessions import NEVER, SKEW, proved_at
from shared.web.session import PROOF_LASTS

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "claim", [None, 0, -1, "", "1795597200", True, False, 10**20, [], float("nan"), float("inf")]
)
def test_a_missing_or_impossible_time_is_never_fresh(claim: object) -> None:
    assert proved_at(claim, NOW) == NEVER


@given(st.integers(-(10**9), 10**9))
def test_only_a_time_within_the_window_is_fresh(seconds: int) -> None:
    found = proved_at(NOW.timestamp() + seconds, NOW)
    assert found <= NOW
    fresh = -PROOF_LASTS < timedelta(seconds=seconds) <= SKEW
    assert (found + PROOF_LASTS > NOW) is fresh
