"""The unified social credit code of an enterprise."""

from shared.ids import Id, named_id

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def check_character(first: str) -> str:
    """Compute the 18th character from the first 17 (GB 32100-2015 §4.6, weights 3ⁱ mod 31).

    Raises KeyError for a character outside the alphabet.
    """
    total = sum(_VALUES[character] * pow(3, i, 31) for i, character in enumerate(first))
    return ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    """Tell whether a code has 18 characters of the alphabet and the right check character."""
    if len(code) != 18 or not _VALUES.keys() >= set(code):
        return False
    return check_character(code[:17]) == code[17]


def enterprise_id(code: str) -> Id:
    """Make the key of the enterprise with this code, whether it is registered yet or not."""
    return named_id("enterprise", code)
