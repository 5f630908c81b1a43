"""What concerns a deputy's own firm never becomes a legal suggestion, whatever is done to it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.domain.commands import StationCommand
from services.intake.domain.decide import decide
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemAccepted, ItemSubmitted
from shared.errors import Refused
from tests.support.intake import acts
from tests.support.intake.acts import GROUND, NOW, unknown
from tests.support.intake.stations import DEPUTY

ACTS = st.sampled_from(
    [
        acts.accept(),
        acts.accept(digest="solved", solved_on_spot=True, note="当场答复", complexity="complex"),
        acts.accept(digest="late", occurred_at=NOW - timedelta(minutes=1)),
        acts.accept(digest="suggestion", profile="legal_suggestion"),
        acts.give_back(),
        acts.resubmit(),
    ]
)


@given(
    st.booleans(),
    st.booleans(),
    st.sampled_from(["enterprise", "deputy"]),
    st.lists(ACTS),
    st.sampled_from(["", "331004-2022-0009"]),
)
def test_every_event_bears_the_marks_and_own_firms_stay_enterprise_items(
    own: bool, hidden: bool, source: str, then: Sequence[StationCommand], number: str
) -> None:
    first = acts.submit(
        self_interest=own, confidential=hidden, source_kind=source, deputy_id=DEPUTY, number=number
    )
    item = unknown()
    said: list[Event] = []
    for act in (first, *then):
        try:
            item, events = decide(item, act, GROUND)
        except Refused:
            continue
        said += events
    marked = [one for one in said if isinstance(one, ItemSubmitted | ItemAccepted)]
    assert marked
    for one in marked:
        assert (one.self_interest, one.confidential) == (own, hidden)
        if isinstance(one, ItemAccepted):
            assert not (one.self_interest and one.profile == "legal_suggestion")


def test_such_an_event_can_be_neither_written_nor_read() -> None:
    item, _ = decide(unknown(), acts.submit(self_interest=True, deputy_id=DEPUTY), GROUND)
    _, (accepted,) = decide(item, acts.accept(), GROUND)
    sound = accepted.model_dump()
    ItemAccepted.model_validate(sound | {"profile": "legal_suggestion", "self_interest": False})
    with pytest.raises(ValidationError, match="own firm"):
        ItemAccepted.model_validate(sound | {"profile": "legal_suggestion"})
