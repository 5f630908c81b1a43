"""Reports side by side: what a successor counts on from, whom it waits for, which drafts lapse."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from services.reporting.domain.context import DecisionContext
from services.reporting.domain.decide import decide
from services.reporting.domain.freezing import CountedCell, carried, summed
from services.reporting.domain.ledger import ReportLedger, ReportState
from services.reporting.domain.model import Report, ReportRow, report_key
from shared.calendar import Periods
from shared.contracts.codes import ReportStage
from shared.contracts.reporting import CountedPart, FrozenVersion, ReportLapsed
from shared.errors import Refused
from shared.messaging.subject import ClockDue
from tests.support.refusals import in_both
from tests.support.reporting.counting import COUNTY, OTHER_TOWN, TOWN
from tests.support.reporting.filing import figure
from tests.support.reporting.places import LINHAI, PORT, WATERS, YUHUAN, Ends, directory
from tests.support.shanghai import at

JULY, AUGUST, SEPTEMBER = date(2022, 7, 20), date(2022, 8, 20), date(2022, 9, 20)
LUQIAO, LINHAI_OWN = (TOWN, OTHER_TOWN, COUNTY), (WATERS, LINHAI)
GONE: Ends = {COUNTY: (date(2022, 9, 10), LINHAI)}


def standing(stage: ReportStage, *divisions: str, version: int = 1) -> ReportState:
    return ReportState(stage, version, frozenset(divisions))


def book(
    luqiao: Mapping[date, ReportState], linhai: Mapping[date, ReportState], ends: Ends = GONE
) -> ReportLedger:
    return ReportLedger(directory(ends), {COUNTY: luqiao, LINHAI: linhai})


def in_turn(
    found: ReportLedger, code: str = LINHAI, end: date = SEPTEMBER
) -> tuple[CountedPart, ...]:
    filer = found.filers(end).get(code)
    assert filer
    return found.parts_in_turn(filer, end)


def refused(found: ReportLedger, code: str = LINHAI, end: date = SEPTEMBER) -> Refused:
    with pytest.raises(Refused) as raised:
        in_turn(found, code, end)
    problem = raised.value
    assert all(in_both(problem, "reporting"))
    return problem


def version(filer: str, end: date, number: int = 1) -> FrozenVersion:
    return FrozenVersion(filer=filer, period_end=end, version=number)


RECEIVED = {AUGUST: standing("received", *LINHAI_OWN)}


def test_a_filer_misses_the_periods_since_its_first_report_and_no_others() -> None:
    found = book({JULY: standing("received")}, {AUGUST: standing("drafted")}, {})
    october = Periods().period_of(at("2022-10-03"))
    assert october
    missed = {(code, period.due_on) for code, period in found.missed(Periods(), october)}
    of_luqiao = {(COUNTY, end) for end in (JULY, AUGUST, SEPTEMBER)}
    assert missed == {*of_luqiao, (LINHAI, AUGUST), (LINHAI, SEPTEMBER)}
    assert list(ReportLedger(directory()).missed(Periods(), october)) == []


def test_each_division_is_counted_on_from_the_form_it_stood_in_last() -> None:
    found = book({JULY: standing("received", *LUQIAO, version=2)}, RECEIVED)
    assert in_turn(found) == (
        CountedPart(divisions=LINHAI_OWN, since=version(LINHAI, AUGUST)),
        CountedPart(divisions=LUQIAO, since=version(COUNTY, JULY, 2)),
    )


def test_a_county_that_never_filed_is_counted_from_its_first_day() -> None:
    own, gone = in_turn(book({}, RECEIVED))
    assert (own.since, gone) == (version(LINHAI, AUGUST), CountedPart(divisions=LUQIAO))


def test_after_the_first_common_form_all_is_counted_on_from_it() -> None:
    october = date(2022, 10, 20)
    common = RECEIVED | {SEPTEMBER: standing("received", *LINHAI_OWN, *LUQIAO)}
    found = book({AUGUST: standing("received", *LUQIAO)}, common)
    (part,) = in_turn(found, end=october)
    assert part.since == version(LINHAI, SEPTEMBER)
    assert set(part.divisions) == {*LINHAI_OWN, *LUQIAO}


@pytest.mark.parametrize("stage", ["drafted", "checked", "confirmed", "submitted", "returned"])
def test_a_successor_waits_for_the_form_its_predecessor_still_owes(stage: ReportStage) -> None:
    problem = refused(book({AUGUST: standing(stage, *LUQIAO)}, RECEIVED))
    assert problem.code == "predecessor_report_open"
    assert (problem.details["filer"], problem.details["period_end"]) == (COUNTY, "2022-08-20")
    zh, en = in_both(problem, "reporting")
    assert zh.count("路桥区截至2022年8月20日") == 1
    assert zh.count("2022年8月20日") == en.count("20 August 2022") == 2
    assert en.count("路桥区") == 2


@pytest.mark.parametrize("stage", ["drafted", "returned", "lapsed"])
def test_nobody_waits_for_a_draft_its_county_does_not_file(stage: ReportStage) -> None:
    found = book({SEPTEMBER: standing(stage, *LUQIAO)}, RECEIVED)
    parts = in_turn(found, end=date(2022, 10, 20))
    assert {part.since for part in parts} == {version(LINHAI, AUGUST), None}


def test_a_chain_waits_for_each_of_its_counties() -> None:
    chain: Ends = {COUNTY: (date(2022, 8, 10), LINHAI), LINHAI: (date(2022, 9, 10), YUHUAN)}
    first = {JULY: standing("drafted", *LUQIAO)}
    second = {AUGUST: standing("drafted", *LINHAI_OWN, *LUQIAO)}
    found = book(first, second, chain)
    assert refused(found, YUHUAN).details["period_end"] == "2022-07-20"
    assert refused(found, LINHAI, AUGUST).details["filer"] == COUNTY
    found = book({JULY: standing("received", *LUQIAO)}, second, chain)
    assert refused(found, YUHUAN).details["filer"] == LINHAI
    done = {AUGUST: standing("received", *LINHAI_OWN, *LUQIAO)}
    parts = in_turn(book({JULY: standing("received", *LUQIAO)}, done, chain), YUHUAN)
    assert [(part.divisions, part.since) for part in parts] == [
        ((PORT, YUHUAN), None),
        ((*LUQIAO, *LINHAI_OWN), version(LINHAI, AUGUST)),
    ]


def test_what_a_later_common_form_counted_is_not_sent_a_second_time() -> None:
    common = {SEPTEMBER: standing("submitted", *LINHAI_OWN, *LUQIAO)}
    found = book({JULY: standing("drafted")}, common)
    assert refused(found, COUNTY, JULY).code == "later_report_submitted"


def test_an_old_draft_that_cannot_be_sent_any_more_holds_nothing_up() -> None:
    common = {SEPTEMBER: standing("received", *LINHAI_OWN, *LUQIAO)}
    found = book({JULY: standing("drafted")}, common)
    (part,) = in_turn(found, end=date(2022, 10, 20))
    assert part.since == version(LINHAI, SEPTEMBER)


def test_who_sent_a_form_before_the_merger_was_entered_files_that_period() -> None:
    sent = {SEPTEMBER: standing("submitted", *LUQIAO)}
    found = book(sent, RECEIVED)
    assert [one.code for one in found.filers(SEPTEMBER)][:2] == [COUNTY, LINHAI]
    (own,) = in_turn(found)
    assert own.divisions == LINHAI_OWN
    assert found.void == set()


@pytest.mark.parametrize("stage", ["drafted", "checked", "confirmed", "returned"])
def test_an_open_report_lapses_when_its_county_was_gone_by_the_due_day(stage: ReportStage) -> None:
    found = book({SEPTEMBER: standing(stage, *LUQIAO), AUGUST: standing(stage)}, {})
    assert found.void == {(COUNTY, SEPTEMBER)}
    key = report_key(COUNTY, SEPTEMBER)
    row = ReportRow(key=key, filer=COUNTY, period_end=SEPTEMBER, stage=stage)
    filing = DecisionContext(at("2022-09-18"), found, {}, timedelta())
    after, said = decide(Report(row), ClockDue(key), filing)
    assert (after.row.stage, [type(event) for event in said]) == ("lapsed", [ReportLapsed])
    kept = ReportRow(key=key, filer=COUNTY, period_end=AUGUST, stage=stage)
    assert decide(Report(kept), ClockDue(key), filing) == (Report(kept), ())


def test_what_the_predecessor_sent_up_stands_in_the_successors_own_line() -> None:
    before = [
        figure("C5", 2, COUNTY, cumulative=5),
        figure("C3", 1, TOWN, cumulative=7),
        figure("C3", 1, "elsewhere", cumulative=9),
    ]
    lines = [figure("C5", 1, LINHAI, cumulative=3)]
    lines += carried(CountedPart(divisions=LUQIAO), before)
    now = [CountedCell(TOWN, "C5", 1, 0, 0), CountedCell(TOWN, "C3", 2, -1, 0)]
    assert summed(now, lines, LINHAI) == (
        figure("C3", 2, TOWN, corrected=-1, cumulative=8),
        figure("C5", 1, LINHAI, cumulative=9),
    )
