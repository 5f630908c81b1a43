"""The smallest service there can be: it hears three topics and says what it heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.contracts.envelope import Envelope, Event, Tombstone
from shared.contracts.intake import ItemResubmitted, ItemText
from shared.contracts.router import ItemEscalated
from shared.contracts.topics import BY_NAME, INTAKE_ITEM, INTAKE_TEXT, ROUTER_ASSIGNMENT, TOPIC_OF
from shared.contracts.tracker import CaseText, PromiseKept
from shared.db.pool import Tx
from shared.db.rows import Table, read_rows, write_rows
from shared.errors import Conflict
from shared.ids import Id, derived_id
from shared.messaging.subject import (
    Change,
    ClockDue,
    ClockedSubject,
    Command,
    Input,
    ReceivedEvent,
    Record,
    State,
    StateRow,
)
from shared.text import _

SERVICE = "tracker"
FOLDER = Path(__file__).parent / "ledger_schema" / "migrations"


class LedgerRow(StateRow):
    items: int = 0
    assignments: int = 0
    text: str = ""
    acts: int = 0
    note: str = ""
    fired: int = 0
    due_at: datetime | None = None


Ledger = State[LedgerRow]
LEDGER = Table("ledger", LedgerRow)


@dataclass(frozen=True, slots=True)
class Note(Command):
    """An act; `words` of 'refuse', 'break' and 'huge' misbehave as their name says.

    'tell' says words on the text topic, 'erase' erases them.
    The same words again change nothing: that is how an asker without an answer may repeat.
    """

    words: str = ""


def fact(n: int) -> Event:
    return PromiseKept(
        occurred_at=datetime(2022, 7, 5, tzinfo=UTC), division_code="331004", actor="t", reply_no=n
    )


def text(now: datetime, *notes: str) -> CaseText:
    return CaseText(occurred_at=now, division_code="331004", actor="t", notes=notes)


def decide(state: Ledger, given: Input, now: datetime) -> tuple[Ledger, Sequence[Event]]:
    """Count what comes, a column a source."""
    match given:
        case ReceivedEvent():
            row, is_told = hear(state.row, given), given.topic != INTAKE_TEXT.name
        case ClockDue():
            row, is_told = fire(state.row, now), True
        case Note(words="huge"):
            return state, [text(now, "x" * 600_000)]
        case Note(words="tell"):
            return state, [text(now, "told in confidence")]
        case Note(words="erase"):
            base = text(now).model_dump(include={"occurred_at", "division_code", "actor"})
            return state, [Tombstone(**base, text=CaseText)]
        case Note():
            row, is_told = note(state.row, given.words), True
        case _:
            raise TypeError(f"not for the ledger: {given!r}")
    if row is state.row:
        return state, ()
    emitted = [fact(row.items + row.assignments + row.acts + row.fired)] if is_told else []
    return replace(state, row=row), emitted


def hear(row: LedgerRow, received: ReceivedEvent) -> LedgerRow:
    """Count an event; an assignment with the reason `poison` cannot be digested."""
    match received.event:
        case ItemResubmitted():
            return row.model_copy(update={"items": row.items + 1})
        case ItemEscalated(reason="poison"):
            raise RuntimeError("poison")
        case ItemEscalated():
            return row.model_copy(update={"assignments": row.assignments + 1})
        case ItemText(title=title):
            return row.model_copy(update={"text": title})
        case None:
            return row.model_copy(update={"text": ""})
        case _:
            raise TypeError(f"not for the ledger: {received!r}")


def fire(row: LedgerRow, now: datetime) -> LedgerRow:
    """Count a clock if it still is due; with the note `stuck` it cannot fire."""
    if row.note == "stuck":
        raise RuntimeError("stuck clock")
    if row.due_at is None or row.due_at > now:
        return row
    return row.model_copy(update={"fired": row.fired + 1, "due_at": None})


def note(row: LedgerRow, words: str) -> LedgerRow:
    """Count an act, or misbehave as it says."""
    match words:
        case "refuse":
            raise Conflict("no", _("不行"), _("请不要这样办"))
        case "break":
            raise RuntimeError("broken act")
        case _ if words == row.note:
            return row
        case _:
            return row.model_copy(update={"acts": row.acts + 1, "note": words})


class LedgerSubject(ClockedSubject[Ledger, datetime]):
    name = "ledger"
    topics = (INTAKE_ITEM, ROUTER_ASSIGNMENT, INTAKE_TEXT)
    ignores = frozenset({"item.submitted"})
    ends = "SELECT key, seq, head, text_seq FROM ledger"

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Ledger]:
        return await self._lock(tx, keys, "FOR UPDATE")

    async def claim(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Ledger]:
        return await self._lock(tx, keys, "FOR UPDATE SKIP LOCKED")

    async def _lock(self, tx: Tx, keys: Sequence[Id], lock: str) -> dict[Id, Ledger]:
        await tx.execute(
            "INSERT INTO ledger (key) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", keys
        )
        rows = await tx.fetch(
            f"SELECT * FROM ledger WHERE key = ANY ($1::uuid[]) ORDER BY key {lock}",  # noqa: S608
            keys,
        )
        return {row.key: State(row) for row in read_rows(LedgerRow, rows)}

    async def context(self, tx: Tx) -> datetime:
        return tx.now

    def decide(
        self, state: Ledger, given: Input, context: datetime
    ) -> tuple[Ledger, Sequence[Event]]:
        return decide(state, given, context)

    def decide_together(
        self, states: Mapping[Id, Ledger], given: Command, context: datetime
    ) -> Mapping[Id, tuple[Ledger, Sequence[Event]]]:
        return {key: decide(state, given, context) for key, state in states.items()}

    async def save(self, tx: Tx, changes: Sequence[Change[Ledger]]) -> None:
        await write_rows(tx, LEDGER, [change.after.row for change in changes])

    async def forget(self, tx: Tx, keys: Sequence[Id]) -> None:
        await tx.execute(
            """DELETE FROM ledger
            WHERE key = ANY ($1::uuid[]) AND xmin = pg_current_xact_id()::xid""",
            keys,
        )

    async def list_due(self, tx: Tx, limit: int) -> list[Id]:
        rows = await tx.fetch(
            """SELECT key FROM ledger WHERE due_at <= $1 AND NOT EXISTS
            (SELECT FROM position WHERE blocked AND position.key = ledger.key) LIMIT $2""",
            tx.now,
            limit,
        )
        return [row["key"] for row in rows]


AT = datetime(2022, 7, 5, 1, tzinfo=UTC)


def _emitted_by(actor: str) -> dict[str, Any]:
    return {"occurred_at": AT, "division_code": "331004", "actor": actor}


def item() -> Event:
    return ItemResubmitted(**_emitted_by("s"))


def escalated(reason: str = "above_level") -> Event:
    return ItemEscalated(
        **_emitted_by("r"),
        from_level="township",
        to_level="county",
        organ_id=bytes(16),
        reason=reason,
    )


def words(title: str) -> Event:
    return ItemText(**_emitted_by("s"), title=title, body="b")


def emitted(key: Id, seq: int, event: Event, event_id: Id | None = None) -> Envelope:
    """Put an event into the envelope its owner would send; the same place has the same id."""
    body = None if isinstance(event, Tombstone) else event.model_dump_json(exclude_none=True)
    return Envelope(
        topic=topic_of(event),
        key=key,
        seq=seq,
        event_id=event_id or derived_id(key, event.type, str(seq)),
        type=event.type,
        occurred_at=event.occurred_at,
        recorded_at=AT,
        correlation_id=key,
        prev_hash="",
        hash="",
        payload=body.encode() if body else None,
    )


def topic_of(event: Event) -> str:
    return TOPIC_OF[event.text if isinstance(event, Tombstone) else type(event)].name


def record(envelope: Envelope, offset: int, partition: int = 0) -> Record:
    """Show an envelope as the consumer would give it."""
    headers = tuple(envelope.headers(f"/{BY_NAME[envelope.topic].owner}"))
    return Record(envelope.topic, partition, offset, envelope.key, headers, envelope.payload)
