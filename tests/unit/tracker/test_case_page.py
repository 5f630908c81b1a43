"""What the page of a case says about its limits and the steps ahead is true."""

from dataclasses import replace
from typing import Any

import pytest

from services.tracker.actions import CaseDetails
from services.tracker.console.case_page import act_bar, day_grid, facts, limit_label
from services.tracker.console.labels import ViewContext, deadline_of, waited_for
from services.tracker.console.timeline import timeline
from services.tracker.console.trail import Describer
from services.tracker.console.worklist import next_step
from services.tracker.domain.clocks import reconcile
from services.tracker.domain.commands import Sign
from services.tracker.domain.mirrors import TextRow
from services.tracker.domain.model import ClockRow
from services.tracker.settings import ZHEJIANG
from services.tracker.store import Show
from shared.calendar import Limit
from shared.contracts.router import DirectoryMatter
from shared.contracts.tracker import CaseUrged, DeadlineSet
from shared.features.trail import Names
from shared.ids import TAIL, named_id, to_text
from shared.settings import Limits
from shared.text import Bilingual
from tests.support.entries import written
from tests.support.intake.stations import small_directory
from tests.support.places import directory
from tests.support.shanghai import at
from tests.support.tracker.play import (
    CLERK,
    CO_CLERK,
    CO_TASK,
    DISPATCHER,
    HEAD,
    ITEM,
    ORGAN,
    OTHER,
    TASK,
    UNIT,
    Play,
    accepted,
    context_at,
    dispatched,
    given,
    objection,
    officer,
    opened,
    rating,
    replied,
    signed,
    submitted,
)  # fmt: skip

DIRECTORY = small_directory()
COMMITTEE_HEAD = officer("committee_head", organ=ORGAN)
PROMISE = {"promised_on": "2022-11-01", "contact": "周明远"}


def view(when: str, by: Any = CLERK) -> ViewContext:
    return ViewContext(by, DIRECTORY, context_at(at(when)), ZHEJIANG)


def ahead(play: Play, when: str) -> list[tuple[str, str]]:
    """The steps to come, each with its day."""
    steps = timeline(play.case, (), view(when))
    return [(str(one.what), str(one.when)) for one in steps if one.pace == "todo"]


def test_new_years_day_has_no_number_and_a_provisional_day_its_mark_wherever_it_stands() -> None:
    play = Play().hear(
        submitted("2026-12-10 09:00"), accepted("2026-12-10 10:00"), dispatched("2026-12-18 09:00")
    )
    clock, seen = play.clock("reply"), view("2026-12-21 09:00")
    grid = {str(day.day): day for day in day_grid(play.case, clock, seen)}
    new_year = grid["2027-01-01"]
    assert (new_year.number, new_year.mark) == (None, Bilingual("元旦", "New Year's Day"))
    assert (grid["2027-01-11"].number, grid["2027-01-11"].provisional) == (15, True)
    assert sum(day.provisional for day in grid.values()) == 1
    reply = next(one for one in timeline(play.case, (), seen) if one.pace == "todo")
    assert reply.provisional
    (told,) = [event for event in play.emitted if isinstance(event, DeadlineSet)]
    fields = Describer(Names(DIRECTORY), {})(told).values
    days = {str(one.name): str(one.now) for one in fields}
    assert days == {"签收期限": "2026-12-21", "答复期限": "2027-01-11（暂定）"}


def test_a_promise_is_kept_and_rated_again_before_the_case_is_closed() -> None:
    play = replied("planned", **PROMISE)
    kept = [
        ("核对兑现，由负责人签发", "2022-11-01前"),
        ("提出人评价", "答复后15个工作日内"),
        ("办结；评价不满意则重新办理", "评价后"),
    ]
    assert ahead(play, "2022-09-21") == [("提出人评价", "2022-10-14前"), *kept]
    assert ahead(play.hear(rating("2022-09-22", "satisfied")), "2022-09-23") == kept
    assert ahead(replied(), "2022-09-21") == [("提出人评价", "2022-10-14前"), kept[-1]]


def test_the_time_to_rate_is_the_limit_in_force_before_its_clock_runs() -> None:
    seen = view("2022-09-09")
    for limit, words in (
        (Limit(n=10, kind="wd"), "答复后10个工作日内"),
        (Limit(n=1, kind="months"), "答复后"),
    ):
        context = replace(seen.context, limits=Limits(rating=limit))
        steps = timeline(signed().case, (), replace(seen, context=context))
        assert [str(one.when) for one in steps if str(one.what) == "提出人评价"] == [words]


def test_the_label_of_a_limit_gives_its_true_reason() -> None:
    play, seen = opened(given(), given(CO_TASK, OTHER, "co")), view("2022-09-09")
    lead, co = (play.case.clocks["reply", task, 1] for task in (TASK, CO_TASK))
    assert limit(play, lead, seen) == "一般事项，15个工作日"
    assert limit(play, co, seen) == "会办意见为主办期限的一半，8个工作日"
    again = replied().hear(rating("2022-09-22", "dissatisfied"))
    assert limit(again, again.clock("reply"), seen) == "重新办理，15个工作日"
    urgent = DirectoryMatter(
        **written("331004"), code="power", name_zh="停电", name_en="Power cut", parent="energy",
        authority_level="county", lead_kind="power", urgent=True, limit_wd=1,
    )  # fmt: skip
    known = replace(seen, directory=directory((named_id("matter", "power"), urgent)))
    play = Play().hear(
        submitted("2022-09-05 09:12"),
        accepted("2022-09-05 15:40"),
        dispatched("2022-09-08 09:30", reply=Limit(n=1, kind="wd")),
    )
    assert limit(play, play.clock("reply"), known) == "紧急事项，1个工作日"
    details = CaseDetails(
        play.case, TextRow(key=ITEM), known.directory, at("2022-09-08 12:00"), Limits()
    )
    shown = facts(details, play.clock("reply"), known)
    assert "2022-09-0924:00前，紧急事项" in [str(one.note) for one in shown]
    (said,) = [event for event in play.emitted if isinstance(event, DeadlineSet)]
    told = Describer(Names(known.directory), play.case.tasks, urgent)(said).values
    assert [str(one.now) for one in told] == ["2022-09-09", "2022-09-09（紧急事项）"]


def limit(play: Play, clock: ClockRow, seen: ViewContext) -> str:
    return str(limit_label(play.case, clock, seen))


def spoken(play: Play, by: Any) -> tuple[str, str]:
    """The limit on the page of the case, and the step that others owe in a list."""
    seen = view("2022-09-08 12:00", by)
    clock = seen.clock_of(play.case)
    assert clock is not None
    return str(deadline_of(play.case, clock, seen)), str(waited_for(play.case, clock, seen))


def test_of_several_units_that_owe_a_step_the_lead_is_named_first() -> None:
    lead, co = (to_text(key)[TAIL] for key in (UNIT, OTHER))
    for tasks in ((given(), given(CO_TASK, OTHER, "co")), (given(TASK), given(CO_TASK, OTHER))):
        play = opened(*tasks)
        both = f"{lead}和另外1个单位"
        assert spoken(play, DISPATCHER) == (f"签收期限（{both}）", f"{both}：单位签收")
        assert spoken(play, CO_CLERK)[0] == f"签收期限（{co}）"
        play.act(Sign(ITEM, TASK, CLERK), "2022-09-08 11:00")
        assert spoken(play, DISPATCHER)[0] == f"签收期限（{co}）"


def test_what_a_co_handler_owes_is_an_opinion_wherever_it_is_named() -> None:
    play = opened(given(), given(CO_TASK, OTHER, "co"))
    play.act(Sign(ITEM, CO_TASK, CO_CLERK), "2022-09-08 11:00")
    seen = view("2022-09-08 12:00", CO_CLERK)
    clock = play.case.clocks["reply", CO_TASK, 1]
    assert str(next_step(play.case, clock, seen)[0]) == "提交会办意见"
    assert [str(one.words) for one in act_bar(play.case, seen, is_blocked=False).acts] == [
        "提交会办意见",
        "登记联系",
    ]
    told = [event for event in play.emitted if isinstance(event, DeadlineSet)]
    play.tick("2022-09-22 09:00")
    urged = next(one for one in play.emitted if isinstance(one, CaseUrged) and one.clock == "reply")
    describe = Describer(Names(DIRECTORY), play.case.tasks)
    unit = to_text(OTHER)[TAIL]
    assert f"会办意见期限（{unit}）" in {str(one.name) for one in describe(told[0]).values}
    assert [str(one.now) for one in describe(urged).values] == ["会办意见"]
    shown = [str(one.what) for one in timeline(play.case, play.case.new_entries, seen)]
    assert "催办：未按时提交会办意见" in shown


def test_while_an_objection_is_decided_the_decision_speaks_to_the_unit_and_the_dispatcher() -> None:
    play = opened()
    play.act(objection(), "2022-09-08 11:00")
    for by in (CLERK, HEAD, DISPATCHER):
        assert spoken(play, by) == ("审核退办期限", "交办机关审核退办")
    both = opened(given(), given(CO_TASK, OTHER, "co"))
    both.act(objection(), "2022-09-08 11:00")
    assert spoken(both, CO_CLERK)[0].startswith("签收期限")


@pytest.mark.parametrize("by", [DISPATCHER, COMMITTEE_HEAD, CLERK, HEAD])
def test_the_clock_a_list_shows_is_the_one_it_is_sorted_by(by: Any) -> None:
    """The reply is overdue while the objection is decided; the decision is due later."""
    play = signed()
    late = context_at(at("2022-10-08 09:00"))
    task = play.case.tasks[TASK].model_copy(
        update={"objection": "open", "objected_at": late.now, "objected_round": 1}
    )
    play.case, _said = reconcile(play.case.with_task(task), late)
    seen, row = view("2022-10-08 09:00", by), play.case.row
    overdue: tuple[Show, ...] = ("open", "late", "supervised", "all")
    for show in overdue:
        clock = seen.clock_of(play.case, show)
        assert clock is not None
        assert (clock.kind, clock.due_at) == ("reply", row.next_due)
    clock = seen.clock_of(play.case, "waiting")
    assert clock is not None
    if by in (CLERK, HEAD):
        assert clock == play.clock("decide_objection")
    else:
        assert clock.due_at == row.waits_until
