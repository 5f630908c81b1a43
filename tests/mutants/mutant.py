"""What a mutant is: one guard taken away, and the test that must notice."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of a source file, found exactly once, and what stands there instead."""

    file: str
    before: str
    after: str

    def count(self, root: Path = ROOT) -> int:
        return (root / self.file).read_text(encoding="utf-8").count(self.before)

    def apply(self, root: Path) -> None:
        """Make the change in a copy of the tree; raises ValueError when it no longer fits."""
        file = root / self.file
        text = file.read_text(encoding="utf-8")
        if text.count(self.before) != 1:
            raise ValueError(f"{self.file} does not hold {self.before!r} exactly once")
        file.write_text(text.replace(self.before, self.after), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A named fault; `caught_by` is a test's file and name, `file.py::test`."""

    name: str
    caught_by: str
    changes: tuple[Change, ...]


def mutant(name: str, caught_by: str, file: str, before: str, after: str) -> Mutant:
    return Mutant(name, caught_by, (Change(file, before, after),))
