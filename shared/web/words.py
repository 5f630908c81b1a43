"""Sentences in two languages: Chinese is written in the code, English stands in a .po file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
KEYWORDS = {"_": None, "n_": (1, 1)}
"""The calls from which sentences are extracted, as Babel wants them."""

ENGLISH = Path(__file__).parent / "locale" / "en.po"
SHANGHAI = ZoneInfo("Asia/Shanghai")
_LOCALES = {"zh": "zh_CN", "en": "en"}
DayForm = Literal["day", "short", "full", "heading", "weekday"]
"""9月30日; 30 Sep; with the year; with the weekday; the weekday alone, as a table's head."""

_DAYS: dict[str, dict[DayForm, str]] = {
    "zh": {
        "day": "M月d日",
        "short": "M月d日",
        "full": "y年M月d日",
        "heading": "M月d日 EEE",
        "weekday": "EEEEE",
    },
    "en": {
        "day": "d MMMM",
        "short": "d MMM",
        "full": "d MMMM y",
        "heading": "EEEE d MMMM",
        "weekday": "EEE",
    },
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence still to be said in the reader's language; `count` picks the plural."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Words that come in both languages, as a refusal or a reason does."""

    zh: str
    en: str


Text = str | Sentence | Bilingual
"""Data in its own words, or a sentence of ours."""


def _(text: str, **values: object) -> Sentence:
    """Mark a sentence; numbers and dates among the values are written as the language wants."""
    return Sentence(text, values)


def n_(text: str, num: int, **values: object) -> Sentence:
    """Mark a sentence about `%(num)s` things: English has a second form for many."""
    return Sentence(text, {"num": num, **values}, num)


def load(language: Language, *files: Path) -> "Words":
    """Read the catalogues of one language; the earlier file wins."""
    if language == "zh":
        return Words(language, NullTranslations())
    catalogues = [_compile(file) for file in files if file.exists()]
    for first, second in pairwise(catalogues):
        first.add_fallback(second)
    return Words(language, catalogues[0])


def _compile(file: Path) -> GNUTranslations:
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale="en"))
    compiled.seek(0)
    return GNUTranslations(compiled)


class Words:
    """One language's sentences, dates and numbers. Days are those of Asia/Shanghai."""

    def __init__(self, language: Language, catalogue: NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def gettext(self, text: str, **values: object) -> str:
        """Say a sentence; the result is plain text unless a value is markup."""
        return self._fill(self._catalogue.gettext(text), values)

    def ngettext(self, text: str, num: int, **values: object) -> str:
        """Say a sentence about `%(num)s` things."""
        return self._fill(self._catalogue.ngettext(text, text, num), {"num": num, **values})

    def say(self, sentence: Sentence) -> str:
        """Say a marked sentence."""
        if sentence.count is None:
            return self.gettext(sentence.text, **sentence.values)
        return self.ngettext(sentence.text, sentence.count, **_without_num(sentence.values))

    def show(self, value: object) -> object:
        """Say sentences, leave anything else as it is (what a template prints)."""
        match value:
            case Sentence():
                return self.say(value)
            case Bilingual():
                return value.en if self.language == "en" else value.zh
            case _:
                return value

    def number(self, value: float) -> str:
        """Write a number with its thousands apart."""
        return str(format_decimal(value, locale=_LOCALES[self.language]))

    def day(self, value: date, form: DayForm = "day") -> str:
        """Write a day: 9月30日 / 30 September."""
        local = value.astimezone(SHANGHAI) if isinstance(value, datetime) else value
        pattern = _DAYS[self.language][form]
        return str(format_date(local, pattern, locale=_LOCALES[self.language]))

    def clock(self, value: datetime) -> str:
        """Write the time of day."""
        return f"{value.astimezone(SHANGHAI):%H:%M}"

    def second(self, value: datetime) -> str:
        """Write the time of day to the second."""
        return f"{value.astimezone(SHANGHAI):%H:%M:%S}"

    def moment(self, value: datetime) -> str:
        """Write day and time of something that happened."""
        return f"{self.day(value, 'short')} {self.clock(value)}"

    def deadline(self, value: datetime) -> str:
        """Write day and hour of a limit; midnight is 24:00 of the day that ends."""
        local = value.astimezone(SHANGHAI)
        ends_day = (local.hour, local.minute) == (0, 0)
        day = self.day(local - timedelta(days=1) if ends_day else local, "short")
        gap = "" if self.language == "zh" else " "
        return f"{day}{gap}{'24:00' if ends_day else self.clock(local)}"

    def _fill(self, text: str, values: Mapping[str, object]) -> str:
        if not values:
            return text
        shown = {name: self._write(value) for name, value in values.items()}
        if any(isinstance(value, Markup) for value in shown.values()):
            return Markup(text) % shown  # noqa: S704  a sentence is ours; % escapes its values
        return text % shown

    def _write(self, value: object) -> object:
        match value:
            case Sentence() | Bilingual():
                return self.show(value)
            case bool():
                return value
            case int() | float():
                return self.number(value)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case _:
                return value


def _without_num(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name != "num"}
