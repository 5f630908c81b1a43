"""docs/quality.yaml is whole, names tests that exist, and stands in both READMEs."""

import tomllib
from typing import Any

import pytest

from tests.contracts.quality import BEGIN, PAGES, RULES, renewed
from tests.contracts.sources import ROOT, SERVICES, defined_tests


def linter_contracts() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {one["id"] for one in project["tool"]["importlinter"]["contracts"]}


def exists(proof: str) -> bool:
    """Tell whether a test file, a test in it or a contract of import-linter is there."""
    if proof.startswith("import-linter:"):
        return proof.partition(":")[2] in linter_contracts()
    path, _, name = proof.partition("::")
    return name in defined_tests(path) if name else bool(defined_tests(path))


@pytest.mark.parametrize("rule", RULES, ids=[rule["en"] for rule in RULES])
def test_a_rule_names_what_shows_it_and_has_a_value_for_every_service(rule: dict[str, Any]) -> None:
    assert rule.keys() == {"zh", "en", "shown_by", *SERVICES}
    assert rule["shown_by"]
    assert [proof for proof in rule["shown_by"] if not exists(proof)] == []
    for name in SERVICES:
        value = rule[name]
        assert value == "done" or value["exempt"].keys() == {"zh", "en"}, name


@pytest.mark.parametrize("proof", ["import-linter:none", "tests/none.py", f"{__file__}::test_none"])
def test_a_proof_that_is_not_there_is_found(proof: str) -> None:
    assert not exists(proof)


@pytest.mark.parametrize("page", PAGES)
def test_the_rules_stand_in_the_readme(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert BEGIN in text
    assert text == renewed(page), "run: python -m tests.contracts.quality"
