"""What an operator reads of an error names the place and the kind, never a row's content."""

import asyncpg
import pytest
from asyncpg.exceptions._base import DataError
from pydantic import ValidationError

from shared.contracts.intake import ItemText
from shared.db.pool import is_transient
from shared.observability.logging import masked_traceback


def _violated() -> asyncpg.PostgresError:
    error = asyncpg.UniqueViolationError('duplicate key violates "item_pkey"')
    error.detail = "Key (phone)=(13800001234) already exists."
    return error


def _unreadable() -> asyncpg.PostgresError:
    return asyncpg.InvalidTextRepresentationError('invalid input for integer: "13800001234"')


@pytest.mark.parametrize(
    "error",
    [_violated(), _unreadable(), DataError("invalid input for query argument $1: '13800001234'")],
    ids=lambda error: type(error).__name__,
)
def test_the_database_repeats_nothing_of_a_row(error: Exception) -> None:
    try:
        raise ValueError("saving") from error
    except ValueError as raised:
        text = masked_traceback(raised)
    assert "1380000" not in text
    assert type(error).__name__ in text
    assert text.endswith("ValueError: saving\n")
    assert "test_traces.py" in text


def test_a_value_that_cannot_be_written_is_not_tried_again() -> None:
    assert not is_transient(DataError("invalid input for query argument $1"))
    assert is_transient(asyncpg.InterfaceError("connection is closed"))


def test_of_a_group_each_error_is_told() -> None:
    held = [RuntimeError("the relay"), ExceptionGroup("within", [_violated()])]
    text = masked_traceback(ExceptionGroup("parts", held))
    assert "RuntimeError: the relay" in text
    assert "UniqueViolationError" in text
    assert text.endswith("ExceptionGroup: parts (2 sub-exceptions)\n")


def test_a_model_repeats_nothing_of_what_it_was_given() -> None:
    given = {"occurred_at": "张三说的", "title": ["张三"]}
    with pytest.raises(ValidationError) as raised:
        ItemText.model_validate(given)
    text = masked_traceback(raised.value)
    assert "张三" not in text
    assert "title: string_type" in text
