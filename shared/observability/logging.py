"""JSON logging with correlation ids, and tracebacks without personal data."""

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from pydantic import ValidationError
from structlog.typing import ExcInfo, Processor

from shared.db.pool import error_without_content
from shared.ids import Id, new_id, to_text
from shared.observability.masking import masked, masked_line


def configure_logging(service: str, *, level: int = logging.INFO, to: TextIO | None = None) -> None:
    """Write every log line of this process as one JSON object, by default on standard error.

    Phone and identity numbers are masked in all of it. Written elsewhere, what ends the
    process is said on standard error too.
    """
    stream = to or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_traceback_text),
        masked_line,
    ]
    if to is not None:
        shared.append(_repeat_critical_on_stderr)
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=render)
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.contextvars.bind_contextvars(service=service)


def _traceback_text(exc_info: ExcInfo) -> str:
    return masked_traceback(exc_info[1])


def _repeat_critical_on_stderr(
    _log: Any, level: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if level == "critical":
        words = " ".join(f"{name}={value}" for name, value in line.items())
        sys.stderr.write(f"jianyi: {words}\n")
    return line


_current: ContextVar[Id | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> Id:
    """Return the id of the request being answered, or a new one outside of any."""
    return _current.get() or new_id(datetime.now(UTC))


@contextmanager
def correlated(chosen: Id) -> Iterator[None]:
    token = _current.set(chosen)
    try:
        with structlog.contextvars.bound_contextvars(correlation_id=to_text(chosen)):
            yield
    finally:
        _current.reset(token)


def masked_traceback(error: BaseException) -> str:
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
    message = _message(error)
    return f"Traceback (most recent call last):\n{frames}{module}{kind.__qualname__}: {message}\n"


def _message(error: BaseException) -> str:
    if not isinstance(error, ValidationError):
        return error_without_content(error)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors())
