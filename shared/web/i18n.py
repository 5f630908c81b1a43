"""Translation of sentences (shared/text.py), and how each language writes numbers and days."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import cache
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

from shared.text import Bilingual, Sentence

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
KEYWORDS = {"_": None, "n_": (1, 1), "gettext": None}
"""The calls from which sentences are extracted, as Babel wants them."""

ENGLISH = Path(__file__).parent / "locale" / "en.po"
_SERVICES = Path(__file__).parents[2] / "services"
SHANGHAI = ZoneInfo("Asia/Shanghai")
_LOCALES = {"zh": "zh_CN", "en": "en"}
DayForm = Literal["day", "short", "full", "heading", "weekday"]
"""9月30日; 30 Sep; with the year; with the weekday; the weekday alone, as a table's head.

A day of another year than `TODAY` always has its year, `heading` and `weekday` apart.
"""
TODAY: ContextVar[date] = ContextVar("TODAY")
"""The day on which a request is answered; without one, a day is written with its year."""

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
_OTHER_YEARS: dict[str, dict[DayForm, str]] = {
    "zh": {"day": "y年M月d日", "short": "y年M月d日"},
    "en": {"day": "d MMMM y", "short": "d MMM y"},
}


def load(language: Language, *files: Path) -> "Translator":
    """Read the catalogues of one language; the earlier file wins."""
    if language == "zh":
        return Translator(language, NullTranslations())
    catalogues = [GNUTranslations(BytesIO(_compile(file))) for file in files if file.exists()]
    for first, second in pairwise(catalogues):
        first.add_fallback(second)
    return Translator(language, catalogues[0])


@cache
def english(service: str) -> "Translator":
    return load("en", ENGLISH, *sorted((_SERVICES / service).rglob("locale/en.po")))


def in_both(sentence: Sentence, words: "Translator") -> str:
    """Write a sentence for a command line: Chinese, then English."""
    return f"{CHINESE.say(sentence)} / {words.say(sentence)}"


@cache
def _compile(file: Path) -> bytes:
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale="en"))
    return compiled.getvalue()


class Translator:
    """One language's sentences, dates and numbers. Days are those of Asia/Shanghai."""

    def __init__(self, language: Language, catalogue: NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def gettext(self, text: str, **values: object) -> str:
        """Translate a sentence; the result is plain text unless a value is markup."""
        return self._fill(self._catalogue.gettext(text), values)

    def ngettext(self, text: str, num: int, **values: object) -> str:
        """Translate a sentence with the plural form for `num`, available as `%(num)s`."""
        return self._fill(self._catalogue.ngettext(text, text, num), {"num": num, **values})

    def template(self, text: str) -> str:
        """Translate a sentence without its values, in the plural where it has one."""
        one = self._catalogue.gettext(text)
        return self._catalogue.ngettext(text, text, 2) if one == text else one

    def say(self, sentence: Sentence) -> str:
        """Translate a marked sentence, with its plural form if it has a count."""
        if sentence.count is None:
            return self.gettext(sentence.text, **sentence.values)
        return self.ngettext(sentence.text, sentence.count, **_without_num(sentence.values))

    def show(self, value: object) -> object:
        """Translate sentences and leave anything else as it is; applied to all template output."""
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
        """Write a day: 9月30日 / 30 September; of another year than today's, with the year."""
        local = value.astimezone(SHANGHAI) if isinstance(value, datetime) else value
        today, pattern = TODAY.get(None), _DAYS[self.language][form]
        if today is None or local.year != today.year:
            pattern = _OTHER_YEARS[self.language].get(form, pattern)
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
            case int() | float() if not isinstance(value, bool):
                return self.number(value)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case tuple():
                return ("、" if self.language == "zh" else ", ").join(
                    str(self._write(one)) for one in value
                )
            case _:
                return value


CHINESE = load("zh")


def _without_num(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name != "num"}
