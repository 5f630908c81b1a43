"""Sentences for people: Chinese in the code is the gettext key, English stands in a catalogue.

The catalogues and the writing of numbers and days are in `shared/web/i18n.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence to be translated for its reader; `count` picks the plural.

    `str` is the Chinese text, for logs.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    count: int | None = None

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Data that comes in both languages: a city's names, the reason of a routing decision."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh


Text = str | Sentence | Bilingual
"""Data in its own words, or a sentence of ours."""


def _(text: str, **values: object) -> Sentence:
    """Mark a sentence; numbers and dates among the values are written as the language wants."""
    return Sentence(text, values)


def n_(text: str, num: int, **values: object) -> Sentence:
    """Mark a sentence about `%(num)s` things: English has a second form for many."""
    return Sentence(text, {"num": num, **values}, num)


def _readable(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("string_unicode", "NUL in text")
    return value


CleanText = AfterValidator(_readable)
"""Refuses a text with a NUL, which PostgreSQL cannot keep."""
