"""What changed in an entry of the directory: each field before and after."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.router.directory.domain.entries import read_entry
from shared.contracts.envelope import Event
from shared.ids import Id

_STAMPS = frozenset({"occurred_at", "actor"})


@dataclass(frozen=True, slots=True)
class Said:
    """An entry as it was once said, and just before; what was erased has no body."""

    key: Id
    seq: int
    type: str
    at: datetime
    body: bytes | None
    before: bytes | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field; of a list the parts that went and the parts that came."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of an entry: when, by whom, what; the first one entered it."""

    key: Id
    seq: int
    at: datetime
    actor: str
    entry: Event
    changes: Sequence[FieldChange]


def revisions(emitted: Iterable[Said]) -> list[Revision]:
    """Say of each what changed, in the given order; what was erased is left out."""
    found: list[Revision] = []
    for one in emitted:
        if one.body is None:
            continue
        entry = read_entry(one.type, one.body)
        before = read_entry(one.type, one.before) if one.before else None
        changes = list(changes_of(before, entry)) if before else []
        found.append(Revision(one.key, one.seq, one.at, entry.actor, entry, changes))
    return found


def changes_of(before: Event, after: Event) -> Iterator[FieldChange]:
    """List the fields in which two states of an entry differ; who said it and when do not count."""
    for name in type(after).model_fields:
        old, new = getattr(before, name, None), getattr(after, name)
        if name in _STAMPS or old == new:
            continue
        if isinstance(new, tuple) and isinstance(old, tuple):
            gone = tuple(one for one in old if one not in new)
            come = tuple(one for one in new if one not in old)
            yield FieldChange(name, gone, come)
        else:
            yield FieldChange(name, old, new)
