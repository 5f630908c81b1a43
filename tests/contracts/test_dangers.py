"""What the services' code never does, whoever asks; the few places that may are named here."""

import ast
from collections.abc import Iterator

from tests.contracts.sources import Source, python

OURS = python("services/", "shared/")
COMMANDS = {*(f"services/{name}/cli.py" for name in ("intake", "router")), "services/city.py"}
"""What a person types at the machine: it reads and writes the files they name."""
OWN_KEYS = {"services/router/app.py", "shared/sealing.py"}
"""A trial system makes its keys."""


def importing(*modules: str) -> dict[str, set[str]]:
    """Name the files that import a module or something of it, each with what it imports."""
    found: dict[str, set[str]] = {}
    for one in OURS:
        for name in one.imports():
            if any(name == module or name.startswith(f"{module}.") for module in modules):
                found.setdefault(one.path, set()).add(name)
    return found


def calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    """Name everything a file calls."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def calling(*names: str) -> set[str]:
    """Name the files that call one of these, by its name or as somebody's method."""
    return {
        one.path
        for one in OURS
        for called, _ in calls(one)
        if called in names or called.rpartition(".")[2] in names
    }


def test_no_program_is_started_but_the_reader_of_workbooks() -> None:
    started = calling("create_subprocess_exec", "create_subprocess_shell", "system", "popen")
    assert started == {"shared/workbook_file.py"}
    assert importing("subprocess", "pty", "multiprocessing") == {}


def test_nothing_that_is_given_is_run() -> None:
    given = {"eval", "exec", "compile", "__import__"}
    assert not [one.path for one in OURS for called, _ in calls(one) if called in given]
    assert importing("pickle", "marshal", "shelve", "yaml") == {}


def test_a_page_is_never_made_of_words_that_were_given() -> None:
    """One sentence of ours is marked as such; its values are escaped into it."""
    assert calling("from_string", "Template", "Markup") == {"shared/web/words.py"}


def test_nobody_elsewhere_is_asked_but_the_identity_service_that_was_configured() -> None:
    asking = importing("httpx", "requests", "aiohttp", "urllib.request", "http.client", "authlib")
    assert asking.keys() == {"services/router/console/provider.py"}


def test_an_expression_holds_what_was_given_only_escaped() -> None:
    made = {
        one.path
        for one in OURS
        for called, call in calls(one)
        if called.startswith("re.") and called != "re.escape"
        if call.args and not isinstance(call.args[0], ast.Constant)
    }
    assert made == {"services/intake/domain/hiding.py", "services/router/domain/matching.py"}
    assert made <= calling("escape")


def test_files_are_written_by_commands_only_and_once_for_a_trials_own_keys() -> None:
    writing = calling("write_text", "write_bytes", "mkdir", "unlink", "touch", "rename")
    assert writing == COMMANDS | OWN_KEYS


def test_what_is_secret_is_made_and_hashed_by_known_hands() -> None:
    assert importing("random", "Crypto", "nacl", "cryptography.hazmat") == {}
    used = {name for names in importing("cryptography").values() for name in names}
    assert {name for name in used if not name.startswith("cryptography.fernet")} == set()
    called = {name for one in OURS for name, _ in calls(one)}
    assert {name for name in called if name.rpartition(".")[0] == "hashlib"} == {"hashlib.sha256"}
