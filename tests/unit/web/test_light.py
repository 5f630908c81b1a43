"""The deadline light: colour, shape and word agree."""

from datetime import date

import pytest

from shared.calendar import Calendar
from shared.web.i18n import ENGLISH, load
from shared.web.labels import light

WORKING = Calendar({})


@pytest.mark.parametrize(
    ("today", "due", "calendar", "kind", "words", "english"),
    [
        ("09-19", "09-30", WORKING, "ok", "剩9个工作日", "9 working days left"),
        ("09-23", "09-30", WORKING, "soon", "剩5个工作日", "5 working days left"),
        ("09-29", "09-30", WORKING, "soon", "剩1个工作日", "1 working day left"),
        ("08-19", "08-20", WORKING, "soon", "剩1天", "1 day left"),
        ("08-20", "08-20", WORKING, "soon", "今日到期", "Due today"),
        ("09-30", "09-30", WORKING, "soon", "今日到期", "Due today"),
        ("10-01", "09-30", WORKING, "late", "已超期", "Overdue"),
        ("10-08", "09-30", WORKING, "late", "超期1个工作日", "1 working day overdue"),
        ("09-18", "09-16", WORKING, "late", "已超期", "Overdue"),
        ("09-19", "09-16", WORKING, "late", "超期1个工作日", "1 working day overdue"),
        ("10-12", "09-30", WORKING, "late", "超期5个工作日", "5 working days overdue"),
        ("10-01", "10-04", None, "soon", "剩3天", "3 days left"),
        ("10-04", "10-02", None, "late", "超期2天", "2 days overdue"),
    ],
)
def test_a_light_says_how_many_days_are_left_or_have_passed(
    today: str, due: str, calendar: Calendar | None, kind: str, words: str, english: str
) -> None:
    one = light(date.fromisoformat(f"2022-{today}"), date.fromisoformat(f"2022-{due}"), calendar)
    assert (one.kind, load("zh", ENGLISH).say(one.words)) == (kind, words)
    assert load("en", ENGLISH).say(one.words) == english
