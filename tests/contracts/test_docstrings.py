"""What the measure of docstrings that say nothing finds, and what it lets pass."""

import pytest

from tests.contracts.docstrings import DIALECT, repeats


@pytest.mark.parametrize(
    ("docstring", "name"),
    [
        ("Make the act of it.", "AcceptBody act"),
        ("List all accounts by name.", "list_accounts"),
        ("Find a station by its code.", "Directory station_by_code"),
    ],
)
def test_a_docstring_that_repeats_its_name_is_found(docstring: str, name: str) -> None:
    assert repeats(docstring, name)


def test_a_docstring_with_a_word_of_its_own_passes() -> None:
    assert not repeats("List the accounts that are locked.", "list_accounts")
    assert not repeats("Raises NotFound.", "Directory station_by_code")


@pytest.mark.parametrize(
    "line",
    [
        "What intake is told from outside.",
        "Who may see it.",
        "Say what came of it.",
        "Intake put together.",
    ],
)
def test_a_riddle_is_found(line: str) -> None:
    assert DIALECT.match(line)


@pytest.mark.parametrize("line", ["Whose is it?", "Composition root.", "Makes a key.", "Sayings."])
def test_plain_english_passes(line: str) -> None:
    assert not DIALECT.match(line)
