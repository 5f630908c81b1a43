"""The form in which texts and what is typed into the search box are compared."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from services.tracker.domain.mirrors import TextRow
from shared.directory.snapshot import Directory
from shared.directory.succession import label_with_place
from shared.ids import Id
from shared.text import fold, folded_words

_NUMBER = re.compile(r"\d[\d-]*")


def words_of(texts: TextRow) -> Sequence[str]:
    """The searched parts: the item's own and those of the items merged into it."""
    members = [(one.title, one.body, *one.supplements) for one in texts.members]
    return [texts.title, texts.body, *texts.supplements, *chain.from_iterable(members)]


def folded_text(texts: TextRow) -> str:
    """Fold what is searched, one part a line; empty once the texts are erased.

    No typed word holds a line break, so none reaches from one part into the next.
    """
    return "\n".join(filter(None, map(fold, words_of(texts))))


@dataclass(frozen=True, slots=True)
class Query:
    """A case is found by its text, which holds all `words`, or by its number, a unit or a place.

    `number` is empty if what was typed is none.
    """

    words: Sequence[str]
    number: str = ""
    units: Sequence[Id] = ()
    divisions: Sequence[str] = ()


def query_of(typed: str, directory: Directory) -> Query:
    """Read what was typed; a unit or a place is meant where one of its names holds all words."""
    words = folded_words(typed)
    number = words[0] if len(words) == 1 and _NUMBER.fullmatch(words[0]) else ""
    units = [
        key
        for key, one in directory.units().items()
        if _holds((one.name, one.short_name, label_with_place(directory, one)), words)
    ]
    meant = [one.division_code for one in directory.divisions() if _holds((one.name,), words)]
    divisions = {below for code in meant for below in directory.below(code)}
    return Query(words, number, units, sorted(divisions))


_fold_name = lru_cache(maxsize=50_000)(fold)


def _holds(names: Iterable[str], words: Sequence[str]) -> bool:
    return any(all(word in name for word in words) for name in map(_fold_name, names))
