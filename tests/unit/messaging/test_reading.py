"""What no reader can hold is a dead letter at once: dates out of our time, false headers."""

import json
import re
from datetime import UTC

import pytest

from shared.contracts.asyncapi import event_schema
from shared.messaging.reader import read
from shared.messaging.subject import ReceivedEvent, Record, Unreadable
from tests.contracts.golden import EVENTS, example
from tests.support.ledger import emitted, record

KEY = bytes(range(16))
INSTANTS = (
    *("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z"),
    *("2000-01-01T00:00:00+08:00", "2099-12-31T20:00:00-08:00", "2026-11-20T08:30:00+23:00"),
)
DAYS = ("0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31")
_DATES = re.compile(r'"(2026-11-20(T08:30:00Z)?)"')


def sent(type_: str, body: str) -> Record:
    event = EVENTS[type_].model_validate_json(body)
    return record(emitted(KEY, 1, event), 0)


def read_with(right: Record, name: str, value: bytes | None) -> ReceivedEvent | Unreadable:
    headers = tuple((it, value if it == name else old) for it, old in right.headers)
    return read(right._replace(headers=headers))


@pytest.mark.parametrize("type_", EVENTS)
def test_every_instant_and_day_of_an_event_is_of_our_time(type_: str) -> None:
    body = json.dumps(example(event_schema(EVENTS[type_])))
    right = sent(type_, body)
    assert isinstance(received := read(right), ReceivedEvent)
    assert not isinstance(received.event, Unreadable)
    found = list(_DATES.finditer(body))
    assert found
    for one in found:
        for wrong in INSTANTS if one[2] else DAYS:
            changed = body[: one.start(1)] + wrong + body[one.end(1) :]
            received = read(right._replace(value=changed.encode()))
            assert isinstance(received, ReceivedEvent)
            assert isinstance(received.event, Unreadable), (wrong, one.start())


def test_an_instant_is_held_in_utc() -> None:
    event = EVENTS["item.accepted"]
    body = example(event_schema(event)) | {"occurred_at": "2026-11-20T16:30:00+08:00"}
    assert event.model_validate(body).occurred_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("ce_seq", one) for one in (b"", b"0", b"-1", b"+1", b" 1", b"1_0", b"1.0", b"0x1")),
        *(("ce_seq", one) for one in ("١".encode(), b"9" * 19, b"1" * 20, b"1" * 100_000, None)),
        *(("ce_type", one) for one in (b"", b"a" * 65, b"a" * 100_000, b"item\0", b"a b", None)),
        *(("ce_recordedat", one.encode()) for one in (*INSTANTS, "2026-11-20T08:30:00", "now")),
    ],
)
def test_a_false_header_makes_the_envelope_unreadable(name: str, wrong: bytes | None) -> None:
    body = json.dumps(example(event_schema(EVENTS["item.accepted"])))
    received = read_with(sent("item.accepted", body), name, wrong)
    assert isinstance(received, Unreadable)
    assert (received.reason, len(received.traceback) < 3_000) == ("envelope", True)
