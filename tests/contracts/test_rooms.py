"""The house rules that a linter does not know: budgets, names, and who may speak to whom."""

import ast
import re
from collections.abc import Iterator

from tests.contracts.measures import measured
from tests.contracts.sources import (
    PRODUCT,
    ROOT,
    SERVICES,
    DefinitionNode,
    FunctionNode,
    Source,
    body_lines,
    own_lines,
    python,
    tracked,
)

FUNCTION_LINES, FILE_LINES, HANDLER_LINES = 40, 400, 12
HTTP = {"get", "post", "put", "patch", "delete"}
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|managers?|base)(_|$)")
HOSTS = (
    "pypi" + ".org", "python" + "hosted.org", "maven" + ".org", "maven.apache" + ".org",
    "npm" + "js.", "unp" + "kg.com", "jsd" + "elivr", "docker" + ".io", "ghcr" + ".io",
    "quay" + ".io", "gcr" + ".io",
)  # fmt: skip
MACHINE_PATHS = ("/" + "work/", "../" + "shared", "/home/" + "user")


def handlers(source: Source) -> Iterator[FunctionNode]:
    """List the functions that answer a request."""
    for function in source.functions():
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(called, ast.Attribute) and called.attr in HTTP:
                yield function


def in_snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def test_functions_are_short() -> None:
    lengths = {
        f"{source.path}:{function.lineno} {function.name}": own_lines(function)
        for source in measured()
        for function in source.functions()
    }
    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES} == {}


def test_files_are_short() -> None:
    lengths = {source.path: source.text.count("\n") for source in measured()}
    assert {path: n for path, n in lengths.items() if n > FILE_LINES} == {}


def test_an_answer_is_load_decide_save() -> None:
    lengths = {
        f"{source.path}:{function.lineno} {function.name}": body_lines(function)
        for source in python("services/")
        for function in handlers(source)
    }
    assert {name: n for name, n in lengths.items() if n > HANDLER_LINES} == {}


SERVICE_ROOMS = {"README.md", "__main__.py", "app.py", "consumers.py", "cli.py", "settings.py"}
SLICE_ROOMS = {"domain", "store.py", "queries.sql", "api.py", "console"}
ROUTER_SLICES = ("routing", "directory", "identity")


def test_every_service_has_its_rooms() -> None:
    for service in SERVICES:
        folder = ROOT / "services" / service
        slices = [folder / name for name in ROUTER_SLICES] if service == "router" else [folder]
        assert SERVICE_ROOMS - {path.name for path in folder.iterdir()} == set(), service
        for part in slices:
            assert SLICE_ROOMS - {path.name for path in part.iterdir()} == set(), part
        assert list((folder / "migrations").glob("*.sql"))


def test_names_say_something() -> None:
    vague = [path for path in tracked() if any(map(VAGUE.search, re.split(r"[/.]", path)))]
    vague += [
        f"{source.path}:{node.lineno} {node.name}"
        for source in python(*PRODUCT)
        for node in ast.walk(source.tree)
        if isinstance(node, DefinitionNode) and VAGUE.search(in_snake_case(node.name))
    ]
    assert vague == []


def test_no_file_inside_the_router_is_called_router() -> None:
    inside = [path for path in tracked() if path.startswith("services/router/")]
    assert [path for path in inside if path.endswith("/router.py")] == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        found += [f"{path}: {it}" for it in (*HOSTS, *MACHINE_PATHS) if it.encode() in content]
    assert found == []
