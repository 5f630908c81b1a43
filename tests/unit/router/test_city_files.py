"""A city's files: what cannot be used is named by file and line, in two languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.cli import SEED
from services.router.directory.domain.city_files import FILES, read_city
from services.router.directory.domain.seeds import seed
from services.router.routing.domain.routing_table import RoutingTable
from shared.directory.snapshot import Directory
from shared.web.i18n import CHINESE, english
from tests.support.invented_city import BLOCK, DIVISIONS, LEVELS
from tests.support.places import with_entries
from tests.support.router.play import NOW

EXAMPLE = SEED / "new_city"
TEXTS = {
    name: next(
        file for file in (EXAMPLE / f"{name}.csv", SEED / f"{name}.csv") if file.exists()
    ).read_text(encoding="utf-8")
    for name in FILES
}
HEADS = {name: len(text.splitlines()) for name, text in TEXTS.items()}


def test_the_example_can_be_used() -> None:
    tables, errors = read_city(TEXTS)
    assert errors == []
    entries = seed(tables, NOW)
    assert len({put.key for put in entries}) == len(entries)
    assert {put.entry.division_code for put in entries} >= {"P1", "C1", "D1", "D2T1"}


@pytest.mark.parametrize(
    ("file", "line", "column"),
    [
        ("divisions", "x,太短,county,C1", "code"),
        ("divisions", "000000,所有地方,county,C1", "code"),
        ("divisions", "D-3,有横线,county,C1", "code"),
        ("divisions", "D3,,county,C1", "name"),
        ("divisions", "D3,没有这一级,nation,C1", "level"),
        ("divisions", "D3,没有上级,county,C9", "parent_code"),
        ("divisions", "D3,县在县下,county,D1", "level"),
        ("divisions", "T3,镇在市下,township,C1", "level"),
        ("divisions", "D1,写了两次,county,C1", "code"),
        ("divisions", "D3,多一格,county,C1,more", ""),
        ("levels", "block,quarter,街区级,block,,", "level"),
        ("levels", "block,township,街区级,block,,", "organ_zh"),
        ("levels", "block,township,街区级,block,{place}人大,", "organ_zh"),
        ("levels", "block,township,街区级,block,{,", "organ_zh"),
        ("absent_offices", "zoo,D1,", "kind_code"),
        ("absent_offices", "finance,D9,", "division_code"),
        ("calendar", "2026-13-01,yes,", "day"),
        ("calendar", "2026-10-09,maybe,", "is_workday"),
        ("matters", "new,land,新事项,New,county,zoo,,,词,,no,5", "lead_kind"),
        ("matters", "new,land,新事项,New,county,tax,zoo,,词,,no,5", "co_kinds"),
        ("matters", "new,land,新事项,New,county,tax,tax,,词,,no,5", "co_kinds"),
        ("matters", "new,land,新事项,New,village,tax,,,词,,no,5", "authority_level"),
        ("matters", "new,land,新事项,New,county,tax,,,,,no,5", "seed_words_zh"),
        ("matters", "new,land,新事项,New,county,tax,,,词,,no,soon", "typical_limit_wd"),
        ("matters", "new,land,新事项,New,county,tax,,,词,GJ-99,no,5", "policy_codes"),
        ("policies", "X-1,village,,新政策,", "level"),
        ("department_kinds", "a b,{division}局,{division}局,Office,,no,,,,", "kind_code"),
        ("department_kinds", "new,{county}局,{division}局,Office,,no,,,,", "name_zh"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_are_not(
    file: str, line: str, column: str
) -> None:
    _, errors = read_city(TEXTS | {file: f"{TEXTS[file]}{line}\n"})
    (error,) = errors
    assert (error.file, error.line, error.why.column) == (file, HEADS[file] + 1, column)
    for sentence in (error.why.message, error.why.what_to_do):
        assert CHINESE.say(sentence) != english("router").say(sentence)


def test_a_reason_says_the_level_as_the_city_calls_it() -> None:
    ours = {"levels": LEVELS, "divisions": DIVISIONS, "absent_offices": "kind_code,division_code"}
    tables, errors = read_city(TEXTS | ours)
    assert errors == []
    entries = ((put.key, put.entry) for put in seed(tables, NOW))
    directory = with_entries(Directory(), *entries)
    route = RoutingTable(directory, NOW.date()).propose(BLOCK, directory.matter("work_safety"))
    assert "属区级事权" in route.zh
    assert "at quarter level" in route.en


@pytest.mark.parametrize("more", ["C2,第二市,city,P1\nE1,它的县,county,C2\n", None])
def test_exactly_one_city_has_divisions_below_it(more: str | None) -> None:
    head = TEXTS["divisions"].splitlines(keepends=True)[:3]
    tables, errors = read_city(
        TEXTS | {"divisions": TEXTS["divisions"] + more if more else "".join(head)}
    )
    assert tables.city() is None
    assert [(one.file, one.line, one.why.column) for one in errors] == [("divisions", 0, "level")]
    with pytest.raises(ValueError, match="no city"):
        seed(tables, NOW)


def test_a_file_that_is_missing_or_has_another_head_is_named() -> None:
    texts = {name: text for name, text in TEXTS.items() if name != "calendar"}
    _, errors = read_city(texts | {"absent_offices": "kind,place\n"})
    assert [(one.file, one.line) for one in errors] == [("absent_offices", 1), ("calendar", 0)]


@given(st.sampled_from(sorted(FILES)), st.text(max_size=200), st.booleans())
def test_no_content_of_a_file_is_more_than_an_error(file: str, text: str, below: bool) -> None:
    tables, errors = read_city(TEXTS | {file: TEXTS[file] + text if below else text})
    if not errors:
        seed(tables, NOW)
