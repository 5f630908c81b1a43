"""What changed in an entry of the directory: each field before and after."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.router.domain.entries import read_entry
from shared.contracts.envelope import Event
from shared.ids import Id

_STAMPS = frozenset({"occurred_at", "actor"})


@dataclass(frozen=True, slots=True)
class Said:
    """An entry as it was once said; an erased one has no body."""

    key: Id
    seq: int
    type: str
    at: datetime
    body: bytes | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field; of a list the parts that went and the parts that came."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of an entry: when, by whom, what; the first one entered it."""

    seq: int
    at: datetime
    actor: str
    entry: Event
    changes: Sequence[FieldChange]


def revisions(said: Iterable[Said]) -> list[Revision]:
    """List the changes of one entry, the newest first; what was erased is left out."""
    found: list[Revision] = []
    before: Event | None = None
    for one in sorted(said, key=lambda it: it.seq):
        if one.body is None:
            continue
        entry = read_entry(one.type, one.body)
        changes = list(_changes(before, entry)) if before else []
        found.append(Revision(one.seq, one.at, entry.actor, entry, changes))
        before = entry
    return found[::-1]


def _changes(before: Event, after: Event) -> Iterator[FieldChange]:
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
