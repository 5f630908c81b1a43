"""The house rules that are patterns: each catches its own examples, and the code keeps to it.

A rule stands in `ast_grep/rules`, its examples in `ast_grep/examples`; `.venv/bin/ast-grep scan`
shows what a rule finds.
"""

import json
import subprocess
import sys
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contracts.sources import ROOT

FOLDER = ROOT / "tests/contracts/ast_grep"
RULES: dict[str, dict[str, Any]] = {
    file.stem: yaml.safe_load(file.read_text()) for file in sorted((FOLDER / "rules").glob("*.yml"))
}
REMAINING = {
    "html-is-not-edited-by-expression": 1,
    "no-identity-by-id": 2,
    "no-list-emptied-in-place": 1,
    "no-placeholder-replaced-in-sql": 3,
    "no-private-attribute-set-on-another": 1,
    "no-sleep-in-tests": 6,
}
"""How many places still break a rule; the numbers only go down."""


def ast_grep(*words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("ast-grep")
    return subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True, check=False)


@cache
def found(*, with_exceptions: bool) -> dict[str, list[tuple[str, str]]]:
    """List what each rule finds as (file, place), with or without the files that it ignores."""
    left_out = "" if with_exceptions else "ignores"
    rules = [{key: rule[key] for key in rule if key != left_out} for rule in RULES.values()]
    done = ast_grep("scan", "--inline-rules", yaml.safe_dump_all(rules), "--json=stream")
    places: dict[str, list[tuple[str, str]]] = {name: [] for name in RULES}
    for one in map(json.loads, done.stdout.splitlines()):
        place = f"{one['file']}:{one['range']['start']['line'] + 1} {one['text']}"
        places[one["ruleId"]].append((one["file"], place))
    return places


def test_every_rule_has_its_examples() -> None:
    examples = {file.stem.removesuffix("-test") for file in (FOLDER / "examples").glob("*.yml")}
    assert examples == RULES.keys() == {rule["id"] for rule in RULES.values()}
    for name in RULES:
        example = yaml.safe_load((FOLDER / f"examples/{name}-test.yml").read_text())
        assert example["valid"], name
        assert example["invalid"], name


def test_every_rule_catches_its_examples_and_passes_the_others() -> None:
    done = ast_grep("test", "--skip-snapshot-tests")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", RULES)
def test_the_code_keeps_to(name: str) -> None:
    places = [place for _, place in found(with_exceptions=True)[name]]
    assert len(places) <= REMAINING.get(name, 0), (RULES[name]["message"], places)


EXCEPTIONS = [(name, glob) for name, rule in RULES.items() for glob in rule.get("ignores", ())]


@pytest.mark.parametrize(("name", "glob"), EXCEPTIONS)
def test_every_exception_is_needed(name: str, glob: str) -> None:
    files = {file for file, _ in found(with_exceptions=False)[name]}
    assert any(fnmatch(file, glob) for file in files)


def test_what_makes_expressions_escapes_what_it_puts_in() -> None:
    for file in RULES["an-expression-holds-only-escaped-text"]["ignores"]:
        assert "re.escape(" in (ROOT / file).read_text(encoding="utf-8"), file
