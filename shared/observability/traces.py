"""Tracebacks that operators may read: what an error repeats of a row or a model is left out.

Phone and identity numbers are masked in what remains.
"""

import traceback
from collections.abc import Iterator

from pydantic import ValidationError

from shared.db.failures import said_without_content
from shared.observability.masking import masked


def traced(error: BaseException) -> str:
    """Write an error with its causes, first cause first, and what a group holds before it."""
    return masked("\n".join(_one(part) for part in reversed(list(_chain(error)))))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for held in error.exceptions:
                yield from _chain(held)
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def _one(error: BaseException) -> str:
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    frames = "".join(traceback.format_tb(error.__traceback__))
    said = _said(error)
    return f"Traceback (most recent call last):\n{frames}{module}{kind.__qualname__}: {said}\n"


def _said(error: BaseException) -> str:
    if not isinstance(error, ValidationError):
        return said_without_content(error)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors())
