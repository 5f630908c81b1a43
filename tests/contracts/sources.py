"""The project's files as the tests of its structure see them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "router", "tracker", "reporting")
PRODUCT = ("services/", "shared/", "deploy/")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
DefinitionNode = FunctionNode | ast.ClassDef


@dataclass(frozen=True)
class Source:
    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parse(self.text)

    def imports(self) -> Iterator[str]:
        """Name every module it imports, by whole names."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def functions(self) -> Iterator[FunctionNode]:
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                yield node


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def defined_tests(path: str) -> frozenset[str]:
    """Name the test functions of a file; none when there is no such file."""
    file = ROOT / path
    body = _parse(file.read_text(encoding="utf-8")).body if file.is_file() else ()
    names = (node.name for node in body if isinstance(node, FunctionNode))
    return frozenset(name for name in names if name.startswith("test_"))


@cache
def tracked() -> tuple[str, ...]:
    """List every file that is part of the project, or would be with the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for path in listed.splitlines() if (ROOT / path).is_file())


@cache
def python(*folders: str) -> tuple[Source, ...]:
    return tuple(
        Source(path, (ROOT / path).read_text(encoding="utf-8"))
        for path in tracked()
        if path.endswith(".py") and path.startswith(folders)
    )


def own_lines(function: FunctionNode) -> int:
    """Count a function's lines from `def` on, without the functions inside it."""
    last = function.end_lineno or function.lineno
    inner = [
        node
        for outer in ast.iter_child_nodes(function)
        for node in ast.walk(outer)
        if isinstance(node, FunctionNode)
    ]
    covered = {
        line for node in inner for line in range(first_line(node), (node.end_lineno or 0) + 1)
    }
    return last - function.lineno + 1 - len(covered)


def first_line(function: FunctionNode) -> int:
    """Give the line of a function's first decorator, else of its `def`."""
    return min([function.lineno, *(it.lineno for it in function.decorator_list)])


def body_lines(function: FunctionNode) -> int:
    """Count the lines of what a function does: without signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
