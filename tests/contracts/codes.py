"""The list of refusal codes, from the source: `python -m tests.contracts.codes` writes it."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from shared.contracts.topics import OWNERS
from shared.errors import Problem
from shared.text import Sentence
from shared.web.i18n import ENGLISH, Translator, english, load
from shared.web.problems import _CODES
from tests.contracts.sources import ROOT, Source, python

PAGE = ROOT / "docs/codes.md"
COMMAND = "python -m tests.contracts.codes"
HTTP = "http_000"
"""Stands for `http_` and a status of the framework's own."""

_HEAD = f"""# 拒绝代码 Codes of refusals

每个不成功的答复（problem+json，RFC 9457）都有一个`code`：程序按它处理，文字给人看。\
`{{name}}`是办理时填入的内容。本页由`{COMMAND}`按源代码写出，请勿手改。

Every unsuccessful answer (problem+json, RFC 9457) has a `code`, on which programs act; the texts \
are for people. `{{name}}` is filled in when the refusal is made. This page is generated from the \
source by `{COMMAND}`; do not edit it.
"""
_COLUMNS = ("`code`", "HTTP", "说明", "Message", "怎么办", "What to do")
_VARIES = ("（按情形说明）", "(depends on the case)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One place in the source that makes a problem; a part that is no literal is empty."""

    place: str
    owner: str
    status: int
    codes: tuple[str, ...]
    messages: tuple[str, ...]
    what_to_do: tuple[str, ...]


@cache
def refusals() -> tuple[Refusal, ...]:
    """Find every place that makes a problem, outside the classes of shared/errors.py."""
    sources = python("services", "shared")
    for source in sources:
        if re.search(r"super\(\).__init__\(", source.text) and "shared.errors" in source.text:
            import_module(source.path.removesuffix(".py").replace("/", "."))
    kinds = {kind.__name__: kind for kind in _below(Problem)}
    return tuple(found for source in sources for found in _of(source, kinds))


def _below(kind: type[Problem]) -> Iterator[type[Problem]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)


def _of(source: Source, kinds: Mapping[str, type[Problem]]) -> Iterator[Refusal]:
    within = {
        id(call): kinds[one.name]
        for one in ast.walk(source.tree)
        if isinstance(one, ast.ClassDef) and one.name in kinds
        for call in ast.walk(one)
    }
    for call in ast.walk(source.tree):
        if not isinstance(call, ast.Call):
            continue
        called = ast.unparse(call.func)
        kind = within.get(id(call)) if called == "super().__init__" else kinds.get(called)
        made_by = kind.__mro__[1] if kind and called == "super().__init__" else kind
        if kind is None or made_by is None or not issubclass(made_by, Problem):
            continue
        given = _bound(call, made_by)
        if "code" in given and not _passes_on(given["code"]):
            yield Refusal(
                f"{source.path}:{call.lineno}",
                source.path.split("/")[1] if source.path.startswith("services/") else "shared",
                kind.status,
                _literals(given["code"]),
                _literals(given["message"]),
                _literals(given["what_to_do"]),
            )


def _bound(call: ast.Call, kind: type[Problem]) -> Mapping[str, object]:
    """Name the arguments of a call, with the defaults it leaves."""
    keywords = {one.arg: one.value for one in call.keywords if one.arg}
    bound = inspect.signature(kind).bind_partial(*call.args, **keywords)
    bound.apply_defaults()
    return bound.arguments


def _passes_on(code: object) -> bool:
    return isinstance(code, ast.Name) and code.id == "code"


def _literals(given: object) -> tuple[str, ...]:
    """List the texts an argument may be; none when it may be anything."""
    match given:
        case (str() as text) | Sentence(text=text) | ast.Constant(value=str() as text):
            return (text,)
        case ast.IfExp(body=one, orelse=other):
            parts = _literals(one), _literals(other)
            return parts[0] + parts[1] if all(parts) else ()
        case ast.Call(func=ast.Name(id="_" | "n_"), args=[ast.Constant(value=str() as text), *_]):
            return (text,)
        case ast.Call() if ast.unparse(given) == "_CODES.get(status, f'http_{status}')":
            return (*_CODES.values(), HTTP)
        case _:
            return ()


def words_of(owner: str) -> Translator:
    return load("en", ENGLISH) if owner == "shared" else english(owner)


def page() -> str:
    titles = {"shared": "所有服务 Every service"} | {name: f"`{name}`" for name in OWNERS}
    tables = (f"## {title}\n\n{_table(owner)}" for owner, title in titles.items())
    return "\n".join((_HEAD, *tables))


def _table(owner: str) -> str:
    rows = {row for one in refusals() if one.owner == owner for row in _rows(one)}
    lines = (_COLUMNS, ("---",) * len(_COLUMNS), *sorted(rows))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _rows(one: Refusal) -> Iterator[tuple[str, ...]]:
    words = words_of(one.owner)
    framework = {code: status for status, code in _CODES.items()} if HTTP in one.codes else {}
    for code in one.codes:
        cells = (_cells(texts, words) for texts in (one.messages, one.what_to_do))
        status = "4xx" if code == HTTP else str(framework.get(code, one.status))
        yield f"`{code.replace('000', '…')}`", status, *(cell for pair in cells for cell in pair)


def _cells(texts: tuple[str, ...], words: Translator) -> tuple[str, str]:
    if not texts:
        return _VARIES
    both = [(text, words.template(text)) for text in texts]
    zh, en = (" / ".join(dict.fromkeys(column)) for column in zip(*both, strict=True))
    return _shown(zh), _shown(en)


def _shown(text: str) -> str:
    return re.sub(r"%\((\w+)\)s", r"{\1}", text).replace("%%", "%").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
