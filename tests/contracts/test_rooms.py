"""The house rules that a linter does not know: budgets, names, and who may speak to whom."""

import ast
import re
import sys
from collections.abc import Iterator
from statistics import median, quantiles

import pytest

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
EVERYWHERE = (*PRODUCT, "tests/")
SAMPLE_PAGES = "tests/unit/web/gallery/"  # they are data
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


def measured() -> list[Source]:
    return [it for it in python(*EVERYWHERE) if not it.path.startswith(SAMPLE_PAGES)]


def in_snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def test_functions_are_short(capsys: pytest.CaptureFixture[str]) -> None:
    lengths = {
        f"{source.path}:{function.lineno} {function.name}": own_lines(function)
        for source in measured()
        for function in source.functions()
    }
    ninth = quantiles(lengths.values(), n=10)[-1]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(lengths)} functions, median {median(lengths.values()):.0f}, "
            f"nine in ten up to {ninth:.0f} lines\n"
        )
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


def test_every_service_has_its_rooms() -> None:
    rooms = {"README.md", "__main__.py", "app.py", "api.py", "consumers.py", "cli.py", "store.py",
             "queries.sql", "settings.py"}  # fmt: skip
    for service in SERVICES:
        folder = ROOT / "services" / service
        assert rooms - {path.name for path in folder.iterdir()} == set(), service
        assert (folder / "domain.py").exists() or (folder / "domain/__init__.py").exists()
        assert list((folder / "migrations").glob("*.sql"))


def test_no_file_imports_from_a_test_file() -> None:
    """What several test files need stands in tests/support."""
    imports = {(it.path, name) for it in python("tests/") for name in it.imports()}
    assert sorted(it for it in imports if ".test_" in it[1]) == []


def test_names_say_something() -> None:
    vague = [path for path in tracked() if any(map(VAGUE.search, re.split(r"[/.]", path)))]
    vague += [
        f"{source.path}:{node.lineno} {node.name}"
        for source in python(*PRODUCT)
        for node in ast.walk(source.tree)
        if isinstance(node, DefinitionNode) and VAGUE.search(in_snake_case(node.name))
    ]
    assert vague == []


def test_nothing_inside_the_router_is_called_router() -> None:
    for source in python("services/router/"):
        assert not source.path.endswith("/router.py")
        named = [it for it in ast.walk(source.tree) if isinstance(it, ast.Name | ast.arg)]
        assert "router" not in {it.id if isinstance(it, ast.Name) else it.arg for it in named}


def test_every_module_says_what_it_is() -> None:
    silent = [
        source.path
        for source in python(*EVERYWHERE)
        if source.text.strip() and not ast.get_docstring(source.tree)
    ]
    assert silent == []


def test_every_public_name_says_what_it_does() -> None:
    silent = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in python(*PRODUCT)
        for node in source.public()
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_only_the_relay_speaks() -> None:
    for source in python("services/", "shared/"):
        named = {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
        assert not {"publisher", "publish"} & named, source.path


def test_the_framework_is_behind_one_port() -> None:
    for source in python(*PRODUCT):
        tops = {name.partition(".")[0] for name in source.imports()}
        assert "faststream" not in tops or source.path == "shared/messaging/broker.py"
        outside = source.path.startswith("services/")
        assert not (outside and {"aiokafka", "asyncpg"} & tops), source.path


def test_deploy_enters_services_by_the_door() -> None:
    for source in python("deploy/"):
        for name in source.imports():
            room = name.split(".")[2:3]
            assert not name.startswith("services.") or room in ([], ["app"]), source.path


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        found += [f"{path}: {it}" for it in (*HOSTS, *MACHINE_PATHS) if it.encode() in content]
    assert found == []


def test_nothing_searches_serialised_json() -> None:
    """Where a field stands in a stored body is up to the program that wrote it."""
    member = re.compile(r'"\w+": ?(["\[{]|true|false|$)')
    found = [
        f"{source.path}:{node.lineno}"
        for source in python(*PRODUCT)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if member.search(node.value)
    ]
    assert found == []
