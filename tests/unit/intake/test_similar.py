"""Titles in like words."""

import pytest

from services.intake.domain.similar import alike
from shared.ids import named_id

POWER, WATER, ROAD = (named_id("item", word) for word in ("power", "water", "road"))
TITLES = [
    (POWER, "园区变压器容量不够，夜间经常停电"),
    (WATER, "厂区门口雨后积水，货车进出困难"),
    (ROAD, "泽国镇道路破损"),
]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("变压器容量不够", [POWER]),
        ("夜间经常停电，园区变压器", [POWER]),
        ("厂区门口积水", [WATER]),
        ("道路", []),
        ("招工难", []),
        ("", []),
        ("，，，", []),
    ],
)
def test_titles_are_alike_that_share_half_of_the_shorter_one(
    typed: str, found: list[bytes]
) -> None:
    assert list(alike(typed, TITLES, 5)) == found


def test_the_most_alike_comes_first_and_no_more_than_asked_for() -> None:
    titles = [(POWER, "园区夜间停电，影响生产"), (WATER, "园区夜间停电")]
    assert list(alike("园区夜间停电了", titles, 1)) == [WATER]
