"""The course of a case: who holds it, where it stands, which clocks run, what it says."""

from datetime import timedelta

import pytest

from services.tracker.domain.commands import Sign, SignOff
from services.tracker.domain.model import task_state
from shared.calendar import Limit, start_of_day
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemRejected, ItemResubmitted, ItemReturned
from shared.contracts.router import ItemEscalated, ObjectionRefused
from shared.contracts.tracker import DeadlineSet, TaskResumed
from shared.ids import named_id, to_text
from tests.support.shanghai import at
from tests.support.tracker.play import (
    CO_CLERK,
    CO_HEAD,
    CO_TASK,
    HEAD,
    ITEM,
    LEADER,
    ORGAN,
    OTHER,
    TASK,
    UNIT,
    UPPER,
    Play,
    accepted,
    contact,
    contacted,
    dispatched,
    draft,
    fulfil,
    given,
    objection,
    opened,
    opinion,
    rating,
    refused,
    replied,
    signed,
    submitted,
    supervise,
)

FIELDS = {"division_code": "331004102", "actor": "someone"}


def types(play: Play) -> list[str]:
    return [event.type for event in play.emitted]


def escalated(when: str) -> ItemEscalated:
    levels = {"from_level": "county", "to_level": "city", "organ_id": UPPER}
    fields = FIELDS | levels | {"occurred_at": at(when), "reason": "above_level"}
    return ItemEscalated.model_validate(fields)


def ends(text: str) -> object:
    """24:00 of a day."""
    return start_of_day(at(text).date()) + timedelta(days=1)


def stands(play: Play, state: str, **clocks: str) -> bool:
    """Whether a case is in this state and these clocks alone run, to the ends of these days."""
    running = {clock.kind: clock.due_at for clock in play.case.clocks.values()}
    return (play.state, running) == (state, {kind: ends(day) for kind, day in clocks.items()})


def test_acceptance_is_due_one_working_day_after_the_item_came() -> None:
    play = Play().hear(submitted("2022-09-09 17:00"))
    assert stands(play, "SUBMITTED", accept="2022-09-13")
    assert play.clock("accept").debtor.startswith("station:")


def test_supplement_stops_the_accept_clock() -> None:
    play = Play().hear(
        submitted("2022-09-05 09:00"),
        ItemReturned(occurred_at=at("2022-09-05 10:00"), reason="unclear", **FIELDS),
    )
    assert (play.state, play.clock("accept").paused) == ("SUPPLEMENT", True)
    assert play.tick("2022-09-08") == []
    play.hear(ItemResubmitted(occurred_at=at("2022-09-08 10:00"), **FIELDS))
    assert stands(play, "SUBMITTED", accept="2022-09-09")


def test_an_item_rejected_or_solved_on_the_spot_owes_nothing() -> None:
    rejected = ItemRejected(occurred_at=at("2022-09-05"), reason="R4", **FIELDS)
    play = Play().hear(submitted("2022-09-05"), rejected)
    assert stands(play, "REJECTED")
    play = Play().hear(submitted("2022-09-05"), accepted("2022-09-05", solved_on_spot=True))
    assert stands(play, "CLOSED")
    assert types(play) == ["case.closed"]


def test_acceptance_starts_the_organs_clock_and_escalation_moves_its_debtor() -> None:
    play = Play().hear(submitted("2022-09-05 09:12"), accepted("2022-09-05 15:40"))
    assert stands(play, "ACCEPTED", dispatch="2022-09-07")
    assert play.clock("dispatch").debtor == f"organ:{ORGAN.hex()}"
    play.hear(escalated("2022-09-06"))
    assert stands(play, "ACCEPTED", dispatch="2022-09-07")
    assert play.clock("dispatch").debtor == f"organ:{UPPER.hex()}"


def test_dispatch_opens_sign_and_reply_clocks_and_tells_both_in_one_event() -> None:
    play = opened()
    assert stands(play, "DISPATCHED", sign="2022-09-09", reply="2022-09-30")
    (said,) = play.emitted
    assert isinstance(said, DeadlineSet)
    told = [(clock.clock, clock.due_at) for clock in said.clocks]
    assert told == [("sign", ends("2022-09-09")), ("reply", ends("2022-09-30"))]


def test_the_dispatchs_own_limit_counts_and_an_unpublished_year_makes_it_provisional() -> None:
    known = Play().hear(dispatched("2022-07-05", reply=Limit(n=3, kind="months"))).clock("reply")
    assert (known.due_at, known.provisional) == (ends("2022-10-08"), False)
    assert Play().hear(dispatched("2039-03-01")).clock("reply").provisional


def test_a_co_handler_has_half_the_time_rounded_up() -> None:
    play = opened(given(), given(CO_TASK, OTHER, "co"))
    due = {c.task_id: c.due_at for c in play.case.clocks.values() if c.kind == "reply"}
    assert due[CO_TASK] == ends("2022-09-21")
    assert due[TASK] == ends("2022-09-30")
    play.act(opinion(), "2022-09-16")
    assert CO_TASK not in {clock.task_id for clock in play.case.clocks.values()}


def test_the_whole_way_to_a_satisfied_answer() -> None:
    assert opened().case.row.waits_until == opened().clock("sign").due_at
    play = signed()
    assert stands(play, "IN_PROGRESS", reply="2022-09-30")
    assert play.case.row.waits_until == play.clock("reply").due_at
    assert play.clock("reply").debtor == f"unit:{UNIT.hex()}"
    play = contacted()
    lines = [(line.seq, line.type) for line in play.case.new_entries]
    assert lines == [(2, "task.signed"), (3, "task.contact_logged")], "its own facts"
    play.act(draft(), "2022-09-19")
    assert play.state == "SIGNOFF"
    play.act(SignOff(ITEM, TASK, HEAD), "2022-09-20")
    assert stands(play, "REPLIED", rating="2022-10-14")
    play.hear(rating("2022-09-22", "satisfied"))
    assert stands(play, "CLOSED")
    assert types(play)[-2:] == ["case.rated", "case.closed"]
    assert (play.case.row.closed_how, play.case.row.waits_until) == ("rated", None)


def test_silence_closes_unrated_after_the_window() -> None:
    play = replied()
    assert play.tick("2022-10-14 23:59") == []
    play.tick("2022-10-15 00:00")
    assert types(play)[-2:] == ["case.rating_window_closed", "case.closed"]
    assert (play.state, play.case.row.closed_how) == ("CLOSED", "unrated")


def test_a_rating_made_in_the_window_but_read_later_counts() -> None:
    play = replied()
    play.tick("2022-10-20")
    play.hear(rating("2022-10-14 23:00", "dissatisfied"))
    assert (play.state, play.case.row.closed_at) == ("REWORK", None)


@pytest.mark.parametrize(
    ("when", "reply_no", "reason"),
    [("2022-10-15 00:00", 1, "window_over"), ("2022-09-21", 2, "no_such_reply")],
)
def test_a_rating_out_of_place_is_refused(when: str, reply_no: int, reason: str) -> None:
    play = replied()
    play.hear(rating(when, "satisfied", reply_no))
    assert (play.state, play.emitted[-1].type) == ("REPLIED", "case.rating_refused")
    assert play.emitted[-1].reason == reason  # type: ignore[attr-defined]


def test_dissatisfied_orders_rework_with_its_own_limit_once_more_and_then_supervision() -> None:
    play = replied()
    play.hear(rating("2022-09-22", "dissatisfied"))
    assert stands(play, "REWORK", reply="2022-10-18")
    assert play.case.row.round == 2
    play.act(contact(), "2022-09-23")
    play.answer("2022-09-26")
    assert play.case.row.reply_no == 2
    play.hear(rating("2022-09-27", "dissatisfied", 2))
    assert (play.state, play.case.row.supervision) == ("REWORK", "supervised")
    assert "supervision.raised" in types(play)


def test_the_law_gives_a_month_to_answer_a_deputy_suggestion_again() -> None:
    play = replied()
    play.case = play.case.with_row(profile="legal_suggestion")
    play.hear(rating("2022-09-22", "dissatisfied"))
    assert stands(play, "REWORK", reply="2022-10-24"), "22 October is a Saturday"


def test_a_promise_is_tracked_and_kept() -> None:
    play = replied("planned", promised_on="2022-11-30", contact="王工")
    play.hear(rating("2022-09-22", "basically_satisfied"))
    assert stands(play, "TRACKING", promise="2022-11-30")
    play.act(fulfil(), "2022-11-20")
    assert (play.state, play.case.row.outcome) == ("REPLIED", "solved")
    assert [t for t in types(play) if t.startswith("case.promise")] == ["case.promise_kept"]
    play.tick("2023-01-30")
    assert play.state == "CLOSED"


def test_an_objection_of_the_only_lead_hands_the_case_back() -> None:
    play = opened()
    play.act(objection(), "2022-09-09 10:00")
    assert stands(play, "OBJECTED", reply="2022-09-30", decide_objection="2022-09-13")
    assert types(play)[1:] == ["task.objected", "case.handed_back", "case.text", "deadline.set"]
    play.hear(
        ObjectionRefused(occurred_at=at("2022-09-13"), task_id=TASK, reason="studied", **FIELDS)
    )
    assert stands(play, "IN_PROGRESS", reply="2022-09-30")
    decided = play.emitted[-1]
    assert isinstance(decided, TaskResumed)
    assert (decided.task_id, decided.actor) == (TASK, FIELDS["actor"])
    assert decided.occurred_at == at("2022-09-13")
    assert play.case.new_entries[-1].type == "task.resumed"
    refused(play, objection(), "2022-09-13 10:00", "objection_decided")


def test_a_second_dispatch_ends_the_old_task_and_starts_anew() -> None:
    play = opened()
    play.act(objection(), "2022-09-09")
    play.hear(dispatched("2022-09-13", given(CO_TASK, OTHER), no=2))
    assert play.state == "DISPATCHED"
    assert play.case.tasks[TASK].objection == "granted"
    assert {clock.task_id for clock in play.case.clocks.values()} == {CO_TASK}
    assert play.clock("reply").due_at == ends("2022-10-09")


def test_an_objection_that_goes_up_starts_the_upper_organs_clock() -> None:
    play = opened()
    play.act(objection(), "2022-09-09")
    play.hear(escalated("2022-09-13"))
    assert stands(play, "ACCEPTED", dispatch="2022-09-15")
    assert play.clock("dispatch").debtor == f"organ:{UPPER.hex()}"


TWO_UNITS = (given(role="separate"), given(CO_TASK, OTHER, "separate"))
THIRD, NEW_TASK = named_id("unit", "housing"), named_id("task", "3")


def replaced(when: str) -> Event:
    event = dispatched(when, given(NEW_TASK, THIRD, "separate"), no=2)
    return event.model_copy(update={"replaces": TASK})


def test_one_of_two_separate_units_objects_and_is_replaced_while_the_case_stays() -> None:
    play = opened(*TWO_UNITS)
    play.act(objection(), "2022-09-09 09:00")
    assert "case.handed_back" not in types(play)
    play.act(Sign(ITEM, CO_TASK, CO_CLERK), "2022-09-09 10:00")
    play.hear(replaced("2022-09-09 15:00"))
    states = {key: task_state(one, play.case.row.round) for key, one in play.case.tasks.items()}
    assert states == {TASK: "ended", CO_TASK: "signed", NEW_TASK: "given"}
    assert play.case.tasks[TASK].objection == "granted"
    assert play.case.row.is_held


def test_a_reassignment_that_comes_too_late_is_not_followed() -> None:
    play = signed(*TWO_UNITS)
    before = play.case
    play.hear(replaced("2022-09-09 15:00"))
    assert play.case == before


def test_separate_units_all_answer_before_the_window_opens() -> None:
    play = contacted(*TWO_UNITS)
    play.answer("2022-09-19")
    owing = {clock.task_id for clock in play.case.clocks.values() if clock.kind == "reply"}
    assert (play.state, owing) == ("DISPATCHED", {CO_TASK})
    assert "rating" not in play.running()
    refused(play, draft(), "2022-09-20", "already_replied")
    play.act(Sign(ITEM, CO_TASK, CO_CLERK), "2022-09-20")
    play.act(contact(CO_TASK, CO_CLERK), "2022-09-20")
    play.answer("2022-09-20", CO_TASK, CO_CLERK, CO_HEAD)
    assert (play.state, play.running()) == ("REPLIED", {"rating"})


def test_a_case_of_two_units_is_as_far_as_the_one_that_is_furthest_behind() -> None:
    play = contacted(*TWO_UNITS)
    play.act(draft("planned", promised_on="2022-10-20", contact="王"), "2022-09-19")
    play.act(SignOff(ITEM, TASK, HEAD), "2022-09-19")
    play.act(Sign(ITEM, CO_TASK, CO_CLERK), "2022-09-19")
    play.act(contact(CO_TASK, CO_CLERK), "2022-09-19")
    play.answer("2022-09-20", CO_TASK, CO_CLERK, CO_HEAD)
    play.hear(rating("2022-09-21", "satisfied", reply_no=2))
    assert (play.state, play.case.row.outcome) == ("TRACKING", "planned")
    promise = play.clock("promise")
    assert (promise.debtor, promise.due_at) == (f"head:{UNIT.hex()}", at("2022-10-21 00:00"))
    refused(play, fulfil(CO_TASK, CO_HEAD), "2022-10-08", "no_promise")
    play.act(fulfil(), "2022-10-08")
    play.hear(rating("2022-10-09", "satisfied", reply_no=3))
    assert (play.state, play.case.row.outcome) == ("CLOSED", "solved")


def test_unsigned_for_two_working_days_counts_as_signed() -> None:
    play = opened()
    assert play.tick("2022-09-13 23:59") == []
    play.tick("2022-09-14 00:00")
    assert types(play)[1:] == ["deadline.breached", "case.urged", "task.signed"]
    assert (play.state, play.case.tasks[TASK].by_silence) == ("IN_PROGRESS", True)


def test_a_late_reply_climbs_the_ladder_once_each() -> None:
    play = contacted()
    said = len(play.emitted)
    assert play.tick("2022-10-07") == []
    assert [e.type for e in play.tick("2022-10-08")] == ["deadline.breached", "case.urged"]
    assert play.tick("2022-10-09") == []
    (third,) = play.tick("2022-10-10")
    (fifth,) = play.tick("2022-10-12")
    assert (third.level, fifth.level) == ("supervised", "key")  # type: ignore[attr-defined]
    assert play.tick("2023-10-12") == []
    assert len(play.emitted) == said + 4
    row = play.case.row
    assert (row.supervision, row.key_candidate) == ("supervised", "open")


def test_after_an_outage_every_step_is_recorded_late_and_only_the_newest_is_notified() -> None:
    play, again = contacted(), contacted()
    for day in ("2022-10-08 00:00", "2022-10-10 00:00", "2022-10-12 00:00"):
        play.tick(day)
    again.outages = [(at("2022-10-07 18:00"), at("2022-12-01"))]
    emitted = again.tick("2022-12-01")
    late, back = {"late_by", "overtaken"}, at("2022-12-01")
    assert again.case == play.case
    for one, other in zip(again.emitted, play.emitted, strict=True):
        assert one.model_dump(exclude=late) == other.model_dump(exclude=late)
    for one in emitted:
        assert one.late_by == (back - one.occurred_at).total_seconds()  # type: ignore[attr-defined]
    rungs = [(one.type, one.overtaken) for one in emitted if hasattr(one, "overtaken")]
    assert rungs == [
        ("case.urged", True), ("supervision.raised", True), ("supervision.raised", False),
    ]  # fmt: skip
    assert not any(getattr(one, "late_by", 0) for one in play.emitted)


def test_a_step_recorded_long_after_its_time_is_late_only_if_the_system_was_off() -> None:
    play = contacted()
    play.outages = [(at("2022-10-09"), at("2022-10-10 09:00"))]
    steps = [one for one in play.tick("2022-10-10 09:00") if hasattr(one, "late_by")]
    assert [(one.type, one.late_by) for one in steps] == [
        ("deadline.breached", 0), ("case.urged", 0), ("supervision.raised", 9 * 3600),
    ], "the clock of a simulation jumps"  # fmt: skip


def test_silence_does_not_run_while_the_system_was_off() -> None:
    play = opened()
    play.outages = [(at("2022-09-09 08:00"), at("2022-09-13 18:00"))]
    play.tick("2022-09-14 00:00")
    assert play.state == "DISPATCHED"
    assert play.tick("2022-09-15 23:59") == []
    play.tick("2022-09-16 00:00")
    assert (play.state, play.case.tasks[TASK].by_silence) == ("IN_PROGRESS", True)


def test_a_person_decides_on_key_supervision() -> None:
    play = contacted()
    play.tick("2022-10-20")
    play.act(supervise(), "2022-10-20")
    assert play.case.row.supervision == "key"
    assert play.emitted[-1].leader == to_text(LEADER)  # type: ignore[attr-defined]
    refusing = contacted()
    refusing.tick("2022-10-20")
    refusing.act(supervise(None, granted=False), "2022-10-20")
    row = refusing.case.row
    assert (row.supervision, row.key_candidate) == ("supervised", "refused")


def test_a_new_reason_proposes_key_supervision_again_after_a_refusal() -> None:
    play = contacted()
    play.tick("2022-10-20")
    play.act(supervise(None, granted=False), "2022-10-20")
    assert play.tick("2022-10-31") == [], "the same duty does not"
    answer_anew(play, "2022-11-01")
    play.hear(rating("2022-11-02", "dissatisfied"))
    play.tick("2023-01-10")
    assert play.case.row.key_candidate == "open", "another overdue reply"
    play.act(supervise(None, granted=False), "2023-01-11")
    play.act(contact(), "2023-01-12")
    answer_anew(play, "2023-01-12")
    play.hear(rating("2023-01-13", "dissatisfied", 2))
    assert play.case.row.key_candidate == "open", "dissatisfied twice"


def answer_anew(play: Play, when: str) -> None:
    play.act(draft(), when)
    play.act(SignOff(ITEM, TASK, HEAD), when)


def test_lateness_of_a_reply_is_told_in_working_days() -> None:
    play = contacted()
    play.tick("2022-10-10")
    play.answer("2022-10-10")
    (reply,) = [event for event in play.emitted if event.type == "case.replied"]
    assert reply.late_days == 3  # type: ignore[attr-defined]
