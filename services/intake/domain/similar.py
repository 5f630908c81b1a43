"""Titles in like words: how much of the shorter one stands in the longer one."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from shared.ids import Id
from shared.text import fold

SHARE, LEAST = 0.5, 3
"""The part of the shorter title's pairs of characters, and their number, that make two alike."""


def alike(typed: str, titles: Iterable[tuple[Id, str]], limit: int) -> Sequence[Id]:
    """List the keys of the titles most like the one typed, the most alike first."""
    pairs = _pairs(typed)
    found = [(_share(pairs, _pairs(title)), key) for key, title in titles]
    fitting = [one for one in found if one[0] >= SHARE]
    return [key for _share_of, key in sorted(fitting, reverse=True)[:limit]]


def _pairs(text: str) -> frozenset[str]:
    letters = [one for one in fold(text) if one.isalnum()]
    return frozenset(map("".join, pairwise(letters)))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    common = len(one & other)
    return common / min(len(one), len(other)) if common >= LEAST else 0.0
