"""No single act on a chain of events escapes its audit; what was erased by right does not count."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import chained
from shared.contracts.topics import TRACKER_CASE, TRACKER_TEXT
from shared.messaging.audit import ChainedEvent, End, judge

KEY = b"k" * 16
BODIES = st.lists(st.binary(max_size=8), min_size=1, max_size=6)
ONE = st.integers(0, 5)


def chain_of(bodies: Sequence[bytes]) -> tuple[list[ChainedEvent], End]:
    """Say facts as the outbox keeps them, and what their subject remembers."""
    links: list[ChainedEvent] = []
    head = ""
    for seq, body in enumerate(bodies, 1):
        event_id = bytes([seq]) * 16
        sealed = chained(head, event_id, seq, "t", body)
        links.append(ChainedEvent(TRACKER_CASE.name, KEY, seq, event_id, "t", head, sealed, body))
        head = sealed
    return links, End(len(links), head, 0)


def text(seq: int, payload: bytes | None = b"words") -> ChainedEvent:
    """Say a text; erased, it keeps its hash alone."""
    sealed = chained("", KEY, seq, "x", b"words")
    return ChainedEvent(TRACKER_TEXT.name, KEY, seq, KEY, "x", "", sealed, payload)


@given(BODIES)
def test_what_was_said_holds(bodies: list[bytes]) -> None:
    assert judge(KEY, *chain_of(bodies)) is None


@given(BODIES, ONE, st.binary(max_size=8))
def test_a_changed_body_is_named_at_its_place(bodies: list[bytes], at: int, body: bytes) -> None:
    links, end = chain_of(bodies)
    at %= len(links)
    changed = links[at]._replace(payload=body)
    found = judge(KEY, [*links[:at], changed, *links[at + 1 :]], end)
    assert (found is None) == (body == links[at].payload)
    assert found is None or (found.seq, found.fault) == (at + 1, "changed")


@given(BODIES, ONE)
def test_an_event_that_is_gone_is_missed(bodies: list[bytes], at: int) -> None:
    links, end = chain_of(bodies)
    at %= len(links)
    found = judge(KEY, links[:at] + links[at + 1 :], end)
    assert found is not None
    assert found.fault == ("cut_off" if at == len(links) - 1 else "missing")


@given(BODIES, BODIES, ONE)
def test_an_event_of_another_history_does_not_follow(
    bodies: list[bytes], others: list[bytes], at: int
) -> None:
    """Even one that is whole by itself."""
    links, end = chain_of(bodies)
    strange, _ = chain_of(others)
    at %= min(len(links), len(strange))
    found = judge(KEY, [*links[:at], strange[at], *links[at + 1 :]], end)
    assert (found is None) == (bodies[: at + 1] == others[: at + 1])


def tombstone(seq: int) -> ChainedEvent:
    """Say that all words before it are erased."""
    sealed = chained("", KEY, seq, "x", None)
    return ChainedEvent(TRACKER_TEXT.name, KEY, seq, KEY, "x", "", sealed, None)


def test_a_text_that_was_erased_breaks_nothing() -> None:
    end = End(0, "", 4)
    assert judge(KEY, [text(1, None), text(2, None), tombstone(3), text(4)], end) is None
    assert judge(KEY, [text(1), text(4)], end) is None, "each text is whole by itself"


@pytest.mark.parametrize(
    ("links", "texts", "fault"),
    [
        ([text(1, None)], 1, (1, "changed")),
        ([tombstone(1), text(2, None)], 2, (2, "changed")),
        ([text(1, b"other")], 1, (1, "changed")),
        ([link._replace(payload=None) for link in chain_of([b"1"])[0]], 0, (1, "changed")),
        ([text(1), text(2)], 3, (2, "cut_off")),
    ],
    ids=["words gone", "no tombstone follows", "changed", "a fact's body gone", "missing"],
)
def test_a_text_that_is_not_as_it_was_said_is_named(
    links: list[ChainedEvent], texts: int, fault: tuple[int, str]
) -> None:
    found = judge(KEY, links, End(0, "", texts))
    assert found is not None
    assert (found.seq, found.fault) == fault
