"""An activity is planned, held or cancelled, and counted once, with each person once."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.intake.domain.activity import decide, firms_of_names
from services.intake.domain.activity_commands import ActivityBasis, ParticipantBody
from services.intake.domain.asker import by_key, find_organ, organisers_of
from services.intake.domain.context import DecisionContext
from services.intake.domain.enterprises import enterprise_id, trader_id
from shared.calendar import start_of_day
from shared.contracts.intake import (
    ActivityCancelled,
    ActivityHeld,
    ActivityPlanned,
    AttendanceConfirmed,
    AttendanceRevoked,
)
from shared.errors import Problem, Refused
from shared.ids import named_id
from shared.messaging.subject import ClockDue
from shared.rights import Action
from tests.support.entries import Officer, grant
from tests.support.intake.activities import (
    AT_STATION,
    DAY,
    after,
    cancel,
    confirm,
    emitted,
    hold,
    note,
    participant,
    plan,
    record,
    revoke,
    unknown,
)
from tests.support.intake.commands import CONTEXT, KEY, KEY_OF_STATION, MAIN, NOW, TODAY
from tests.support.intake.stations import (
    COUNTY,
    COUNTY_ORGAN,
    CREDIT_CODE,
    DEPUTY,
    HEAD,
    OTHER_HEAD,
    OTHER_TOWNSHIP,
    STREET_REP,
    TOWNSHIP,
    closed,
)
from tests.support.refusals import in_both

CAME = participant(DEPUTY, is_deputy=True)
REP = participant(STREET_REP, is_deputy=False, is_street_rep=True)
NEXT_WEEK = TODAY + timedelta(7)


def recorded(**changes: Any) -> Any:
    sound = {"partners": (COUNTY,), "enterprises": (CREDIT_CODE,), "attendance": (CAME, REP)}
    return record(**(sound | changes))


def basis(seq: int) -> ActivityBasis:
    return ActivityBasis(topic="intake.activity.v1", seq=seq)


WRONG = [
    ({"organiser_division": OTHER_TOWNSHIP}, "division_not_yours"),
    ({"organiser_division": "999"}, "unknown_division"),
    ({"place_division": "999"}, "unknown_division"),
    ({"partners": ("999",)}, "unknown_division"),
    ({"last_day": DAY - timedelta(days=1)}, "days_reversed"),
    ({"last_day": DAY + timedelta(days=31)}, "days_too_many"),
    (
        {"first_day": date(2000, 1, 1), "last_day": date(2000, 1, 1), "date_confirmed": True},
        "date_too_early",
    ),
    ({"enterprises": (CREDIT_CODE[:17] + "A",)}, "credit_code_check"),
    ({"enterprises": (CREDIT_CODE,) * 120, "traders": ("小店",) * 81}, "too_many_firms"),
    ({"attendance": (participant(named_id("person", "nobody")),)}, "unknown_person"),
    ({"attendance": (CAME, CAME)}, "person_twice"),
]


@pytest.mark.parametrize(("changes", "code"), WRONG)
def test_a_wrong_activity_is_refused_planned_or_held(changes: dict[str, Any], code: str) -> None:
    for command in (recorded(**changes), plan(**changes)):
        with pytest.raises(Problem, match=code):
            decide(unknown(), command, CONTEXT)


def test_what_was_held_has_begun_and_what_is_planned_lies_within_a_year() -> None:
    with pytest.raises(Problem, match="activity_in_future"):
        decide(unknown(), record(TODAY + timedelta(1)), CONTEXT)
    begun = after(record(TODAY, last_day=TODAY + timedelta(2)))
    assert begun.row.state == "HELD"
    assert after(plan(NEXT_WEEK)).row.state == "PLANNED"
    with pytest.raises(Problem, match="date_far_ahead"):
        decide(unknown(), plan(TODAY + timedelta(367)), CONTEXT)
    with pytest.raises(Problem, match="activity_in_future"):
        decide(after(plan(NEXT_WEEK)), hold(CAME), CONTEXT)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (participant(STREET_REP, is_deputy=True), "不是代表"),
        (participant(DEPUTY, is_deputy=False), "是代表"),
        (participant(DEPUTY, is_deputy=False, is_street_rep=True), "是代表"),
        (participant(HEAD, is_deputy=False, is_street_rep=True), "不是街道选民代表"),
        (participant(STREET_REP, is_deputy=False, is_street_rep=False), "是街道选民代表"),
    ],
)
def test_who_took_part_as_what_the_directory_decides(said: ParticipantBody, words: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(unknown(), recorded(attendance=(said,)), CONTEXT)
    assert refused.value.code == "not_in_this_capacity"
    person = CONTEXT.directory.person(said.person_id.bytes)
    assert person
    assert in_both(refused.value, "intake")[0].startswith(f"{person.name}在名录里{words}")
    (row,) = after(recorded(attendance=(participant(said.person_id.bytes),))).came
    assert (row.is_deputy, row.is_street_rep) == (bool(person.mandates), person.is_street_rep)


def test_a_person_who_is_not_attached_to_the_station_may_come() -> None:
    (row,) = after(recorded(attendance=(participant(OTHER_HEAD),))).came
    assert (row.is_deputy, row.is_street_rep) == (False, False)


def test_a_date_far_back_is_asked_about() -> None:
    old: dict[str, Any] = {"first_day": date(2020, 7, 4), "last_day": date(2020, 7, 4)}
    for command in (recorded(**old), plan(**old)):
        with pytest.raises(Refused, match="date_far_back"):
            decide(unknown(), command, CONTEXT)
    held, *_ = emitted(unknown(), recorded(**old, date_confirmed=True))
    assert held.occurred_at == start_of_day(date(2020, 7, 4))


def test_an_activity_is_dated_on_its_first_day_and_so_is_everyone_in_it() -> None:
    command = recorded(last_day=DAY + timedelta(days=1), place_division=OTHER_TOWNSHIP)
    held, *attended = emitted(unknown(), command)
    assert isinstance(held, ActivityHeld)
    assert held.occurred_at == start_of_day(DAY)
    assert (held.division_code, held.place_division) == (TOWNSHIP, OTHER_TOWNSHIP)
    assert all(isinstance(one, AttendanceConfirmed) for one in attended)
    assert {one.occurred_at for one in attended} == {start_of_day(DAY)}
    activity = after(command)
    assert [row.person_id for row in activity.came] == [DEPUTY, STREET_REP]
    assert activity.row.received_at == NOW


def test_the_same_activity_again_changes_nothing_and_another_under_its_id_is_refused() -> None:
    activity = after(recorded())
    assert decide(activity, recorded(), CONTEXT) == (activity, ())
    for other in (recorded(partners=()), plan(partners=(COUNTY,))):
        with pytest.raises(Refused, match="id_reused"):
            decide(activity, other, CONTEXT)
    with pytest.raises(TypeError):
        decide(unknown(), ClockDue(KEY), CONTEXT)


def test_a_closed_station_begins_nothing_more_and_ends_what_it_planned() -> None:
    gone = DecisionContext(NOW, closed(valid_to=DAY))
    for command in (recorded(), plan(NEXT_WEEK)):
        with pytest.raises(Refused, match="station_closed"):
            decide(unknown(), command, gone)
    planned = after(plan())
    assert decide(planned, plan(), gone) == (planned, ())
    assert decide(planned, hold(CAME), gone)[0].row.state == "HELD"


def test_a_planned_activity_counts_nothing_until_it_is_held_with_who_came() -> None:
    expected = plan(NEXT_WEEK, attendance=(CAME, REP))
    (said,) = emitted(unknown(), expected)
    assert isinstance(said, ActivityPlanned)
    assert said.occurred_at == NOW, "planned today, whenever it takes place"
    planned = after(expected)
    assert (planned.row.expected, list(planned.attendance)) == ((DEPUTY, STREET_REP), [])
    held, came = emitted(after(plan(DAY)), hold(CAME))
    assert (held.type, came.type) == ("activity.held", "attendance.confirmed")
    assert after(plan(DAY), hold()).row.state == "HELD", "who came may be added later"


def test_a_planned_activity_may_be_held_on_other_days() -> None:
    planned = after(plan(NEXT_WEEK, last_day=NEXT_WEEK + timedelta(1)))
    row = after(hold(CAME, first_day=DAY), activity=planned).row
    assert (row.first_day, row.last_day) == (DAY, DAY + timedelta(1)), "as long as planned"
    with pytest.raises(Refused, match="days_reversed"):
        decide(planned, hold(first_day=DAY, last_day=DAY - timedelta(1)), CONTEXT)


def test_a_cancelled_activity_is_over() -> None:
    for start in (plan(NEXT_WEEK), recorded()):
        (said,) = emitted(after(start), cancel())
        assert isinstance(said, ActivityCancelled)
        assert said.occurred_at == NOW
        gone = after(start, cancel())
        assert gone.text.cancel_reason == "台风"
        assert decide(gone, cancel(), CONTEXT) == (gone, ()), "said twice"
        for late in (cancel(reason="又说一遍"), hold(CAME), confirm(CAME), note()):
            with pytest.raises(Refused, match="activity_cancelled"):
                decide(gone, late, CONTEXT)


def test_who_came_is_added_taken_back_and_added_again() -> None:
    held = after(record(attendance=(CAME,)))
    more = after(confirm(CAME, REP), activity=held)
    assert [one.type for one in emitted(held, confirm(CAME, REP))] == ["attendance.confirmed"]
    (gone,) = emitted(more, revoke(DEPUTY))
    assert isinstance(gone, AttendanceRevoked)
    assert (gone.person_id, gone.occurred_at) == (DEPUTY, NOW)
    fewer = after(revoke(DEPUTY), activity=more)
    assert [one.person_id for one in fewer.came] == [STREET_REP]
    assert fewer.attendance[DEPUTY].revoke_reason == "临时有事"
    again = after(confirm(CAME), activity=fewer)
    assert len(again.came) == 2
    with pytest.raises(Refused, match="done_before"):
        decide(again, revoke(DEPUTY), CONTEXT)
    based = again.row.seq
    assert len(after(revoke(DEPUTY, basis=basis(based)), activity=again).came) == 1


@pytest.mark.parametrize("person", [STREET_REP, OTHER_HEAD, named_id("person", "nobody")])
def test_nobody_is_taken_back_who_did_not_come(person: bytes) -> None:
    held = after(record(attendance=(CAME,)))
    with pytest.raises(Refused, match="not_attending"):
        decide(held, revoke(person), CONTEXT)
    once = after(revoke(DEPUTY), activity=held)
    with pytest.raises(Refused, match="not_attending"):
        decide(once, revoke(DEPUTY, reason="还是没来"), CONTEXT)


def test_who_came_is_said_of_held_activities_only() -> None:
    planned = after(plan())
    for early in (confirm(CAME), revoke(DEPUTY)):
        with pytest.raises(Refused, match="activity_not_held"):
            decide(planned, early, CONTEXT)
    with pytest.raises(Refused, match="activity_held"):
        decide(after(recorded()), hold(CAME), CONTEXT)


def test_an_act_on_an_old_view_is_refused() -> None:
    held = after(recorded())
    with pytest.raises(Refused, match="stale_basis"):
        decide(held, cancel(basis=basis(held.row.seq + 1)), CONTEXT)


def test_notes_stay_in_intake() -> None:
    held = after(recorded())
    assert emitted(held, note()) == []
    assert after(note(), activity=held).text.notes == "企业反映用电紧张"


def test_enterprises_are_named_by_code_or_by_name_and_leave_as_opaque_keys() -> None:
    command = plan(NEXT_WEEK, enterprises=(CREDIT_CODE, CREDIT_CODE), traders=("阿美理发店",))
    (said,) = emitted(unknown(), command)
    assert isinstance(said, ActivityPlanned)
    assert said.enterprise_ids == (enterprise_id(CREDIT_CODE), trader_id(TOWNSHIP, "阿美理发店"))
    assert "阿美" not in said.model_dump_json()
    assert firms_of_names((), ("阿美理发店",), OTHER_TOWNSHIP) != said.enterprise_ids[1:]
    assert after(command).text.traders == ("阿美理发店",)


def test_a_visit_so_soon_again_is_planned_for_a_reason_only() -> None:
    with pytest.raises(Refused, match="visited_recently"):
        decide(unknown(), plan(recent_visits=2), CONTEXT)
    why = plan(recent_visits=2, visit_reason="企业请我们再去")
    assert after(why).text.visit_reason == "企业请我们再去"


def test_an_organ_holds_activities_of_its_own_division() -> None:
    holder = Officer("d", "d", (grant("dispatcher", COUNTY, organ_id=COUNTY_ORGAN),))
    asker = by_key(CONTEXT.directory, MAIN, None, TODAY, "")
    organ = find_organ(CONTEXT.directory, COUNTY_ORGAN)
    assert organ
    at_organ = type(asker)(holder.code, holder.grants)
    assert organisers_of(at_organ, Action.ACTIVITY_HOLD, CONTEXT.directory) == [organ]
    held, came = emitted(unknown(), record(asker=at_organ, at=organ, attendance=(CAME,)))
    assert isinstance(held, ActivityHeld)
    assert (held.organ_id, held.station_id) == (COUNTY_ORGAN, None)
    assert held.organiser_division == held.division_code == came.division_code == COUNTY
    for asker, at in ((KEY_OF_STATION, organ), (at_organ, AT_STATION)):
        with pytest.raises(Refused, match="activity_not_found"):
            decide(unknown(), record(asker=asker, at=at), CONTEXT)
