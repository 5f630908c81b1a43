"""The deadline light: colour, shape and word agree."""

from typing import Any

import pytest

from shared.web.i18n import ENGLISH, load
from shared.web.labels import light


@pytest.mark.parametrize(
    ("days", "more", "kind", "words"),
    [
        (9, {}, "ok", "剩9个工作日"),
        (6, {}, "ok", "剩6个工作日"),
        (5, {}, "soon", "剩5个工作日"),
        (1, {}, "soon", "剩1个工作日"),
        (0, {}, "soon", "今日到期"),
        (-1, {}, "late", "超期1个工作日"),
        (3, {"working": False}, "soon", "剩3天"),
        (-2, {"working": False}, "late", "超期2天"),
        (7, {"soon": 10}, "soon", "剩7个工作日"),
    ],
)
def test_a_light_says_how_long(days: int, more: dict[str, Any], kind: str, words: str) -> None:
    one = light(days, **more)
    assert (one.kind, load("zh", ENGLISH).say(one.words)) == (kind, words)
