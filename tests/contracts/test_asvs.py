"""docs/asvs.md is true of itself: each test it names is there, each number stands once."""

import re

from tests.contracts.sources import ROOT, defined_tests

TEXT = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"(?<![\d.])(\d{1,2}\.\d{1,2}\.\d{1,2})(?![\d.])")
OF_BOTH_LEVELS = 253
"""The requirements of ASVS 5.0.0 that are of level 1 or 2."""


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", TEXT)
    assert len(named) > 90
    assert [f"{path}::{name}" for path, name in named if name not in defined_tests(path)] == []


def test_every_line_of_what_is_shown_names_a_test() -> None:
    shown = TEXT.partition("## Shown")[2].partition("## Open")[0]
    lines = [line for line in shown.splitlines() if NUMBER.match(line.removeprefix("| "))]
    assert [line for line in lines if "::test_" not in line] == []


def test_every_requirement_of_both_levels_stands_once() -> None:
    tables = TEXT.partition("## Shown")[2]
    numbers = [
        number
        for line in tables.splitlines()
        for number in NUMBER.findall(re.sub(r"as \d+\.\d+\.\d+", "", line))
    ]
    assert sorted({one for one in numbers if numbers.count(one) > 1}) == []
    assert len(numbers) == OF_BOTH_LEVELS
