"""Figures counted from the simulated acts, and their differences from the city's forms."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COMPARED = ("C1", "C2", "C3", "C4", "C5")
"""The columns the play can count itself; typical cases (C6) it attaches none."""

Json = Mapping[str, Any]


@dataclass
class Tally:
    """Subjects worth 1 in a column, by filer; and how often each thing happened."""

    worth: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    late: set[str] = field(default_factory=set)

    def count(self, column: str, filer: str, subject: str) -> None:
        """Let a subject count in a column; once more changes nothing."""
        self.worth.setdefault((column, filer), set()).add(subject)

    def take_back(self, column: str, filer: str, subject: str) -> None:
        """Let a subject count no longer."""
        self.worth[column, filer].discard(subject)

    def figure(self, column: str, filer: str) -> int:
        """Expected figure of a filer in a column, all periods together."""
        return len(self.worth.get((column, filer), ()))

    def total(self, column: str) -> int:
        """Expected figure of a column for the whole city."""
        return sum(len(found) for (name, _), found in self.worth.items() if name == column)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of the form that differs from the tally."""

    filer: str
    column: str
    played: int
    printed: int


def differences(tally: Tally, forms: Mapping[str, Json]) -> list[Difference]:
    """Compare the sums since the first period in every filer's form with what was played."""
    found = []
    for filer, form in forms.items():
        for column in COMPARED:
            cells = [row["figures"][column] for row in form["rows"]]
            printed = sum(cell["cumulative"] for cell in cells if cell is not None)
            if printed != tally.figure(column, filer):
                found.append(Difference(filer, column, tally.figure(column, filer), printed))
    return found


def figures_hash(forms: Sequence[Json]) -> str:
    """Hash the figures of forms: SHA-256 of canonical JSON, without ids and names."""
    figures = [
        {
            "division_code": form["division_code"],
            "period_end": form["period_end"],
            "rows": [
                {key: row[key] for key in ("division_code", "status", "figures")}
                for row in form["rows"]
            ],
        }
        for form in sorted(forms, key=lambda form: (form["period_end"], form["division_code"]))
    ]
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
