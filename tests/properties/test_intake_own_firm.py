"""What concerns a deputy's own firm never becomes a legal suggestion, whatever is done to it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.domain.commands import StationCommand
from services.intake.domain.decide import decide
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemAccepted, ItemSubmitted
from shared.errors import Refused
from tests.support.intake import commands
from tests.support.intake.commands import CONTEXT, NOW, unknown
from tests.support.intake.stations import DEPUTY

ACTS = st.sampled_from(
    [
        commands.accept(),
        commands.accept_on_spot(complexity="complex"),
        commands.accept(occurred_at=NOW - timedelta(minutes=1)),
        commands.accept(profile="legal_suggestion"),
        commands.give_back(),
        commands.resubmit(),
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
    marks: Any = {"self_interest": own, "confidential": hidden, "deputy_id": UUID(bytes=DEPUTY)}
    first = commands.submit(**marks, source_kind=source, number=number)
    item = unknown()
    said: list[Event] = []
    for act in (first, *then):
        try:
            item, events = decide(item, act, CONTEXT)
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
    item, _ = decide(
        unknown(), commands.submit(self_interest=True, deputy_id=UUID(bytes=DEPUTY)), CONTEXT
    )
    _, (accepted,) = decide(item, commands.accept(), CONTEXT)
    sound = accepted.model_dump()
    ItemAccepted.model_validate(sound | {"profile": "legal_suggestion", "self_interest": False})
    with pytest.raises(ValidationError, match="own enterprise"):
        ItemAccepted.model_validate(sound | {"profile": "legal_suggestion"})
