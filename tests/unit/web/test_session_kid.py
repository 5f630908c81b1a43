"""The id of a session key is whatever its thumbprint is."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from shared.contracts.router import DirectorySessionKey

NOW = datetime(2022, 9, 30, tzinfo=UTC)


def key(kid: str) -> DirectorySessionKey:
    return DirectorySessionKey(
        occurred_at=NOW, division_code="000000", actor="router", kid=kid, public_pem="pem"
    )


@pytest.mark.parametrize("first", ["-", "_", "a", "7"])
def test_a_key_whose_id_begins_with_any_letter_of_base64url_can_be_told(first: str) -> None:
    assert key(f"{first}h0Xz_Ab-9").kid == f"{first}h0Xz_Ab-9"


@pytest.mark.parametrize("kid", ["", "a b", "a+b", "a" * 65])
def test_what_no_thumbprint_can_be_is_refused(kid: str) -> None:
    with pytest.raises(ValidationError):
        key(kid)
