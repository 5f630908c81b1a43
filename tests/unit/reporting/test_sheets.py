"""The sheets: 未报 is not 0, what is not received is not in the total, total = sum of rows."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.reporting.console import view_models
from services.reporting.domain.facts import COLUMNS
from services.reporting.domain.freezing import CountedCell, Frozen, freeze, summed
from services.reporting.domain.ledger import filers_of
from services.reporting.domain.model import ReportRow
from services.reporting.domain.rights import default_filer, form_resource, line_resource
from services.reporting.domain.sheets import Cell, FiledReports, city_sheet, filer_sheet
from shared.calendar import Periods
from shared.rights import Action, may
from tests.support.entries import Officer
from tests.support.intake.stations import COUNTY as LUQIAO_CODE
from tests.support.intake.stations import small_directory
from tests.support.places import grant
from tests.support.reporting.counting import CITY, COUNTY, OTHER_TOWN, TOWN
from tests.support.reporting.filing import (
    END,
    FILERS,
    KEY,
    LUQIAO,
    TAIZHOU,
    counted,
    figure,
    september,
)
from tests.support.shanghai import at


def report(filer: str, stage: Any, version: int = 1) -> ReportRow:
    return ReportRow(key=KEY, filer=filer, period_end=END, stage=stage, version=version)


def filed(*reports: ReportRow, left_out: Any = None) -> FiledReports:
    figures: Any = {
        one.filer: {"C3": Cell(counted=7, cumulative=107)} for one in reports if one.version
    }
    sums: Any = {COUNTY: {"C3": 100}}
    sums |= {one.filer: {"C3": 107} for one in reports if one.stage == "received"}
    return FiledReports({one.filer: one for one in reports}, figures, sums, left_out or {})


def test_a_county_that_has_not_filed_is_missing_and_not_zero() -> None:
    sheet = city_sheet(FILERS, september(), filed(report(COUNTY, "confirmed", 0)))
    assert [(row.name, row.status) for row in sheet.rows] == [
        ("路桥区", "missing"), ("临海市", "missing"), ("市本级", "missing"),
    ], "in the official order, the city's own last"  # fmt: skip
    assert sheet.received == 0
    assert sheet.total("C3") == Cell(cumulative=100)


def test_what_is_submitted_but_not_received_is_shown_and_not_in_the_total() -> None:
    sheet = city_sheet(FILERS, september(), filed(report(COUNTY, "submitted")))
    row = sheet.rows[0]
    assert (row.status, row.cell("C3").printed, row.cell("C3").cumulative) == ("waiting", 7, 100)
    assert sheet.total("C3") == Cell(cumulative=100)


@pytest.mark.parametrize("stage", ["returned", "checked", "confirmed"])
def test_a_returned_version_stays_visible_until_the_next_comes(stage: str) -> None:
    sheet = city_sheet(FILERS, september(), filed(report(COUNTY, stage)))
    assert (sheet.rows[0].status, sheet.rows[0].version) == ("returned", 1)
    assert sheet.total("C3").printed == 0


def test_the_total_sums_received_versions_and_counts_counties_only() -> None:
    reports = report(COUNTY, "received"), report(CITY, "received")
    sheet = city_sheet(FILERS, september(), filed(*reports, left_out={(COUNTY, 1): ["blocked"]}))
    assert (sheet.received, sheet.rows[0].left_out) == (1, ["blocked"])
    assert sheet.total("C3") == Cell(counted=14, cumulative=214)
    for column in COLUMNS:
        assert sheet.total(column).printed == sum(row.cell(column).printed for row in sheet.rows)
    assert [row.has_sums for row in sheet.rows] == [True, False, True]


def test_only_counties_send_up() -> None:
    county, other, city = city_sheet(FILERS, september(), filed()).rows
    assert [row.applies("C5") for row in (county, other, city)] == [True, True, False]
    towns = filer_sheet(LUQIAO, september(), None, ()).rows
    assert [row.applies("C5") for row in towns] == [False, False, True]


def test_the_citys_own_total_sends_nothing_up() -> None:
    own = filer_sheet(TAIZHOU, september(), None, [figure("C3", 2, CITY)])
    assert (own.shown_total("C3"), own.shown_total("C5")) == ((2, 2), ("–", "–"))
    assert filer_sheet(LUQIAO, september(), None, ()).shown_total("C5") == (0, 0)


def test_a_report_is_late_by_the_working_days_to_its_first_sending() -> None:
    def mark(row: ReportRow) -> str:
        sheet = city_sheet(FILERS, september(), filed(row))
        sheet = replace(sheet, today=date(2022, 9, 27))
        return str(view_models.row(sheet.rows[0], sheet, lambda _: False, "", Periods()).late)

    assert mark(report(COUNTY, "drafted", 0)) == "超期5个工作日"
    again = report(COUNTY, "returned")
    for sent, words in (("2022-09-20 10:00", ""), ("2022-09-26 10:00", "迟报4个工作日")):
        assert mark(again.model_copy(update={"first_submitted_at": at(sent)})) == words


def test_a_filers_sheet_sums_its_townships_and_its_own_level() -> None:
    lines = [figure("C3", 2), figure("C3", 1, OTHER_TOWN, corrected=-3), figure("C1", 1, COUNTY)]
    sheet = filer_sheet(LUQIAO, september(), None, lines)
    assert [row.name for row in sheet.rows] == ["金清镇", "新桥镇", "区本级"]
    assert [row.cell("C3").printed for row in sheet.rows] == [2, -2, 0]
    assert (sheet.total("C3").printed, sheet.total("C1").printed) == (0, 1)


def frozen(*lines: Any) -> Frozen:
    period = (date(2022, 7, 21), date(2022, 8, 20))
    return freeze(KEY, 1, COUNTY, period, counted(*lines), at("2022-08-20"), late_days=0)


def test_the_sum_since_the_first_period_goes_on_from_the_version_before() -> None:
    last = frozen(figure("C3", 100, cumulative=250), figure("C1", 4, COUNTY))
    now = [CountedCell(TOWN, "C3", 5, -2, 3), CountedCell(OTHER_TOWN, "C3", 1, 0, 0)]
    lines = {(one.division_code, one.column): one for one in summed(now, last.lines, COUNTY)}
    assert lines[TOWN, "C3"] == figure("C3", 5, corrected=-2, late=3, cumulative=253)
    assert lines[OTHER_TOWN, "C3"] == figure("C3", 1, OTHER_TOWN)
    assert lines[COUNTY, "C1"] == figure("C1", 0, COUNTY, cumulative=4)


def test_what_townships_items_send_up_stands_in_the_countys_own_line() -> None:
    now = [CountedCell(TOWN, "C5", 2, 0, 1), CountedCell(OTHER_TOWN, "C5", 1, 0, 0)]
    assert summed(now, (), COUNTY) == (figure("C5", 3, COUNTY, late=1),)


def reads(role: Any, division: str, code: str) -> bool:
    directory = small_directory()
    filers = filers_of(directory, END)
    filer = filers.get(code)
    assert filer is not None
    place = form_resource(filer, filers, directory)
    return may(Officer("person-1", "", (grant(role, division),)), Action.REPORT_READ, place)


def test_people_see_their_own_countys_form_and_the_city_sees_all() -> None:
    forms = (CITY, LUQIAO_CODE, "331003")
    assert [reads("city_office", CITY, code) for code in forms] == [True, True, True]
    assert [reads("liaison", LUQIAO_CODE, code) for code in forms] == [False, True, False]
    assert [reads("dispatcher", "331004103", code) for code in forms] == [False, True, False]
    assert [reads("clerk", LUQIAO_CODE, code) for code in forms] == [False, False, False]


def test_a_township_opens_its_own_numbers_only() -> None:
    directory, town = (
        small_directory(),
        Officer("person-1", "", (grant("dispatcher", "331004103"),)),
    )
    lines = ("331004103", LUQIAO_CODE, "331003101")
    opened = [may(town, Action.REPORT_OPEN, line_resource(code, directory)) for code in lines]
    assert opened == [True, False, False]


def test_everyone_starts_at_the_form_that_is_theirs() -> None:
    assert default_filer([grant("liaison", COUNTY)], FILERS) == COUNTY
    assert default_filer([grant("dispatcher", TOWN)], FILERS) == COUNTY
    assert default_filer([grant("city_office", CITY)], FILERS) == CITY
    both = [grant("city_office", CITY), grant("city_office", COUNTY)]
    assert default_filer(both, FILERS) == CITY
    assert default_filer([], FILERS) == CITY
