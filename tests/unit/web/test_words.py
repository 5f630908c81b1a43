"""Sentences: every one has its English, and both languages write numbers and days their way."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from markupsafe import Markup

from shared.contracts.topics import OWNERS
from shared.text import _, n_
from shared.web.i18n import ENGLISH, KEYWORDS, TODAY, load

ROOT = Path(__file__).parents[3]
READERS = {".html": "jinja2.ext:babel_extract", ".py": "python"}
CATALOGUES = sorted(ROOT.glob("services/**/locale/en.po"))
ZH, EN = load("zh", ENGLISH), load("en", ENGLISH)
GALLERY = ROOT / "tests/unit/web/gallery"


def sentences(*folders: Path) -> set[str]:
    """Extract the Chinese sentences of templates and of the Python that fills them."""
    found = [
        message
        for suffix, reader in READERS.items()
        for folder in folders
        for file in folder.rglob(f"*{suffix}")
        for _, message, _, _ in extract_from_file(
            reader, str(file), KEYWORDS, options={"silent": "false"}
        )
    ]
    return {one[0] if isinstance(one, tuple) else one for one in found}


def _translated(*files: Path) -> set[str]:
    """Find the sentences whose English, in every form, is written."""
    done = set()
    for file in files:
        with file.open("rb") as source:
            for message in read_po(source, locale="en"):
                text = message.id[0] if isinstance(message.id, tuple) else message.id
                forms = message.string if isinstance(message.string, tuple) else (message.string,)
                if text and all(forms):
                    done.add(str(text))
    return done


@pytest.mark.parametrize("service", OWNERS)
def test_every_sentence_of_a_service_has_its_english_there_or_in_the_frames(service: str) -> None:
    home = ROOT / "services" / service
    said = sentences(home)
    assert len(said) > 20
    own = _translated(*home.rglob("locale/en.po"))
    assert said - own - _translated(ENGLISH) == set()
    assert own - said == set(), "English without its sentence"


def test_every_sentence_of_the_frame_has_its_english() -> None:
    said = sentences(ROOT / "shared")
    assert "未答复" in said
    assert "剩%(num)s个工作日" in said
    assert said - _translated(ENGLISH) == set()
    assert sentences(GALLERY) - _translated(ENGLISH, GALLERY / "locale/en.po") == set()


def test_a_service_never_gives_a_shared_sentence_another_english() -> None:
    shared = _translated(ENGLISH)
    for file in CATALOGUES:
        assert _translated(file) & shared == set(), file


@pytest.mark.parametrize("file", [ENGLISH, *CATALOGUES], ids=str)
def test_english_takes_no_value_that_its_chinese_does_not_name(file: Path) -> None:
    with file.open("rb") as source:
        for message in read_po(source, locale="en"):
            assert _values(message.string) <= _values(message.id), message.id


def _values(forms: object) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", str(forms)))


@pytest.mark.parametrize(
    ("num", "chinese", "english"),
    [
        (1, "剩1个工作日", "1 working day left"),
        (2, "剩2个工作日", "2 working days left"),
        (1200, "剩1,200个工作日", "1,200 working days left"),
    ],
)
def test_a_count_takes_the_form_its_language_wants(num: int, chinese: str, english: str) -> None:
    sentence = n_("剩%(num)s个工作日", num)
    assert (ZH.say(sentence), EN.say(sentence)) == (chinese, english)


def test_values_are_written_in_the_readers_language() -> None:
    sentence = _("刚才%(person)s已办理：%(act)s。请看最新情况", person="林晓岚", act=_("签收"))
    assert ZH.say(sentence) == "刚才林晓岚已办理：签收。请看最新情况"
    assert (
        EN.say(sentence) == "林晓岚 has just completed “Acknowledge”. Please check the latest state"
    )


def test_a_sentence_with_markup_escapes_its_other_values() -> None:
    said = ZH.gettext("%(a)s%(b)s", a=Markup("<b>甲</b>"), b="<i>")
    assert said == Markup("<b>甲</b>&lt;i&gt;")
    assert ZH.gettext("%(b)s", b="<i>") == "<i>"
    assert not isinstance(ZH.gettext("%(b)s", b="<i>"), Markup)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    token = TODAY.set(date(2022, 9, 1))
    yield
    TODAY.reset(token)


def test_a_day_of_another_year_is_written_with_its_year() -> None:
    promise = date(2031, 5, 1)
    assert ZH.day(promise) == ZH.day(promise, "short") == "2031年5月1日"
    assert EN.day(promise) == "1 May 2031"
    new_year = datetime(2022, 12, 31, 16, tzinfo=UTC)
    assert (ZH.moment(new_year), EN.moment(new_year)) == ("2023年1月1日 00:00", "1 Jan 2023 00:00")
    assert (ZH.deadline(new_year), EN.deadline(new_year)) == ("12月31日24:00", "31 Dec 24:00")
    assert "承诺：2031年5月1日前兑现" in ZH.say(_("承诺：%(day)s前兑现", day=promise))
    TODAY.set(date(2031, 1, 1))
    assert (ZH.day(promise), ZH.day(new_year)) == ("5月1日", "2023年1月1日")


def test_days_are_those_of_shanghai() -> None:
    late_in_london = datetime(2022, 9, 18, 16, 30, tzinfo=UTC)
    assert ZH.day(late_in_london, "heading") == "9月19日 周一"
    assert EN.day(late_in_london, "heading") == "Monday 19 September"
    assert ZH.moment(late_in_london) == "9月19日 00:30"
    assert EN.moment(late_in_london) == "19 Sep 00:30"
    assert ZH.day(date(2022, 9, 30), "full") == "2022年9月30日"
    assert EN.day(date(2022, 9, 30)) == "30 September"
    assert ZH.day(date(2022, 9, 30), "weekday") == "五"


def test_a_limit_at_midnight_is_the_end_of_the_day_before() -> None:
    midnight = datetime(2022, 9, 30, 16, tzinfo=UTC)
    assert ZH.deadline(midnight) == "9月30日24:00"
    assert EN.deadline(midnight) == "30 Sep 24:00"
    assert ZH.deadline(datetime(2022, 9, 30, 4, tzinfo=UTC)) == "9月30日12:00"
