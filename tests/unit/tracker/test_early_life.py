"""Before acceptance: the time to supply what is missing, withdrawals, additions, co-signers."""

import pytest

from services.tracker.domain.context import last_day
from shared.contracts.codes import ReturnReason
from shared.contracts.envelope import Event
from shared.contracts.intake import (
    ItemCosigned,
    ItemProposer,
    ItemResubmitted,
    ItemReturned,
    ItemSupplemented,
    ItemWithdrawn,
)
from shared.contracts.tracker import CaseUrged, DeadlineBreached
from shared.ids import named_id
from tests.support.tracker.play import (
    FIRST,
    SECOND,
    STATION,
    Play,
    accepted,
    emitted_by,
    submitted,
)

REASON: ReturnReason = "unclear"


def returned(when: str) -> Event:
    return ItemReturned(**emitted_by("head", when), reason=REASON)


def test_a_returned_item_has_five_working_days_of_its_own_while_its_acceptance_waits() -> None:
    play = Play().hear(submitted("2022-09-05 09:00"), returned("2022-09-06 10:00"))
    clock = play.clock("resubmit")
    assert (last_day(clock.due_at).isoformat(), clock.round) == ("2022-09-14", 1)
    assert clock.debtor == f"staff:{STATION.hex()}"
    assert play.clock("accept").paused
    play.hear(ItemResubmitted(**emitted_by("proposer", "2022-09-07 10:00")))
    assert play.running() == {"accept"}
    play.hear(returned("2022-09-08 10:00"))
    assert play.clock("resubmit").round == 2


def test_who_supplies_nothing_is_reminded_once_and_nothing_is_deleted() -> None:
    play = Play().hear(submitted("2022-09-05 09:00"), returned("2022-09-06 10:00"))
    play.tick("2022-09-14 12:00")
    assert not play.emitted
    play.tick("2022-09-15 12:00")
    (urged,) = play.emitted
    assert isinstance(urged, CaseUrged)
    assert urged.clock == "resubmit"
    play.tick("2022-10-31 12:00")
    assert not [event for event in play.emitted if isinstance(event, DeadlineBreached)]
    assert len(play.emitted) == 1
    assert (play.state, play.case.row.supervision) == ("SUPPLEMENT", "none")


@pytest.mark.parametrize("first", [[], [returned("2022-09-06 10:00")]])
def test_a_withdrawn_item_is_over_and_owes_nothing(first: list[Event]) -> None:
    withdrawn = ItemWithdrawn(**emitted_by("proposer", "2022-09-07 10:00"))
    play = Play().hear(submitted("2022-09-05 09:00"), *first, withdrawn)
    assert (play.state, play.running()) == ("WITHDRAWN", set())
    assert play.case.row.over_at == withdrawn.occurred_at


def test_who_joins_is_a_proposer_and_additions_stand_on_the_timeline() -> None:
    third = named_id("proposer", "third")
    joined = ItemCosigned(
        **emitted_by("station", "2022-09-05 10:00"),
        proposer=ItemProposer(proposer_id=third, kind="deputy"),
    )
    more = ItemSupplemented(**emitted_by("station", "2022-09-06 10:00"))
    play = Play().hear(submitted("2022-09-05 09:00"), joined, accepted("2022-09-05 15:00"), more)
    assert play.case.row.proposers == (FIRST, SECOND, third)
    assert [step.type for step in play.case.row.station_steps] == [joined.type, more.type]
    assert play.running() == {"dispatch"}
