"""Finds the matter of a text by its seed words; abstains rather than guesses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shared.contracts.router import DirectoryMatter

Confidence = Literal["high", "medium", "low"]

SURE_MARGIN = 3
"""Characters of matched words by which a matter must lead to count as sure (our choice)."""


@dataclass(frozen=True, slots=True)
class MatterMatch:
    """The matter of a text, None when no seed word occurs or two matters fit equally well.

    `best` and `runner_up` are the codes in front all the same, for the person who decides.
    """

    matter: DirectoryMatter | None
    confidence: Confidence
    hits: tuple[str, ...] = ()
    best: str = ""
    runner_up: str = ""


NO_MATCH = MatterMatch(None, "low")


class Matcher:
    """The seed words of a matter table, indexed by their first two characters."""

    def __init__(self, matters: Iterable[DirectoryMatter]) -> None:
        self._matters = {matter.code: matter for matter in matters}
        self._rank = {code: n for n, code in enumerate(self._matters)}
        self._by_pair: dict[str, list[str]] = {}
        self._short: list[str] = []
        self._codes: dict[str, list[str]] = {}
        for code, matter in self._matters.items():
            for word in matter.seed_words:
                self._add(word.lower(), code)
        self._pairs = _pairs_of(self._by_pair)

    def _add(self, word: str, code: str) -> None:
        codes = self._codes.setdefault(word, [])
        if not codes and len(word) >= 2:
            self._by_pair.setdefault(word[:2], []).append(word)
        elif not codes:
            self._short.append(word)
        codes.append(code)

    def match(self, text: str) -> MatterMatch:
        """Weigh each matter by the lengths of its words that occur in the text."""
        hits = self._hits(text.lower())
        if not hits:
            return NO_MATCH
        scores: dict[str, int] = {}
        for word in hits:
            for code in self._codes[word]:
                scores[code] = scores.get(code, 0) + len(word)
        order = sorted(scores, key=lambda code: (-scores[code], self._rank[code]))
        best, runner_up = order[0], order[1] if len(order) > 1 else ""
        margin = scores[best] - scores.get(runner_up, 0)
        words = tuple(sorted(word for word in hits if best in self._codes[word]))
        if margin == 0:
            return MatterMatch(None, "low", words, best, runner_up)
        sure: Confidence = "high" if margin >= SURE_MARGIN else "medium"
        return MatterMatch(self._matters[best], sure, words, best, runner_up)

    def _hits(self, text: str) -> list[str]:
        pairs = self._by_pair.keys() & set(self._pairs.findall(text))
        hits = [word for pair in pairs for word in self._by_pair[pair] if word in text]
        return hits + [word for word in self._short if word in text]


def _pairs_of(known: Iterable[str]) -> re.Pattern[str]:
    """Match, overlapping, whatever could begin a word; two character classes are fastest."""
    first = re.escape("".join(sorted({pair[0] for pair in known})))
    second = re.escape("".join(sorted({pair[1] for pair in known})))
    return re.compile(f"(?=([{first}][{second}]))" if first else "(?!)")
