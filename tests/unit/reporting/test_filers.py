"""Who files when counties go into each other: one form for every division, and only one."""

from datetime import date

import pytest

from services.reporting.domain.ledger import filers_of
from tests.support.reporting.counting import CITY, COUNTY, OTHER_TOWN, TOWN
from tests.support.reporting.places import LINHAI, PORT, WATERS, YUHUAN, directory, lines_of

DUE = date(2022, 9, 20)
LUQIAO_LINES = [TOWN, OTHER_TOWN, COUNTY]


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("last", ["2022-09-20", "2022-09-21", "2023-01-01"])
def test_a_county_files_what_is_due_by_its_last_day(last: str) -> None:
    filers = filers_of(directory({COUNTY: (day(last), LINHAI)}), DUE)
    assert lines_of(filers)[COUNTY] == LUQIAO_LINES
    luqiao = filers.get(COUNTY)
    assert luqiao
    assert luqiao.ends == day(last)


@pytest.mark.parametrize("last", ["2022-09-19", "2022-09-10", "2022-08-21", "2022-01-01"])
def test_from_then_on_its_divisions_are_lines_of_the_county_it_went_into(last: str) -> None:
    filers = filers_of(directory({COUNTY: (day(last), LINHAI)}), DUE)
    assert [one.code for one in filers] == [LINHAI, YUHUAN, CITY]
    linhai = filers.get(LINHAI)
    assert linhai
    assert linhai.divisions == [WATERS, *LUQIAO_LINES, LINHAI]
    assert [(one.name, one.ended) for one in linhai.lines if one.ended] == [
        ("原路桥区本级", day(last))
    ]
    assert [one.code for one in linhai.lines if one.own] == [LINHAI]
    assert filers.filer_of[TOWN] == LINHAI


def test_two_counties_may_go_into_one_and_a_county_on_into_the_next() -> None:
    into_one = directory({COUNTY: (day("2022-09-01"), YUHUAN), LINHAI: (day("2022-09-02"), YUHUAN)})
    chain = directory({COUNTY: (day("2022-09-01"), LINHAI), LINHAI: (day("2022-09-02"), YUHUAN)})
    for merged in (into_one, chain):
        assert lines_of(filers_of(merged, DUE)) == {
            YUHUAN: [PORT, *LUQIAO_LINES, WATERS, LINHAI, YUHUAN],
            CITY: [CITY],
        }
    halfway = directory({COUNTY: (day("2022-09-01"), LINHAI), LINHAI: (day("2022-10-02"), YUHUAN)})
    assert lines_of(filers_of(halfway, DUE))[LINHAI] == [WATERS, *LUQIAO_LINES, LINHAI]
    assert [one.code for one in filers_of(halfway, day("2022-10-20"))] == [YUHUAN, CITY]


@pytest.mark.parametrize("heir", [None, "331099", TOWN, CITY])
def test_a_county_no_county_goes_on_for_files_on(heir: str | None) -> None:
    filers = filers_of(directory({COUNTY: (day("2022-09-01"), heir)}), DUE)
    assert lines_of(filers)[COUNTY] == LUQIAO_LINES


def test_counties_that_went_into_each_other_lose_nothing() -> None:
    gone = {COUNTY: (day("2022-09-01"), LINHAI), LINHAI: (day("2022-09-01"), COUNTY)}
    found = lines_of(filers_of(directory(gone), DUE))
    assert sorted(code for codes in found.values() for code in codes) == sorted(
        [CITY, PORT, WATERS, LINHAI, YUHUAN, *LUQIAO_LINES]
    )


def test_what_a_form_counts_that_was_sent_stays_in_it() -> None:
    gone = directory({COUNTY: (day("2022-09-10"), LINHAI)})
    own = filers_of(gone, DUE, {COUNTY: LUQIAO_LINES})
    assert lines_of(own)[COUNTY] == LUQIAO_LINES
    assert lines_of(own)[LINHAI] == [WATERS, LINHAI]
    theirs = filers_of(directory(), DUE, {LINHAI: [WATERS, *LUQIAO_LINES, LINHAI]})
    assert [one.code for one in theirs] == [LINHAI, YUHUAN, CITY]
