"""Docstrings that only repeat their name, or that begin like a riddle.

A docstring says what its name does not: meaning, units, shapes, errors, the source of a rule. Where
there is nothing of that, none is written.
"""

import ast
import re
from collections.abc import Iterator

from tests.contracts.sources import PRODUCT, DefinitionNode, python

DIALECT = re.compile(
    r"(What|Who|Whose|Whom|Where|How often|How long|How far)\b(?!.*\?)"
    r"|(Make the|Say|See that|Hear|Be told)\b"
    r"|.*\bput together\.$"
)
"""An own dialect: noun clauses and personified code in place of a plain sentence."""

STOP_WORDS = (
    "a an the of in on at to for from by with and or its it this that one all is are be as return "
    "give get make list read find do tell name show whether every each"
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def stems(text: str) -> set[str]:
    """Take the words of a text or a name in small letters, without their usual endings."""
    words = {word.lower() for word in WORD.findall(text)}
    return {re.sub(r"(ies|es|s|ed|ing|e|y)$", "", word) for word in words}


STOPS = stems(STOP_WORDS)


def repeats(docstring: str, name: str) -> bool:
    """Tell whether a docstring has no word of its own."""
    return stems(docstring) <= stems(name) | STOPS


def empty_docstrings() -> list[str]:
    """List the docstrings of the product that are better rewritten or left out."""
    return [
        f"{place}: {docstring.splitlines()[0]}"
        for place, name, docstring in _documented()
        if repeats(docstring, name) or DIALECT.match(docstring.splitlines()[0])
    ]


def _documented() -> Iterator[tuple[str, str, str]]:
    """Give place, name (of a method with its class's) and docstring of whatever has one."""
    for source in python(*PRODUCT):
        module = source.path.removesuffix("/__init__.py").removesuffix(".py").replace("/", " ")
        bodies = [(source.tree, module), *_named(source.tree, "")]
        for node, name in bodies:
            if docstring := ast.get_docstring(node):
                yield f"{source.path}:{getattr(node, 'lineno', 1)}", name, docstring


def _named(inside: ast.AST, outer: str) -> Iterator[tuple[DefinitionNode, str]]:
    for node in ast.iter_child_nodes(inside):
        if isinstance(node, DefinitionNode):
            name = f"{outer} {node.name}"
            yield node, name
            yield from _named(node, name)
