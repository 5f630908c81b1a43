"""The mutants stay alive: each still fits its source, and its test is still there."""

import subprocess
import sys
from collections import Counter

import pytest

from tests.mutants import MUTANTS
from tests.mutants.mutant import ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_finds_its_place_exactly_once(mutant: Mutant) -> None:
    assert [change.count() for change in mutant.changes] == [1] * len(mutant.changes)
    assert all(change.before != change.after for change in mutant.changes)


def test_the_test_of_every_mutant_is_there() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    tests = sorted({mutant.caught_by for mutant in MUTANTS})
    done = subprocess.run([*command, *tests], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_no_two_mutants_share_a_name() -> None:
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1
