"""Judges a run from outside: plain SQL, the topics and a history file, nothing of the services.

What stations and officers were told is in the history; what the system holds is in the four
schemas and in Kafka. Both must say the same: nothing lost, doubled, invented or out of order.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.support.database import connected

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

SCHEMAS = ("intake", "router", "tracker", "reporting")
PERMANENT_TOPICS = (
    "intake.item.v1",
    "intake.activity.v1",
    "router.assignment.v1",
    "tracker.case.v1",
    "reporting.report.v1",
)


HEARS = {
    "intake": ("router.assignment.v1", "tracker.case.v1", "tracker.text.v1"),
    "router": ("intake.item.v1", "intake.text.v1", "tracker.case.v1"),
    "tracker": (
        "intake.item.v1", "intake.text.v1", "router.assignment.v1", "router.text.v1",
        "reporting.report.v1",
    ),
    "reporting": (
        "intake.item.v1", "intake.activity.v1", "router.assignment.v1", "tracker.case.v1",
    ),
}  # fmt: skip
"""Who reads what, beside the directory that all read."""

COUNTED = {
    "C1": ("intake", "type = 'activity.held'"),
    "C3": ("intake", "type = 'item.accepted'"),
    "C5": (
        "router",
        "type = 'item.escalated' AND convert_from(payload, 'UTF8')::json ->> 'to_level' = 'city'",
    ),
}
"""Whose event lets a subject count in a column, whatever becomes of it later."""

ACT_EVENTS = {
    "sign": ("tracker", "task.signed"),
    "contact": ("tracker", "task.contact_logged"),
    "draft": ("tracker", "task.reply_drafted"),
    "sign-off": ("tracker", "case.replied"),
    "rate": ("intake", "item.rating_given"),
}
"""Whose event tells that an act was done."""


@dataclass
class History:
    """What the players tried and what they were told.

    `attempted` and `acked` hold items; `answers` the items a station was given for its own id.
    """

    attempted: set[str] = field(default_factory=set)
    acked: set[str] = field(default_factory=set)
    answers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    tried_acts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    acts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def read_history(file: Path) -> History:
    """Read JSON lines of {op: invoke|ok|fail|unknown, act, own|item}; unknown may have happened."""
    history = History()
    for line in file.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        is_ok, item = entry["op"] == "ok", entry.get("item")
        if entry["act"] == "submit":
            answers = history.answers[entry["own"]]
            if is_ok:
                answers.add(item)
                history.acked.add(item)
        else:
            history.tried_acts[entry["act"]].add(item)
            if is_ok:
                history.acts[entry["act"]].add(item)
    return history


@dataclass
class Verdict:
    """What was found; empty `faults` means the run is sound."""

    items: int = 0
    events: int = 0
    wire_copies: int = 0
    faults: list[str] = field(default_factory=list)

    def expect_none(self, what: str, found: Iterable[object]) -> None:
        listed = list(found)
        if listed:
            shown = ", ".join(str(one) for one in listed[:5])
            self.faults.append(f"{what}: {len(listed)} ({shown})")


async def check(dsn: str, bootstrap: str, history: History) -> Verdict:
    verdict = Verdict()
    async with connected(dsn) as connection:
        await _check_answers(connection, history, verdict)
        await _check_items(connection, history, verdict)
        await _check_acts(connection, history, verdict)
        await _check_outboxes(connection, verdict)
        await _check_readers(connection, verdict)
        await _check_facts(connection, verdict)
        await _check_wire(connection, bootstrap, verdict)
    return verdict


async def _keys(connection: "Connection", sql: str) -> set[str]:
    return {str(UUID(str(row[0]))) for row in await connection.fetch(sql)}


async def _check_answers(connection: "Connection", history: History, verdict: Verdict) -> None:
    """A station's own id is one item for ever, and intake holds none that no station sent."""
    rows = await connection.fetch("SELECT key, client_id FROM intake.item WHERE state <> ''")
    held: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        held[str(row["client_id"])].add(str(row["key"]))
    for own in history.answers:
        history.attempted |= held[own]
    both = {own: held[own] | history.answers[own] for own in history.answers}
    verdict.expect_none("one id, two items", [own for own, items in both.items() if len(items) > 1])
    if history.answers:
        verdict.expect_none("in intake but never sent", held.keys() - history.answers.keys())


async def _check_items(connection: "Connection", history: History, verdict: Verdict) -> None:
    cases = await _keys(connection, 'SELECT key FROM tracker."case"')
    submitted = await _keys(
        connection, "SELECT key FROM intake.outbox WHERE type = 'item.submitted'"
    )
    verdict.items = len(cases)
    verdict.expect_none("acknowledged but lost in intake", history.acked - submitted)
    verdict.expect_none("submitted but lost in tracker", submitted - cases)
    if history.attempted:
        verdict.expect_none("in tracker but never attempted", cases - history.attempted)


async def _check_acts(connection: "Connection", history: History, verdict: Verdict) -> None:
    """Every act that was told to be done was done once, every other one at most once."""
    for act, (schema, kind) in ACT_EVENTS.items():
        rows = await connection.fetch(
            f"SELECT key, count(*) AS n FROM {schema}.outbox WHERE type = $1 GROUP BY key",  # noqa: S608
            kind,
        )
        done = {str(row["key"]): row["n"] for row in rows}
        tried = history.tried_acts[act]
        verdict.expect_none(f"{act}: told done but lost", history.acts[act] - done.keys())
        if tried:
            verdict.expect_none(f"{act}: done twice", [key for key, n in done.items() if n > 1])
            verdict.expect_none(f"{act}: done but never tried", done.keys() - tried)


async def _check_outboxes(connection: "Connection", verdict: Verdict) -> None:
    """Every key's facts are 1..n, each chained to the one before; nothing waits to be sent."""
    for schema in SCHEMAS:
        rows = await connection.fetch(
            f"""SELECT topic, key, seq, prev_hash, hash, event_id, type, payload, occurred_at,
            recorded_at, correlation_id
            FROM {schema}.outbox WHERE topic = ANY ($1) ORDER BY topic, key, seq""",  # noqa: S608
            list(PERMANENT_TOPICS),
        )
        verdict.events += len(rows)
        place, seq, head = None, 0, ""
        for row in rows:
            if (row["topic"], row["key"]) != place:
                place, seq, head = (row["topic"], row["key"]), 0, ""
            if row["seq"] != seq + 1 or row["prev_hash"] != head or _hash(row) != row["hash"]:
                verdict.faults.append(f"{schema}: broken chain at {row['key']} {row['seq']}")
            seq, head = row["seq"], row["hash"]
        pending = await connection.fetchval(
            f"SELECT count(*) FROM {schema}.outbox_pending"  # noqa: S608
        )
        verdict.expect_none(f"{schema}: never sent", range(pending))


def _hash(row: asyncpg.Record) -> str:
    texts = [row["prev_hash"], row["topic"], str(row["seq"]), row["type"]]
    texts += [row[name].astimezone(UTC).isoformat() for name in ("occurred_at", "recorded_at")]
    digest = hashlib.sha256("|".join(texts).encode() + b"|")
    for name in ("key", "event_id", "correlation_id"):
        digest.update(row[name].bytes)
    digest.update(b"|" + (row["payload"] or b""))
    return digest.hexdigest()


async def _check_readers(connection: "Connection", verdict: Verdict) -> None:
    """Every reader stands at the last event its owner said of each key, and nothing is parked."""
    for reader in SCHEMAS:
        for topic in (*HEARS[reader], "router.directory.v1"):
            owner = topic.split(".")[0]
            behind = await connection.fetch(
                f"""SELECT o.key, o.seq, p.seq AS read FROM
                (SELECT key, max(seq) AS seq FROM {owner}.outbox WHERE topic = $1 GROUP BY key) o
                FULL JOIN (SELECT * FROM {reader}.position WHERE topic = $1) p USING (key)
                WHERE p.seq IS DISTINCT FROM o.seq""",  # noqa: S608
                topic,
            )
            verdict.expect_none(f"{reader} is not at the end of {topic}", behind)
        parked = await connection.fetch(
            f"SELECT topic, key FROM {reader}.position WHERE blocked"  # noqa: S608
        )
        letters = await connection.fetch(f"SELECT id FROM {reader}.dead_letter")  # noqa: S608
        verdict.expect_none(f"{reader}: parked", parked)
        verdict.expect_none(f"{reader}: dead letters", letters)


async def _check_facts(connection: "Connection", verdict: Verdict) -> None:
    """What was said counts, nothing else does, once at most; cells are the sums of facts."""
    for column, (schema, said) in COUNTED.items():
        due = await _keys(connection, f"SELECT DISTINCT key FROM {schema}.outbox WHERE {said}")  # noqa: S608
        counted = await _keys(
            connection,
            f"SELECT DISTINCT subject FROM reporting.fact WHERE \"column\" = '{column}'",  # noqa: S608
        )
        verdict.expect_none(f"{column}: said but never counted", due - counted)
        verdict.expect_none(f"{column}: counted but never said", counted - due)
    double = await connection.fetch(
        """SELECT "column", subject, person_id, sum(delta) FROM reporting.fact
        GROUP BY 1, 2, 3 HAVING sum(delta) NOT IN (0, 1) ORDER BY 1"""
    )
    for column, rows in groupby(double, key=lambda row: str(row["column"])):
        verdict.expect_none(f"worth more than one or less than nothing in {column}", rows)
    await _check_cells(connection, verdict)


async def _check_cells(connection: "Connection", verdict: Verdict) -> None:
    wrong = await connection.fetch(
        """SELECT * FROM reporting.cell FULL JOIN (
            SELECT division_code, period_start, "column", sum(delta) AS facts
            FROM reporting.fact WHERE period_start IS NOT NULL GROUP BY 1, 2, 3
        ) summed USING (division_code, period_start, "column")
        WHERE coalesce(n, 0) <> coalesce(facts, 0)"""
    )
    verdict.expect_none("a cell is not the sum of its facts", wrong)


async def _check_wire(connection: "Connection", bootstrap: str, verdict: Verdict) -> None:
    """On every permanent topic each key's events are first seen in order, copies are equal."""
    last: dict[tuple[str, bytes], int] = {}
    ids: dict[tuple[str, bytes, int], bytes] = {}
    async for record in _everything(bootstrap):
        headers = dict(record.headers)
        place, seq = (record.topic, record.key), int(headers["ce_seq"])
        known = ids.setdefault((*place, seq), headers["ce_id"])
        if known != headers["ce_id"]:
            verdict.faults.append(f"two events claim {place} {seq}")
        if seq == last.get(place, 0) + 1:
            last[place] = seq
        elif seq <= last.get(place, 0):
            verdict.wire_copies += 1
        else:
            verdict.faults.append(f"out of order on the wire: {place} {seq}")
    await _check_said(connection, ids, verdict)


async def _check_said(
    connection: "Connection", on_the_wire: dict[tuple[str, bytes, int], bytes], verdict: Verdict
) -> None:
    """The outboxes and the wire hold the very same events; empties `on_the_wire`."""
    for schema in SCHEMAS:
        rows = await connection.fetch(
            f"SELECT topic, key, seq, event_id FROM {schema}.outbox WHERE topic = ANY ($1)",  # noqa: S608
            list(PERMANENT_TOPICS),
        )
        missing = [
            f"{row['key']} {row['seq']}"
            for row in rows
            if on_the_wire.pop((row["topic"], row["key"].bytes, row["seq"]), b"")
            != str(row["event_id"]).encode()
        ]
        verdict.expect_none(f"{schema}: said but not on the wire", missing)
    verdict.expect_none("on the wire but never said", on_the_wire)


async def _everything(bootstrap: str) -> AsyncIterator[Any]:
    places = await _places(bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            batches = await consumer.getmany(timeout_ms=500, max_records=5000)
            for records in batches.values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()


async def _places(bootstrap: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = await admin.describe_topics(list(PERMANENT_TOPICS))
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in topics
        for partition in topic["partitions"]
    ]
