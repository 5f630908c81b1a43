"""An activity is counted once, with each person once."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.intake.domain.activity import decide
from services.intake.domain.commands import HoldActivity
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
    OTHER_TOWNSHIP,
    STREET_REP,
    TOWNSHIP,
    closed,
)

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
        ({"attendance": (participant(STREET_REP, is_deputy=True),)}, "not_a_deputy"),
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
