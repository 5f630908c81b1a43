"""One id on everything a request causes: log lines, events, the error a person reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import structlog

from shared.ids import Id, new_id, to_text

_current: ContextVar[Id | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> Id:
    """Return the id of the request being answered, or a new one outside of any."""
    return _current.get() or new_id(datetime.now(UTC))


@contextmanager
def correlated(chosen: Id) -> Iterator[None]:
    """Do what the block does under this id."""
    token = _current.set(chosen)
    try:
        with structlog.contextvars.bound_contextvars(correlation_id=to_text(chosen)):
            yield
    finally:
        _current.reset(token)
