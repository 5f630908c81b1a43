"""No single act on a chain of events escapes its audit; what was erased by right does not count."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Envelope
from shared.contracts.topics import TRACKER_CASE, TRACKER_TEXT
from shared.messaging.audit import End, judge, merkle_root

KEY = b"k" * 16
BODIES = st.lists(st.binary(max_size=8), min_size=1, max_size=6)
ONE = st.integers(0, 5)
DAY = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
OTHER: Mapping[str, Any] = {
    "topic": "intake.item.v1",
    "key": b"o" * 16,
    "seq": 99,
    "event_id": b"o" * 16,
    "type": "other",
    "occurred_at": DAY + timedelta(microseconds=1),
    "recorded_at": DAY - timedelta(days=1),
    "correlation_id": b"o" * 16,
    "prev_hash": "0" * 64,
    "hash": "0" * 64,
    "payload": b"of another event",
}
"""Another value for every column of the record."""


def sealed(one: Envelope) -> Envelope:
    """Write its hash into an event."""
    return one._replace(hash=one.seal)


def fact(seq: int, head: str, body: bytes) -> Envelope:
    """Say one fact after another one."""
    place = (TRACKER_CASE.name, KEY, seq, bytes([seq]) * 16, "t", DAY, DAY, KEY)
    return sealed(Envelope(*place, head, "", body))


def chain_of(bodies: Sequence[bytes]) -> tuple[list[Envelope], End]:
    """Say facts as the outbox keeps them, and what their subject remembers."""
    links: list[Envelope] = []
    head = ""
    for seq, body in enumerate(bodies, 1):
        links.append(fact(seq, head, body))
        head = links[-1].hash
    return links, End(len(links), head, 0)


def text(seq: int, payload: bytes | None = b"words") -> Envelope:
    """Say a text; erased, it keeps its hash alone."""
    said = sealed(Envelope(TRACKER_TEXT.name, KEY, seq, KEY, "x", DAY, DAY, KEY, "", "", b"words"))
    return said._replace(payload=payload)


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


@given(BODIES, ONE, st.sampled_from(Envelope._fields))
def test_no_column_can_be_changed(bodies: list[bytes], at: int, column: str) -> None:
    links, end = chain_of(bodies)
    at %= len(links)
    links[at] = links[at]._replace(**{column: OTHER[column]})
    assert judge(KEY, links, end) is not None


@given(st.lists(st.binary(min_size=1, max_size=3), max_size=9, unique=True), ONE, ONE)
def test_an_anchor_misses_what_is_gone_added_or_moved(
    leaves: list[bytes], one: int, other: int
) -> None:
    roots = {merkle_root(leaves), merkle_root([*leaves, b"more"])}
    assert len(roots) == 2
    if leaves:
        one, other = one % len(leaves), other % len(leaves)
        moved = list(leaves)
        moved[one], moved[other] = moved[other], moved[one]
        assert merkle_root(leaves[:one] + leaves[one + 1 :]) not in roots
        assert (merkle_root(moved) in roots) == (one == other)


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


def tombstone(seq: int) -> Envelope:
    """Say that all words before it are erased."""
    return sealed(Envelope(TRACKER_TEXT.name, KEY, seq, KEY, "x", DAY, DAY, KEY, "", "", None))


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
    links: list[Envelope], texts: int, fault: tuple[int, str]
) -> None:
    found = judge(KEY, links, End(0, "", texts))
    assert found is not None
    assert (found.seq, found.fault) == fault
