"""A month's report: drafted, checked, confirmed, submitted, received or returned, or refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.reporting.domain.freezing import UNCOUNTED, figures_hash
from shared.contracts.codes import ReportStage
from shared.contracts.reporting import ReportConfirmed, ReportReturned, ReportSubmitted
from shared.contracts.router import DirectoryAccount
from shared.directory.snapshot import account_key
from shared.errors import Conflict, NotFound, Refused
from shared.ids import Id, named_id, to_text
from shared.messaging.subject import ClockDue
from tests.support.refusals import in_both
from tests.support.reporting.counting import COUNTY, OTHER_TOWN, TOWN
from tests.support.reporting.filing import (
    AUGUST,
    END,
    HEAD,
    KEY,
    LIAISON,
    OTHER_HEAD,
    Month,
    before,
    check,
    checked,
    confirm,
    confirmed,
    counted,
    drafted,
    figure,
    parts,
    receive,
    received,
    returned,
    send_back,
    submit,
    submitted,
)
from tests.support.shanghai import at

BLOCKED = (named_id("item", "blocked"),)


def refused(month: Month, act: object, code: str, kind: type[Refused] = Conflict) -> Refused:
    """See that an act is refused for this reason and changes nothing."""
    before, said = month.report, len(month.emitted)
    with pytest.raises(kind) as raised:
        month.step(act)
    problem = raised.value
    assert problem.code == code
    assert all(in_both(problem, "reporting"))
    assert (month.report, len(month.emitted)) == (before, said)
    return problem


def test_a_report_is_drafted_once_and_only_when_its_day_has_come() -> None:
    early = replace(Month(), wanted=False).step(ClockDue(KEY), "2022-09-14 23:59")
    assert (early.stage, early.emitted) == ("", [])
    month = drafted().step(ClockDue(KEY), "2022-09-16 00:00")
    assert [event.type for event in month.emitted] == ["report.drafted"]
    assert month.report.row.period_start == date(2022, 8, 21)


def test_the_whole_way_says_one_event_a_step_and_confirming_names_both_people() -> None:
    month = received()
    steps = ["drafted", "checked", "confirmed", "submitted", "received"]
    assert [event.type for event in month.emitted] == [f"report.{step}" for step in steps]
    assert (month.stage, month.report.row.version) == ("received", 1)
    event = month.emitted[2]
    assert isinstance(event, ReportConfirmed)
    assert (event.actor, event.checked_by) == (to_text(HEAD), to_text(LIAISON))


def test_submitting_freezes_figures_that_prove_themselves() -> None:
    month = submitted()
    event = month.emitted[-1]
    assert isinstance(event, ReportSubmitted)
    (frozen,) = month.report.frozen
    assert event.figures_sha256 == figures_hash(COUNTY, END, frozen.lines)
    assert event.figures_sha256 == figures_hash(COUNTY, END, frozen.lines[::-1]), "in any order"
    assert event.figures_sha256 != figures_hash(COUNTY, END, frozen.lines[:1])
    assert (event.fact_count, event.facts_sha256) == (3, "f" * 64)
    assert [one.offset for one in event.cut] == [7]
    sums = {one.column: one.counted for one in event.figures}
    assert sums == {"C1": 0, "C2": 0, "C3": 3, "C4": 0, "C5": 0, "C6": 0}
    assert event.confirmed_by == to_text(HEAD)


@pytest.mark.parametrize(
    ("when", "days"), [("2022-09-20 23:59", 0), ("2022-09-21 00:00", 1), ("2022-09-27 09:00", 5)]
)
def test_late_filing_is_accepted_and_counted_in_working_days(when: str, days: int) -> None:
    event = confirmed().step(submit(), when).emitted[-1]
    assert isinstance(event, ReportSubmitted)
    assert event.late_days == days


def test_a_returned_report_sent_again_is_late_only_if_it_was_first_sent_late() -> None:
    month = submitted().step(send_back(), "2022-09-22 09:00")
    month.step(check()).step(confirm()).step(submit(), "2022-09-23 09:00")
    event = month.emitted[-1]
    assert isinstance(event, ReportSubmitted)
    assert (event.version, event.late_days) == (2, 0)
    assert month.report.row.first_submitted_at == at("2022-09-20 10:00")
    assert month.report.row.submitted_at == at("2022-09-23 09:00")


MORE = counted(figure("C3", 3), figure("C3", 1, OTHER_TOWN))


def test_figures_are_vouched_for_as_they_were_seen() -> None:
    for month, act in ((drafted(), check()), (checked(), confirm())):
        refused(month, replace(act, count=MORE), "figures_changed")
        refused(month, replace(act, count=UNCOUNTED), "stale")
    event = confirmed().emitted[-1]
    assert isinstance(event, ReportConfirmed)
    assert event.figures_sha256 == figures_hash(COUNTY, END, counted().lines)


def test_figures_that_differ_at_the_cut_need_a_new_confirmation() -> None:
    month = confirmed()
    problem = refused(month, submit(count=MORE), "confirmed_figures_changed")
    (differs,) = problem.details["differences"]
    assert (differs["division_code"], differs["column"]) == (TOWN, "C3")
    assert (differs["confirmed"]["counted"], differs["now"]["counted"]) == (2, 3)
    refused(month, confirm(), "out_of_turn")
    refused(month, confirm(LIAISON, MORE), "second_person_needed")
    assert month.step(confirm(count=MORE)).step(submit(count=MORE)).stage == "submitted"


def test_a_confirmed_report_whose_figures_changed_waits_for_the_head_again() -> None:
    assert confirmed().step(ClockDue(KEY)).stage == "confirmed", "nothing changed"
    month = replace(confirmed(), outdated=frozenset({KEY})).step(ClockDue(KEY))
    assert (month.stage, month.emitted[-1].type) == ("outdated", "report.outdated")
    said = len(month.emitted)
    assert len(month.step(ClockDue(KEY)).emitted) == said, "it is said once"
    refused(month, submit(count=MORE), "confirmed_figures_changed")
    refused(month, check(count=MORE), "out_of_turn")
    refused(month, confirm(LIAISON, MORE), "second_person_needed")
    assert month.step(confirm(count=MORE)).step(submit(count=MORE)).stage == "submitted"
    for other in (checked, submitted, received, returned):
        month = replace(other(), outdated=frozenset({KEY}))
        assert month.step(ClockDue(KEY)).stage == other().stage


def test_a_returned_report_is_checked_again_and_takes_a_new_version_and_cut() -> None:
    month = returned()
    assert isinstance(month.emitted[-1], ReportReturned)
    month.step(check()).step(confirm())
    month.step(submit(count=counted(fact_count=4)))
    event = month.emitted[-1]
    assert isinstance(event, ReportSubmitted)
    assert (event.version, event.fact_count) == (2, 4)
    assert [one.version.version for one in month.report.frozen] == [1, 2]


def test_what_is_not_drafted_is_not_there() -> None:
    for act in (check(), confirm(), submit(), receive()):
        refused(Month(), act, "no_report", NotFound)


@pytest.mark.parametrize(
    ("month", "acts"),
    [
        (drafted, [confirm(), submit(), receive()]),
        (checked, [check(), submit(), send_back(reason="other", note="附件缺页")]),
        (confirmed, [check(), confirm(), receive(0)]),
        (submitted, [check(), confirm(), submit()]),
        (received, [check(), submit(), receive()]),
        (received, [send_back()]),
        (returned, [confirm(), submit(), receive()]),
    ],
)
def test_acts_out_of_turn_are_refused_with_the_step_in_words(month: Any, acts: list[Any]) -> None:
    for act in acts:
        problem = refused(month(), act, "out_of_turn")
        assert problem.details["stage"] == month().stage


def test_each_step_needs_a_second_person_unless_something_is_under_repair() -> None:
    refused(checked(), confirm(LIAISON), "second_person_needed")
    refused(confirmed(), submit(HEAD), "second_person_needed")
    refused(confirmed(), submit(HEAD, despite=True), "second_person_needed")
    assert confirmed().step(submit(OTHER_HEAD)).stage == "submitted"


@pytest.mark.parametrize(
    ("month", "act", "by", "accounts"),
    [
        (checked, confirm(), OTHER_HEAD, [LIAISON, HEAD]),
        (checked, confirm(), LIAISON, [HEAD]),
        (confirmed, submit(), OTHER_HEAD, [HEAD, LIAISON]),
        (confirmed, submit(), HEAD, [LIAISON]),
    ],
)
def test_whoever_set_the_passwords_of_two_accounts_lately_is_not_two_people(
    month: Callable[[], Month], act: object, by: Id, accounts: list[Id]
) -> None:
    filed = month()
    filed.accounts = [password_set(one, to_text(by)) for one in accounts]
    refused(filed, act, "accounts_not_independent")
    filed.step(act, "2022-09-21 10:00")


def password_set(person: Id, by: str) -> tuple[Id, DirectoryAccount]:
    return account_key(person, "reset"), DirectoryAccount(
        occurred_at=at("2022-09-20 09:30"), division_code=COUNTY, actor=by,
        person_id=person, act="reset", acted_at=at("2022-09-20 09:30"),
    )  # fmt: skip


def test_the_city_decides_on_the_version_it_saw() -> None:
    refused(submitted(), receive(2), "stale")
    refused(submitted(), send_back(0), "stale")


@pytest.mark.parametrize("stage", ["drafted", "checked", "confirmed", "submitted", "returned"])
def test_the_report_before_must_precede(stage: ReportStage) -> None:
    problem = refused(before(stage), submit(), "earlier_report_open")
    assert problem.details["period_end"] == "2022-08-20"
    assert "8月20日" in in_both(problem, "reporting")[0]


def test_a_report_counts_on_from_the_version_received_before_and_from_no_other() -> None:
    other = AUGUST.model_copy(update={"version": 2})
    for since in (None, other):
        refused(before("received"), submit(count=counted(parts=parts(since))), "stale")
    month = before("received").step(submit(count=counted(parts=parts(AUGUST))))
    assert month.stage == "submitted"


def test_nothing_is_submitted_behind_a_later_report() -> None:
    later = before("submitted", end=date(2022, 10, 20))
    refused(later, submit(), "later_report_submitted")
    assert before("drafted", 0, date(2022, 10, 20)).step(submit()).stage == "submitted"


def test_subjects_under_repair_are_named_and_the_head_may_submit_anyway() -> None:
    held_up = counted(blocked=BLOCKED)
    problem = refused(confirmed(), submit(count=held_up), "subjects_blocked")
    assert problem.details["subjects"] == [to_text(BLOCKED[0])]
    assert to_text(BLOCKED[0]) in in_both(problem, "reporting")[0]
    event = confirmed().step(submit(HEAD, held_up, despite=True)).emitted[-1]
    assert isinstance(event, ReportSubmitted)
    assert event.despite_blocked == BLOCKED
