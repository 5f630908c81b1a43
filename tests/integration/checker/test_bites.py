"""The checker bites: a sound state passes, and each way in which it may be broken is named."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import asyncpg
import pytest

from deploy.local.runner import addresses, prepare
from shared.contracts.envelope import Envelope, Event
from shared.contracts.intake import ItemAccepted, ItemSubmitted
from shared.contracts.tracker import TaskSigned
from shared.ids import Id, derived_id, to_text
from tests.checker.checker import History, Verdict, check
from tests.support.ledger import AT, emitted
from tests.support.topic_log import publish

ITEM, OTHER, OWN, PLACE = (derived_id(bytes(16), name, "1") for name in ("i", "o", "c", "p"))
BASE = {"occurred_at": AT, "division_code": "331004", "actor": "s"}
KIND = {"station_id": PLACE, "item_type": "problem", "source_kind": "enterprise"}
EVENTS: Sequence[Event] = (
    ItemSubmitted.model_validate(
        BASE | KIND | {"proposers": [{"proposer_id": PLACE, "kind": "enterprise"}]}
    ),
    ItemAccepted.model_validate(
        BASE | KIND | {"number": "1", "profile": "station_item", "complexity": "normal"}
    ),
    TaskSigned.model_validate(BASE | {"task_id": PLACE}),
)
READERS = {
    "intake.item.v1": ("router", "tracker", "reporting"),
    "tracker.case.v1": ("intake", "router", "reporting"),
}
FACT = """INSERT INTO reporting.fact (topic, partition, "offset", "column", delta, subject,
    division_code, event_id, occurred_at, recorded_at)
    VALUES ('intake.item.v1', 0, $1, 'C3', 1, $2, '331004', $2, now(), now())"""


def sealed(one: Envelope, head: str) -> Envelope:
    """Chain an event to the one before it, as its owner would."""
    chained = one._replace(prev_hash=head)
    return chained._replace(hash=chained.seal)


def story() -> list[Envelope]:
    """Say the events one after another about the item."""
    envelopes: list[Envelope] = []
    for event in EVENTS:
        one = emitted(ITEM, 1, event)
        before = [earlier for earlier in envelopes if earlier.topic == one.topic]
        placed = emitted(ITEM, len(before) + 1, event)
        envelopes.append(sealed(placed, before[-1].hash if before else ""))
    return envelopes


@dataclass
class Place:
    """A system of one item, signed by its unit, and what its players were told."""

    dsn: str
    bootstrap: str
    sql: "asyncpg.Connection[asyncpg.Record]"
    history: History

    async def make(self) -> None:
        """Lay a sound state out by hand, as four services at rest would leave it."""
        item, own = to_text(ITEM), to_text(OWN)
        for envelope in story():
            await self._say(envelope)
        await publish(self.bootstrap, story())
        await self.sql.execute(
            "INSERT INTO intake.item (key, client_id, state) VALUES ($1, $2, 'ACCEPTED')", item, own
        )
        await self.sql.execute('INSERT INTO tracker."case" (key) VALUES ($1)', item)
        await self.sql.execute(FACT, 1, item)
        self.history.answers[own].add(item)
        self.history.acked.add(item)
        self.history.tried_acts["sign"].add(item)
        self.history.acts["sign"].add(item)

    async def _say(self, one: Envelope) -> None:
        owner = one.topic.split(".", maxsplit=1)[0]
        await self.sql.execute(f"SELECT {owner}.ensure_outbox_month('2022-07-01')")
        await self.sql.execute(
            f"INSERT INTO {owner}.outbox VALUES "  # noqa: S608
            "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            one.seq, one.recorded_at, one.topic, to_text(one.key), one.seq, to_text(one.event_id),
            one.type, one.occurred_at, to_text(one.correlation_id), one.prev_hash, one.hash,
            one.payload,
        )  # fmt: skip
        for reader in READERS[one.topic]:
            await self.sql.execute(
                f"""INSERT INTO {reader}.position VALUES ($1, $2, $3, $4)
                ON CONFLICT (topic, key) DO UPDATE SET seq = excluded.seq""",  # noqa: S608
                one.topic, to_text(one.key), one.seq, to_text(one.event_id),
            )  # fmt: skip

    async def judged(self) -> Verdict:
        """Let the checker judge."""
        return await check(self.dsn, self.bootstrap, self.history)


@pytest.fixture
async def place(dsn: str, bootstrap: str) -> AsyncIterator[Place]:
    """A sound system of one item."""
    await prepare({**addresses(dsn), "KAFKA_BOOTSTRAP_SERVERS": bootstrap})
    # Who owns the server stands behind no trigger.
    past_triggers = {"session_replication_role": "replica"}
    connection = await asyncpg.connect(dsn, server_settings=past_triggers)
    made = Place(dsn, bootstrap, connection, History())
    await made.make()
    yield made
    await connection.close()


async def test_a_sound_system_passes(place: Place) -> None:
    verdict = await place.judged()
    assert verdict.faults == []
    assert (verdict.items, verdict.events) == (1, 3)


BROKEN_TABLES = {
    "submitted but lost in tracker": 'DELETE FROM tracker."case"',
    "in tracker but never attempted": """INSERT INTO tracker."case" (key) VALUES ('other')""",
    "in intake but never sent": """INSERT INTO intake.item (key, client_id, state)
        VALUES ('other', 'other', 'ACCEPTED')""",
    "one id, two items": """INSERT INTO intake.item (key, client_id, state)
        SELECT 'other', client_id, state FROM intake.item""",
    "acknowledged but lost in intake": "DELETE FROM intake.outbox WHERE type = 'item.submitted'",
    "intake: broken chain": "UPDATE intake.outbox SET payload = payload || ' '",
    "tracker: broken chain": "UPDATE tracker.outbox SET prev_hash = 'x'",
    "router: never sent": "INSERT INTO router.outbox_pending VALUES (1, now())",
    "tracker is not at the end of intake.item.v1": "UPDATE tracker.position SET seq = 1",
    "router is not at the end of tracker.case.v1": "UPDATE router.position SET seq = 9",
    "reporting: parked": "UPDATE reporting.position SET blocked = true",
    "router: dead letters": """INSERT INTO router.dead_letter
        (topic, partition, "offset", reason, headers, dead_at)
        VALUES ('intake.item.v1', 0, 1, 'decide', '[]', now())""",
    "C3: said but never counted": "DELETE FROM reporting.fact",
    "C3: counted but never said": "DELETE FROM intake.outbox WHERE type = 'item.accepted'",
    "worth more than one or less than nothing": """INSERT INTO reporting.fact
        SELECT topic, partition, 2, "column", delta, subject, person_id, division_code, event_id,
        occurred_at, recorded_at, period_start FROM reporting.fact""",
    "worth more than one or less than nothing in C2": """INSERT INTO reporting.fact
        (topic, partition, "offset",
        "column", delta, subject, person_id, division_code, event_id, occurred_at, recorded_at)
        SELECT topic, partition, "offset" + n, 'C2', 1, subject, 'other', division_code, event_id,
        occurred_at, recorded_at FROM reporting.fact, generate_series(1, 2) AS n""",
    "a cell is not the sum of its facts": """INSERT INTO reporting.cell
        VALUES ('331004', '2022-07-05', 'C3', 2)""",
    "C1: counted but never said": """UPDATE reporting.fact SET "column" = 'C1'""",
    "sign: told done but lost": "DELETE FROM tracker.outbox",
    "sign: done twice": """INSERT INTO tracker.outbox
        SELECT 2, recorded_at, topic, key, 2, event_id, type, occurred_at, correlation_id,
        prev_hash, hash, payload FROM tracker.outbox""",
    "sign: done but never tried": "UPDATE tracker.outbox SET key = 'other'",
}


@pytest.mark.parametrize("fault", BROKEN_TABLES)
async def test_a_broken_table_is_named(place: Place, fault: str) -> None:
    await place.sql.execute(BROKEN_TABLES[fault].replace("'other'", f"'{to_text(OTHER)}'"))
    assert any(one.startswith(fault) for one in (await place.judged()).faults)


async def test_a_reader_that_heard_nothing_at_all_is_named(place: Place) -> None:
    await place.sql.execute("DELETE FROM router.position WHERE topic = 'tracker.case.v1'")
    faults = (await place.judged()).faults
    assert any(one.startswith("router is not at the end of tracker.case.v1") for one in faults)


async def test_a_gap_in_what_was_said_is_named(place: Place) -> None:
    await place.sql.execute("UPDATE intake.outbox SET seq = 3 WHERE seq = 2")
    assert f"intake: broken chain at {to_text(ITEM)} 3" in (await place.judged()).faults


async def test_an_act_told_done_that_nobody_did_is_named(place: Place) -> None:
    place.history.acts["rate"].add(to_text(ITEM))
    assert any(it.startswith("rate: told done but lost") for it in (await place.judged()).faults)


WIRE = {"out of order on the wire": (4, 3), "two events claim": (2,)}


@pytest.mark.parametrize("fault", WIRE)
async def test_a_fault_on_the_wire_is_named(place: Place, fault: str) -> None:
    events = [emitted(ITEM, seq, EVENTS[0], Id(OTHER)) for seq in WIRE[fault]]
    await publish(place.bootstrap, events)
    assert any(one.startswith(fault) for one in (await place.judged()).faults)


async def test_what_was_said_and_is_not_on_the_wire_is_named(place: Place) -> None:
    last = sealed(emitted(ITEM, 3, EVENTS[0]), story()[1].hash)
    await place._say(last)
    assert any(
        it.startswith("intake: said but not on the wire") for it in (await place.judged()).faults
    )


async def test_what_is_on_the_wire_and_was_never_said_is_named(place: Place) -> None:
    await publish(place.bootstrap, [emitted(OTHER, 1, EVENTS[0])])
    faults = (await place.judged()).faults
    assert any(one.startswith("on the wire but never said: 1") for one in faults)


async def test_another_event_on_the_wire_than_was_said_is_named(place: Place) -> None:
    await place.sql.execute("UPDATE intake.outbox SET event_id = $1 WHERE seq = 1", to_text(OTHER))
    faults = (await place.judged()).faults
    assert any(one.startswith("intake: said but not on the wire: 1") for one in faults)


async def test_a_copy_on_the_wire_is_counted_and_no_fault(place: Place) -> None:
    await publish(place.bootstrap, story()[:2])
    verdict = await place.judged()
    assert (verdict.faults, verdict.wire_copies) == ([], 2)
