"""The mutants stay alive: each still fits its source, and its test is still there."""

from collections import Counter

import pytest

from tests.mutants import MUTANTS
from tests.mutants.mutant import ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_finds_its_place_exactly_once_and_its_test(mutant: Mutant) -> None:
    assert [change.count() for change in mutant.changes] == [1] * len(mutant.changes)
    assert all(change.before != change.after for change in mutant.changes)
    file, _, test = mutant.caught_by.partition("::")
    assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8")


def test_no_two_mutants_share_a_name() -> None:
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1
