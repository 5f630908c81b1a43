"""Where a reader must be to have seen an act."""

from datetime import UTC, datetime

import pytest

from shared.contracts.envelope import Envelope
from shared.ids import named_id
from shared.messaging.subject import Applied, State, StateRow

KEY = named_id("item", "1")
NOW = datetime(2022, 9, 19, tzinfo=UTC)


def _said(topic: str, seq: int) -> Envelope:
    return Envelope(topic, KEY, seq, KEY, "item.dispatched", NOW, NOW, KEY, "", "", b"{}")


FACT, WORDS = _said("router.assignment.v1", 2), _said("router.text.v1", 7)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ((FACT, WORDS), f"router.assignment.v1:{KEY.hex()}:2"),
        ((WORDS,), f"router.text.v1:{KEY.hex()}:7"),
        ((), ""),
    ],
    ids=["a fact and its words", "words alone", "nothing"],
)
def test_a_reader_waits_for_the_fact_or_for_words_alone(
    said: tuple[Envelope, ...], seen: str
) -> None:
    assert Applied(State(StateRow(key=KEY)), said).seen == seen
