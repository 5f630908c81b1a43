"""Where a reader must be to have seen an act."""

from datetime import UTC, datetime

from shared.contracts.envelope import Envelope
from shared.ids import named_id
from shared.messaging.subject import Applied, State, StateRow

KEY = named_id("item", "1")
NOW = datetime(2022, 9, 19, tzinfo=UTC)


def _said(topic: str, seq: int) -> Envelope:
    return Envelope(topic, KEY, seq, KEY, "item.dispatched", NOW, NOW, KEY, "", "", b"{}")


def _applied(*said: Envelope) -> Applied[State[StateRow]]:
    return Applied(State(StateRow(key=KEY)), said)


def test_a_reader_waits_for_the_fact_and_not_for_its_words() -> None:
    both = _applied(_said("router.assignment.v1", 2), _said("router.text.v1", 7))
    assert both.seen == f"router.assignment.v1:{KEY.hex()}:2"


def test_words_alone_are_waited_for() -> None:
    assert _applied(_said("router.text.v1", 7)).seen == f"router.text.v1:{KEY.hex()}:7"


def test_where_nothing_was_said_nothing_is_waited_for() -> None:
    assert _applied().seen == ""
