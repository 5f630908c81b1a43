"""What of an item's words leaves intake: no phone number, and of a confidential item no name."""

import re
from collections.abc import Iterable, Iterator, Sequence

from shared.observability.masking import masked

HIDDEN = "〔保密〕"
SHORTEST_FIRM, SHORTEST_NAME = 3, 2
"""What is shorter would be found in words that mean something else."""

_LEGAL_FORM = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|集团|公司|个人独资企业|工厂|厂|商行|经营部|商店|店)$"
)
_ASIDE = re.compile(r"[（(][^）)]*[）)]")


def firm_names(name: str, places: Iterable[str]) -> Iterator[str]:
    """List how people may write a firm: whole, without its legal form, without its places."""
    yield name
    short = _LEGAL_FORM.sub("", _ASIDE.sub("", name))
    yield short
    fronts = sorted({front for place in places for front in (place, place[:-1])}, key=len)
    while front := next((it for it in reversed(fronts) if it and short.startswith(it)), ""):
        short = short.removeprefix(front)
        yield short


def redact(words: str, names: Sequence[str]) -> str:
    """Say words without these names, and without any phone or identity number."""
    if names:
        longest_first = sorted(names, key=len, reverse=True)
        pattern = "|".join(re.escape(name) for name in longest_first)
        words = re.sub(pattern, HIDDEN, words, flags=re.IGNORECASE)
    return masked(words)
