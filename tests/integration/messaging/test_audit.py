"""Whoever changes, deletes or swaps a row of the permanent record is found out by the audit."""

from collections.abc import Callable

import pytest

from shared.contracts.topics import TRACKER_CASE, TRACKER_TEXT
from shared.ids import Id
from shared.messaging.audit import BrokenLink, Verified, verify
from tests.support.ledger import Note
from tests.support.ledger_service import Ledger

FACTS, WORDS = TRACKER_CASE.name, TRACKER_TEXT.name
SWAPPED = """UPDATE outbox o SET event_id = other.event_id, payload = other.payload
    FROM outbox other WHERE o.topic = $1 AND other.topic = o.topic AND o.key = other.key
    AND o.seq + other.seq = 5 AND o.seq IN (2, 3)"""


@pytest.fixture
async def whole(ledger: Ledger, new_key: Callable[[], Id]) -> list[Id]:
    """Two subjects that each said four facts with words."""
    keys = sorted((new_key(), new_key()))
    for n in range(4):
        await ledger.do(*(Note(key, f"words {n}") for key in keys))
    return keys


async def audit(ledger: Ledger) -> Verified:
    """Verify what the ledger said."""
    return await verify(ledger.db, [ledger.subject])


async def test_what_nobody_touched_holds(ledger: Ledger, whole: list[Id]) -> None:
    emitted = await ledger.sql("SELECT count(*) AS n FROM outbox")
    assert await audit(ledger) == Verified(emitted[0]["n"], [])
    assert emitted[0]["n"] >= 4 * len(whole)


@pytest.mark.parametrize(
    ("tampering", "seq", "fault"),
    [
        ("UPDATE outbox SET payload = payload || ' '::bytea WHERE topic = $1 AND seq = 2", 2,
         "changed"),
        ("UPDATE outbox SET type = 'case.closed' WHERE topic = $1 AND seq = 3", 3, "changed"),
        ("UPDATE outbox SET prev_hash = '' WHERE topic = $1 AND seq = 4", 4, "unchained"),
        ("UPDATE outbox SET payload = NULL WHERE topic = $1 AND seq = 2", 2, "changed"),
        ("DELETE FROM outbox WHERE topic = $1 AND seq = 2", 3, "missing"),
        ("DELETE FROM outbox WHERE topic = $1 AND seq = 1", 2, "missing"),
        ("DELETE FROM outbox WHERE topic = $1 AND seq = 4", 3, "cut_off"),
        (SWAPPED, 2, "changed"),
    ],
)  # fmt: skip
async def test_the_first_broken_link_is_named(
    ledger: Ledger, whole: list[Id], tampering: str, seq: int, fault: str
) -> None:
    await ledger.tamper(tampering, FACTS)
    assert (await audit(ledger)).broken == [BrokenLink(FACTS, key, seq, fault) for key in whole]  # type: ignore[arg-type]


async def test_a_tombstone_takes_the_words_out_of_the_record_and_breaks_no_link(
    ledger: Ledger, key: Id
) -> None:
    await ledger.do(*(Note(key, words) for words in ("tell", "tell", "fact", "erase", "tell")))
    kept = await ledger.sql(
        "SELECT payload IS NULL AS gone FROM outbox WHERE topic = $1 ORDER BY seq", WORDS
    )
    assert [row["gone"] for row in kept] == [True, True, True, False]
    assert (await audit(ledger)).broken == []


@pytest.mark.parametrize(
    ("tampering", "seq"),
    [
        ("UPDATE outbox SET payload = NULL WHERE topic = $1 AND seq = 3", 3),
        ("UPDATE outbox SET payload = '{}' WHERE topic = $1 AND seq = 1", 1),
        ("UPDATE outbox SET payload = '{}' WHERE topic = $1 AND seq = 2", 1),
    ],
)
async def test_words_that_go_or_change_without_a_tombstone_are_named(
    ledger: Ledger, key: Id, tampering: str, seq: int
) -> None:
    await ledger.do(*(Note(key, words) for words in ("tell", "erase", "tell")))
    await ledger.tamper(tampering, WORDS)
    assert (await audit(ledger)).broken == [BrokenLink(WORDS, key, seq, "changed")]


async def test_an_event_in_the_place_of_another_subjects_does_not_follow(
    ledger: Ledger, whole: list[Id]
) -> None:
    mine, other = whole
    await ledger.tamper("DELETE FROM outbox WHERE topic = $1 AND key = $2 AND seq = 3", FACTS, mine)
    await ledger.tamper(
        "UPDATE outbox SET key = $2 WHERE topic = $1 AND key = $3 AND seq = 3", FACTS, mine, other
    )
    assert (await audit(ledger)).broken == [
        BrokenLink(FACTS, mine, 3, "unchained"),
        BrokenLink(FACTS, other, 4, "missing"),
    ]


async def test_a_subject_whose_events_are_all_gone_is_named(
    ledger: Ledger, whole: list[Id]
) -> None:
    await ledger.tamper("DELETE FROM outbox WHERE key = $1", whole[0])
    assert (await audit(ledger)).broken == [BrokenLink("-", whole[0], 0, "cut_off")]


async def test_events_whose_subject_is_gone_are_named(ledger: Ledger, whole: list[Id]) -> None:
    await ledger.tamper("DELETE FROM ledger WHERE key = $1", whole[0])
    assert [link.fault for link in (await audit(ledger)).broken] == ["cut_off"]
