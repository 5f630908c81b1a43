"""A unit objects: the task is given on, the unit is held to it, or the item goes up."""

from collections.abc import Callable

import pytest

from services.router.routing.domain.commands import DecideObjection
from shared.contracts.router import (
    AssignmentText,
    ItemDispatched,
    ItemEscalated,
    ObjectionRefused,
    StandIn,
)
from shared.errors import Invalid
from shared.ids import Id, named_id, to_text
from tests.support import entries
from tests.support.places import with_entries
from tests.support.router.play import (
    CITY,
    COUNTY,
    DIRECTORY,
    NOW,
    PERSON,
    PROVINCE,
    TOWNSHIP,
    Play,
    at_county,
    context,
    dispatch,
    escalate,
    given_out,
    handed_back,
    objected,
    objection,
    refused,
    replied,
    seen,
    unit,
)

POWER, REFORM = unit(COUNTY, "power_co"), unit(COUNTY, "dev_reform")
OFFICE = unit(TOWNSHIP, "township_gov")
ECON, FINANCE, TAX = (unit(COUNTY, kind) for kind in ("econ_it", "finance", "tax"))


def lead_objects(suggested: Id | None = None) -> Play:
    """The lead of three objects; its baton comes back."""
    play = given_out()
    return play.hear(objected(play.task(), suggested=suggested), handed_back())


def co_objects() -> Play:
    """A co-handler objects; the tracker keeps the case."""
    play = given_out()
    return play.hear(objected(play.task(1)))


def roles(event: ItemDispatched) -> list[tuple[Id, str]]:
    return [(task.unit_id, task.role) for task in event.tasks]


@pytest.mark.parametrize("objects", [lead_objects, co_objects])
def test_an_objection_waits_for_the_organ_that_gave_out(objects: Callable[[], Play]) -> None:
    play = objects()
    assert (play.item.row.duty, len(play.item.objections)) == ("objection", 1)


def test_given_to_another_lead_the_whole_item_goes_out_anew() -> None:
    play = lead_objects(suggested=FINANCE)
    play.act(objection("reassign", unit=ECON))
    given = play.dispatched
    assert roles(given) == [(ECON, "lead"), (REFORM, "co"), (OFFICE, "co")]
    assert (given.dispatch_no, given.reason, given.replaces) == (2, "reassigned", None)
    assert (play.item.row.duty, play.item.row.held) == ("", False)


def test_the_unit_that_was_suggested_is_taken_when_none_is_named() -> None:
    play = lead_objects(suggested=ECON)
    play.act(objection("reassign"))
    assert play.dispatched.tasks[0].unit_id == ECON


def test_a_co_handler_may_become_the_lead_and_is_named_once() -> None:
    play = lead_objects()
    play.act(objection("reassign", unit=REFORM))
    assert roles(play.dispatched) == [(REFORM, "lead"), (OFFICE, "co")]


def test_only_the_co_handlers_task_is_given_on_when_it_objects() -> None:
    play = co_objects()
    old = play.task(1)
    play.act(objection("reassign", unit=FINANCE))
    given = play.dispatched
    assert roles(given) == [(FINANCE, "co")]
    assert (given.dispatch_no, given.replaces) == (2, old)
    assert (play.item.row.duty, play.item.row.held) == ("", False)


def test_who_replaced_a_co_handler_stays_when_the_lead_changes() -> None:
    play = co_objects()
    lead = play.task()
    play.act(objection("reassign", unit=FINANCE))
    play.hear(objected(lead), handed_back())
    play.act(objection("reassign", unit=ECON))
    assert roles(play.dispatched) == [(ECON, "lead"), (OFFICE, "co"), (FINANCE, "co")]


def test_what_was_given_out_anew_waits_for_no_old_objection() -> None:
    play = given_out()
    lead, co = play.task(), play.task(1)
    play.hear(objected(lead), handed_back(), objected(co))
    play.act(objection("reassign", unit=ECON, task_id=lead))
    assert (play.item.row.duty, play.item.objections) == ("", [])
    assert refused(play, objection("refuse", task_id=co)) == "no_objection"


def test_an_objection_to_an_old_dispatch_that_comes_late_is_no_duty() -> None:
    play = lead_objects()
    late = play.dispatched.tasks[2].task_id
    play.act(objection("reassign", unit=ECON))
    play.hear(objected(late))
    assert play.item.row.duty == ""


def test_given_out_or_sent_up_by_hand_after_an_objection_the_item_is_decided_too() -> None:
    play = lead_objects()
    play.act(dispatch(lead=ECON))
    assert (play.dispatched.dispatch_no, play.item.row.duty) == (2, "")
    play = lead_objects()
    play.act(escalate(COUNTY))
    assert play.item.row.duty == "dispatch"


def test_refused_the_unit_must_handle_and_the_tracker_has_the_baton_again() -> None:
    play = lead_objects()
    task = play.task()
    refusal, words = play.act(objection("refuse"))
    assert isinstance(refusal, ObjectionRefused)
    assert isinstance(words, AssignmentText)
    assert refusal.task_id == task
    assert (play.item.row.duty, play.item.row.held) == ("", False)
    assert words.reasons[-1].note == "已经研究"
    assert refused(play, objection("refuse")) == "no_objection"
    play = co_objects()
    play.act(objection("refuse"))
    assert (play.item.row.duty, play.item.row.held) == ("", False)


def test_the_baton_is_counted_whichever_comes_first() -> None:
    """The refusal may be made before the hand-back was heard."""
    play = given_out()
    play.hear(objected(play.task()))
    play.act(objection("refuse"))
    play.hear(handed_back())
    assert (play.item.row.held, play.item.row.duty) == (False, "")


def test_sent_up_the_item_waits_one_level_higher_and_nothing_below_remains() -> None:
    play = given_out()
    lead, co = play.task(), play.task(1)
    play.hear(objected(lead), handed_back(), objected(co))
    escalated, words = play.act(objection("escalate", task_id=lead))
    assert isinstance(escalated, ItemEscalated)
    assert isinstance(words, AssignmentText)
    levels = (escalated.from_level, escalated.to_level)
    assert (*levels, escalated.reason) == ("county", "city", "objection")
    row = play.item.row
    assert (row.level, row.duty, row.held) == ("city", "dispatch", True)
    assert row.duty_since == escalated.occurred_at != row.accepted_at
    play.act(dispatch(CITY, lead=unit(CITY, "dev_reform")))
    assert play.dispatched.dispatch_no == 2


@pytest.mark.parametrize(
    ("make", "act", "code"),
    [
        (lead_objects, objection("reassign", unit=POWER), "same_unit"),
        (lead_objects, objection("reassign", unit=unit(CITY, "econ_it")), "above_level"),
        (lead_objects, objection("reassign", unit=unit(PROVINCE, "province")), "above_level"),
        (lead_objects, objection("reassign", unit=unit("331003", "econ_it")), "above_level"),
        (lead_objects, objection("reassign", unit=bytes(16)), "unknown_unit"),
        (lead_objects, objection("reassign"), "unit_missing"),
        (lead_objects, objection("refuse", CITY), "not_found"),
        (lead_objects, objection("refuse", unit=ECON), "unit_unexpected"),
        (lead_objects, objection("escalate", unit=ECON), "unit_unexpected"),
        (co_objects, objection("reassign", unit=POWER), "unit_twice"),
        (co_objects, objection("reassign", unit=OFFICE), "unit_twice"),
        (co_objects, objection("escalate"), "not_the_lead"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(
    make: Callable[[], Play], act: DecideObjection, code: str
) -> None:
    assert refused(make(), act) == code


def test_a_unit_that_does_not_fit_is_told_where_it_is_chosen() -> None:
    for play, unit_id in ((lead_objects(), POWER), (co_objects(), OFFICE)):
        with pytest.raises(Invalid) as raised:
            play.act(objection("reassign", unit=unit_id))
        assert list(raised.value.fields) == ["unit"]
    with pytest.raises(Invalid) as raised:
        at_county().act(dispatch(lead=ECON, co=(ECON,)))
    assert list(raised.value.fields) == ["co"]


def test_with_several_objections_the_task_must_be_named() -> None:
    play = given_out()
    play.hear(objected(play.task(1)), objected(play.task(2)))
    assert refused(play, objection("refuse")) == "which_task"
    play.act(objection("refuse", task_id=play.task(2)))
    assert [task.task_id for task in play.item.objections] == [play.task(1)]


def test_the_leads_reply_settles_what_a_co_handler_objected_to() -> None:
    play = co_objects()
    play.hear(replied(play.task()))
    assert play.item.row.duty == ""
    assert refused(play, objection("refuse")) == "no_objection"


def test_a_separate_units_reply_settles_only_its_own() -> None:
    play = given_out(separate=(ECON, FINANCE))
    play.hear(objected(play.task(1)), replied(play.task(0)))
    assert play.item.row.duty == "objection"
    play.act(objection("reassign", unit=TAX))
    assert roles(play.dispatched) == [(TAX, "separate")]


def test_a_decision_on_an_old_view_of_the_case_is_refused() -> None:
    play = lead_objects()
    seq = play.item.row.case_seq
    old, now = (seen("tracker.case.v1", n) for n in (seq - 1, seq))
    assert refused(play, objection("refuse", basis=old)) == "stale_basis"
    play.act(objection("reassign", unit=ECON, basis=now))
    assert play.dispatched.basis == now


def test_an_event_about_a_task_we_never_gave_is_not_believed() -> None:
    for event in (objected(bytes(16)), replied(bytes(16))):
        with pytest.raises(LookupError):
            given_out().hear(event)


@pytest.mark.parametrize("who", ["dispatcher", "head"])
def test_nobody_decides_the_objection_they_or_their_principal_sent(who: str) -> None:
    """The head of a unit may dispatch for its organ too, or be stood in for by who does."""
    sent_by = {"actor": to_text(named_id("person", who))}
    head = StandIn(person_id=named_id("person", "head"), valid_from=NOW.date())
    dispatcher = entries.person(PERSON, "交办员", COUNTY, stands_in_for=(head,))
    play = given_out()
    play.context = context(with_entries(DIRECTORY, dispatcher))
    for event in (objected(play.task()), handed_back()):
        play.hear(event.model_copy(update=sent_by))
    for command in (
        objection("refuse"),
        objection("reassign", unit=ECON),
        objection("escalate"),
        dispatch(lead=ECON),
        escalate(COUNTY),
    ):
        assert refused(play, command) == "second_person_needed"
    play.context = context()
    if who == "head":
        play.act(objection("refuse"))
