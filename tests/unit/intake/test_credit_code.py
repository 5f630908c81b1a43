"""The check character of GB 32100-2015."""

import pytest

from services.intake.domain.enterprises import ALPHABET, is_credit_code
from tests.support.intake.stations import CREDIT_CODE

KNOWN = ("91330100799655058B", "914403001922038216", "9144030071526726XG", CREDIT_CODE)


@pytest.mark.parametrize("code", KNOWN)
def test_known_codes_are_right(code: str) -> None:
    assert is_credit_code(code)


@pytest.mark.parametrize("code", KNOWN)
def test_every_other_check_character_is_wrong(code: str) -> None:
    wrong = [code[:17] + last for last in ALPHABET if last != code[17]]
    assert not any(is_credit_code(other) for other in wrong)


@pytest.mark.parametrize(
    "code", ["", CREDIT_CODE[:17], CREDIT_CODE + "0", CREDIT_CODE.lower(), "I" * 18, "９" * 18]
)
def test_other_forms_are_wrong(code: str) -> None:
    assert not is_credit_code(code)
