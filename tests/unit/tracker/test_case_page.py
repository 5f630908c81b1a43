"""What the page of a case says about its limits and the steps ahead is true."""

from typing import Any

from services.tracker.console.case_page import day_grid
from services.tracker.console.labels import ViewContext
from services.tracker.console.timeline import timeline
from services.tracker.console.trail import Describer
from services.tracker.settings import ZHEJIANG
from shared.contracts.tracker import DeadlineSet
from shared.features.trail import Names
from tests.support.intake.stations import small_directory
from tests.support.shanghai import at
from tests.support.tracker.play import (
    CLERK,
    Play,
    accepted,
    context_at,
    dispatched,
    rating,
    replied,
    submitted,
)  # fmt: skip

DIRECTORY = small_directory()
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
    assert (grid["2027-01-01"].number, grid["2027-01-01"].mark) == (None, "元旦")
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
