"""Event base class and envelope; on the wire, CloudEvents 1.0 in Kafka's binary mode."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.dates import Instant
from shared.ids import Id, to_text

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
"""A machine-readable code, never a sentence or a name."""

DivisionCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{2,12}$")]
EVERYWHERE: DivisionCode = "000000"
"""All divisions: used for what belongs to none; a grant here is valid in every division."""

Key = Annotated[bytes, Field(min_length=16, max_length=16)]


class FrozenModel(BaseModel):
    """Base class of the published models; frozen, and unknown fields are forbidden.

    Validation errors name the field without its content, because operators read them.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        ser_json_bytes="hex",
        val_json_bytes="hex",
        hide_input_in_errors=True,
    )


class Event(FrozenModel):
    """One fact: what happened (`type`), when, where it began and who did it.

    `actor` is an opaque reference (a person's or a system part's id), never a name.
    """

    type: ClassVar[str]
    occurred_at: Instant
    division_code: DivisionCode
    actor: Code

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not getattr(cls, "type", None):
            raise TypeError(f"{cls.__name__} names no event type")


EventType = type[Event]


class Tombstone(Event):
    """Erases everything published under a key as `text`; sent without a body."""

    type: ClassVar[str] = "tombstone"
    text: EventType


class Envelope(NamedTuple):
    """One event as it stands in the outbox and on the wire; `hash` chains it to `prev_hash`."""

    topic: str
    key: Id
    seq: int
    event_id: Id
    type: str
    occurred_at: datetime
    recorded_at: datetime
    correlation_id: Id
    prev_hash: str
    hash: str
    payload: bytes | None

    @property
    def erases(self) -> bool:
        """Whether it is a tombstone."""
        return self.payload is None

    @property
    def seal(self) -> str:
        """The value of `hash`: SHA-256, as hex, over all other columns.

        A text that is erased loses its body and keeps its hash; a tombstone's is taken as of an
        empty body, which no other event has.
        """
        place = (self.prev_hash, self.topic, str(self.seq), self.type)
        times = (_instant(self.occurred_at), _instant(self.recorded_at))
        ids = self.key + self.event_id + self.correlation_id
        head = b"|".join((*map(str.encode, place), *times, ids, b""))
        return hashlib.sha256(head + (self.payload or b"")).hexdigest()

    def headers(self, source: str) -> Sequence[tuple[str, bytes]]:
        """Write the CloudEvents attributes of the binary mode."""
        return (
            ("ce_specversion", b"1.0"),
            ("ce_id", to_text(self.event_id).encode()),
            ("ce_source", source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_time", _instant(self.occurred_at)),
            ("ce_subject", to_text(self.key).encode()),
            ("ce_seq", b"%d" % self.seq),
            ("ce_recordedat", _instant(self.recorded_at)),
            ("ce_correlationid", to_text(self.correlation_id).encode()),
            ("ce_prevhash", self.prev_hash.encode()),
            ("content-type", b"application/json"),
        )


def _instant(value: datetime) -> bytes:
    return value.astimezone(UTC).isoformat().encode()
