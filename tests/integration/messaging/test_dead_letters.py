"""What cannot be applied stops its own key, nothing else, and waits for a person."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.contracts.topics import INTAKE_ITEM, ROUTER_ASSIGNMENT
from shared.db.pool import Tx
from shared.errors import Conflict, Invalid, NotFound, UnderRepair
from shared.ids import Id
from shared.messaging import dead_letters
from shared.messaging.subject import Applied, Change, Record
from tests.support.fault_points import at
from tests.support.ledger import LedgerSubject, Note, emitted, escalated, item, words
from tests.support.ledger_service import Ledger, open_ledger

ITEMS, ASSIGNMENTS = INTAKE_ITEM.name, ROUTER_ASSIGNMENT.name


def apart(*_two: object) -> bool:
    return True


async def queues(ledger: Ledger) -> Sequence[dead_letters.BlockedQueue]:
    async with ledger.db.begin() as tx:
        return await dead_letters.list_queues(tx, 10)


async def first(ledger: Ledger) -> int:
    return (await queues(ledger))[0].id


async def discard(ledger: Ledger, reason: str) -> int:
    return await ledger.messaging.repairs.discard(await first(ledger), "op", "chief", reason, apart)


async def test_poison_parks_one_key_and_the_others_flow(
    ledger: Ledger, new_key: Callable[[], Id]
) -> None:
    """What came before it in its batch stays applied; another topic of its key goes on."""
    bad, good = new_key(), new_key()
    await ledger.hear(
        emitted(good, 1, escalated()),
        emitted(bad, 1, escalated()),
        emitted(bad, 2, escalated("poison")),
        emitted(good, 2, escalated()),
        emitted(bad, 1, item()),
    )
    assert (await ledger.row(good))["assignments"] == 2
    row = await ledger.row(bad)
    assert (row["assignments"], row["items"]) == (1, 1)
    assert await ledger.letters() == [(2, "decide")]
    assert await ledger.position(ASSIGNMENTS, bad) == (1, True)
    assert await ledger.outbox(bad) == [1, 2]
    (letter,) = await ledger.sql("SELECT traceback, payload FROM dead_letter")
    assert "RuntimeError: poison" in letter["traceback"]
    assert letter["payload"]


async def test_later_events_of_a_parked_key_queue_behind(ledger: Ledger, key: Id) -> None:
    """Only the first may be discarded; what still fails when released is parked again."""
    await ledger.hear(emitted(key, 1, escalated("poison")), emitted(key, 2, escalated()))
    await ledger.hear(emitted(key, 3, escalated()))
    await ledger.hear(emitted(key, 3, escalated()), emitted(key, 2, escalated()))
    assert (await ledger.row(key))["assignments"] == 0
    assert sorted({*await ledger.letters()}) == [(1, "decide"), (2, "behind"), (3, "behind")]
    behind, *_ = await ledger.sql("SELECT id FROM dead_letter WHERE reason = 'behind'")
    with pytest.raises(Conflict) as refused:
        await ledger.messaging.repairs.discard(behind["id"], "op", "chief", "why not", apart)
    assert refused.value.code == "not_first"
    await ledger.messaging.repairs.release(ASSIGNMENTS, key, "op", "try again")
    assert sorted({*await ledger.letters()}) == [(1, "decide"), (2, "behind"), (3, "behind")]
    assert await ledger.position(ASSIGNMENTS, key) == (0, True)


async def test_a_gap_parks(ledger: Ledger, key: Id) -> None:
    """It closes when the missing event came and the key is released."""
    await ledger.hear(emitted(key, 1, item()))
    await ledger.hear(emitted(key, 4, item()), emitted(key, 3, item()))
    assert (await ledger.row(key))["items"] == 1
    assert await ledger.position(ITEMS, key) == (1, True)
    (queue,) = await queues(ledger)
    assert (queue.topic, queue.key, queue.letters) == (ITEMS, key, 2)
    assert (queue.seq, queue.reason) == (3, "gap")
    await ledger.hear(emitted(key, 2, item()))
    assert await ledger.messaging.repairs.release(ITEMS, key, "op", "the event came") == 0
    assert (await ledger.row(key))["items"] == 4
    assert await ledger.position(ITEMS, key) == (4, False)


async def test_a_fork_parks(ledger: Ledger, key: Id) -> None:
    """The same place with another event: the speaker's database was restored to an older state."""
    first = emitted(key, 1, item())
    await ledger.hear(first)
    await ledger.hear(first._replace(event_id=bytes(16)))
    assert (await ledger.row(key))["items"] == 1
    assert await ledger.letters() == [(1, "fork")]
    assert await ledger.position(ITEMS, key) == (1, True)
    await ledger.messaging.measure()
    assert ledger.messaging.metrics.forks._value.get() == 1
    await ledger.hear(emitted(key, 2, item()))
    assert await ledger.messaging.repairs.release(ITEMS, key, "op", "try again") == 2
    assert await discard(ledger, "ours is right") == 0
    assert (await ledger.row(key))["items"] == 2


async def test_release_replays_the_queue_in_order(ledger_dsn: str, key: Id) -> None:
    received: list[int] = []

    class Repaired(LedgerSubject):
        def decide(self, state: Any, given: Any, context: Any) -> Any:
            if not repaired:
                raise RuntimeError("a bug")
            received.append(given.seq)
            return super().decide(state, given, context)

    async with open_ledger(ledger_dsn, subject=Repaired()) as ledger:
        repaired = False
        await ledger.hear(emitted(key, 1, item()))
        await ledger.hear(emitted(key, 3, item()), emitted(key, 2, item()))
        repaired = True
        assert await ledger.messaging.repairs.release(ITEMS, key, "op", "fixed in 1.2") == 0
        assert received == [1, 2, 3]
        assert (await ledger.row(key))["items"] == 3
        assert await ledger.outbox(key) == [1, 2, 3]
        assert await ledger.letters() == []
        await ledger.hear(emitted(key, 4, item()))
        assert (await ledger.row(key))["items"] == 4
        (decision,) = await ledger.sql("SELECT * FROM dead_letter_decision")
        assert (decision["action"], decision["decided_by"]) == ("released", "op")


async def test_an_event_that_comes_during_a_release_is_not_lost(ledger: Ledger, key: Id) -> None:
    await ledger.hear(emitted(key, 2, item()))
    await ledger.hear(emitted(key, 1, item()))
    late = [emitted(key, 3, item())]

    async def overtake() -> None:
        if late:
            await ledger.hear(late.pop())

    with at("after_queue_read", overtake):
        assert await ledger.messaging.repairs.release(ITEMS, key, "op", "the event came") == 0
    assert (await ledger.row(key))["items"] == 3
    assert await ledger.letters() == []


async def test_discarding_needs_a_reason_and_a_second_person(ledger: Ledger, key: Id) -> None:
    await ledger.hear(emitted(key, 1, escalated("poison")))
    wrong = [("op", "op", "why not"), ("op", "op ", "why"), ("op", "", "why"), ("", "chief", "why")]
    for by, second, reason in [*wrong, ("op", "chief", " ")]:
        with pytest.raises(Invalid):
            await ledger.messaging.repairs.discard(await first(ledger), by, second, reason, apart)
    assert await ledger.letters() == [(1, "decide")]


async def test_what_waited_behind_a_discarded_event_follows(ledger: Ledger, key: Id) -> None:
    await ledger.hear(emitted(key, 1, escalated("poison")), emitted(key, 2, escalated()))
    assert await discard(ledger, "nonsense") == 0
    await ledger.hear(emitted(key, 3, escalated()))
    assert (await ledger.row(key))["assignments"] == 2
    assert await ledger.position(ASSIGNMENTS, key) == (3, False)
    decisions = await ledger.sql(
        "SELECT action, seq, decided_by, confirmed_by, reason FROM dead_letter_decision ORDER BY id"
    )
    assert tuple(decisions[0]) == ("discarded", 1, "op", "chief", "nonsense")


async def test_a_second_person_confirms_what_the_first_one_asked(ledger: Ledger, key: Id) -> None:
    ways = ledger.messaging.repairs
    await ledger.hear(emitted(key, 1, escalated("poison")), emitted(key, 2, escalated()))
    letter = await first(ledger)
    with pytest.raises(Invalid):
        await ways.ask_discard(letter, "op", " ")
    await ways.ask_discard(letter, "op", "a mistake")
    await ways.keep(letter)
    with pytest.raises(Conflict):
        await ways.confirm_discard(letter, "chief", apart)
    await ways.ask_discard(letter, "op", "nonsense")
    with pytest.raises(Invalid) as same:
        await ways.confirm_discard(letter, "op", apart)
    assert same.value.code == "second_person_needed"
    with pytest.raises(Conflict) as one_hand:
        await ways.confirm_discard(letter, "chief", lambda *_: False)
    assert one_hand.value.code == "accounts_not_independent"
    assert await ledger.letters() == [(1, "decide"), (2, "behind")]
    assert await ways.confirm_discard(letter, "chief", apart) == 0
    assert (await ledger.row(key))["assignments"] == 1
    (decision,) = await ledger.sql("SELECT * FROM dead_letter_decision WHERE action = 'discarded'")
    assert (decision["decided_by"], decision["confirmed_by"]) == ("op", "chief")
    assert decision["reason"] == "nonsense"


async def test_a_trace_repeats_nothing_people_wrote(
    ledger: Ledger, new_key: Callable[[], Id]
) -> None:
    """Operators read traces and logs, and have no right to texts."""
    secret = "王小明的手机13800001234"
    body = {"title": [secret], "occurred_at": secret}
    undecodable = emitted(new_key(), 1, words("x"))._replace(payload=json.dumps(body).encode())
    unsaved = emitted(new_key(), 1, words(f"{secret}\0"))
    await ledger.hear(undecodable, unsaved)
    traces = [row["traceback"] for row in await ledger.sql("SELECT traceback FROM dead_letter")]
    assert len(traces) == 2
    assert not [trace for trace in traces if secret in trace or "1380000" in trace]


async def test_only_a_parked_key_can_be_released_or_discarded(ledger: Ledger, key: Id) -> None:
    """Nor is one released without a reason."""
    ways = ledger.messaging.repairs
    await ledger.hear(emitted(key, 1, item()), emitted(key, 1, escalated("poison")))
    with pytest.raises(Invalid):
        await ways.release(ASSIGNMENTS, key, "op", "  ")
    with pytest.raises(NotFound):
        await ways.release(ITEMS, key, "op", "why not")
    with pytest.raises(NotFound):
        await ways.discard(await first(ledger) + 1, "op", "chief", "why not", apart)


async def test_a_save_that_fails_for_one_key_parks_only_it(
    ledger: Ledger, new_key: Callable[[], Id]
) -> None:
    """A command that cannot be saved fails alone and parks nothing."""
    bad, good = new_key(), new_key()
    broken, fine = await ledger.do(Note(bad, words="a\0b"), Note(good, words="fine"))
    assert (isinstance(broken, Exception), isinstance(fine, Applied)) == (True, True)
    assert await ledger.letters() == []
    await ledger.hear(
        emitted(good, 1, item()),
        emitted(bad, 1, words("a\0b")),  # PostgreSQL's text holds no NUL
        emitted(good, 1, words("fine")),
        emitted(bad, 2, words("c\0d")),
    )
    row = await ledger.row(good)
    assert (row["items"], row["text"], row["note"]) == (1, "fine", "fine")
    assert await ledger.letters() == [(1, "save"), (2, "behind")]
    assert (await ledger.sql("SELECT blocked FROM position WHERE key = $1", bad))[0]["blocked"]


async def test_an_unknown_type_parks(ledger: Ledger, key: Id) -> None:
    unknown = emitted(key, 1, item())._replace(type="item.dreamt")
    await ledger.hear(unknown, emitted(key, 2, item()))
    assert await ledger.letters() == [(1, "unknown_type"), (2, "behind")]


async def test_an_undecodable_body_parks_its_key(ledger: Ledger, new_key: Callable[[], Id]) -> None:
    for payload in (b"{", b"[]", b"\xff", b"", b"null", b'{"actor": 1}', None):
        bad, good = new_key(), new_key()
        await ledger.hear(
            emitted(bad, 1, item())._replace(payload=payload),
            emitted(bad, 2, item()),
            emitted(good, 1, item()),
        )
        assert (await ledger.row(good))["items"] == 1
        letters = await ledger.letters(bad)
        assert [seq for seq, _ in letters] == [1, 2], payload
        assert letters[1] == (2, "behind")


def _header(name: str, value: bytes | None) -> Callable[[Record], Record]:
    def spoil(record: Record) -> Record:
        headers = tuple((n, value if n == name else v) for n, v in record.headers)
        return record._replace(headers=headers)

    return spoil


UNREADABLE: dict[str, Callable[[Record], Record]] = {
    "null header": _header("ce_type", None),
    "header that is not UTF-8": _header("ce_type", b"\xff\xfe"),
    "id that is none": _header("ce_id", b"17"),
    "seq that is no number": _header("ce_seq", b"many"),
    "seq of zero": _header("ce_seq", b"0"),
    "seq beyond 63 bits": _header("ce_seq", b"9223372036854775808"),
    "seq of endless digits": _header("ce_seq", b"9" * 5_000),
    "time that is none": _header("ce_recordedat", b"yesterday"),
    "no headers": lambda record: record._replace(headers=()),
    "no key": lambda record: record._replace(key=None),
    "key of another length": lambda record: record._replace(key=b"331004"),
}


async def test_an_unreadable_envelope_parks_by_its_offset_and_the_partition_goes_on(
    ledger: Ledger, new_key: Callable[[], Id]
) -> None:
    for name, spoil in UNREADABLE.items():
        good = new_key()
        before, bad, after = ledger.records(
            emitted(good, 1, item()), emitted(new_key(), 1, item()), emitted(good, 2, item())
        )
        for _ in range(2):
            await ledger.hear_records(before, spoil(bad), after)
        assert (await ledger.row(good))["items"] == 2, name
        (letter,) = await ledger.sql('SELECT topic, partition, "offset", key, id FROM dead_letter')
        assert tuple(letter)[:4] == (ITEMS, 0, bad.offset, None), name
        (queue,) = await queues(ledger)
        assert (queue.id, queue.key, queue.letters) == (letter["id"], None, 1)
        assert await discard(ledger, "noise") == 0
        assert await ledger.letters() == []
    (nul,) = ledger.records(emitted(new_key(), 1, item()))
    await ledger.hear_records(_header("ce_type", b"item\0accepted")(nul))
    assert len(await ledger.letters()) == 1


async def test_a_bug_that_hides_in_saving_does_not_park_what_passes_by_itself(
    ledger_dsn: str, key: Id
) -> None:
    """A deadlock, a lost connection or a timeout is tried again and never parks anything."""
    failures = [ConnectionResetError(), TimeoutError()]

    class Failing(LedgerSubject):
        async def save(self, tx: Tx, changes: Sequence[Change[Any]]) -> None:
            if failures:
                raise failures.pop()
            await super().save(tx, changes)

    async with open_ledger(ledger_dsn, subject=Failing()) as ledger:
        await ledger.hear(emitted(key, 1, item()))
        assert (await ledger.row(key))["items"] == 1
        assert await ledger.letters() == []


async def test_acts_on_a_parked_key_are_answered_under_repair(
    ledger: Ledger, new_key: Callable[[], Id]
) -> None:
    bad, good = new_key(), new_key()
    await ledger.hear(emitted(bad, 1, escalated("poison")))
    refused, done = await ledger.do(Note(bad, words="x"), Note(good, words="x"))
    assert isinstance(refused, UnderRepair)
    assert isinstance(done, Applied)
    assert (await ledger.row(bad))["acts"] == 0
