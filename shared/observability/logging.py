"""JSON logging with correlation ids, and tracebacks without personal data."""

import atexit
import json
import logging
import os
import re
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NoReturn

import structlog
from pydantic import ValidationError
from structlog.typing import ExcInfo, Processor

from shared.db.pool import error_without_content
from shared.ids import Id, new_id, to_text
from shared.observability.log_writer import LogWriter, Repeats, Target, write_all
from shared.observability.masking import masked, masked_line

log = structlog.get_logger()

DRAIN_SECONDS = 1.0
_writers: list[LogWriter] = []
"""What this process logs to; empty until `configure_logging`."""


def configure_logging(service: str, *, level: int = logging.INFO, to: Target | None = None) -> None:
    """Write every log line of this process as one JSON object, by default on standard error.

    Phone and identity numbers are masked in all of it, repeated lines are summed, and no call to a
    logger raises or waits. Written elsewhere, what ends the process is said on standard error too.
    """
    repeats, writer = Repeats(), LogWriter(to or _stderr)
    _writers[:] = [writer, *([LogWriter(_stderr)] if to else [])]
    writer.summaries = lambda: [_summary(*one) for one in repeats.overdue()]
    structlog.configure(
        processors=[
            _safely(
                _Summed(repeats),
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.ExceptionRenderer(_traceback_text),
                masked_line,
                _repeat_critical_on_stderr,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            )
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=True,
    )
    logging.raiseExceptions = False
    logging.basicConfig(handlers=[_FromLibraries()], level=logging.WARNING, force=True)
    structlog.contextvars.bind_contextvars(service=service)
    atexit.register(_drain)


def end_process(code: int, event: str, **fields: Any) -> NoReturn:
    """End this process at once, at most a second after saying why; no failing log can keep it."""
    try:
        log.critical(event, **fields)
        _drain()
    finally:
        os._exit(code)


def _drain() -> None:
    for writer in _writers:
        writer.drain(DRAIN_SECONDS)


def _stderr(data: bytes) -> None:
    write_all(2, data)


class _FromLibraries(logging.Handler):
    """Passes what libraries log to our own logger."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the line under the template that it has in common with its like."""
        try:
            message = record.getMessage()
        except Exception:  # its arguments do not fit its template
            message = str(record.msg)
        log.log(
            min(record.levelno // 10 * 10, logging.CRITICAL),
            message,
            template=str(record.msg),
            exc_info=record.exc_info if record.exc_info and record.exc_info[0] else None,
        )


class _Summed:
    """A processor that omits repeated lines; the next line that passes has their number."""

    def __init__(self, repeats: Repeats) -> None:
        self._repeats = repeats

    def __call__(
        self, _log: Any, level: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        kind = _DIGITS.sub("#", str(line.pop("template", line["event"])))
        n = 1 if level == "critical" else self._repeats.stands_for(f"{level} {kind}")
        if n == 0:
            raise structlog.DropEvent
        return line if n == 1 else {**line, "repeated": n}


_DIGITS = re.compile(r"\d+")


def _summary(kind: str, held: int) -> str:
    return json.dumps(
        {
            "event": "log.repeated",
            "level": "info",
            "timestamp": datetime.now(UTC).isoformat(),
            "line": masked(kind),
            "repeated": held,
        },
        ensure_ascii=False,
    )


def _safely(*processors: Any) -> Processor:
    """Do these one after another; a line that one of them cannot take becomes a line about it."""

    def process(_log: Any, level: str, line: Any) -> Any:
        said = line
        try:
            for one in processors:
                said = one(_log, level, said)
        except structlog.DropEvent:
            raise
        except Exception as error:
            return json.dumps({"event": "log.unwritable", "error": type(error).__name__})
        return said

    return process


def _traceback_text(exc_info: ExcInfo) -> str:
    return masked_traceback(exc_info[1])


def _repeat_critical_on_stderr(
    _log: Any, level: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if level == "critical":
        for writer in _writers[1:]:
            writer.msg("jianyi: " + " ".join(f"{name}={value}" for name, value in line.items()))
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
