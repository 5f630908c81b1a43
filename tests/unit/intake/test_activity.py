"""An activity is counted once, with each person once."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.intake.domain.activity import decide
from services.intake.domain.commands import HoldActivity, ParticipantBody
from services.intake.domain.context import DecisionContext
from services.intake.domain.model import Activity, ActivityRow
from shared.calendar import start_of_day
from shared.contracts.intake import ActivityHeld, AttendanceConfirmed
from shared.errors import Problem, Refused
from shared.ids import named_id
from shared.messaging.subject import ClockDue
from tests.support.intake import commands
from tests.support.intake.commands import CONTEXT, KEY, NOW, participant
from tests.support.intake.stations import (
    COUNTY,
    CREDIT_CODE,
    DEPUTY,
    HEAD,
    OTHER_TOWNSHIP,
    STREET_REP,
    TOWNSHIP,
    closed,
)
from tests.support.refusals import in_both

DAY = date(2022, 7, 4)


def hold(**changes: Any) -> HoldActivity:
    people = (
        participant(DEPUTY, is_deputy=True),
        participant(STREET_REP, is_deputy=False, is_street_rep=True),
    )
    sound = {"partners": (COUNTY,), "enterprises": (CREDIT_CODE,), "attendance": people}
    return commands.hold(DAY, **(sound | changes))


def unknown() -> Activity:
    return Activity(ActivityRow(key=KEY))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"organiser_division": OTHER_TOWNSHIP}, "division_not_yours"),
        ({"organiser_division": "999"}, "unknown_division"),
        ({"place_division": "999"}, "unknown_division"),
        ({"partners": ("999",)}, "unknown_division"),
        ({"last_day": DAY - timedelta(days=1)}, "days_reversed"),
        ({"last_day": DAY + timedelta(days=2)}, "occurred_in_future"),
        ({"enterprises": (CREDIT_CODE[:17] + "A",)}, "credit_code_check"),
        (
            {"attendance": (participant(named_id("person", "nobody"), is_deputy=False),)},
            "unknown_person",
        ),
        ({"attendance": (participant(DEPUTY, is_deputy=True),) * 2}, "person_twice"),
    ],
)
def test_a_wrong_activity_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Problem, match=code):
        decide(unknown(), hold(**changes), CONTEXT)


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
        decide(unknown(), hold(attendance=(said,)), CONTEXT)
    assert refused.value.code == "not_in_this_capacity"
    person = CONTEXT.directory.person(said.person_id.bytes)
    assert person
    assert in_both(refused.value, "intake")[0].startswith(f"{person.name}在名录里{words}")
    plain = ParticipantBody(person_id=said.person_id)
    activity, _ = decide(unknown(), hold(attendance=(plain,)), CONTEXT)
    (row,) = activity.attendance
    assert (row.is_deputy, row.is_street_rep) == (bool(person.mandates), person.is_street_rep)


def test_a_date_far_back_is_asked_about() -> None:
    old = {"first_day": date(2020, 7, 4), "last_day": date(2020, 7, 4)}
    with pytest.raises(Refused, match="date_far_back"):
        decide(unknown(), hold(**old), CONTEXT)
    _, (held, *_) = decide(unknown(), hold(**old, date_confirmed=True), CONTEXT)
    assert held.occurred_at == start_of_day(date(2020, 7, 4))


def test_an_activity_is_dated_on_its_first_day_and_so_is_everyone_in_it() -> None:
    act = hold(last_day=DAY + timedelta(days=1), place_division=OTHER_TOWNSHIP)
    activity, (held, *attended) = decide(unknown(), act, CONTEXT)
    assert isinstance(held, ActivityHeld)
    assert held.occurred_at == start_of_day(DAY)
    assert (held.division_code, held.place_division) == (TOWNSHIP, OTHER_TOWNSHIP)
    assert all(isinstance(one, AttendanceConfirmed) for one in attended)
    assert {one.occurred_at for one in attended} == {start_of_day(DAY)}
    assert [row.person_id for row in activity.attendance] == [DEPUTY, STREET_REP]
    assert activity.row.received_at == NOW


def test_the_same_activity_again_changes_nothing_and_another_under_its_id_is_refused() -> None:
    activity, _ = decide(unknown(), hold(), CONTEXT)
    assert decide(activity, hold(), CONTEXT) == (activity, ())
    with pytest.raises(Refused, match="id_reused"):
        decide(activity, hold(partners=()), CONTEXT)
    with pytest.raises(TypeError):
        decide(unknown(), ClockDue(KEY), CONTEXT)


def test_a_closed_station_holds_no_more_activities_and_may_repeat_what_it_said() -> None:
    gone = DecisionContext(NOW, closed(valid_to=DAY))
    with pytest.raises(Refused, match="station_closed"):
        decide(unknown(), hold(), gone)
    held, _ = decide(unknown(), hold(), DecisionContext(NOW, closed(valid_to=DAY + timedelta(1))))
    assert decide(held, hold(), gone) == (held, ())
