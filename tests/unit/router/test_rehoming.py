"""A unit is abolished: its successor takes over its tasks, or a dispatcher chooses a unit."""

from dataclasses import replace
from datetime import timedelta

from shared.calendar import local_day
from shared.contracts.router import AssignmentRehomed, AssignmentText
from shared.contracts.tracker import CaseClosed, ReworkOrdered
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.messaging.subject import ClockDue
from tests.support.places import amended
from tests.support.router.play import (
    COUNTY,
    DIRECTORY,
    ITEM,
    NOW,
    TOWNSHIP,
    Play,
    accepted,
    context,
    dispatch,
    emitted_by,
    given_out,
    matter,
    objected,
    objection,
    refused,
    rehome,
    replied,
    seen,
    unit,
)

POWER, ECONOMY = unit(COUNTY, "power_co"), unit(COUNTY, "econ_it")
YESTERDAY = local_day(NOW) - timedelta(days=1)


def abolished(kind: str, successor: Id | None = None) -> Directory:
    ended = {"valid_to": YESTERDAY, "successor_id": successor, "end_reason": "机构改革"}
    return amended(DIRECTORY, unit(COUNTY, kind), actor="admin-1", **ended)


def after(play: Play, known: Directory) -> Play:
    """Let the clocks look at an item in a changed directory."""
    play = replace(play, context=context(known))
    play.step(ClockDue(ITEM))
    return play


def duty(play: Play) -> str:
    return play.item.row.duty


def moved(play: Play) -> list[AssignmentRehomed]:
    return [event for event in play.emitted if isinstance(event, AssignmentRehomed)]


def test_a_task_goes_on_with_the_successor_and_nothing_is_given_out_anew() -> None:
    play = given_out()
    task, handed_over, before = play.task(), play.item.row.handed_over, play.item.row.dispatch_no
    play = after(play, abolished("power_co", ECONOMY))
    (event,) = moved(play)
    assert (event.task_id, event.from_unit, event.to_unit) == (task, POWER, ECONOMY)
    assert (event.actor, event.reason) == ("admin-1", "unit_abolished")
    assert (play.item.row.dispatch_no, play.item.row.handed_over) == (before, handed_over)
    assert {t.unit_id for t in play.item.tasks if t.task_id == task} == {ECONOMY}
    assert duty(play) == ""
    reason = [event for event in play.emitted if isinstance(event, AssignmentText)][-1].reasons[-1]
    assert ("撤并" in reason.zh, "abolished" in reason.en) == (True, True)
    assert reason.note == "机构改革"
    emitted = list(play.emitted)
    play.step(ClockDue(ITEM))
    assert play.emitted == emitted, "looked at again"


def test_without_a_successor_the_dispatcher_says_who_goes_on() -> None:
    play = after(given_out(), abolished("power_co"))
    assert moved(play) == []
    assert (play.item.row.duty, play.item.row.duty_since) == ("rehome", NOW)
    play.act(rehome(ECONOMY))
    assert [event.to_unit for event in moved(play)] == [ECONOMY]
    assert moved(play)[0].actor != "admin-1"
    assert duty(play) == ""


def test_another_organ_may_not_say_it_nor_may_it_be_said_twice_or_on_an_old_view() -> None:
    play = after(given_out(), abolished("power_co"))
    assert refused(play, rehome(ECONOMY, TOWNSHIP)) == "not_found"
    old = seen("router.assignment.v1", 1)
    assert refused(play, rehome(ECONOMY, basis=old)) == "stale_basis"
    assert refused(play, rehome(POWER)) == "unit_ended"
    play.act(rehome(ECONOMY))
    assert refused(play, rehome(ECONOMY)) == "not_homeless"


def test_a_closed_item_stays_with_whom_it_was() -> None:
    play = given_out()
    closed = CaseClosed(**emitted_by("t"), how="rated", outcome="solved")
    play.hear(replied(play.task()), closed)
    play = after(play, abolished("power_co", ECONOMY))
    assert (moved(play), duty(play)) == ([], "")


def test_a_closed_item_that_is_reopened_goes_to_the_successor() -> None:
    play = given_out()
    closed = CaseClosed(**emitted_by("t"), how="rated", outcome="solved")
    play.hear(replied(play.task()), closed)
    play = after(play, abolished("power_co", ECONOMY))
    play.hear(ReworkOrdered(**emitted_by("t"), round=2))
    assert not play.item.row.closed
    play.step(ClockDue(ITEM))
    assert [event.to_unit for event in moved(play)] == [ECONOMY]


def test_an_objection_of_an_abolished_unit_is_decided_first() -> None:
    play = given_out()
    play.hear(objected(play.task()))
    play = after(play, abolished("power_co"))
    assert duty(play) == "objection"
    play.act(objection("reassign", unit=ECONOMY))
    assert duty(play) == ""
    assert ECONOMY in {task.unit_id for task in play.item.tasks if not task.ended}


def test_nothing_new_is_given_to_a_unit_that_is_no_more() -> None:
    known = context(abolished("power_co", ECONOMY))
    route = known.table.propose(COUNTY, matter("power_supply"))
    assert route.lead == ECONOMY
    play = Play(context=known).hear(accepted(COUNTY))
    assert refused(play, dispatch(lead=POWER)) == "unit_ended"
