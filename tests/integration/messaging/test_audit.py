"""Whoever changes, deletes or swaps a row of the permanent record is found out by the audit."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from shared.contracts.topics import TRACKER_CASE, TRACKER_TEXT
from shared.ids import Id
from shared.messaging.audit import ANCHORED, BrokenLink, Verified, anchor, anchors_in_log, verify
from tests.support.ledger import SERVICE, Note
from tests.support.ledger_service import Ledger

FACTS, WORDS = TRACKER_CASE.name, TRACKER_TEXT.name
EACH: dict[str, tuple[int, str]] = {
    "UPDATE outbox SET payload = payload || ' '::bytea WHERE topic = $1 AND seq = 2": (
        2,
        "changed",
    ),
    "UPDATE outbox SET occurred_at = occurred_at - interval '1 s' WHERE topic = $1 AND seq = 2": (
        2,
        "changed",
    ),
    "UPDATE outbox SET recorded_at = recorded_at + interval '1 s' WHERE topic = $1 AND seq = 3": (
        3,
        "changed",
    ),
    "UPDATE outbox SET type = 'case.closed' WHERE topic = $1 AND seq = 3": (3, "changed"),
    "UPDATE outbox SET prev_hash = '' WHERE topic = $1 AND seq = 4": (4, "unchained"),
    "UPDATE outbox SET payload = NULL WHERE topic = $1 AND seq = 2": (2, "changed"),
    "DELETE FROM outbox WHERE topic = $1 AND seq = 2": (3, "missing"),
    "DELETE FROM outbox WHERE topic = $1 AND seq = 1": (2, "missing"),
    "DELETE FROM outbox WHERE topic = $1 AND seq = 4": (3, "cut_off"),
    """UPDATE outbox o SET event_id = other.event_id, payload = other.payload
    FROM outbox other WHERE o.topic = $1 AND other.topic = o.topic AND o.key = other.key
    AND o.seq + other.seq = 5 AND o.seq IN (2, 3)""": (2, "changed"),
}
"""What is done to the facts of every subject, and the first link of each that is broken."""


@pytest.fixture
async def whole(ledger: Ledger, new_key: Callable[[], Id]) -> list[Id]:
    """Two subjects that each said four facts with words."""
    keys = sorted((new_key(), new_key()))
    for n in range(4):
        await ledger.do(*(Note(key, f"words {n}") for key in keys))
    return keys


async def broken(ledger: Ledger) -> list[BrokenLink]:
    return list((await verify(ledger.db, [ledger.subject])).broken)


async def after(ledger: Ledger, *tampering: tuple[str, *tuple[object, ...]]) -> list[BrokenLink]:
    """Tamper with the record, verify it, and put all back."""
    await ledger.tamper("CREATE TABLE kept AS TABLE outbox")
    for statement, *args in tampering:
        await ledger.tamper(statement, *args)
    found = await broken(ledger)
    for restore in ("DELETE FROM outbox", "INSERT INTO outbox TABLE kept", "DROP TABLE kept"):
        await ledger.tamper(restore)
    return found


async def test_the_first_broken_link_is_named(ledger: Ledger, whole: list[Id]) -> None:
    (said,) = await ledger.sql("SELECT count(*) AS n FROM outbox")
    assert await verify(ledger.db, [ledger.subject]) == Verified(said["n"], [])
    assert said["n"] >= 4 * len(whole)
    for statement, (seq, fault) in EACH.items():
        found = await after(ledger, (statement, FACTS))
        assert found == [BrokenLink(FACTS, key, seq, fault) for key in whole], statement  # type: ignore[arg-type]
    assert await broken(ledger) == []


async def test_a_subject_swapped_or_missing_is_named(ledger: Ledger, whole: list[Id]) -> None:
    mine, other = whole
    one = "topic = $1 AND seq = 3 AND key = $2"
    gone = (f"DELETE FROM outbox WHERE {one}", FACTS, mine)  # noqa: S608
    moved = (f"UPDATE outbox SET key = $3 WHERE {one}", FACTS, other, mine)  # noqa: S608
    assert await after(ledger, gone, moved) == [
        BrokenLink(FACTS, mine, 3, "unchained"),
        BrokenLink(FACTS, other, 4, "missing"),
    ]
    nothing = await after(ledger, ("DELETE FROM outbox WHERE key = $1", mine))
    assert nothing == [BrokenLink("-", mine, 0, "cut_off")]
    await ledger.tamper("DELETE FROM ledger WHERE key = $1", mine)
    assert [link.fault for link in await broken(ledger)] == ["cut_off"]


async def anchored(ledger: Ledger) -> list[str]:
    """Anchor all that was recorded, and return a log that holds what was told of it."""
    with structlog.testing.capture_logs() as lines:
        async with ledger.db.begin() as tx:
            (last,) = await tx.fetch("SELECT max(id) AS id FROM outbox")
            await anchor(tx, SERVICE, last["id"])
    told = [json.dumps(line) for line in lines if line["event"] == ANCHORED]
    assert len(told) == 1
    return ["no json", json.dumps({"event": "other"}), *told]


async def test_a_subject_that_is_gone_with_every_trace_is_missed_by_the_days_anchor(
    ledger: Ledger, whole: list[Id]
) -> None:
    told = await anchored(ledger)
    await ledger.do(Note(whole[0], "after the anchor"))
    held = await verify(ledger.db, [ledger.subject])
    assert (held.broken, held.anchors, held.lost) == ([], 1, ())
    await ledger.tamper("DELETE FROM outbox WHERE key = $1", whole[1])
    await ledger.tamper("DELETE FROM ledger WHERE key = $1", whole[1])
    gone = await verify(ledger.db, [ledger.subject])
    assert (gone.broken, len(gone.lost)) == ([], 1)
    await ledger.tamper("DELETE FROM audit_anchor")
    assert (await verify(ledger.db, [ledger.subject])).lost == (), "an owner can remove anchors"
    kept, unreadable = anchors_in_log(told, SERVICE)
    assert unreadable == 0
    outside = await verify(ledger.db, [ledger.subject], kept)
    assert outside.lost == gone.lost, "but not those in the log"


async def test_the_record_is_anchored_once_a_day_and_only_where_ids_are_settled(
    ledger: Ledger, whole: list[Id]
) -> None:
    await anchored(ledger)
    await ledger.do(Note(whole[0], "erase"))
    async with ledger.db.begin() as tx:
        await anchor(tx, SERVICE, 10**9)
        later = replace(tx, now=tx.now + timedelta(days=1))
        await anchor(later, SERVICE, 0)
        await anchor(later, SERVICE, 10**9)
        await anchor(later, SERVICE, 10**9)
    found = await verify(ledger.db, [ledger.subject])
    assert (found.anchors, found.lost) == (2, ()), "erased words leave an anchor as it is"


async def test_a_tombstone_erases_words_and_breaks_no_link(ledger: Ledger, key: Id) -> None:
    await ledger.do(*(Note(key, words) for words in ("tell", "tell", "fact", "erase", "tell")))
    kept = await ledger.sql(
        "SELECT payload IS NULL AS gone FROM outbox WHERE topic = $1 ORDER BY seq", WORDS
    )
    assert [row["gone"] for row in kept] == [True, True, True, False]
    assert await broken(ledger) == []
    change = "UPDATE outbox SET payload = $1 WHERE topic = $2 AND seq = $3"
    for payload, seq, named in ((None, 4, 4), (b"{}", 1, 1), (b"{}", 3, 1)):
        found = await after(ledger, (change, payload, WORDS, seq))
        assert found == [BrokenLink(WORDS, key, named, "changed")]
