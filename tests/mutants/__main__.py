"""`make mutants`: takes each guard away in a copy of the tree and sees its test fail.

Ends with 1 when a mutant survives, or when a test does not even pass with all guards in place.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.mutants import MUTANTS
from tests.mutants.mutant import ROOT, Mutant
from tests.support.servers import SHARED, fresh_servers

PARTS = ("services", "shared", "deploy", "tests", "pyproject.toml")
INSTALLED = (".venv", ".jgo")
PASSED, FAILED = 0, 1
console = Console(width=140)


def main(
    only: Annotated[str, typer.Option(help="Part of the names or of the test files to run.")] = "",
) -> None:
    chosen = [mutant for mutant in MUTANTS if only in f"{mutant.name} {mutant.caught_by}"]
    if not chosen:
        raise typer.BadParameter(f"no mutant's name or test file contains {only!r}")
    sys.exit(asyncio.run(_run_all(chosen)))


async def _run_all(chosen: Sequence[Mutant]) -> int:
    """Run on one pair of servers; first see that the tests pass with all guards in place."""
    async with fresh_servers() as servers:
        with tempfile.TemporaryDirectory(prefix="jianyi-mutants-") as folder:
            tree = Tree(Path(folder), servers.home)
            if tree.run(sorted({mutant.caught_by for mutant in chosen})) != PASSED:
                console.print("[red]The tests fail without any mutant: nothing is proven.[/]")
                console.print(tree.output, markup=False)
                return 1
            survivors = [mutant for mutant in chosen if not tree.catches(mutant)]
    console.print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants caught.")
    return 1 if survivors else 0


class Tree:
    """A copy of the tree in which guards are taken away; what was installed is shared."""

    def __init__(self, folder: Path, servers: Path) -> None:
        self._folder, self.output = folder, ""
        self._environ = {**os.environ, SHARED: str(servers)}
        folder.chmod(0o755)
        for part in PARTS:
            source, target = ROOT / part, folder / part
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, target)
        for part in INSTALLED:
            (folder / part).symlink_to(ROOT / part)

    def catches(self, mutant: Mutant) -> bool:
        began = time.monotonic()
        for change in mutant.changes:
            change.apply(self._folder)
        try:
            caught = self.run([mutant.caught_by]) == FAILED
        finally:
            for change in mutant.changes:
                shutil.copy2(ROOT / change.file, self._folder / change.file)
        shown = "caught  " if caught else "[red]SURVIVED[/]"
        console.print(f"{shown} {time.monotonic() - began:4.0f} s  {mutant.name}")
        if not caught:
            console.print(self.output, markup=False)
        return caught

    def run(self, tests: Sequence[str]) -> int:
        """Run tests in the copy; only pytest's own "some failed" (1) counts as caught."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        self.output = done.stdout[-3000:] + done.stderr[-1000:]
        return done.returncode


if __name__ == "__main__":
    typer.run(main)
