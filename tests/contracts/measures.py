"""How large and how tangled the house is: one table, with what it is to come to.

`python -m tests.contracts.measures` prints it; with a part of a measure's name behind it, it lists
what that measure counted instead.
"""

import ast
import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from tests.contracts.docstrings import empty_docstrings
from tests.contracts.reply_journey import files_on_fresh_servers
from tests.contracts.sources import PRODUCT, SERVICES, Source, own_lines, python

EVERYWHERE = (*PRODUCT, "tests/")
SAMPLE_PAGES = "tests/unit/web/gallery/"  # they are data
ROLES = {"Settings", "Row"}
"""Class names that every room may use."""

FILES_OF_A_NEW_ACT = (
    "services/tracker/domain/commands.py",
    "services/tracker/domain/effects.py",
    "services/tracker/actions.py",
)
"""What one more act of the tracker touches beside its words, its line of rights.csv and its test.

Found by hand: declare an act with a text and one effect, and list what must change.
"""


@dataclass(frozen=True)
class Measure:
    """A number with its goal; `now` is what it may be until the goal is reached."""

    name: str
    goal: int
    now: int
    value: Callable[[], int | Sequence[str]]
    """The number, or what is counted."""

    @property
    def bound(self) -> int:
        return max(self.goal, self.now)

    def read(self) -> int:
        value = self.value()
        return value if isinstance(value, int) else len(value)


def measured() -> list[Source]:
    """List the Python files whose functions and lengths have budgets."""
    return [it for it in python(*EVERYWHERE) if not it.path.startswith(SAMPLE_PAGES)]


def modules() -> list[str]:
    return [source.path for source in python(*PRODUCT) if source.text.strip()]


def lines(*folders: str) -> int:
    return sum(source.text.count("\n") for source in python(*folders))


def function_lengths() -> list[int]:
    return [own_lines(function) for source in measured() for function in source.functions()]


def function_decile(n: int) -> int:
    """Give the length, in lines, that n in ten functions do not exceed."""
    return round(quantiles(function_lengths(), n=10)[n - 1])


def repeated_classes() -> list[str]:
    return [
        f"{unit}: {name} in {', '.join(sorted(places))}"
        for unit in (*(f"services/{name}/" for name in SERVICES), "shared/")
        for name, places in sorted(_classes(unit).items())
        if len(places) > 1 and name not in ROLES
    ]


def _classes(unit: str) -> dict[str, set[str]]:
    places: dict[str, set[str]] = defaultdict(set)
    for source in python(unit):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].add(source.path.removeprefix(unit))
    return places


def tests_importing_tests() -> list[str]:
    """List what imports from a test file: what several need stands in tests/support."""
    imports = {(it.path, name) for it in python("tests/") for name in it.imports()}
    return sorted({path for path, name in imports if ".test_" in name})


def _files_of_a_reply() -> list[str]:
    return asyncio.run(files_on_fresh_servers())


MEASURES = (
    Measure("class names in two modules of one service, or of shared", 0, 0, repeated_classes),
    Measure("test files that import from a test file", 0, 0, tests_importing_tests),
    Measure("docstrings that say nothing", 0, 0, empty_docstrings),
    Measure("product modules", 230, 361, modules),
    Measure("product lines", 36_000, 62_000, lambda: lines(*PRODUCT)),
    Measure("test lines", 31_000, 54_500, lambda: lines("tests/")),
    Measure("function median", 8, 6, lambda: function_decile(5)),
    Measure("function ninth decile", 20, 16, lambda: function_decile(9)),
    Measure("files that a new act touches (by hand)", 3, 3, lambda: FILES_OF_A_NEW_ACT),
)
FILES_OF_A_REPLY = Measure("files that one reply crosses", 20, 40, _files_of_a_reply)


def main(wanted: str = "") -> None:
    for measure in (*MEASURES, FILES_OF_A_REPLY):
        if not wanted:
            row = f"{measure.name:<56}{measure.read():>7}   goal {measure.goal}\n"
            sys.stdout.write(row)
        elif wanted in measure.name:
            value = measure.value()
            lines = [str(value)] if isinstance(value, int) else value
            sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
