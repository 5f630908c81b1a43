"""Who decides on an old view changes nothing; what others owe runs on."""

from dataclasses import replace

from services.tracker.domain.commands import (
    Body,
    CaseBasis,
    ContactBody,
    DecideSupervision,
    DraftReply,
    Fulfil,
    FulfilBody,
    LogContact,
    Sign,
    SignOff,
    SupervisionBody,
)
from services.tracker.domain.duties import unit
from services.tracker.domain.model import task_state
from shared.contracts.router import ItemDispatched
from shared.errors import Invalid
from shared.ids import named_id, to_text
from tests.support.shanghai import at
from tests.support.tracker.play import (
    CLERK,
    CO_CLERK,
    CO_HEAD,
    CO_TASK,
    DISPATCHER,
    HEAD,
    ITEM,
    OTHER,
    TASK,
    UNIT,
    Play,
    contacted,
    dispatched,
    draft,
    given,
    objection,
    opened,
    rating,
    refused,
    signed,
)

THIRD = named_id("unit", "housing")
NEW_TASK = named_id("task", "3")


def two_units() -> Play:
    """Two separate units, each owing an answer."""
    return opened(given(role="separate"), given(CO_TASK, OTHER, "separate"))


def replaced(when: str) -> ItemDispatched:
    """Give the first unit's task to a third."""
    event = dispatched(when, given(NEW_TASK, THIRD, "separate"), no=2)
    assert isinstance(event, ItemDispatched)
    return event.model_copy(update={"replaces": TASK})


def states(play: Play) -> dict[bytes, str]:
    return {key: task_state(task, play.case.row.round) for key, task in play.case.tasks.items()}


def test_an_act_on_an_old_view_is_stale() -> None:
    play = opened()
    old = CaseBasis(topic="tracker.case.v1", seq=play.case.row.seq)
    play.act(Sign(ITEM, TASK, CLERK, Body(basis=old)), "2022-09-08 16:00")
    ahead = old.model_copy(update={"seq": play.case.row.seq + 1})
    for basis in (old, ahead):
        body = draft().body.model_copy(update={"basis": basis})
        refused(play, DraftReply(ITEM, TASK, CLERK, body), "2022-09-09", "stale")


def test_one_task_of_an_open_case_is_given_to_another_unit() -> None:
    play = two_units()
    play.act(Sign(ITEM, CO_TASK, CO_CLERK), "2022-09-08 15:00")
    play.act(objection(), "2022-09-09 09:00")
    play.hear(replaced("2022-09-09 15:00"))
    assert states(play) == {TASK: "ended", CO_TASK: "signed", NEW_TASK: "given"}
    assert play.case.tasks[TASK].objection == "granted"
    assert play.case.row.is_held


def test_a_reassignment_that_comes_too_late_is_not_followed() -> None:
    play = two_units()
    play.act(Sign(ITEM, TASK, CLERK), "2022-09-08 15:00")
    before = play.case
    play.hear(replaced("2022-09-09 15:00"))
    assert play.case == before


def test_a_unit_that_answered_owes_no_answer_while_the_other_still_does() -> None:
    play = contacted(given(role="separate"), given(CO_TASK, OTHER, "separate"))
    play.act(draft(), "2022-09-19")
    play.act(SignOff(ITEM, TASK, HEAD), "2022-09-19")
    owing = {clock.task_id for clock in play.case.clocks.values() if clock.kind == "reply"}
    assert owing == {CO_TASK}
    again = replace(draft(), task_id=TASK)
    refused(play, again, "2022-09-20", "already_replied")


def test_only_a_leader_takes_a_supervision() -> None:
    play = signed()
    play.tick("2022-10-20")
    body = SupervisionBody(level="key", granted=True, leader=to_text(OTHER))
    refused(
        play, DecideSupervision(ITEM, DISPATCHER, body), "2022-10-20", "leader_missing", Invalid
    )
    no = SupervisionBody(level="key", granted=False)
    play.act(DecideSupervision(ITEM, DISPATCHER, no), "2022-10-20")
    assert (play.case.row.supervision, play.case.row.key_candidate) == ("supervised", "refused")


def test_a_case_of_two_units_is_as_far_as_the_one_that_is_furthest_behind() -> None:
    play = contacted(given(role="separate"), given(CO_TASK, OTHER, "separate"))
    play.act(draft("planned", promised_on="2022-10-20", contact="王"), "2022-09-19")
    play.act(SignOff(ITEM, TASK, HEAD), "2022-09-19")
    play.act(Sign(ITEM, CO_TASK, CO_CLERK), "2022-09-19")
    spoke = ContactBody(channel="phone", note="已联系")
    play.act(LogContact(ITEM, CO_TASK, CO_CLERK, spoke), "2022-09-19")
    play.act(replace(draft(), task_id=CO_TASK, by=CO_CLERK), "2022-09-20")
    play.act(SignOff(ITEM, CO_TASK, CO_HEAD), "2022-09-20")
    play.hear(rating("2022-09-21", "satisfied", reply_no=2))
    assert (play.state, play.case.row.outcome) == ("TRACKING", "planned")
    promise = play.clock("promise")
    assert (promise.debtor, promise.due_at) == (unit(UNIT), at("2022-10-21 00:00"))
    done = FulfilBody(plain="已落实", text="已列入并落实")
    refused(play, Fulfil(ITEM, CO_TASK, CO_HEAD, done), "2022-10-08", "no_promise")
    play.act(Fulfil(ITEM, TASK, HEAD, done), "2022-10-08")
    play.hear(rating("2022-10-09", "satisfied", reply_no=3))
    assert (play.state, play.case.row.outcome) == ("CLOSED", "solved")
