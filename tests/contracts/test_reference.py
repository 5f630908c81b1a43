"""Every setting, command, metric and event stands on docs/reference.md, in both languages."""

from collections.abc import Iterator

import pytest

from tests.contracts.reference import PAGE, Table, chinese_texts, render, tables

RENEW = "run: python -m tests.contracts.reference"


@pytest.fixture(scope="module")
def found() -> list[Table]:
    return tables()


def silent(found: list[Table], kind: str) -> Iterator[str]:
    chinese = chinese_texts()[kind]
    for table in found:
        for one in table.entries if table.kind == kind else ():
            if not (one.english and (one.chinese or chinese.get(one.name))):
                yield one.name


@pytest.mark.parametrize("kind", ["settings", "commands", "metrics", "events"])
def test_everything_is_described_in_both_languages(found: list[Table], kind: str) -> None:
    names = {one.name for table in found if table.kind == kind for one in table.entries}
    assert len(names) > 10
    assert list(silent(found, kind)) == []
    assert chinese_texts()[kind].keys() - names == set(), "in reference.zh.yaml, but nowhere else"


def test_the_page_is_up_to_date(found: list[Table]) -> None:
    assert PAGE.read_text(encoding="utf-8") == render(found, chinese_texts()), RENEW
