"""The interface a service implements for its subjects, independent of how inputs arrive."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.envelope import Envelope, Event, Key
from shared.contracts.topics import BY_NAME, Topic
from shared.ids import Id

if TYPE_CHECKING:
    from shared.db.pool import Tx


class Row(BaseModel):
    """A row of a state table; ids are 32 hex digits in JSON."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        ser_json_bytes="hex",
        val_json_bytes="hex",
        hide_input_in_errors=True,
    )


class StateRow(Row):
    """The locked row of one subject, with the position of its last emitted event.

    `seq` and `head` (hash) belong to the permanent topic, `text_seq` to the compacted topics.
    """

    key: Key
    seq: int = 0
    head: str = ""
    text_seq: int = 0


R_co = TypeVar("R_co", bound=StateRow, covariant=True)
COMPACTED = frozenset(name for name, topic in BY_NAME.items() if topic.compacted)


@dataclass(frozen=True, slots=True)
class State(Generic[R_co]):
    """One subject as a decision sees it: its row and, in subclasses, the row's children."""

    row: R_co


class Record(NamedTuple):
    """A message as Kafka gave it; `sent_at` is its sender's time in seconds since 1970."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    value: bytes | None = None
    sent_at: float = 0.0


UnreadableReason = Literal["no_key", "envelope", "unknown_type", "no_body", "undecodable"]
DeadLetterReason = UnreadableReason | Literal["gap", "fork", "decide", "save", "clock", "behind"]
"""Why an event is dead-lettered: a metric label, so never a text or an id."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that could not be read, or an unknown event type."""

    reason: UnreadableReason
    traceback: str = ""


class ReceivedEvent(NamedTuple):
    """A received event; `event` is None for a tombstone, and for a type without a handler."""

    topic: str
    key: Id
    seq: int
    event_id: Id
    type: str
    recorded_at: datetime
    correlation_id: Id
    event: Event | Unreadable | None
    record: Record


@dataclass(frozen=True, slots=True)
class Command:
    """Base of the commands that come by HTTP, command line or job.

    `others` are more subjects of the same kind that it concerns; all are locked in key order.
    """

    key: Id
    correlation_id: Id | None = field(default=None, kw_only=True)
    others: tuple[Id, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class ClockDue:
    key: Id


Input = ReceivedEvent | Command | ClockDue


def keys_of(given: Input) -> tuple[Id, ...]:
    """The subjects an input concerns, its own first."""
    return (given.key, *given.others) if isinstance(given, Command) else (given.key,)


S = TypeVar("S", bound=State[Any])
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Change(Generic[S]):
    """A state before and after a batch."""

    before: S
    after: S


@dataclass(frozen=True, slots=True)
class DatabaseMetric:
    """A metric for operators that is read from the service's own tables.

    `sql` takes the instant and gives `value`, with a `label` one row each with its `label`.
    `zh` and `text` describe what it counts; a `name` that ends with `_seconds` is a time.
    """

    name: str
    zh: str
    text: str
    sql: str
    label: str = ""


class Subject(ABC, Generic[S, C]):
    """Load, decide (pure), save: how inputs change one kind of subject.

    `figures` are for operators. `ends` selects key, seq, head and text_seq of all state rows of a
    subject that emits events, for the audit.
    """

    name: ClassVar[str]
    topics: ClassVar[tuple[Topic, ...]] = ()
    ignores: ClassVar[frozenset[str]] = frozenset()
    """Event types that only advance the position."""
    figures: ClassVar[tuple[DatabaseMetric, ...]] = ()
    ends: ClassVar[str] = ""

    @abstractmethod
    async def load(self, tx: "Tx", keys: Sequence[Id]) -> dict[Id, S]:
        """Create the rows that are missing and lock all in key order."""

    @abstractmethod
    async def context(self, tx: "Tx") -> C:
        """Read the context that decisions of one batch may use besides the state."""

    @abstractmethod
    def decide(self, state: S, given: Input, context: C) -> tuple[S, Sequence[Event]]:
        """Return the next state and the events to emit.

        Raises Refused to refuse a command; any other exception dead-letters the event.
        """

    def decide_together(
        self, _states: Mapping[Id, S], given: Command, _context: C
    ) -> Mapping[Id, tuple[S, Sequence[Event]]]:
        """Decide a command that names others: the next state and the events of each subject.

        `_states` holds all of `keys_of(given)`. Subjects left out stay as they are.
        """
        raise TypeError(f"{self.name}: {given!r} concerns one subject only")

    @abstractmethod
    async def save(self, tx: "Tx", changes: Sequence[Change[S]]) -> None:
        """Write the states that changed."""

    async def forget(self, _tx: "Tx", _keys: Sequence[Id]) -> None:
        """Delete those of these rows that `load` created in this transaction.

        Needed where a command may create a subject.
        """
        return


class Mirror(Subject[S, None]):
    """A read model: a decision needs only the state and the event."""

    async def context(self, _tx: "Tx") -> None:
        """Read nothing."""


class ClockedSubject(Subject[S, C]):
    """A subject with clocks: it also changes when one of them is due."""

    @abstractmethod
    async def list_due(self, tx: "Tx", limit: int) -> list[Id]:
        """List subjects with a due clock, without a lock."""

    async def claim(self, tx: "Tx", keys: Sequence[Id]) -> dict[Id, S]:
        """Load the subjects not locked by others (SKIP LOCKED), or wait for all."""
        return await self.load(tx, keys)

    async def count_clocks(self, _tx: "Tx", _keys: Sequence[Id]) -> Mapping[Id, int]:
        """Count the clocks by subject, where they are stored one by one."""
        return {}


@dataclass(frozen=True, slots=True)
class Applied(Generic[S]):
    """Result of a command: the state after it and the events emitted."""

    state: S
    emitted: tuple[Envelope, ...]

    @property
    def seen(self) -> str:
        """Position a reader must reach to have seen this command: `topic:key:seq`, or empty.

        The fact counts, not the text that goes with it on its own topic.
        """
        if not self.emitted:
            return ""
        facts = [one for one in self.emitted if one.topic not in COMPACTED]
        last = (facts or self.emitted)[-1]
        return f"{last.topic}:{last.key.hex()}:{last.seq}"
