"""Sentences for people: Chinese in the code is the gettext key, English stands in a catalogue.

The catalogues and the writing of numbers and days are in `shared/web/i18n.py`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints
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


def listed(names: Iterable[Text]) -> Text:
    """Write names one after the other, as the language does."""
    return Sentence("%(names)s", {"names": tuple(names)})


INVISIBLE = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters without width or ink: format characters, fillers, variation selectors."""
_BLANK = re.compile(r"\s+")
_LIKE = re.compile(r"[%_\\]")


def fold(text: str) -> str:
    """Drop the differences of width, case, blanks, line breaks and invisible characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", _BLANK.sub("", INVISIBLE.sub("", plain)))


def folded_words(typed: str) -> list[str]:
    return [word for word in map(fold, typed.split()) if word]


def like(words: Iterable[str]) -> list[str]:
    """Write words as the patterns of `LIKE ALL`: each stands somewhere."""
    return ["%" + _LIKE.sub(r"\\\g<0>", word) + "%" for word in words]


_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls that change the direction in which the text around them is shown (UAX #9)."""

UNKEPT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""Controls but tab and line breaks, and no characters: no XML holds them, PostgreSQL no NUL."""

Flaw = Literal["string_unicode", "string_bidi", "string_invisible"]


def flaw_of(text: str) -> Flaw | None:
    """The flaw of a typed text: an unkept character, a direction control, nothing to see.

    An empty text has no flaw.
    """
    if UNKEPT.search(text):
        return "string_unicode"
    if _BIDI.search(text):
        return "string_bidi"
    return None if not text or is_visible(text) else "string_invisible"


def is_visible(text: str) -> bool:
    """Whether a text has a character that is neither blank nor invisible nor only a mark."""
    return visible_length(text) > 0


def visible_length(text: str) -> int:
    """Count the characters that are neither blank nor invisible nor only a mark."""
    return sum(unicodedata.category(one)[0] not in "CMZ" for one in INVISIBLE.sub("", text))


def _clean(value: str) -> str:
    if flaw := flaw_of(value):
        raise PydanticCustomError(flaw, "not a clean text")
    return value


CleanText = AfterValidator(_clean)
"""The rule of every text people type: see `flaw_of`."""


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "a truth value is not a number")
    return value


Number = Annotated[int, BeforeValidator(_number)]
"""A whole number in a request: `true` is none, although Python counts it as 1."""


def _truth(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise PydanticCustomError("bool_type", "a number is not a truth value")
    return value


Truth = Annotated[bool, BeforeValidator(_truth)]
"""A truth value in a request: no number is one; the words of a form are."""

REASON_CHARS = 4
"""The fewest visible characters of a reason: one that is shorter explains nothing."""


def is_reason(text: str) -> bool:
    """Whether a text is long enough to be somebody's reason."""
    return visible_length(text) >= REASON_CHARS


def _reason(value: str) -> str:
    if not is_reason(value):
        zh = f"理由至少要写{REASON_CHARS}个字。"
        en = f"Enter a reason of at least {REASON_CHARS} characters."
        raise PydanticCustomError("reason_too_short", "too short", {"zh": zh, "en": en})
    return value


_Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), CleanText]
Reason = Annotated[_Line, AfterValidator(_reason)]
"""Why somebody decides something."""
OptionalReason = Annotated[_Line, AfterValidator(lambda value: value and _reason(value))]
"""The same, where it may be left out."""
