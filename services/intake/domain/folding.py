"""Text as it is compared: one form of each character, with its place in the original."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from string import ascii_uppercase
from typing import NamedTuple

from opencc import OpenCC

from shared.text import INVISIBLE

HIDDEN = "〔保密〕"
_RADICALS = (
    "⺁⺠⻁⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰",
    "厂民虎西见角贝车长长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙",
)
"""Parts of characters that look whole and that NFKC leaves as they are."""
_LOOKALIKES = (
    "асԁеһіјкморԛѕтѵԝхуАВСЕНІЈКМОРЅТХУΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορı",
    "acdehijkmopqstvwxyABCEHIJKMOPSTXYABEZHIKMNOPTYXaivopi",
)
"""Cyrillic and Greek letters that look like Latin ones."""
_SQUARED = (0x1F150, 0x1F170, 0x1F1E6)
"""Where alphabets begin that NFKC leaves as they are: white on black, and of flags."""
_STROKES = re.compile(r"[丨丶丿々〻\u1100-\u11ff\u3040-\u30ff\u3100-\u318f\u31a0-\u31ff]")
"""Letters to Unicode that people put between characters: strokes, kana, Korean and phonetic."""
NUMERALS = "〇零○一幺二三四五六七八九壹贰叁参肆伍陆柒捌玖"
DIGITS = str.maketrans(NUMERALS, "00011234567891233456789")


class Folded(NamedTuple):
    """Folded text, and for each of its characters the place in the original."""

    text: str
    places: Sequence[int]


class Span(NamedTuple):
    """A part of the original, and what is shown in its stead."""

    start: int
    end: int
    instead: str


def span_of(folded: Folded, start: int, end: int, instead: str) -> Span:
    return Span(folded.places[start], folded.places[end - 1] + 1, instead)


def fold(text: str) -> Folded:
    """NFKC without marks and invisible characters, in simplified and Latin letters and digits."""
    return _mapped(Folded(text, range(len(text))), list(map(_fold_character, text)))


def letters_of(folded: Folded) -> Folded:
    """The letters and digits of a folded text, in lower case."""
    return _mapped(folded, list(map(_letter, folded.text)))


def _mapped(before: Folded, parts: Sequence[str]) -> Folded:
    text = "".join(parts)
    if len(text) == len(parts) and "" not in parts:
        return Folded(text, before.places)
    pairs = zip(before.places, parts, strict=True)
    return Folded(text, [place for place, part in pairs for _ in part])


@lru_cache(maxsize=1 << 14)
def _fold_character(character: str) -> str:
    forms = _plain_forms()
    whole = unicodedata.normalize("NFKC", character.translate(forms)).translate(forms)
    parts = unicodedata.normalize("NFKD", INVISIBLE.sub("", whole))
    plain = "".join(one for one in parts if unicodedata.category(one) not in {"Mn", "Me"})
    return plain.translate(forms)


@lru_cache(maxsize=1 << 14)
def _letter(one: str) -> str:
    is_letter = one.isalnum() and unicodedata.category(one) != "Lm" and not _STROKES.match(one)
    return one.lower() if is_letter else ""


@cache
def _plain_forms() -> dict[int, str]:
    """Map traditional to simplified characters, digits to ASCII, letters to their look-alikes."""
    characters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    forms = {ord(one): to for one, to in zip(characters, simplified, strict=True) if one != to}
    forms |= {code: str(digit) for code, digit in _foreign_digits()}
    for looks, whole in (_RADICALS, _LOOKALIKES):
        forms |= {ord(one): to for one, to in zip(looks, whole, strict=True)}
    for first in _SQUARED:
        forms |= {first + n: letter for n, letter in enumerate(ascii_uppercase)}
    return forms


def _foreign_digits() -> Iterator[tuple[int, int]]:
    for code in range(0x80, 0x20000):
        digit = unicodedata.digit(chr(code), None)
        if digit is not None:
            yield code, digit
