"""Every refusal says, in both languages, what is wrong and what to do about it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import errors
from shared.errors import Problem
from tests.support.labels import CODE

ROOT = Path(__file__).parents[2]
NAMES = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, Problem)
}


def refusals() -> Iterator[tuple[str, ast.Call]]:
    """Find each place that makes a problem: its address and the call."""
    for folder in ("services", "shared"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and len(node.args) >= 3 and _name(node) in NAMES:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


FOUND = list(refusals())


def test_there_are_refusals_to_look_at() -> None:
    assert len(FOUND) > 80


@pytest.mark.parametrize(("where", "call"), FOUND, ids=[where for where, _ in FOUND])
def test_a_refusal_says_what_to_do(where: str, call: ast.Call) -> None:
    said = {word.arg: ast.unparse(word.value) for word in call.keywords}
    assert said.get("todo_zh", "''") not in ("''", '""'), f"{where} says nothing to do in Chinese"
    assert said.get("todo_en", "''") not in ("''", '""'), f"{where} says nothing to do in English"


@pytest.mark.parametrize(("where", "call"), FOUND, ids=[where for where, _ in FOUND])
def test_a_refusal_has_a_code_of_the_source(where: str, call: ast.Call) -> None:
    """Operators count by it and programs act on it: no part of it comes from a request."""
    codes = _codes(call.args[0])
    assert codes, f"{where}: {ast.unparse(call.args[0])}"
    assert [code for code in codes if not CODE.fullmatch(code)] == []


def _codes(said: ast.expr) -> list[str]:
    """List the words a code may be; none when it may be anything."""
    if ast.unparse(said) == "_CODES.get(status, f'http_{status}')":
        return ["http_000"]
    parts = [said.body, said.orelse] if isinstance(said, ast.IfExp) else [said]
    words = [part.value for part in parts if isinstance(part, ast.Constant)]
    return [str(word) for word in words] if len(words) == len(parts) else []
