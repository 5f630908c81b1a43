"""Every line of a register gets its verdict."""

from services.intake.domain.number import number, series_of
from services.intake.domain.register import read_register
from tests.support.intake.acts import NOW
from tests.support.intake.stations import CITY, CREDIT_CODE, TOWNSHIP, small_directory

DIRECTORY = small_directory()


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
    lines = read_register(text, DIRECTORY)
    assert [(line.number, line.verdict) for line in lines] == [
        (2, "taken"),
        (3, "taken"),
        (4, "duplicate"),
        (5, "credit_code_check"),
        (6, "unknown_division"),
        (7, "name_missing"),
        (8, "duplicate"),
        (9, "unknown_division"),
        (10, "cells_left_over"),
    ]
    assert [line.row.name for line in lines if line.row] == ["甲公司", "张三小吃店"]
    assert lines[1].row is not None
    assert lines[1].row.credit_code is None


def test_a_file_without_the_columns_is_told_so() -> None:
    assert [line.verdict for line in read_register("a,b\n1,2\n", DIRECTORY)] == ["columns_missing"]
    assert [line.verdict for line in read_register("", DIRECTORY)] == ["columns_missing"]


def test_what_csv_cannot_hold_ends_the_reading() -> None:
    text = f"credit_code,name,division_code\n,甲,{TOWNSHIP}\n,{'x' * 140_000},1\n,乙,{TOWNSHIP}\n"
    assert [line.verdict for line in read_register(text, DIRECTORY)] == ["taken", "unreadable"]


def test_numbers_run_by_county_and_year_of_shanghai() -> None:
    assert series_of(DIRECTORY, TOWNSHIP, NOW) == ("331004", 2022)
    assert series_of(DIRECTORY, CITY, NOW.replace(month=12, day=31, hour=16)) == (CITY, 2023)
    assert number(("331004", 2022), 418) == "331004-2022-0418"
    assert number(("331004", 2022), 12345) == "331004-2022-12345"
