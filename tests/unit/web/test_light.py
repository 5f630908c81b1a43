"""The deadline light: colour, shape and word agree."""

import pytest

from shared.web.i18n import ENGLISH, load
from shared.web.labels import light


@pytest.mark.parametrize(
    ("days", "kind", "words"),
    [
        (9, "ok", "剩9个工作日"),
        (6, "ok", "剩6个工作日"),
        (5, "soon", "剩5个工作日"),
        (1, "soon", "剩1个工作日"),
        (0, "soon", "今日到期"),
        (-1, "late", "超期1个工作日"),
    ],
)
def test_a_light_says_how_long(days: int, kind: str, words: str) -> None:
    one = light(days)
    assert (one.kind, load("zh", ENGLISH).say(one.words)) == (kind, words)


def test_a_clock_of_calendar_days_never_says_working_days() -> None:
    zh = load("zh", ENGLISH)
    assert zh.say(light(3, working=False).words) == "剩3天"
    assert zh.say(light(-2, working=False).words) == "超期2天"


def test_the_threshold_is_a_setting() -> None:
    assert light(7, soon=10).kind == "soon"
