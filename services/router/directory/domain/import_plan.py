"""What a file would make of the directory, said before it is done and then done exactly so."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from services.router.directory.domain.entries import DirectoryState, PutEntry, stands
from services.router.directory.domain.history import FieldChange, changes_of
from services.router.directory.domain.import_checks import ImportReport
from shared.tables.rows import RowError

Verdict = Literal["wrong", "changed", "new", "unchanged"]
VERDICTS: tuple[Verdict, ...] = ("wrong", "changed", "new", "unchanged")
"""In the order in which they ask for attention."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of one entry by these lines; `put` rests on the state that was read."""

    put: PutEntry
    lines: Sequence[int]
    verdict: Verdict
    changes: Sequence[FieldChange] = ()


@dataclass(frozen=True)
class Plan:
    """What becomes of every line of a file: of each entry, and what is left out."""

    entries: Sequence[Planned]
    errors: Sequence[tuple[int, RowError]]

    @property
    def puts(self) -> list[PutEntry]:
        """All acts; those of entries that stand so already change nothing."""
        return [one.put for one in self.entries]

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """How many lines have each verdict."""
        found: Counter[Verdict] = Counter({"wrong": len(self.errors)})
        for one in self.entries:
            found[one.verdict] += len(one.lines)
        return found

    @property
    def changes_anything(self) -> bool:
        """Whether there is anything to enter."""
        return bool(self.counts["new"] or self.counts["changed"])

    @cached_property
    def digest(self) -> str:
        """Two plans with the same digest do the same to the same states."""
        found = hashlib.sha256()
        for one in self.entries:
            entry = one.put.entry.model_dump_json(exclude={"occurred_at", "actor"})
            found.update(f"{one.put.key.hex()} {one.put.basis} {entry}\n".encode())
        return found.hexdigest()


def plan_of(report: ImportReport, standing: DirectoryState) -> Plan:
    """Compare what a file brought with what stands."""
    return Plan(list(_planned(report, standing)), report.errors)


def _planned(report: ImportReport, standing: DirectoryState) -> Iterator[Planned]:
    for put in report.entries:
        row, lines = standing.rows.get(put.key), report.lines[put.key]
        if row is None:
            yield Planned(replace(put, basis=0), lines, "new")
            continue
        on_it = replace(put, basis=row.text_seq)
        if stands(row, put.entry):
            yield Planned(on_it, lines, "unchanged")
        else:
            yield Planned(on_it, lines, "changed", list(changes_of(row.event, put.entry)))
