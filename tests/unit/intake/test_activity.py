"""An activity is counted once, with each person once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.intake.domain.activity import decide
from services.intake.domain.commands import HoldActivity, Participant
from services.intake.domain.model import Activity, ActivityRow
from services.intake.domain.refusals import DecisionContext
from shared.calendar import start_of_day
from shared.contracts.intake import ActivityHeld, AttendanceConfirmed
from shared.errors import Refused
from shared.ids import named_id
from shared.messaging.subject import ClockDue
from tests.support.intake.acts import GROUND, KEY, NOW, STAFF
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
    sound: dict[str, Any] = {
        "signer": STAFF,
        "digest": "held",
        "client_id": KEY,
        "kind": "research",
        "organiser_division": TOWNSHIP,
        "place_division": TOWNSHIP,
        "partners": (COUNTY,),
        "first_day": DAY,
        "last_day": DAY,
        "enterprise_codes": (CREDIT_CODE,),
        "attendance": (
            Participant(DEPUTY, is_deputy=True, is_street_rep=False),
            Participant(STREET_REP, is_deputy=False, is_street_rep=True),
        ),
    }
    return HoldActivity(KEY, **(sound | changes))


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
        ({"enterprise_codes": (CREDIT_CODE[:17] + "A",)}, "credit_code_check"),
        (
            {"attendance": (Participant(STREET_REP, is_deputy=True, is_street_rep=False),)},
            "not_a_deputy",
        ),
        (
            {
                "attendance": (
                    Participant(named_id("person", "nobody"), is_deputy=False, is_street_rep=False),
                )
            },
            "unknown_person",
        ),
        (
            {"attendance": (Participant(DEPUTY, is_deputy=True, is_street_rep=False),) * 2},
            "person_twice",
        ),
    ],
)
def test_a_wrong_activity_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(unknown(), hold(**changes), GROUND)
    assert refused.value.code == code


def test_an_activity_is_dated_on_its_first_day_and_so_is_everyone_in_it() -> None:
    act = hold(last_day=DAY + timedelta(days=1), place_division=OTHER_TOWNSHIP)
    activity, (held, *attended) = decide(unknown(), act, GROUND)
    assert isinstance(held, ActivityHeld)
    assert held.occurred_at == start_of_day(DAY)
    assert (held.division_code, held.place_division) == (TOWNSHIP, OTHER_TOWNSHIP)
    assert all(isinstance(one, AttendanceConfirmed) for one in attended)
    assert {one.occurred_at for one in attended} == {start_of_day(DAY)}
    assert [row.person_id for row in activity.attendance] == [DEPUTY, STREET_REP]
    assert activity.row.received_at == NOW


def test_the_same_activity_again_changes_nothing() -> None:
    activity, _ = decide(unknown(), hold(), GROUND)
    assert decide(activity, hold(), GROUND) == (activity, ())


def test_another_activity_under_the_same_id_is_refused() -> None:
    activity, _ = decide(unknown(), hold(), GROUND)
    with pytest.raises(Refused, match="id_reused"):
        decide(activity, replace(hold(), digest="other"), GROUND)


def test_clocks_are_not_for_an_activity() -> None:
    with pytest.raises(TypeError):
        decide(unknown(), ClockDue(KEY), GROUND)


def test_a_closed_station_holds_no_more_activities_and_may_repeat_what_it_said() -> None:
    gone = DecisionContext(NOW, closed(valid_to=DAY))
    with pytest.raises(Refused, match="station_closed"):
        decide(unknown(), hold(), gone)
    held, _ = decide(unknown(), hold(), DecisionContext(NOW, closed(valid_to=DAY + timedelta(1))))
    assert decide(held, hold(), gone) == (held, ())
