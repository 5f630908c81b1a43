"""From Kafka's bytes to what a fold hears; nothing here raises for a bad message."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.contracts.envelope import Event
from shared.contracts.topics import BY_NAME, Topic
from shared.ids import from_text
from shared.messaging.subject import ReceivedEvent, Record, Unreadable
from shared.observability.traces import traced


def read(record: Record, ignores: frozenset[str] = frozenset()) -> ReceivedEvent | Unreadable:
    """Read one message; Broken alone when not even its key and place are readable.

    The bodies of types in `ignores` are not looked at.
    """
    try:
        headers: dict[str, Any] = dict(record.headers)
        if record.key is None or len(record.key) != 16:
            return Unreadable("no_key")
        kind = headers["ce_type"].decode()
        if "\0" in kind:
            return Unreadable("envelope", "the type holds a NUL, which no text column can")
        return ReceivedEvent(
            topic=record.topic,
            key=record.key,
            seq=_seq(headers["ce_seq"]),
            event_id=from_text(headers["ce_id"].decode()),
            type=kind,
            recorded_at=datetime.fromisoformat(headers["ce_recordedat"].decode()),
            correlation_id=from_text(headers["ce_correlationid"].decode()),
            event=None if kind in ignores else _event(BY_NAME[record.topic], kind, record.value),
            record=record,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:  # also a null header
        return Unreadable("envelope", traced(error))


def _seq(value: bytes) -> int:
    seq = int(value)
    if not 1 <= seq < 2**63:
        raise ValueError(f"seq {seq} is out of range")
    return seq


def _event(topic: Topic, kind: str, value: bytes | None) -> Event | Unreadable | None:
    if value is None:
        return None if topic.compacted else Unreadable("no_body")
    model = topic.types.get(kind)
    if model is None:
        return Unreadable("unknown_type")
    try:
        return model.model_validate_json(value, extra="ignore")
    except ValidationError as error:
        return Unreadable("undecodable", traced(error))
