"""A division merged, a station closed: what is new belongs to the one that goes on."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain.context import DecisionContext
from services.intake.domain.decide import decide
from shared.calendar import local_day
from shared.contracts.intake import ItemSubmitted
from shared.contracts.router import DirectoryDivision
from shared.errors import Forbidden
from shared.ids import named_id
from tests.support.intake.commands import MAIN, NOW, accept, after, submit, unknown
from tests.support.intake.stations import (
    AT,
    COUNTY,
    OTHER_STATION,
    TOWNSHIP,
    closed,
    small_directory,
)
from tests.support.places import with_entries
from tests.support.refusals import in_both

OLD = "331004104"
TODAY = local_day(NOW)


def ground(**ends: Any) -> DecisionContext:
    merged = DirectoryDivision(
        occurred_at=AT, division_code=OLD, actor="t", name="旧乡", level="township",
        parent_code=COUNTY, **ends,
    )  # fmt: skip
    return DecisionContext(
        NOW, with_entries(small_directory(), (named_id("division", OLD), merged))
    )


def test_an_old_code_is_taken_as_its_successors() -> None:
    merged = ground(valid_to=TODAY - timedelta(1), successor_code=TOWNSHIP)
    state, events = decide(unknown(), submit(division_code=OLD), merged)
    (fact,) = [event for event in events if isinstance(event, ItemSubmitted)]
    assert (fact.division_code, state.row.division_code) == (TOWNSHIP, TOWNSHIP)
    assert MAIN.division_code == TOWNSHIP
    assert decide(state, submit(division_code=OLD), merged) == (state, ())


@pytest.mark.parametrize(
    "ends",
    [{}, {"valid_to": TODAY, "successor_code": TOWNSHIP}, {"valid_to": TODAY - timedelta(1)}],
)
def test_a_code_that_stands_or_has_no_successor_stays_another_places(ends: Any) -> None:
    with pytest.raises(Exception, match="division_not_yours"):
        decide(unknown(), submit(division_code=OLD), ground(**ends))


YESTERDAY = TODAY - timedelta(1)


def test_a_closed_station_takes_nothing_new_in_and_says_who_does() -> None:
    gone = DecisionContext(NOW, closed(valid_to=YESTERDAY, successor_id=OTHER_STATION))
    with pytest.raises(Forbidden, match="station_closed") as refused:
        decide(unknown(), submit(), gone)
    assert "接续的NC01（NC01）" in in_both(refused.value, "intake")[0]
    alone = DecisionContext(NOW, closed(valid_to=YESTERDAY))
    with pytest.raises(Forbidden, match="station_closed") as nobody:
        decide(unknown(), submit(), alone)
    assert "当地其他联络站" in in_both(nobody.value, "intake")[0]


def test_a_station_takes_in_until_its_last_day_is_over_and_goes_on_with_what_it_has() -> None:
    last = DecisionContext(NOW, closed(valid_to=TODAY))
    item, _ = decide(unknown(), submit(), last)
    gone = DecisionContext(NOW, closed(valid_to=YESTERDAY))
    assert decide(item, submit(), gone) == (item, ())
    accepted, _ = decide(after(submit()), accept(), gone)
    assert accepted.row.state == "ACCEPTED"
