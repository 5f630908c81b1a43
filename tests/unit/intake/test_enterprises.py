"""Credit codes (GB 32100-2015), and the verdict on every line of a register."""

import pytest

from services.intake.domain.effects import number, series_of
from services.intake.domain.enterprises import (
    ALPHABET,
    EnterpriseRow,
    is_credit_code,
    read_enterprises,
)
from shared.tables.rows import Report
from shared.web.i18n import english
from tests.support.intake.commands import NOW
from tests.support.intake.stations import CITY, CREDIT_CODE, TOWNSHIP, small_directory

DIRECTORY = small_directory()
_ENGLISH = english("intake")


def whys(report: Report[EnterpriseRow]) -> list[tuple[int, str]]:
    return [(line, _ENGLISH.say(error.message)) for line, error in report.errors]


def test_each_line_is_taken_or_told_why_not() -> None:
    text = f"""\ufeffcredit_code,name,division_code
{CREDIT_CODE},甲公司,{TOWNSHIP}
,张三小吃店,{TOWNSHIP}
{CREDIT_CODE},甲公司分号,{TOWNSHIP}
{CREDIT_CODE[:17]}A,乙公司,{TOWNSHIP}
,丙公司,999999
,,{TOWNSHIP}
,张三小吃店,{TOWNSHIP}
,丁公司
,戊公司,{TOWNSHIP},更多
"""
    report = read_enterprises(text, DIRECTORY)
    assert whys(report) == [
        (4, "this enterprise is already in the file"),
        (5, "the check character of the unified social credit code is wrong"),
        (6, "there is no division with this code"),
        (7, "the name is missing"),
        (8, "this enterprise is already in the file"),
        (9, "there is no division with this code"),
        (10, "the row has more cells than the header"),
    ]
    assert [(line, row.name, row.credit_code) for line, row in report.taken] == [
        (2, "甲公司", CREDIT_CODE),
        (3, "张三小吃店", None),
    ]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", ""])
def test_a_file_without_the_columns_is_told_so(text: str) -> None:
    report = read_enterprises(text, DIRECTORY)
    assert report.taken == []
    assert whys(report) == [(1, "the header row must contain credit_code,name,division_code")]


def test_what_csv_cannot_hold_ends_the_reading() -> None:
    text = f"credit_code,name,division_code\n,甲,{TOWNSHIP}\n,{'x' * 140_000},1\n,乙,{TOWNSHIP}\n"
    report = read_enterprises(text, DIRECTORY)
    assert [line for line, _ in report.taken] == [2]
    assert [why for _, why in whys(report)] == ["unreadable from here on"]


def test_numbers_run_by_county_and_year_of_shanghai() -> None:
    assert series_of(DIRECTORY, TOWNSHIP, NOW) == ("331004", 2022)
    assert series_of(DIRECTORY, CITY, NOW.replace(month=12, day=31, hour=16)) == (CITY, 2023)
    assert number(("331004", 2022), 418) == "331004-2022-0418"
    assert number(("331004", 2022), 12345) == "331004-2022-12345"


KNOWN = ("91330100799655058B", "914403001922038216", "9144030071526726XG", CREDIT_CODE)


@pytest.mark.parametrize("code", KNOWN)
def test_known_codes_are_right_and_every_other_check_character_is_wrong(code: str) -> None:
    assert [last for last in ALPHABET if is_credit_code(code[:17] + last)] == [code[17]]


@pytest.mark.parametrize(
    "code", ["", CREDIT_CODE[:17], CREDIT_CODE + "0", CREDIT_CODE.lower(), "I" * 18, "９" * 18]
)
def test_other_forms_are_wrong(code: str) -> None:
    assert not is_credit_code(code)
